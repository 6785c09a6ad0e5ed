"""Grouping on a sample: what it costs in quality, and whether rare problems are still found.

    python -m benchmarks.sample [--sets ...] [--seeds 5]

Quality: the texts of each set are cut whole, and by samples of them, which the others join. Of 100,000 rows without
labels: how much of the whole cut is found again by a sample, beside how much another seed finds again.

Rare problems: a few distinct texts of an intent of clinc150, sent together 0.05 % of the rows' number, are planted
among all of banking77: alike (those nearest to one at random), or any of the intent; and intents of banking77 itself
are thinned to as few, which is harder still, since others stand close by. Found: most of what was planted stands in one
problem, and is most of that problem.
"""

from __future__ import annotations

import argparse
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.later import problem_of
from benchmarks.results import table, write_section
from benchmarks.sets import DATA, named
from setright.sift import Settings, sift
from setright.sift.encoders.use import Use
from setright.sift.evaluate import evaluate

SETS = ("banking77", "clinc150", "googlenews", "stackoverflow20", "nhs_subcategory", "cycling_theme")
PARTS = {"whole": 1.0, "half": 1 / 2, "a third": 1 / 3, "a tenth": 1 / 10}
N_SCALE = 100_000
SHARE = 0.0005
N_PLANTED = 20
SIZES = (3, 4, 5, 7)
"""Distinct texts of a planted problem; it is sent 0.05 % of the rows' number, the texts in turn."""


def sampled(rows: pa.Table, share: float, seed: int = 0) -> np.ndarray:
    """Each row's problem, where so large a share of the texts is cut and the rest joins."""
    n = 10**9 if share == 1 else int(share * len(set(rows["text"].to_pylist())))
    return problem_of(sift(rows.select(["text"]), Settings(seed=seed, sample=n)))


def planted(seed: int, kind: str) -> tuple[pa.Table, dict[str, np.ndarray]]:
    """Rows, and the places of each rare problem among them."""
    draw = np.random.default_rng(seed)
    ground, source = named("banking77").table(), named("banking77" if kind == "near" else "clinc150").table()
    label = np.array(source["label"].to_pylist())
    rare = draw.choice(np.unique(label), N_PLANTED, replace=False).tolist()
    texts = list(ground["text"].to_pylist())
    if kind == "near":
        texts = [text for text, own in zip(texts, label.tolist(), strict=True) if own not in rare]
    n_sent = max(round(SHARE * len(texts)), 3)
    said = np.array(source["text"].to_pylist(), dtype=object)
    vectors = Use(len(os.sched_getaffinity(0))).encode(said.tolist()) if kind == "alike" else np.zeros((len(said), 0))
    places = {}
    for at, each in enumerate(rare):
        n = SIZES[at % len(SIZES)]
        some = _some(draw, said[label == each], vectors[label == each], n)
        places[each] = np.arange(len(texts), len(texts) + max(n, n_sent))
        texts += [some[i % n] for i in range(max(n, n_sent))]
    order = draw.permutation(len(texts))
    back = np.argsort(order)
    shuffled = pa.table({"text": pa.array([texts[i] for i in order], pa.large_string())})
    return shuffled, {each: back[at] for each, at in places.items()}


def _some(draw: np.random.Generator, said: np.ndarray, vectors: np.ndarray, n: int) -> list[str]:
    """Distinct texts of one intent: at random, or, where there are vectors, those nearest to one at random."""
    texts, first = np.unique(said.astype(str), return_index=True)
    if not vectors.shape[1]:
        return [str(each) for each in draw.choice(texts, n, replace=False)]
    near = vectors[first] @ vectors[draw.choice(first)]
    return [str(each) for each in texts[np.argsort(-near, kind="stable")[:n]]]


def is_found(problem: np.ndarray, places: np.ndarray) -> bool:
    own = problem[places]
    if not (own >= 0).any():
        return False
    best = np.bincount(own[own >= 0]).argmax()
    n = np.count_nonzero(own == best)
    return bool(2 * n > len(places) and 2 * n > np.count_nonzero(problem == best))


def found_again() -> list[list[object]]:
    """B³ F1 of a cut of scale_zh beside the whole one."""
    rows = pq.read_table(DATA / "scale_zh_short_texts.parquet", columns=["text"]).slice(0, N_SCALE)
    first = sampled(rows, 1)
    tried = {"whole, another seed": sampled(rows, 1, 1), "a third": sampled(rows, 1 / 3), "a tenth": sampled(rows, 0.1)}
    # what stands in no problem is a problem of its own, there as here
    gold = np.where(first >= 0, first, -1 - np.arange(len(first)))
    return [[what, evaluate(problem, gold).f1, int(problem.max()) + 1] for what, problem in tried.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    quality = []
    for name in given.sets.split(","):
        rows = named(name).table()
        label = np.array(rows["label"].to_pylist())
        found = [evaluate(sampled(rows, share), label).f1 for share in PARTS.values()]
        quality.append([name, rows.num_rows // len(np.unique(label)), *found, found[1] - found[0], found[2] - found[0]])
        print(quality[-1], flush=True)
    quality.append(["mean", "", *np.mean([line[2:] for line in quality], axis=0).tolist()])
    again = found_again()
    print(again, flush=True)
    rare = []
    for kind in ("alike", "any", "near"):
        counts = dict.fromkeys(PARTS, 0)
        for seed in range(given.seeds):
            rows, places = planted(seed, kind)
            for part, share in PARTS.items():
                problem = sampled(rows, share, seed)
                counts[part] += sum(is_found(problem, each) for each in places.values())
        rare.append([kind, *(n / (N_PLANTED * given.seeds) for n in counts.values())])
        print(rare[-1], flush=True)
    body = (
        "B³ F1 where all texts are cut, and where a part of them is cut and the others join (goal: within .010).\n\n"
        f"{table(['set', 'rows a label', *PARTS, 'half: change', 'a third: change'], quality)}\n\n"
        f"{N_SCALE:,} rows of scale_zh, B³ F1 with the whole cut as gold:\n\n"
        f"{table(['cut', 'found again', 'problems'], again)}\n\n"
        f"Rare problems found, of {N_PLANTED} × {given.seeds} seeds planted in banking77 at 0.05 % of the rows "
        f"({', '.join(map(str, SIZES))} distinct texts; goal .90, also by a sample).\n\n"
        f"{table(['planted', *PARTS], rare)}"
    )
    print(body)
    write_section("sample", "Sample and rare problems", body, data=f"{given.sets}, scale_zh", seed=0)


if __name__ == "__main__":
    main()
