"""The rows of one planned file, as batches of cells."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from setright.intake.delimited import Rows, read_header
from setright.intake.encoding import MARK
from setright.intake.errors import InputError
from setright.intake.format import readline_bounded
from setright.intake.tabular import FIRST, LINE, open_sheet
from setright.sift.reading.cells import BATCH_CHARS, BATCH_ROWS, Cells, Column
from setright.sift.reading.columns import Columns, object_of
from setright.sift.reading.plan import Plan

_EXACT: Final = float(1 << 53)
"""From here on a float no longer tells neighbouring integers apart."""


def cells_of(plan: Plan, columns: Columns) -> Iterator[Cells]:
    """The file's rows in order, at most `BATCH_ROWS` at a time.

    Raises
    ------
    InputError
        While iterating, where the file turns out to be damaged.
    """
    return _READERS[plan.format](plan, columns)


# ------------------------------------------------------------------------------------------------------------ delimited


def _delimited(plan: Plan, columns: Columns) -> Iterator[Cells]:
    with plan.opened_text() as stream:
        rows = Rows(stream, plan.delimiter, plan.name)
        each = iter(rows)
        header = read_header(each)
        places = columns.places(header, plan.name)
        batch = _Delimited(len(header), places)
        n_before = rows.n_chars
        for line, cells in each:
            batch.add(line, cells)
            if len(batch.lines) >= BATCH_ROWS or rows.n_chars - n_before >= BATCH_CHARS:
                yield batch.taken()
                n_before = rows.n_chars
        if batch.lines:
            yield batch.taken()


class _Delimited:
    """Rows of cells, gathered until they make a batch."""

    def __init__(self, width: int, places: dict[str, int]) -> None:
        self.lines: list[int] = []
        self._rows: list[list[str] | list[None]] = []
        self._trouble: dict[int, str] = {}
        self._width, self._places = width, places

    def add(self, line: int, cells: list[str]) -> None:
        n = len(cells)
        if n == self._width:
            self._rows.append(cells)
        elif _is_ragged(cells, self._width, self._places["text"]):
            self._trouble[len(self.lines)] = f"ragged: {n} cells, header has {self._width}"
            self._rows.append([None] * self._width)
        else:
            self._rows.append(cells + [""] * (self._width - n))
        self.lines.append(line)

    def taken(self) -> Cells:
        columns: dict[str, Column] = {role: [row[i] for row in self._rows] for role, i in self._places.items()}
        taken = Cells(self.lines, columns, self._trouble)
        self.lines, self._rows, self._trouble = [], [], {}
        return taken


def _is_ragged(cells: list[str], width: int, text: int) -> bool:
    """Whether it is unclear which cell is the text: a filled cell beyond the header, or none where the text belongs."""
    return len(cells) <= text if len(cells) < width else any(cell.strip() for cell in cells[width:])


# ----------------------------------------------------------------------------------------------------------- JSON lines


def _json(plan: Plan, columns: Columns) -> Iterator[Cells]:
    with plan.opened_text() as stream:
        numbered: list[tuple[int, str]] = []
        number = n_chars = 0
        while line := readline_bounded(stream, number + 1, plan.name):
            number += 1
            n_chars += len(line)
            if line.strip(" \t\r\n\ufeff"):
                numbered.append((number, line.lstrip("\ufeff")))
            if len(numbered) >= BATCH_ROWS or n_chars >= BATCH_CHARS:
                yield _objects(numbered, columns)
                numbered, n_chars = [], 0
        if numbered:
            yield _objects(numbered, columns)


def _objects(numbered: list[tuple[int, str]], columns: Columns) -> Cells:
    trouble: dict[int, str] = {}
    found: list[dict[str, Any]] = []
    for i, (_, line) in enumerate(numbered):
        row = object_of(line)
        if row is None:
            trouble[i] = "not a JSON object"
        elif not isinstance(row.get(columns.text), str | None):
            trouble[i] = "text is not a string"
        found.append({} if row is None or i in trouble else row)
    cells: dict[str, Column] = {role: [_plain(row.get(name)) for row in found] for role, name in columns.named.items()}
    return Cells([number for number, _ in numbered], cells, trouble)


def _plain(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


# -------------------------------------------------------------------------------------------------------------- Parquet


def check_parquet(plan: Plan, columns: Columns) -> None:
    """InputError where the file is damaged, lacks a named column, or has one of a type that cannot be used."""
    with plan.opened() as stream:
        _places_in(_parquet_file(stream, plan.name), columns, plan.name)


def _parquet(plan: Plan, columns: Columns) -> Iterator[Cells]:
    with plan.opened() as stream:
        file = _parquet_file(stream, plan.name)
        _places_in(file, columns, plan.name)
        names = list(dict.fromkeys(columns.named.values()))
        n_seen = 0
        batches = file.iter_batches(batch_size=BATCH_ROWS, columns=names, use_threads=False)
        while (batch := _next_batch(batches, plan.name)) is not None:
            if batch.num_rows == 0:
                continue
            read = {role: _arrow_column(batch.column(name), role) for role, name in columns.named.items()}
            yield Cells(list(range(n_seen + 1, n_seen + batch.num_rows + 1)), read)
            n_seen += batch.num_rows


def _parquet_file(stream: BinaryIO, where: str) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(stream)
    except (pa.ArrowException, OSError) as error:
        raise _damaged_parquet(error, where) from None


def _next_batch(batches: Iterator[pa.RecordBatch], where: str) -> pa.RecordBatch | None:
    try:
        return next(batches, None)
    except (pa.ArrowException, OSError) as error:
        raise _damaged_parquet(error, where) from None


def _damaged_parquet(error: Exception, where: str) -> InputError:
    told = str(error).splitlines()[0].rstrip(".")[:200] if str(error) else type(error).__name__
    return InputError(f"the Parquet file cannot be read ({told})", where=where, remedy="Fetch or write it again")


def _places_in(file: pq.ParquetFile, columns: Columns, where: str) -> None:
    schema = file.schema_arrow
    for role, place in columns.places(schema.names, where).items():
        kind, name = schema.field(place).type, schema.names[place]
        if not _is_usable(kind, role):
            wanted = _WANTED.get(role, "a text, number or date")
            raise InputError(
                f'the column "{name}" holds {kind}, not {wanted}', where=where, remedy="Name another column, or cast it"
            )


_WANTED: Final = {"text": "text", "date": "days, or text or numbers that name them"}


def _is_usable(kind: pa.DataType, role: str) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_usable(kind.value_type, role)
    if _is_text(kind) or pa.types.is_null(kind):
        return True
    if role == "date" and (_is_span(kind) or pa.types.is_boolean(kind)):
        return False
    return role != "text" and (pa.types.is_primitive(kind) or pa.types.is_boolean(kind) or pa.types.is_decimal(kind))


def _is_span(kind: pa.DataType) -> bool:
    """A time that belongs to no day."""
    return bool(pa.types.is_duration(kind) or pa.types.is_time(kind) or pa.types.is_interval(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _arrow_column(array: pa.Array, role: str) -> Column:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if role == "date" and pa.types.is_temporal(array.type):
        return array.cast(pa.date32())  # as the clock on the wall showed it, where a time zone is known
    if pa.types.is_floating(array.type):
        return _as_numbers(array)
    if not _is_text(array.type):
        return array.cast(pa.large_string())
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        raw = array.cast(pa.binary() if pa.types.is_string(array.type) else pa.large_binary()).to_pylist()
        return [None if cell is None else cell.decode("utf-8", MARK) for cell in raw]
    return array.cast(pa.large_string())


def _as_numbers(array: pa.Array) -> pa.Array:
    """Whole numbers without exponent, as a column of integers with a gap is written as floats; NaN is blank."""
    if pa.types.is_float16(array.type):
        array = array.cast(pa.float32())
    exact = array.cast(pa.float64())
    is_whole = pc.and_(pc.less(pc.abs(exact), _EXACT), pc.equal(pc.floor(exact), exact))
    whole = pc.if_else(is_whole, exact, pa.scalar(None, pa.float64())).cast(pa.int64())
    other = pc.if_else(pc.is_nan(exact), pa.scalar(None, pa.large_string()), array.cast(pa.large_string()))
    return pc.coalesce(whole.cast(pa.large_string()), other)


# ----------------------------------------------------------------------------------------------------------------- XLSX


def _xlsx(plan: Plan, columns: Columns) -> Iterator[Cells]:
    with plan.opened() as stream, open_sheet(stream, plan.name) as sheet:
        places = columns.places(sheet.header, plan.name)
        for batch in sheet:  # a cell beyond the header leaves no doubt about the others: a sheet has real columns
            cells = {role: batch.column(place + FIRST) for role, place in places.items()}
            yield Cells(batch.column(LINE).to_pylist(), cells)


_READERS: Final[dict[str, Callable[[Plan, Columns], Iterator[Cells]]]] = {
    "delimited": _delimited,
    "json": _json,
    "parquet": _parquet,
    "xlsx": _xlsx,
}
