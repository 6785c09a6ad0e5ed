"""A list somebody hands in (CSV, TSV or XLSX), as lines with their numbers and cells by name.

For lists that a person prepares, of up to a few hundred thousand lines, such as units or people; opinions are read by
`sift`, as a stream. An XLSX is parsed in a process of its own under limits (`tabular`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import BinaryIO, Final

from setright.intake.delimited import find_delimiter
from setright.intake.encoding import find_encoding, marked_encoding
from setright.intake.errors import InputError
from setright.intake.format import held
from setright.intake.tabular import FIRST, open_sheet

_ZIP: Final = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `number` as a person counts in the file (the header is line 1), cells by their canonical names."""

    number: int
    cells: dict[str, str]


def read_listing(content: bytes, where: str, names: Mapping[str, Sequence[str]], needed: Sequence[str]) -> list[Line]:
    """Read a whole list.

    Parameters
    ----------
    content : bytes
        The file.
    where : str
        Its name, for messages.
    names : mapping of str to sequence of str
        Canonical column name to the headings it may stand under, in any case; other columns are left alone.
    needed : sequence of str
        Canonical names without which the list makes no sense.

    Returns
    -------
    list of Line
        Blank lines left out; cells stripped; a column that is not there gives "".

    Raises
    ------
    InputError
        When it cannot be read, or a needed column is missing (all missing ones are named), or one stands there twice.
    """
    rows = _sheet_rows(content, where) if content.startswith(_ZIP) else _text_rows(content, where, names)
    header = next(rows, (0, []))[1]
    places = _places(header, where, names, needed)
    lines = []
    for number, cells in rows:
        found = {name: (cells[at].strip() if at is not None and at < len(cells) else "") for name, at in places.items()}
        if any(found.values()):
            lines.append(Line(number, found))
    return lines


def _places(
    header: list[str], where: str, names: Mapping[str, Sequence[str]], needed: Sequence[str]
) -> dict[str, int | None]:
    given = [cell.strip().lstrip("\ufeff").casefold() for cell in header]
    places: dict[str, int | None] = {}
    for name, headings in names.items():
        found = [at for at, cell in enumerate(given) if cell in {h.casefold() for h in (name, *headings)}]
        if len(found) > 1:
            raise InputError(
                'the column "{name}" stands there twice', where=where, remedy="Keep one of them", name=header[found[1]]
            )
        places[name] = found[0] if found else None
    missing = [names[name][0] for name in needed if places[name] is None]
    if missing:
        has = [cell for cell in header if cell.strip()]
        raise InputError(
            "no column called {missing:, }",
            where=where,
            remedy="The first line names the columns; it has: {has:, }"
            if has
            else "The first line names the columns; it has: nothing",
            missing=missing,
            has=has,
        )
    return places


def _sheet_rows(content: bytes, where: str) -> Iterator[tuple[int, list[str]]]:
    with held(io.BytesIO(content), where) as stream, open_sheet(stream, where) as sheet:
        yield 1, list(sheet.header)
        for batch in sheet:
            numbers = batch.column(0).to_pylist()
            columns = [batch.column(at).to_pylist() for at in range(FIRST, batch.num_columns)]
            for at, number in enumerate(numbers):
                yield number, [column[at] or "" for column in columns]


def _text_rows(content: bytes, where: str, names: Mapping[str, Sequence[str]]) -> Iterator[tuple[int, list[str]]]:
    def opened() -> nullcontext[BinaryIO]:
        return nullcontext(io.BytesIO(content))

    encoding = marked_encoding(content[:4]) or find_encoding(opened, where)
    text = content.decode(encoding, "replace").lstrip("\ufeff")
    wanted = [heading for headings in names.values() for heading in headings]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=find_delimiter(text[:65536], wanted))
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:  # only a cell beyond the limit: a reader that is not strict minds nothing else
        raise InputError(
            "line {n} cannot be read (field larger than field limit ({most}))",
            where=where,
            remedy="Save the list as CSV once more",
            n=reader.line_num,
            most=csv.field_size_limit(),
        ) from error
