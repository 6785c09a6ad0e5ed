"""Make N rows of Chinese short texts out of scale_zh by a seeded perturbation, never by plain repetition.

    python -m benchmarks.perturb 1000000 out.parquet

The first 516,233 rows are the file as it is, with its own repeats (12.7 %). Each further pass over the file changes
every distinct text: where it has clauses they are swapped half of the time; then it takes one typo, and one more for
every forty characters. A typo is one of: two neighbours swapped, a character dropped, doubled, or replaced by another
drawn as often as the corpus uses it. Rows that repeat a text in the file repeat the changed text too, but for one in
four, which gets a change of its own. That leaves about 0.9 distinct texts a row. Rows are written in chunks.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.sets import CACHE, DATA

SEED = 20260101
CHUNK = 65_536
SCHEMA = pa.schema([("id", pa.large_string()), ("text", pa.large_string()), ("origin", pa.int32())])
_CLAUSES = re.compile(r"(?<=[，。！？；,!?;])")


def swapped(text: str, draw: random.Random) -> str:
    """Its clauses, turned round by a random number of places."""
    clauses = [part for part in _CLAUSES.split(text) if part]
    if len(clauses) < 2:
        return text
    turn = draw.randrange(1, len(clauses))
    return "".join(clauses[turn:] + clauses[:turn])


def mistyped(text: str, draw: random.Random, corpus: str) -> str:
    """One typo at a random place."""
    if not text:
        return corpus[draw.randrange(len(corpus))]
    at, how = draw.randrange(len(text)), draw.randrange(4)
    if how == 0 and at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if how == 1 and len(text) > 1:
        return text[:at] + text[at + 1 :]
    if how == 2:
        return text[: at + 1] + text[at:]
    return text[:at] + corpus[draw.randrange(len(corpus))] + text[at + 1 :]


def perturbed(text: str, draw: random.Random, corpus: str) -> str:
    found = swapped(text, draw) if draw.random() < 0.5 else text
    for _ in range(1 + len(text) // 40):
        found = mistyped(found, draw, corpus)
    return found


def rows(n: int, seed: int = SEED) -> Iterator[pa.Table]:
    """Chunks of at most CHUNK rows: id, text, and the row of scale_zh it was made from."""
    texts = pq.read_table(DATA / "scale_zh_short_texts.parquet", columns=["text"])["text"].combine_chunks()
    coded = pc.dictionary_encode(texts)
    distinct, codes = coded.dictionary.to_pylist(), coded.indices.to_numpy()
    corpus = "".join(distinct[:: max(len(distinct) // 50_000, 1)])
    for start in range(0, n, CHUNK):
        stop = min(start + CHUNK, n)
        made = [_row(i, codes, distinct, corpus, seed) for i in range(start, stop)]
        origin = np.arange(start, stop) % len(codes)
        yield pa.table([[str(i) for i in range(start, stop)], made, origin], schema=SCHEMA)


def _row(i: int, codes: np.ndarray, distinct: list[str], corpus: str, seed: int) -> str:
    turn, place = divmod(i, len(codes))
    text = distinct[codes[place]]
    if turn == 0:
        return text
    own = random.Random(f"{seed}/{turn}/{place}")  # noqa: S311 - a benchmark's noise, not a secret
    shared = random.Random(f"{seed}/{turn}/{text}")  # noqa: S311
    return perturbed(text, own if own.random() < 0.25 else shared, corpus)


def made(n: int) -> Path:
    """Path of the file of n rows in the cache, made where it is missing."""
    path = CACHE / f"scale_zh_perturbed_{n}.parquet"
    if not path.exists():
        write(n, path)
    return path


def write(n: int, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with pq.ParquetWriter(partial, SCHEMA) as out:
        for chunk in rows(n):
            out.write_table(chunk)
    partial.rename(path)


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
