"""What BERTopic's defaults and k-means told K make of the labelled sets, kept in the cache as one int per row.

BERTopic is run as its documentation shows, `BERTopic().fit_transform(docs)`, with its own default model; only the
vectors come from the cache, which changes nothing it computes. -1 is its noise.
"""

from __future__ import annotations

import json
import sys
import time
import warnings

import numpy as np
from sklearn.cluster import KMeans

from benchmarks.peers.minilm import model, set_vectors
from benchmarks.sets import CACHE, SETS, LabelledSet, named


def bertopic(one: LabelledSet) -> np.ndarray:
    from bertopic import BERTopic  # noqa: PLC0415 - takes 20 s to import, and k-means does without

    topics, _ = BERTopic(embedding_model=model()).fit_transform(
        one.table()["text"].to_pylist(), embeddings=set_vectors(one)
    )
    return np.asarray(topics)


def kmeans_told_k(one: LabelledSet) -> np.ndarray:
    return KMeans(n_clusters=one.n_labels(), n_init=4, random_state=0).fit_predict(set_vectors(one))


METHODS = {"bertopic": bertopic, "kmeans_minilm": kmeans_told_k}


def main() -> None:
    warnings.simplefilter("ignore")
    for name in sys.argv[1:] or [s.name for s in SETS]:
        for method, run in METHODS.items():
            path = CACHE / method / f"{name}.npy"
            if path.exists():
                continue
            start = time.perf_counter()
            found = run(named(name)).astype(np.int32)
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, found)
            seconds = time.perf_counter() - start
            path.with_suffix(".json").write_text(json.dumps({"seconds": round(seconds, 1)}))
            n_groups = np.unique(found[found >= 0]).size
            print(f"{name} {method}: K {n_groups}, noise {np.mean(found < 0):.3f}, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
