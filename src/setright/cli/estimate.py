"""`--estimate`: what a run will take, measured on a sample of these rows on this machine."""

from __future__ import annotations

import time
from typing import Any, Final

import daft
import numpy as np
import pyarrow as pa

from setright.sift import Settings
from setright.sift.embed import encoder
from setright.sift.extract import distinct, input_rows, points

_N_SAMPLE: Final = 4_000
_MICROSECONDS_PER_ROW: Final = 330  # of all stages but encoding, on two cores (benchmarks/RESULTS.md, Speed)
_SECONDS_TO_START: Final = 4
_MIB_TO_START: Final = 560
_KIB_PER_TEXT: Final = 4.0
_BYTES_PER_ROW: Final = 100  # of register.xlsx and the Parquet files
_BYTES_PER_TEXT: Final = 520  # of state/, most of it a vector of 256 half-precision numbers
_MIB_OF_REPORT: Final = 3


def estimate(frame: daft.DataFrame, settings: Settings) -> str:
    """One line of rows, minutes, memory and disk to expect.

    Counts every row, splits and encodes a sample of `_N_SAMPLE`, and scales by the number of rows.
    """
    rows = input_rows(frame.collect())
    n = rows.num_rows
    sample = _sampled(rows, settings.seed)
    found = points(sample, settings.lang, lambda _: None)
    texts, _ = distinct(found)
    n_texts = round(len(texts) * n / max(sample.num_rows, 1))
    minutes = (
        _SECONDS_TO_START + n * _MICROSECONDS_PER_ROW / 1e6 + n_texts * _seconds_per_text(texts.keys, settings)
    ) / 60
    mib = _MIB_TO_START + n_texts * _KIB_PER_TEXT / 1024
    disk = _MIB_OF_REPORT + (n * _BYTES_PER_ROW + n_texts * _BYTES_PER_TEXT) / 2**20
    return (
        f"{n:,} rows, about {n_texts:,} distinct texts: {_told(minutes)}, "
        f"{mib / 1024:.1f} GiB of memory, {disk:,.0f} MiB of disk."
    )


def _sampled(rows: pa.Table, seed: int) -> pa.Table:
    if rows.num_rows <= _N_SAMPLE:
        return rows
    chosen = np.sort(np.random.default_rng(seed).choice(rows.num_rows, _N_SAMPLE, replace=False))
    return rows.take(pa.array(chosen)).set_column(0, rows.schema.field("row"), pa.array(np.arange(_N_SAMPLE)))


def _seconds_per_text(keys: Any, settings: Settings) -> float:
    """Time of one text in the chosen encoder; the first call only warms it up."""
    if len(keys) == 0:
        return 0.0
    model, texts = encoder(settings.encoder, settings.n_threads), keys.to_pylist()
    model.encode(texts[:64])
    start = time.perf_counter()
    model.encode(texts)
    return (time.perf_counter() - start) / len(texts)


def _told(minutes: float) -> str:
    return f"{minutes * 60:.0f} seconds" if minutes < 2 else f"{minutes:.0f} minutes"
