"""Near-duplicates: pairwise F1 beside plain MinHash and SimHash, and 1,800,000 short texts beside semhash.

    python -m benchmarks.duplicates [--rows 1800000] [--limit 900] [--no-vectors] [--no-peers]

The two sets are of paraphrases, which mostly share few words: no method that looks at characters can score high, and
this one is asked not to. Thresholds are the best on the train split, but for folding's
own .75, which was fixed for precision with both splits in view; what is reported is the rest.

semhash needs longer than a target may take at 1,800,000 texts. So both are timed at three sizes it finishes, and at the
full size it gets --limit seconds: enough to show which is faster, and its slope shows by how much.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import PEERS, run
from benchmarks.perturb import SEED, made
from benchmarks.results import busy, peer_versions, table, write_section
from benchmarks.sets import DATA
from setright.sift.dedupe import FoldSettings, near_duplicates, similarity
from setright.sift.embed import embed
from setright.sift.folding.shingle import Shingles, shingles
from setright.sift.settings import Settings

SETS = ("zh_duplicate_pairs", "mrpc_pairs")
SIZES = (50_000, 100_000, 200_000)
_SLICE = 20_000
_BARRED = 0.5  # what a barred pair keeps of its similarity where a score, not a fold, is asked for


@dataclass(frozen=True, slots=True)
class Pairs:
    left: pa.Array
    right: pa.Array
    gold: np.ndarray
    is_train: np.ndarray


def pairs(name: str) -> Pairs:
    found = pq.read_table(DATA / f"{name}.parquet", columns=["text", "text_b", "label", "split"]).combine_chunks()
    gold, split = found["label"].to_numpy() == 1, np.array(found["split"].to_pylist())
    texts = [found[column].cast(pa.large_string()).combine_chunks() for column in ("text", "text_b")]
    return Pairs(*texts, gold, split == "train")


# ------------------------------------------------------------------------------------------------------------ baselines


def _cut(given: Pairs) -> Shingles:
    return shingles(pa.concat_arrays([given.left, given.right]))


def minhash(given: Pairs) -> np.ndarray:
    """Share of 128 minima that agree (Broder 1997), over the shingles Setright uses too."""
    cut, n = _cut(given), len(given.gold)
    agree = np.zeros(n)
    for multiplier in np.random.default_rng(0).integers(1, 2**32, 128, dtype=np.uint32) | np.uint32(1):
        turned = cut.shingles * multiplier
        least = np.minimum.reduceat(turned ^ (turned >> np.uint32(15)), cut.shingle_starts[:-1])
        agree += least[:n] == least[n:]
    return agree / 128


def simhash(given: Pairs) -> np.ndarray:
    """Share of 64 bits that agree (Charikar 2002, section 3), over the same shingles."""
    cut, n = _cut(given), len(given.gold)
    wide = cut.shingles.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    wide ^= wide >> np.uint64(29)
    wide *= np.uint64(0xBF58476D1CE4E5B9)
    agree = np.zeros(n)
    for bit in range(64):
        signs = (wide >> np.uint64(bit) & np.uint64(1)).astype(np.int32) * 2 - 1
        side = np.add.reduceat(signs, cut.shingle_starts[:-1]) > 0
        agree += side[:n] == side[n:]
    return agree / 64


def jaccard(given: Pairs) -> np.ndarray:
    """Exact Jaccard similarity of the shingles, nothing barred."""
    cut, n = _cut(given), len(given.gold)
    tagged = np.concatenate([_tagged(cut, side) for side in (0, n)])
    pair, side_counts = np.unique(np.unique(tagged) >> np.uint64(1), return_counts=True)
    pair = (pair >> np.uint64(32)).astype(np.int64)
    common = np.bincount(pair[side_counts == 2], minlength=n)
    return common / np.maximum(np.bincount(pair, minlength=n), 1)


def _tagged(cut: Shingles, side: int) -> np.ndarray:
    n = (len(cut.shingle_starts) - 1) // 2
    starts = cut.shingle_starts[side : side + n + 1]
    pair = np.repeat(np.arange(n, dtype=np.uint64), np.diff(starts))
    found = cut.shingles[starts[0] : starts[-1]].astype(np.uint64)
    return pair << np.uint64(33) | found << np.uint64(1) | np.uint64(side > 0)


def joined(given: Pairs) -> np.ndarray:
    """1 where folding all the set's texts together gives both the same representative."""
    both = pa.concat_arrays([given.left, given.right]).dictionary_encode()
    found = near_duplicates(both.dictionary)[both.indices.to_numpy()]
    n = len(given.gold)
    return (found[:n] == found[n:]).astype(float)


def folding(given: Pairs) -> np.ndarray:
    parts = range(0, len(given.gold), _SLICE)
    return np.concatenate([similarity(given.left[i : i + _SLICE], given.right[i : i + _SLICE]) for i in parts])


def vectors(given: Pairs) -> np.ndarray:
    """Cosine of the vectors that grouping sees: not a fold, but where a pair's texts may still end together."""
    both = pa.concat_arrays([given.left, given.right])
    coded = both.dictionary_encode()
    found = embed(coded.dictionary, Settings())
    at, n = coded.indices.to_numpy(), len(given.gold)
    return np.einsum("ij,ij->i", found[at[:n]], found[at[n:]])


# --------------------------------------------------------------------------------------------------------------- scores


def scored(score: np.ndarray, gold: np.ndarray, threshold: float) -> tuple[float, float, float]:
    said = score >= threshold
    hits = float(np.count_nonzero(said & gold))
    precision = hits / max(np.count_nonzero(said), 1)
    recall = hits / max(np.count_nonzero(gold), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def best_threshold(score: np.ndarray, gold: np.ndarray) -> float:
    tried = np.unique(np.quantile(score, np.linspace(0, 1, 201)))
    return float(max(tried, key=lambda each: (scored(score, gold, each)[2], each)))


def pairwise(with_vectors: bool) -> str:
    rows: list[list[object]] = []
    for name in SETS:
        given = pairs(name)
        rest, train = ~given.is_train, given.is_train
        everything = float(given.gold[rest].mean()), 1.0
        f1 = 2 * everything[0] / (1 + everything[0])
        default = FoldSettings().threshold
        fold, exact, minima, bits = folding(given), jaccard(given), minhash(given), simhash(given)
        rows.append([name, "folded, all texts together", default, *scored(joined(given)[rest], given.gold[rest], 1)])
        rows.append([name, "the pair alone, as shipped", default, *scored(fold[rest], given.gold[rest], default)])
        rows.append([name, "MinHash, same threshold", default, *scored(minima[rest], given.gold[rest], default)])
        rows.append([name, "SimHash, at most 3 bits apart", 61 / 64, *scored(bits[rest], given.gold[rest], 61 / 64)])
        soft = np.where(fold > 0, np.maximum(fold, exact), exact * _BARRED)
        methods = {"folding's similarity, barred at half": soft, "exact Jaccard": exact}
        methods |= {"MinHash, 128": minima, "SimHash, 64": bits}
        if with_vectors:
            methods["vectors of grouping"] = vectors(given)
        for method, score in methods.items():
            threshold = best_threshold(score[train], given.gold[train])
            rows.append([name, method, threshold, *scored(score[rest], given.gold[rest], threshold)])
        rows.append([name, "everything is the same", None, *everything, f1])
    return table(["set", "method", "threshold", "precision", "recall", "F1"], rows)


# ---------------------------------------------------------------------------------------------------------------- speed


@dataclass(frozen=True, slots=True)
class Fold:
    """What folding a file cost; `seconds` is None where it was stopped."""

    who: str
    n_rows: int
    seconds: float | None
    n_left: int | None = None
    peak_gib: float | None = None


def fold(who: str, n_rows: int, limit: int) -> Fold:
    start = {
        "Setright": [sys.executable, "-m", "benchmarks.fold"],
        "semhash": [PEERS, "-m", "benchmarks.peers.semhash_fold"],
    }
    cost = run(["timeout", str(limit), *start[who], made(n_rows), n_rows])
    if cost.code == 124:
        return Fold(who, n_rows, None)
    if cost.code:
        raise SystemExit(f"{who} failed:\n{cost.output[-2000:]}")
    said = json.loads(cost.output.strip().splitlines()[-1])
    return Fold(who, n_rows, said["seconds"], said["n_left"], said["peak_gib"])


def folds(n_rows: int, limit: int, with_peers: bool) -> list[Fold]:
    """Both programs at a few sizes and at the full one, where the peer gets `limit` seconds."""
    found = []
    for n in sorted({*(size for size in SIZES if size < n_rows), n_rows}):
        for who in ("Setright", "semhash") if with_peers else ("Setright",):
            found.append(fold(who, n, limit))
            print(found[-1], flush=True)
    return found


def slope(measured: list[Fold]) -> float:
    """Log-log slope of seconds over rows, by least squares."""
    rows, seconds = np.log([[each.n_rows, each.seconds] for each in measured]).T
    return float(np.polyfit(rows, seconds, 1)[0])


def compared(found: list[Fold], limit: int) -> str:
    """What the times say about the full size; where the peer was stopped there, what its slope would make of it."""
    own, peer = found[-2:] if found[-1].who == "semhash" else (found[-1], None)
    if peer is None or own.seconds is None:
        return ""
    if peer.seconds is not None:
        return f"At {own.n_rows:,} rows Setright is {peer.seconds / own.seconds:.1f} times as fast."
    ran = [each for each in found if each.who == "semhash" and each.seconds is not None]
    told = (
        f"At {own.n_rows:,} rows semhash was stopped after {limit:,} s, "
        f"{limit / own.seconds:.0f} times what Setright took"
    )
    if len(ran) < 2:
        return f"{told}."
    by = slope(ran)
    would = float(ran[-1].seconds or 0) * (own.n_rows / ran[-1].n_rows) ** by
    return (
        f"{told}; its slope over the sizes it finished, {by:.2f}, would bring it to {would:,.0f} s (an extrapolation)."
    )


def speed_table(found: list[Fold], limit: int) -> str:
    heads = ["", "rows", "folded in", "texts left", "peak memory"]
    return table(heads, [_line(each, limit) for each in sorted(found, key=lambda each: each.who)])


def _line(each: Fold, limit: int) -> list[object]:
    seconds = f"over {limit:,} s, stopped" if each.seconds is None else f"{each.seconds:.1f} s"
    peak = None if each.peak_gib is None else f"{each.peak_gib:.2f} GiB"
    return [each.who, each.n_rows, seconds, each.n_left, peak]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_800_000)
    parser.add_argument("--limit", type=int, default=900)
    parser.add_argument("--no-vectors", action="store_true")
    parser.add_argument("--no-peers", action="store_true")
    given = parser.parse_args()
    with_peers = PEERS.exists() and not given.no_peers
    scores = pairwise(not given.no_vectors)
    print(scores, flush=True)
    found = folds(given.rows, given.limit, with_peers)
    told = "semhash: " + peer_versions(PEERS, ["semhash", "vicinity", "usearch"]) + ". " if with_peers else ""
    body = (
        "Pairs labelled as paraphrases: most share few characters, so what only looks at characters cannot score high. "
        "Thresholds are the best on the train split, figures are the rest; folding's own .75 was fixed for precision "
        "with both splits in view. Folding as shipped is set for precision: "
        "what differs in a number, a negation or an opposite is never folded, and the pair sets call many such pairs "
        f"the same.\n\n{scores}\n\nFolding texts made by `benchmarks/perturb.py` (up to 516,233 rows: scale_zh as it "
        "is), one after the other in one run. semhash gets the cheapest encoder that tells texts apart "
        "(`benchmarks/peers/semhash_fold.py` says which), so "
        f"that its time is its own. Time starts with the texts in memory, exact repeats included. "
        f"{compared(found, given.limit)} {told}{busy()}\n\n{speed_table(found, given.limit)}"
    )
    write_section("duplicates", "Near-duplicates", body, data=f"{', '.join(SETS)}, scale_zh perturbed", seed=SEED)


if __name__ == "__main__":
    main()
