"""Every point in the order people read it: by problem, the surest first; then those that joined none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from setright.sift.result import Result
from setright.sift.tables import STATES

_BATCH: Final = 16_384


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


def evidence(result: Result, rows: pa.Table, shown: Callable[[str], str]) -> Evidence:
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
    lines = lines.append_column("shown", _shown(lines, texts, where, shown))
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


def _shown(lines: pa.Table, texts: pa.Array, where: pa.Array, shown: Callable[[str], str]) -> pa.ChunkedArray:
    """The words of each point as shown; each distinct one is shown once."""
    written = pa.chunked_array(
        [pa.array(b, pa.large_string()) for b in _written(lines, texts, where)], pa.large_string()
    )
    coded = written.combine_chunks().dictionary_encode()
    values = coded.dictionary
    masked = [
        pa.array([shown(v) for v in values.slice(at, _BATCH).to_pylist()], pa.large_string())
        for at in range(0, len(values), _BATCH)
    ]
    return pa.chunked_array([pa.chunked_array(masked, pa.large_string()).combine_chunks().take(coded.indices)])


def _written(lines: pa.Table, texts: pa.Array, where: pa.Array) -> Iterator[list[str | None]]:
    for at in range(0, len(where), _BATCH):
        part = lines.slice(at, _BATCH)
        words = texts.take(where.slice(at, _BATCH)).to_pylist()
        ends = zip(part["start"].to_pylist(), part["end"].to_pylist(), strict=True)
        yield [_cut(text, start, end) for text, (start, end) in zip(words, ends, strict=True)]


def _cut(text: str | None, start: int | None, end: int | None) -> str | None:
    """The point, or the whole text where the row has none."""
    if text is None or start is None or end is None or end <= start:
        return text
    return text[start:end]


def around(text: str | None, start: Any, end: Any) -> tuple[str, str]:
    """What stands before and after a point in its text."""
    if text is None or start is None or end is None or end <= start:
        return "", ""
    return text[:start], text[end:]
