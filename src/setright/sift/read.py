"""Read: files and streams of opinions, whatever they are in, as one table (`tables.INPUT`).

Formats are told by content first, then by name. Rows become Arrow in batches of at most 32,768, so that no more than
one batch is ever held as Python strings.

Trouble with a row gives the row a `trouble` and a null text: "NUL byte", "lone surrogate", "undecodable bytes",
"too long", "ragged: 4 cells, header has 3", "not a JSON object", "text is not a string". It comes from any column that
was asked for, because a damaged id or name is as telling as a damaged text. Trouble with a file raises `InputError`.

A ragged row keeps its text where there is no doubt which cell that is: cells missing at the end (spreadsheets leave out
empty ones) are blank, and cells beyond the header are no trouble while they are empty. A filled cell too many, or no
cell where the text should be, is trouble; never in a spreadsheet, whose cells cannot slip.

Lines and sheet rows without any cell are no rows, except that in a file with one column a blank line is a blank text.
A date that names no day is null. One like 3/4/2014 names two: it is read in the order that the file's other cells show
(13/4/2014), where they agree, and else is null. A column of dates without a single day is trouble with the file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import daft
import pyarrow as pa
import pyarrow.compute as pc

from setright.intake.encoding import TOLERATED
from setright.intake.errors import InputError
from setright.sift.reading.batches import cells_of, check_parquet
from setright.sift.reading.cells import as_input
from setright.sift.reading.columns import Columns
from setright.sift.reading.days import Days
from setright.sift.reading.plan import Plan, planned
from setright.sift.tables import INPUT

__all__ = ["Columns", "collect", "read"]

STANDARD_INPUT: Final = "-"


def read(sources: Sequence[str | Path | BinaryIO], columns: Columns) -> daft.DataFrame:
    """Read one or several files as one input.

    Parameters
    ----------
    sources : sequence of str, Path or BinaryIO
        Paths, open binary streams, or "-" for standard input; rows are numbered on from one to the next.
    columns : Columns
        Which columns mean what; every source must have them.

    Returns
    -------
    daft.DataFrame
        `tables.INPUT`, held in memory as Arrow. Daft widens `trouble` to large_string, and promises no order of rows
        once a frame was worked on: `collect` gives the table exactly, by `row`.

    Raises
    ------
    InputError
        Where a source is missing, empty, damaged, in no one encoding, nothing we read, or lacks a column; where a
        spreadsheet has several filled sheets, or a column of dates not one day.
    UnsafeFile
        Where reading one would cost more than `tabular.Limits` allows, or it unpacks to far more than its size.

    Notes
    -----
    Deterministic. Files of text are read up to three times more, to settle their encoding. 360,000 short rows of CSV
    take about 2 s, JSON lines 4 s, Parquet 1 s. Memory is the named columns and one batch of Python strings.

    Rows are read here and not by a Daft source of our own: Daft wraps what a source raises, so that callers would see
    no `InputError`, and its threads may still hold that error while the interpreter ends, which then crashes.

    Examples
    --------
    >>> frame = read(["opinions.csv", "more.xlsx"], Columns(text="opinion", date="sent"))  # doctest: +SKIP
    >>> table = collect(frame)  # doctest: +SKIP
    """
    if not sources:
        raise InputError("no file was named", remedy='Name a file, or "-" for standard input')
    plans = [planned(sys.stdin.buffer if source == STANDARD_INPUT else source, columns) for source in sources]
    for plan in plans:
        if plan.format == "parquet":
            check_parquet(plan, columns)
    return daft.from_arrow(pa.Table.from_batches(_batches(plans, columns), schema=INPUT))


def collect(frame: daft.DataFrame) -> pa.Table:
    """The table of a frame that `read` gave, or that was filtered from one: `tables.INPUT`, ascending by `row`."""
    return _in_order(frame.to_arrow()).cast(INPUT)


def _in_order(table: pa.Table) -> pa.Table:
    row = table["row"].combine_chunks()
    is_sorted = len(row) < 2 or pc.all(pc.greater(row[1:], row[:-1])).as_py()
    return table if is_sorted else table.sort_by("row")


def _batches(plans: Sequence[Plan], columns: Columns) -> Iterator[pa.RecordBatch]:
    n_rows = 0
    for number, plan in enumerate(plans):
        tally = _Undecodable(plan)
        days = Days(columns.date, plan.name)
        for cells in cells_of(plan, columns):
            batch = as_input(cells, first_row=n_rows, file=number, encoding=plan.encoding)
            n_rows += batch.num_rows
            tally.add(batch)
            days.add(cells, batch)
        tally.require_few()
        yield from days.settled()


class _Undecodable:
    """Counts a file's undecodable rows where its encoding was a guess from its beginning."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._n_rows = self._n_bad = self._first_line = 0

    def add(self, batch: pa.RecordBatch) -> None:
        self._n_rows += batch.num_rows
        if batch["trouble"].null_count == batch.num_rows:
            return
        bad = batch.filter(pc.equal(batch["trouble"], "undecodable bytes"))
        if bad.num_rows and not self._n_bad:
            self._first_line = bad["line"][0].as_py()
        self._n_bad += bad.num_rows

    def require_few(self) -> None:
        if self._plan.is_guess and self._n_bad > TOLERATED * self._n_rows:
            raise InputError(
                f"{self._n_bad:,} of {self._n_rows:,} rows, the first here, are not {self._plan.encoding.upper()}",
                where=f"{self._plan.name}, line {self._first_line}",
                remedy="Save the whole file in one encoding, best UTF-8, or name its encoding",
            )
