"""What answers teach: B-cubed F1 after 25 to 200 answers to pairs that sift asks about, beside as many random pairs.

    python -m benchmarks.teach [--set banking77] [--seeds 5]

An oracle answers from gold: same where the two opinions have the same label. After every 25 answers the edits that they
make are replayed and the next 25 pairs are asked about. Rows of the pairs asked about are left out of the score. Random
pairs are drawn from opinions of two problems; a yes merges these.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.later import problem_of
from benchmarks.results import table, write_section
from benchmarks.sets import named
from setright.sift import Result, Settings, sift
from setright.sift.ask import Question, questions
from setright.sift.edits.make import line
from setright.sift.evaluate import evaluate

ROUND, MOST = 25, 200
SHOWN = (0, 25, 50, 100, 200)
MODES = {"merges": ("merge",), "splits": ("split",), "both": ("merge", "split"), "random pairs": ()}
BY = {"author": "bench", "at": "2026-01-01", "reason": "bench"}


def at_random(result: Result, n: int, rng: np.random.Generator) -> list[Question]:
    """Pairs of opinions of two problems."""
    lines = [each for each in result.assignments.to_pylist() if each["problem"] is not None]
    found = []
    while len(found) < n:
        one, other = (lines[i] for i in rng.integers(len(lines), size=2))
        if one["problem"] != other["problem"]:
            spots = tuple([each["id"], each["start"], each["end"]] for each in (one, other))
            found.append(Question("merge", (one["problem"], other["problem"]), spots, []))
    return found


def curve(first: Result, label: np.ndarray, kinds: Sequence[Any], seed: int) -> tuple[list[float], int]:
    """F1 after each round, and how many answers changed something."""
    rng, result, seen, asked, n_edits = np.random.default_rng(seed), first, set(), [], 0
    found = []
    for n in range(0, MOST + 1, ROUND):
        kept = np.setdiff1d(np.arange(len(label)), sorted(seen))
        found.append(evaluate(problem_of(result)[kept], label[kept]).f1)
        if n == MOST:
            break
        batch = questions(result.state, ROUND, kinds, asked) if kinds else at_random(result, ROUND, rng)
        edits = []
        for each in batch:
            rows = [int(spot[0]) for spot in each.spots]
            seen.update(rows)
            asked.append(each.problems)
            is_same = bool(label[rows[0]] == label[rows[1]])
            taught = each.taught(result.state, is_same=is_same)
            if taught["op"] in ("merge", "split"):
                edits.append(line(taught.pop("op"), **BY, **taught))
        n_edits += len(edits)
        result = sift(pa.table({"text": pa.array([], pa.large_string())}), Settings(), base=result.state, edits=edits)
    return found, n_edits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", default="banking77")
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    rows = named(given.set).table()
    label = np.array(rows["label"].to_pylist())
    curves: dict[str, list[list[float]]] = {mode: [] for mode in MODES}
    changed: dict[str, list[int]] = {mode: [] for mode in MODES}
    for seed in range(given.seeds):
        first = sift(rows.select(["text"]), Settings(seed=seed))
        for mode, kinds in MODES.items():
            found, n_edits = curve(first, label, kinds, seed)
            curves[mode].append(found)
            changed[mode].append(n_edits)
            print(seed, mode, [f"{f1:.3f}" for f1 in found], n_edits, flush=True)
    lines = []
    for mode, found in curves.items():
        gained = np.array(found) - np.array(found)[:, :1]
        mean = [float(gained[:, n // ROUND].mean()) for n in SHOWN]
        spread = float(gained[:, 100 // ROUND].std())
        lines.append([mode, *(f"{gain:+.3f}" for gain in mean), f"{spread:.3f}", int(np.mean(changed[mode]))])
    start = np.mean([found[0][0] for found in curves.values()])
    body = (
        f"{given.set}, {given.seeds} seeds; B³ F1 gained over {start:.3f} after so many answers (goal +.030 at 100), "
        "and how many of 200 answers changed something.\n\n"
        + table(["asked", *(f"{n} answers" for n in SHOWN), "spread at 100", "of 200 taught"], lines)
    )
    print(body)
    write_section("teach", "Answers that teach", body, data=given.set, seed=f"0 to {given.seeds - 1}")


if __name__ == "__main__":
    main()
