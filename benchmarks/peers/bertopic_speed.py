"""Time BERTopic's `fit_transform` on the first N texts of a file, as shipped or with vectors given.

    python -m benchmarks.peers.bertopic_speed FILE N [VECTORS.npy]

Importing and loading the model are not counted; encoding is, unless vectors are given.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings

import numpy as np
import pyarrow.parquet as pq
from bertopic import BERTopic

from benchmarks.peers.minilm import model


def main() -> None:
    warnings.simplefilter("ignore")
    path, n_rows = sys.argv[1], int(sys.argv[2])
    docs = pq.read_table(path, columns=["text"])["text"].slice(0, n_rows).to_pylist()
    given = np.load(sys.argv[3])[:n_rows] if len(sys.argv) > 3 else None
    topics = BERTopic(embedding_model=model())
    start = time.perf_counter()
    found, _ = topics.fit_transform(docs, embeddings=given)
    cost = {
        "seconds": time.perf_counter() - start,
        "n_rows": len(docs),
        "n_topics": len(set(found) - {-1}),
        "noise": float(np.mean(np.asarray(found) < 0)),
        "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }
    print(json.dumps(cost))


if __name__ == "__main__":
    main()
