"""Rows of CSV, TSV and their kin: which character parts the cells, and where each row starts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Final

from setright.intake.errors import InputError
from setright.intake.format import readline_bounded

MAX_ROW: Final = 8_000_000
"""Characters of one row; a quote that is still open then was never meant to be."""

ONE_COLUMN: Final = "\x1f"
"""The delimiter of a file with a single column: one that no text holds, so that commas part nothing."""

_USUAL: Final = (",", "\t", ";", "|", "，", "；", ":", "^", "~", "\x01")

_DECLARED: Final = re.compile('\ufeff?"?sep=([^"\r\n])"?(?=[\r\n]|$)', re.IGNORECASE)
"""The line by which a file tells Excel its delimiter; it comes before the header and is no row."""

csv.field_size_limit(MAX_ROW)  # the module has but one limit for all, and 131,072 is less than people paste


def find_delimiter(head: str, wanted: Sequence[str]) -> str:
    """The character between cells: the one that makes the wanted columns appear in the first line.

    Parameters
    ----------
    head : str
        The beginning of the file, without a byte order mark.
    wanted : sequence of str
        Column names that must appear; the first is the text's.

    Returns
    -------
    str
        A single character. Where none brings out every column, the one that brings out most columns named, then most
        columns, so that the error that follows can list them. A first line "sep=;" decides it.
    """
    if declared := _DECLARED.match(head):
        return declared[1]
    first = _first_record(head)
    if first.strip().strip('"').strip() == wanted[0] and len(set(wanted)) == 1:
        return ONE_COLUMN
    candidates = list(dict.fromkeys([*_USUAL, *(char for char in first if _may_part(char))]))
    return max(candidates, key=lambda char: _fit(first, char, wanted))


def _may_part(char: str) -> bool:
    return not (char.isalnum() or char in "\"'\r\n _\ufeff") and not "\ud800" <= char <= "\udfff"


def _fit(first: str, delimiter: str, wanted: Sequence[str]) -> tuple[int, int]:
    names = {name.strip() for name in _cells(first, delimiter)}
    return sum(name in names for name in set(wanted)), len(names)


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), [])


def _first_record(head: str) -> str:
    """The first line that is not blank; two or more where a quoted name holds a line break."""
    lines = io.StringIO(head, newline="")
    record = ""
    for line in lines:
        record += line
        if record.strip() and record.count('"') % 2 == 0:
            break
    return record


class Rows:
    """The rows of a delimited text stream, read one by one.

    Iterating gives `(line, cells)`, where `line` is the 1-based line on which the row starts. Blank lines are rows
    only in a file with one column; elsewhere they hold no cell of any column and are passed over. `n_chars` counts
    what has been read.

    Raises
    ------
    InputError
        While iterating: a quote that does not close, or a line or row too long to be one.
    """

    def __init__(self, stream: io.TextIOBase, delimiter: str, where: str) -> None:
        self.n_chars = 0
        self._stream, self._where, self._delimiter = stream, where, delimiter
        self._n_lines = 0
        self._record: list[str] = []
        self._n_record = 0

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(self._read_lines(), delimiter=self._delimiter, strict=True)
        keep_blank = self._delimiter == ONE_COLUMN
        while True:
            start = self._n_lines + 1
            self._record, self._n_record = [], 0
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise self._unclosed(start, str(error)) from None
            if cells is None:
                return
            if cells:
                yield start, cells
            elif keep_blank:
                yield start, [""]

    def _read_lines(self) -> Iterator[str]:
        while line := readline_bounded(self._stream, self._n_lines + 1, self._where):
            self._n_lines += 1
            self.n_chars += len(line)
            self._n_record += len(line)
            self._record.append(line)
            if self._n_record > MAX_ROW:
                raise self._unclosed(self._n_lines - len(self._record) + 1, "too long")
            yield line

    def _unclosed(self, start: int, reason: str) -> InputError:
        line = start + _line_of_open_quote(self._record, self._delimiter)
        if reason.startswith(("unexpected end", "too long", "field larger")):
            return InputError(
                "a quote opens here and never closes",
                where=self._where,
                line=line,
                remedy="Close it, or double every quote inside a quoted cell",
            )
        return InputError(
            "a quote opens here and closes in the middle of a cell on line {n}",
            where=self._where,
            line=line,
            remedy="Close it before the next delimiter, or double every quote inside a quoted cell",
            n=self._n_lines,
        )


def _line_of_open_quote(record: Sequence[str], delimiter: str) -> int:
    """How many lines into the record its last quoted cell opens."""
    opened, is_quoted, at_start, just_closed = 0, False, True, False
    for number, line in enumerate(record):
        for char in line:
            if char == '"' and is_quoted:
                is_quoted, just_closed = False, True
                continue
            if char == '"' and (at_start or just_closed):
                opened = number if at_start else opened
                is_quoted, at_start = True, False
            elif not is_quoted:
                at_start = char == delimiter
            just_closed = False
    return opened


def read_header(rows: Iterator[tuple[int, list[str]]]) -> list[str]:
    """The names in the first row that has any; the iterator is left at the row after it."""
    for line, cells in rows:
        if line == 1 and _is_declaration(cells):
            continue
        names = [cell.strip().lstrip("\ufeff").strip() for cell in cells]
        if any(names):
            return names
    return []


def _is_declaration(cells: Sequence[str]) -> bool:
    """Whether the cells are what "sep=;" becomes, parted by ";" or not."""
    first = cells[0].lstrip("\ufeff").lower()
    return (cells[1:] == [""] and first == "sep=") or (len(cells) == 1 and bool(_DECLARED.match(first)))
