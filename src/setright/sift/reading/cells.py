"""A batch of cells, whatever file it came from, checked and turned into `tables.INPUT`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from setright.intake.day import day_of
from setright.intake.encoding import damage
from setright.sift.tables import INPUT

MAX_TEXT: Final = 200_000
"""Code points of one cell. A row beyond it is unreadable ("too long"): it is a file pasted into a cell."""

BATCH_ROWS: Final = 32_768
BATCH_CHARS: Final = 1 << 25

Column: TypeAlias = list[str | None] | pa.Array


@dataclass
class Cells:
    """Rows of one file, by what their columns mean.

    Parameters
    ----------
    lines : list of int
        The 1-based line (row of a sheet or Parquet) where each row starts.
    columns : dict
        "text", and of "id", "person", "unit", "date" those asked for: as many strings as lines, None where blank.
        "date" may be an Arrow array of date32.
    trouble : dict
        Reasons known already, by index into `lines`. These rows' cells are not looked at.
    """

    lines: list[int]
    columns: dict[str, Column]
    trouble: dict[int, str] = field(default_factory=dict)


def as_input(cells: Cells, *, first_row: int, file: int, encoding: str) -> pa.RecordBatch:
    """One batch of `tables.INPUT`; rows in trouble have a reason and a null text, all others a text ("" if blank)."""
    n = len(cells.lines)
    trouble = dict(cells.trouble)
    read = {role: _checked(column, trouble, encoding) for role, column in cells.columns.items()}
    is_bad = _mask(list(trouble), n)
    row = pa.array(range(first_row, first_row + n), pa.int64())
    text = pc.if_else(is_bad, pa.scalar(None, pa.large_string()), pc.fill_null(read["text"], ""))
    columns = {
        "row": row,
        "id": pc.coalesce(_unless_blank(read.get("id"), n), row.cast(pa.large_string())),
        "text": text,
        "person": _unless_blank(read.get("person"), n),
        "unit": _unless_blank(read.get("unit"), n),
        "date": _days(read.get("date"), n),
        "file": pa.repeat(pa.scalar(file, pa.int32()), n),
        "line": pa.array(cells.lines, pa.int64()),
        "trouble": pa.array([trouble.get(i) for i in range(n)], pa.string()) if trouble else pa.nulls(n, pa.string()),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in INPUT.names], schema=INPUT)


def _mask(positions: list[int], n: int) -> pa.Array:
    return pc.is_in(pa.array(range(n), pa.int64()), value_set=pa.array(positions, pa.int64()))


def _checked(column: Column, trouble: dict[int, str], encoding: str) -> pa.Array:
    """The column without its damaged cells; why each is damaged is added to `trouble`, first reason first."""
    if isinstance(column, pa.Array) and not pa.types.is_large_string(column.type):
        return column
    array = _decoded(column, trouble, encoding)
    found = _found(array, pc.match_substring(array, "\0"), trouble, "NUL byte")
    found += _found(array, pc.greater(pc.utf8_length(array), MAX_TEXT), trouble, "too long")
    return pc.if_else(_mask(found, len(array)), pa.scalar(None, pa.large_string()), array) if found else array


def _decoded(column: Column, trouble: dict[int, str], encoding: str) -> pa.Array:
    try:
        return column if isinstance(column, pa.Array) else pa.array(column, pa.large_string())
    except UnicodeEncodeError:
        pass  # some cell holds a lone surrogate, of its own or as the mark of a byte that could not be decoded
    sound: list[str | None] = []
    cell: str | None
    for i, cell in enumerate(column):
        reason = damage(cell, encoding) if cell else None
        if reason:
            trouble.setdefault(i, reason)
        sound.append(None if reason else cell)
    return pa.array(sound, pa.large_string())


def _found(array: pa.Array, is_damaged: pa.Array, trouble: dict[int, str], reason: str) -> list[int]:
    positions: list[int] = pc.indices_nonzero(pc.fill_null(is_damaged, False)).to_pylist()
    for i in positions:
        trouble.setdefault(i, reason)
    return positions


def _unless_blank(array: pa.Array | None, n: int) -> pa.Array:
    if array is None:
        return pa.nulls(n, pa.large_string())
    is_blank = pc.equal(pc.utf8_trim_whitespace(array), "")
    return pc.if_else(pc.fill_null(is_blank, True), pa.scalar(None, pa.large_string()), array)


def _days(array: pa.Array | None, n: int) -> pa.Array:
    if array is None:
        return pa.nulls(n, pa.date32())
    if pa.types.is_date32(array.type):
        return array
    days: list[date | None] = [day_of(cell) if cell else None for cell in array.to_pylist()]
    return pa.array(days, pa.date32())
