"""A register that goes on: what stays when new rows join, how good the result is, and what it costs.

    python -m benchmarks.later [--sets ...] [--no-cost]

A tenth of each set is held back, drawn at random or the last in time (of the file, where rows have no day); the rest is
sifted, and the tenth joins it by `base`. Kept: problems of the earlier run that have their id afterwards. The whole is
judged by gold beside one run on all rows. Cost: 10,000 rows join 350,000 of scale_zh, beside one run on all 360,000, as
commands from start to written files.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from benchmarks.measure import Cost, sifted
from benchmarks.results import busy, table, write_section
from benchmarks.sets import CACHE, DATA, LabelledSet, named
from setright.sift import Result, Settings, sift
from setright.sift.evaluate import evaluate

SETS = ("banking77", "clinc150", "airline_reason", "polis_conversation", "cycling_theme")
DAYS = {"airline_reason": "tweet_created", "polis_conversation": "timestamp", "cycling_theme": "created"}
"""The column that says when a row was written."""
ORDERS = ("random", "last")
SHARE = 0.1
SEED = 0
OLD, NEW = 350_000, 10_000


def parts(each: LabelledSet, order: str) -> tuple[np.ndarray, np.ndarray]:
    """Which rows come first, and which a day later."""
    at = np.arange(len(each.rows()))
    n_new = round(SHARE * len(at))
    if order == "random":
        new = np.random.default_rng(SEED).choice(at, n_new, replace=False)
    else:
        new = _in_time(each, at)[-n_new:]
    return np.setdiff1d(at, new), np.sort(new)


def _in_time(each: LabelledSet, at: np.ndarray) -> np.ndarray:
    if each.name not in DAYS:
        return at
    day = pq.read_table(DATA / f"{each.file}.parquet", columns=[DAYS[each.name]])[0].take(each.rows())
    return np.argsort(np.array(day.cast(pa.string()).fill_null("").to_pylist()), kind="stable")


def problem_of(result: Result) -> np.ndarray:
    """Each row's problem, by its first grouped point; -1 for none."""
    lines = result.assignments.select(["row", "problem"])
    names = {each: at for at, each in enumerate(result.problems["problem"].to_pylist())}
    found = np.full(result.ledger["n_rows"], -1)
    for row, problem in zip(lines["row"].to_pylist()[::-1], lines["problem"].to_pylist()[::-1], strict=True):
        if problem is not None:
            found[row] = names[problem]
    return found


def measured(name: str, order: str) -> list[object]:
    rows = named(name).table()
    old, new = parts(named(name), order)
    said, label = rows.select(["text"]), np.array(rows["label"].to_pylist())
    first = sift(said.take(old), Settings())
    begun = time.perf_counter()
    later = sift(said.take(new), Settings(), base=first.state)
    seconds = time.perf_counter() - begun
    begun = time.perf_counter()
    whole = sift(said.take(np.concatenate([old, new])), Settings())
    whole_seconds = time.perf_counter() - begun
    gold = label[np.concatenate([old, new])]
    before, after = set(first.problems["problem"].to_pylist()), set(later.problems["problem"].to_pylist())
    joined, alone = evaluate(problem_of(later), gold), evaluate(problem_of(whole), gold)
    changed = dict(zip(*np.unique(later.changes["change"].to_pylist(), return_counts=True), strict=True))
    told = ", ".join(f"{n} {change}" for change, n in sorted(changed.items(), key=lambda pair: -pair[1]))
    line = [name, order, len(before), len(before & after) / len(before), told, joined.f1, alone.f1]
    print([*line, f"{seconds:.1f} of {whole_seconds:.1f} s"], flush=True)
    return [*line, f"{seconds:.1f}", f"{whole_seconds:.1f}"]


def files() -> tuple[str, str, str]:
    """The earlier rows, the new ones, and all of them, as CSV."""
    rows = pq.read_table(DATA / "scale_zh_short_texts.parquet", columns=["id", "text"]).slice(0, OLD + NEW)
    paths = []
    for name, start, n in (("old", 0, OLD), ("new", OLD, NEW), ("all", 0, OLD + NEW)):
        path = CACHE / "speed" / f"later_{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            pa_csv.write_csv(rows.slice(start, n), path)
        paths.append(str(path))
    return paths[0], paths[1], paths[2]


def commanded(words: list[object], out: str) -> Cost:
    cost = sifted([*words, "--id", "id"], CACHE / "sifted" / out)
    print(f"{out}: {cost.seconds:.0f} s, {cost.peak_gib:.2f} GiB", flush=True)
    return cost


def cost() -> str:
    old, new, everything = files()
    first = commanded([old], "later.old")
    later = commanded([new, "--base", CACHE / "sifted" / "later.old"], "later.both")
    whole = commanded([everything], "later.all")
    rows = [
        [what, n, f"{each.seconds:.1f}", f"{each.peak_gib:.2f}"]
        for what, n, each in (
            ("first", OLD, first),
            ("joined by --base", NEW, later),
            ("all at once", OLD + NEW, whole),
        )
    ]
    told = f"The later run took {later.seconds / whole.seconds:.2f} of the whole one (goal 1/8 = 0.125)."
    return told + "\n\n" + table(["command", "rows read", "seconds", "peak GiB"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--no-cost", action="store_true")
    given = parser.parse_args()
    told = busy()
    rows = [measured(name, order) for name in given.sets.split(",") for order in ORDERS]
    heads = ["set", "tenth", "problems", "ids kept", "changes", "B³ F1", "F1 at once", "seconds", "s at once"]
    body = (
        "A tenth of the rows joins the register of the others; goal: 0.95 of the ids kept. F1 is of all rows, beside "
        f"one run on all of them. Engine alone, in one process. {told}\n\n{table(heads, rows)}"
    )
    if not given.no_cost:
        body += f"\n\n{cost()}"
    print(body)
    write_section("later", "Later runs", body, data=f"{given.sets}, scale_zh", seed=SEED)


if __name__ == "__main__":
    main()
