"""Fold a file's texts with Setright and print what it cost: exact repeats first, then near-duplicates."""

from __future__ import annotations

import json
import os
import resource
import sys
import time

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from setright.sift.dedupe import near_duplicates


def main() -> None:
    path, n_rows = sys.argv[1], int(sys.argv[2])
    texts = pq.read_table(path, columns=["text"])["text"].slice(0, n_rows).combine_chunks()
    start = time.perf_counter()
    coded = pc.dictionary_encode(texts)
    counts = np.bincount(coded.indices.to_numpy(zero_copy_only=False), minlength=len(coded.dictionary))
    found = near_duplicates(coded.dictionary, n_submissions=counts, threads=len(os.sched_getaffinity(0)))
    seconds = time.perf_counter() - start
    cost = {
        "seconds": seconds,
        "n_rows": len(texts),
        "n_texts": len(found),
        "n_left": int(np.count_nonzero(found == np.arange(len(found)))),
        "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }
    print(json.dumps(cost))


if __name__ == "__main__":
    main()
