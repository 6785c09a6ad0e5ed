"""What choosing the resolution without gold costs, against the best chosen with gold; same graph, same cuts.

Per set: every cut tried with its margin and B-cubed F1, the cut made, and the whole stage's outcome after islands and
doubt. Broad labels are what themes answer: there the themes are measured against the best number of them, and each of
the two levels against the best of both. `--curves FILE` also writes the curves as JSON, to try another criterion on.
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
from setright.sift.group import Grouping, K, group
from setright.sift.grouping.choose import chosen, cut_at, cuts
from setright.sift.grouping.graph import shared_neighbours
from setright.sift.grouping.neighbours import neighbours
from setright.sift.grouping.reduce import canonical
from setright.sift.grouping.themes import themes
from setright.sift.settings import Settings

SEED = 0
N_THEMES = (2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30)


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
    graph = shared_neighbours(neighbours(ordered, K, settings.n_threads).index)
    tried = cuts(ordered, graph, settings.seed)
    octave = chosen(tried)
    made = evaluate(cut_at(octave, tried, graph, settings.seed)[place][text], label)
    scores = [evaluate(cut.group[place][text], label) for cut in tried]
    best = max(scores, key=lambda score: score.f1)
    problems = evaluate(found.problem[text], label)
    by_theme = [_themed(found, theme)[text] for theme in _themes(found)]
    theme_f1 = [evaluate(group, label).f1 for group in by_theme]
    return {
        "set": each.name,
        "broad": each.is_theme,
        "n_texts": len(texts),
        "seconds": seconds,
        "curve": [
            {"octave": cut.octave, "n": s.n_groups, "margin": cut.margin, "score": cut.score, "f1": s.f1, "ari": s.ari}
            for cut, s in zip(tried, scores, strict=True)
        ],
        "octave": octave,
        "loss": max(best.f1 - made.f1, 0.0),
        "best_octave": tried[scores.index(best)].octave,
        "problems": asdict(problems),
        "n_themes": len(np.unique(found.theme)),
        "theme_f1": theme_f1[0],
        "theme_loss": max(theme_f1) - theme_f1[0],
        "either_loss": max(*theme_f1, problems.f1) - max(theme_f1[0], problems.f1),
        "states": np.bincount(found.state[text], minlength=3).tolist(),
        "n_oos": _outside(each, found.problem[text], label),
    }


def _themes(found: Grouping) -> list[np.ndarray]:
    """The themes found, and the same problems put into every other number of them."""
    sizes = np.bincount(found.problem[found.problem >= 0], minlength=len(found.theme))
    return [found.theme, *(themes(found.centroids, sizes, n) for n in N_THEMES if n <= len(sizes))]


def _themed(found: Grouping, theme: np.ndarray) -> np.ndarray:
    return np.append(theme, -1)[found.problem]


def _outside(each: LabelledSet, problem: np.ndarray, label: np.ndarray) -> list[int]:
    """Rows that belong nowhere: how many there are, how many were left ungrouped; the same of the others."""
    if each.alone is None:
        return []
    oos = np.char.endswith(label.astype(str), f"-{each.alone}") | np.char.startswith(label.astype(str), each.alone)
    return [int(oos.sum()), int((problem[oos] < 0).sum()), int((~oos).sum()), int((problem[~oos] < 0).sum())]


def report(results: list[dict[str, Any]]) -> str:
    fine, broad = ([r for r in results if r["broad"] == is_broad] for is_broad in (False, True))
    outside = [
        f"{r['set']}: of {r['n_oos'][0]:,} rows that belong nowhere {r['n_oos'][1]:,} are ungrouped, of the other "
        f"{r['n_oos'][2]:,} rows {r['n_oos'][3]:,}."
        for r in results
        if r["n_oos"]
    ]
    return "\n\n".join([*_fine(fine), *_broad(broad), *outside])


def _fine(results: list[dict[str, Any]]) -> list[str]:
    if not results:
        return []
    heads = ("set", "K", "labels", "P", "R", "F1", "ARI", "NMI", "unassigned", "chosen", "best", "loss")
    lines = []
    for r in results:
        p = r["problems"]
        quality = (p[k] for k in ("precision", "recall", "f1", "ari", "nmi", "unassigned"))
        octaves = (f"{r['octave']:+.1f}", f"{r['best_octave']:+.1f}")
        lines.append((r["set"], p["n_groups"], p["n_labels"], *quality, *octaves, r["loss"]))
    said = (
        "`chosen` and `best` are octaves above the graph's density; `loss` is the best F1 of the twelve cuts minus "
        "that of the cut made, before islands and doubt; 0 where the cut made is the better."
    )
    return ["### Fine labels: problems", table(heads, lines), said, _summed("loss", results)]


def _broad(results: list[dict[str, Any]]) -> list[str]:
    if not results:
        return []
    heads = ("set", "labels", "problems", "F1", "themes", "theme F1", "loss of themes", "loss of the nearer level")
    lines = []
    for r in results:
        p = r["problems"]
        found = (p["n_labels"], p["n_groups"], p["f1"], r["n_themes"], r["theme_f1"])
        lines.append((r["set"], *found, r["theme_loss"], r["either_loss"]))
    said = (
        "`loss of themes` is against the best number of themes from 2 to 30; `loss of the nearer level` is the better "
        "of problems and themes against the best of all those."
    )
    return [
        "### Broad labels: themes",
        table(heads, lines),
        said,
        _summed("theme_loss", results),
        _summed("either_loss", results),
    ]


def _summed(name: str, results: list[dict[str, Any]]) -> str:
    told = {"loss": "Loss", "theme_loss": "Loss of themes", "either_loss": "Loss of the nearer level"}
    losses = [r[name] for r in results]
    return f"{told[name]}: mean {np.mean(losses):.3f}, largest {max(losses):.3f}."


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
