"""Fold a file's texts with semhash and print what it cost.

semhash's own default model comes from a hub, and reads English. In its place stands the cheapest encoder that still
tells texts apart, so that the time is semhash's own: each text's pairs of neighbouring characters are hashed into a
table of 65,536 random rows of 64 numbers (seed 0), and the rows' mean is the vector, computed in numpy for 32,768
texts at a time. A static embedding such as semhash's default does the same after a slower tokenizer and with four
times the dimensions. Everything else is as shipped: usearch, threshold 0.9.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from semhash import SemHash


class HashedPairs:
    """Mean of random rows, one per hashed pair of characters."""

    def __init__(self, n_rows: int = 1 << 16, n_dimensions: int = 64) -> None:
        self.table = np.random.default_rng(0).standard_normal((n_rows, n_dimensions), dtype=np.float32)

    def encode(self, inputs: Sequence[Any] | Any, **_: Any) -> np.ndarray:
        parts = [self._some(inputs[start : start + 32_768]) for start in range(0, len(inputs), 32_768)]
        return np.concatenate(parts)

    def _some(self, texts: Sequence[str]) -> np.ndarray:
        codes = np.frombuffer("".join(text + "\0" for text in texts).encode("utf-32-le"), np.uint32)
        ends = np.cumsum([len(text) + 1 for text in texts])
        starts = np.concatenate([[0], ends[:-1]])
        hashed = codes * np.uint32(0x9E3779B1)
        hashed[:-1] ^= (codes[1:] + np.uint32(1)) * np.uint32(0x85EBCA77)
        rows = self.table[(hashed ^ (hashed >> np.uint32(15))) & np.uint32(len(self.table) - 1)]
        sums = np.add.reduceat(rows, starts, axis=0)
        return sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)


def main() -> None:
    path, n_rows = sys.argv[1], int(sys.argv[2])
    texts = pq.read_table(path, columns=["text"])["text"].slice(0, n_rows).to_pylist()
    start = time.perf_counter()
    found = SemHash.from_records(records=texts, model=HashedPairs()).self_deduplicate()
    seconds = time.perf_counter() - start
    cost = {
        "seconds": seconds,
        "n_rows": len(texts),
        "n_left": len(found.selected),
        "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }
    print(json.dumps(cost))


if __name__ == "__main__":
    main()
