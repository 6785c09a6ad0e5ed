"""Every point in the order people read it: by problem, the surest first; then those that joined none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from setright.sift.result import Result
from setright.sift.tables import STATES

_BATCH: Final = 16_384
_WHOLE: Final = -1  # stands for the end of a text where the row has no point


@dataclass(frozen=True)
class Evidence:
    """All points, ordered, with the words as shown.

    Parameters
    ----------
    lines : pyarrow.Table
        `tables.ASSIGNMENTS` plus `shown` (null where the row's words are not at hand), `unit`, `date`, `file`, `line`.
    starts : ndarray of int64, shape (p + 1,)
        Problem i's points are `lines[starts[i]:starts[i + 1]]`; from `starts[p]` on stand the points of none.
    texts : pyarrow.ChunkedArray
        The whole text of each line's row is `texts[position[i]]`.
    position : ndarray of int64
        Where each line's row stands in the table of rows, -1 where it does not.
    """

    lines: pa.Table
    starts: NDArray[np.int64]
    texts: pa.Array
    position: NDArray[np.int64]


def evidence(result: Result, rows: pa.Table, shown: Callable[[str, int, int], str]) -> Evidence:
    """Sort the points and put their words beside them.

    Parameters
    ----------
    result, rows, shown
        As `write_register` takes them.

    Returns
    -------
    Evidence
        The order is fixed: problem in the register's order, confidence from high to low, row, point; then state.
    """
    lines = result.assignments
    rank = _problem_rank(lines, result.problems)
    order = _order(lines, rank)
    lines = lines.take(pa.array(order)).combine_chunks()
    position = _position(lines["row"].to_numpy(), rows["row"].to_numpy())
    where = pa.array(position, mask=position < 0)
    for name in ("unit", "date", "file", "line"):
        lines = lines.append_column(name, rows[name].take(where))
    texts = pa.array([], pa.large_string()) if not rows.num_rows else rows["text"].combine_chunks()
    lines = lines.append_column("shown", _shown(lines, texts, position, shown))
    starts = np.searchsorted(rank[order], np.arange(result.problems.num_rows + 1))
    return Evidence(lines, starts.astype(np.int64), texts, position)


def _problem_rank(lines: pa.Table, problems: pa.Table) -> NDArray[np.int64]:
    """The place of each point's problem in the register; points of no problem come after all, by state."""
    found = pc.index_in(lines["problem"], value_set=problems["problem"].combine_chunks())
    state = pc.index_in(lines["state"], value_set=pa.array(STATES)).to_numpy()
    rank: NDArray[np.int64] = found.fill_null(-1).to_numpy().astype(np.int64)
    return np.where(rank >= 0, rank, problems.num_rows + state.astype(np.int64))


def _order(lines: pa.Table, rank: NDArray[np.int64]) -> NDArray[np.int64]:
    sure = lines["confidence"].fill_null(0.0).to_numpy()
    return np.lexsort((lines["point"].fill_null(0).to_numpy(), lines["row"].to_numpy(), -sure, rank))


def _position(row: NDArray[np.int64], known: NDArray[np.int64]) -> NDArray[np.int64]:
    if not len(known):
        return np.full(len(row), -1, dtype=np.int64)
    order = np.argsort(known, kind="stable")
    at = np.minimum(np.searchsorted(known[order], row), len(known) - 1)
    return np.where(known[order][at] == row, order[at], -1).astype(np.int64)


def _shown(
    lines: pa.Table, texts: pa.Array, position: NDArray[np.int64], shown: Callable[[str, int, int], str]
) -> pa.ChunkedArray:
    """The words of each point as shown; each part of each distinct text is shown once, text by text."""
    coded = texts.dictionary_encode()
    codes = np.append(coded.indices.fill_null(-1).to_numpy(), -1).astype(np.int64)[position]
    start, end = (lines[name].fill_null(0).to_numpy().astype(np.int64) for name in ("start", "end"))
    parts = np.column_stack([codes, np.where(end > start, start, 0), np.where(end > start, end, _WHOLE)])
    order = np.lexsort(parts.T[::-1])
    parts = parts[order]
    new = np.append(True, (parts[1:] != parts[:-1]).any(axis=1))[: len(parts)]
    place = np.empty(len(parts), dtype=np.int64)
    place[order] = np.cumsum(new) - 1
    parts = parts[new]
    batches = (parts[at : at + _BATCH] for at in range(0, len(parts), _BATCH))
    words = [pa.array(_said(coded.dictionary, batch, shown), pa.large_string()) for batch in batches]
    return pa.chunked_array([pa.chunked_array(words, pa.large_string()).combine_chunks().take(pa.array(place))])


def _said(texts: pa.Array, parts: NDArray[np.int64], shown: Callable[[str, int, int], str]) -> list[str | None]:
    """Each part (text or -1, start, end or `_WHOLE`) as shown; None where its text is not at hand."""
    codes, of = np.unique(parts[:, 0], return_inverse=True)
    said = texts.take(pa.array(codes, mask=codes < 0)).to_pylist()
    return [
        None if (text := said[i]) is None else shown(text, start, len(text) if end == _WHOLE else end)
        for i, (_, start, end) in zip(of.tolist(), parts.tolist(), strict=True)
    ]
