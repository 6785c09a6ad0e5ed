"""The same rows on another processor: how many end in the same place, with and without --portable.

    python -m benchmarks.processors [--sets ...]

The other processor is stood in for by the instructions of 2013 (AVX2), which every library is told to use; that tells
nothing on a machine without AVX-512. Same: rows whose points have the same state and problem (by id); same group: up to
the ids, each problem matched with the one that holds most of it. The rows that differ are listed beside the registers.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from benchmarks.measure import sifted
from benchmarks.quality import gold_file
from benchmarks.results import table, write_section
from benchmarks.sets import CACHE, named

SETS = ("banking77", "clinc150", "nhs_subcategory", "zh_government")
OLDER = {
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "ARROW_USER_SIMD_LEVEL": "AVX2",
}
GOAL = 0.999


def assigned(path: Path, out: str, *more: str, older: bool = False) -> tuple[pa.Table, float]:
    folder = CACHE / "sifted" / out
    before = dict(os.environ)
    os.environ.update(OLDER if older else {})
    try:
        cost = sifted([path, *more], folder)
    finally:
        os.environ.clear()
        os.environ.update(before)
    columns = ["row", "point", "id", "start", "end", "state", "problem"]
    return pq.read_table(folder / "assignments.parquet", columns=columns), cost.seconds


def compared(here: pa.Table, there: pa.Table, name: str) -> tuple[float, float]:
    """The share of points in the same place by id, and in the same group; what differs is written down."""
    mine, other = here.to_pylist(), there.to_pylist()
    differ = [(a, b) for a, b in zip(mine, other, strict=True) if a != b]
    pairs = Counter((a["problem"], b["problem"]) for a, b in zip(mine, other, strict=True))
    held: Counter[str | None] = Counter()
    for (problem, _), n in pairs.items():
        held[problem] = max(held[problem], n)
    listed = [a | {"elsewhere": b["problem"], "state elsewhere": b["state"]} for a, b in differ]
    if listed:
        pa_csv.write_csv(pa.Table.from_pylist(listed), CACHE / "sifted" / f"{name}.differ.csv")
    return 1 - len(differ) / len(mine), sum(held.values()) / len(mine)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default=",".join(SETS))
    given = parser.parse_args()
    rows = []
    for name in given.sets.split(","):
        path = gold_file(named(name))
        there, _ = assigned(path, f"{name}.there", older=True)
        here, wide = assigned(path, f"{name}.here")
        portable, narrow = assigned(path, f"{name}.portable", "--portable")
        rows.append([name, *compared(here, there, name), *compared(portable, there, f"{name}.portable"), wide, narrow])
        print(rows[-1], flush=True)
    heads = ["set", "same", "same group", "same, --portable", "same group, --portable", "s", "s, --portable"]
    body = (
        f"Points that end in the same place on a processor with AVX-512 and on one without (goal {GOAL}). What differs "
        f"is listed in the cache, one file for each set.\n\n{table(heads, rows)}"
    )
    print(body)
    write_section("processors", "Processors", body, data=given.sets)


if __name__ == "__main__":
    main()
