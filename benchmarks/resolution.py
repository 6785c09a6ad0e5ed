"""What choosing the resolution without gold costs, against the best chosen with gold; same graph, same cuts.

Per set: every cut tried with its margin and B-cubed F1, the cut chosen, and the whole stage's outcome after islands and
doubt. `--curves FILE` also writes the curves as JSON, to try another criterion on.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.results import table, write_section
from benchmarks.sets import SETS, LabelledSet
from setright.sift.embed import embed
from setright.sift.evaluate import evaluate
from setright.sift.group import K, group
from setright.sift.grouping.choose import chosen, cuts, nearest
from setright.sift.grouping.graph import shared_neighbours
from setright.sift.grouping.neighbours import neighbours
from setright.sift.grouping.reduce import canonical
from setright.sift.settings import Settings

SEED = 0


def distinct(texts: pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    """Distinct folded texts, and which one each row says."""
    folded = pc.utf8_lower(pc.utf8_trim_whitespace(texts.cast(pa.large_string()))).combine_chunks()
    found = folded.dictionary_encode()
    return found.dictionary, np.asarray(found.indices)


def measured(each: LabelledSet, settings: Settings) -> dict[str, Any]:
    rows = each.table()
    texts, text = distinct(rows["text"])
    label = np.asarray(rows["label"].to_pylist(), dtype=object).astype(str)
    vectors = embed(texts, settings)
    first, place = canonical(vectors)
    begun = time.perf_counter()
    found = group(vectors, settings)
    seconds = time.perf_counter() - begun
    ordered = vectors[first]
    tried = cuts(ordered, shared_neighbours(neighbours(ordered, K, settings.n_threads).index), settings.seed)
    scores = [evaluate(cut.group[place][text], label) for cut in tried]
    taken = tried.index(nearest(tried, chosen(tried)))
    theme = np.append(found.theme, -1)[found.problem][text]
    return {
        "set": each.name,
        "broad": each.is_theme,
        "n_texts": len(texts),
        "seconds": seconds,
        "curve": [
            {"octave": cut.octave, "n": s.n_groups, "margin": cut.margin, "score": cut.score, "f1": s.f1, "ari": s.ari}
            for cut, s in zip(tried, scores, strict=True)
        ],
        "octave": tried[taken].octave,
        "loss": max(s.f1 for s in scores) - scores[taken].f1,
        "best_octave": tried[int(np.argmax([s.f1 for s in scores]))].octave,
        "problems": asdict(evaluate(found.problem[text], label)),
        "themes": asdict(evaluate(theme, label)),
        "states": np.bincount(found.state[text], minlength=3).tolist(),
        "n_oos": _outside(each, found.problem[text], label),
    }


def _outside(each: LabelledSet, problem: np.ndarray, label: np.ndarray) -> list[int]:
    """Rows that belong nowhere: how many there are, how many were left ungrouped; the same of the others."""
    if each.alone is None:
        return []
    oos = np.char.endswith(label.astype(str), f"-{each.alone}") | np.char.startswith(label.astype(str), each.alone)
    return [int(oos.sum()), int((problem[oos] < 0).sum()), int((~oos).sum()), int((problem[~oos] < 0).sum())]


def report(results: list[dict[str, Any]]) -> str:
    heads = ("set", "K", "labels", "P", "R", "F1", "ARI", "NMI", "unassigned", "chosen", "best", "loss", "theme F1")
    lines = []
    for r in results:
        p = r["problems"]
        name = f"{r['set']} (broad)" if r["broad"] else r["set"]
        quality = (p[k] for k in ("precision", "recall", "f1", "ari", "nmi", "unassigned"))
        octaves = (f"{r['octave']:+.1f}", f"{r['best_octave']:+.1f}")
        lines.append((name, p["n_groups"], p["n_labels"], *quality, *octaves, r["loss"], r["themes"]["f1"]))
    fine = [r["loss"] for r in results if not r["broad"]]
    said = "`chosen` and `best` are octaves above the graph's density; `loss` is best F1 minus chosen F1, of the cuts."
    outside = [
        f"{r['set']}: of {r['n_oos'][0]:,} rows that belong nowhere {r['n_oos'][1]:,} are ungrouped, of the other "
        f"{r['n_oos'][2]:,} rows {r['n_oos'][3]:,}."
        for r in results
        if r["n_oos"]
    ]
    mean = f"Mean loss over sets with fine labels {np.mean(fine):.3f}, largest {max(fine):.3f}." if fine else ""
    return "\n\n".join([table(heads, lines), said, mean, *outside])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="*", default=[s.name for s in SETS])
    parser.add_argument("--encoder", default="use")
    parser.add_argument("--curves", type=Path)
    parser.add_argument("--dry", action="store_true", help="print, and leave RESULTS.md alone")
    asked = parser.parse_args()
    settings = Settings(encoder=asked.encoder, seed=SEED)
    results = []
    for each in (s for s in SETS if s.name in asked.sets):
        results.append(measured(each, settings))
        print(json.dumps({k: v for k, v in results[-1].items() if k != "curve"}), flush=True)
        if asked.curves:
            asked.curves.write_text(json.dumps(results))
    body = report(results)
    print(body)
    if not asked.dry:
        write_section("resolution", "Choosing the resolution", body, data=", ".join(asked.sets), seed=SEED)


if __name__ == "__main__":
    main()
