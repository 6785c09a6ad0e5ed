"""A finished register with error bars put in: the same files, but for the two columns an audit fills."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from xlsxwriter.utility import xl_col_to_name

from setright.intake.errors import InputError
from setright.sift.register.quotes import as_json
from setright.sift.register.table import write_parquet
from setright.sift.register.xlsx import PROBLEM_COLUMNS
from setright.sift.tables import PROBLEMS

Bars = Mapping[str, tuple[int, int]]
"""The ends of an interval on the submissions of a problem, by problem; those not named have none."""

_SHEET: Final = "xl/worksheets/sheet1.xml"  # the problems come first in every workbook
_ROW: Final = re.compile(r'<row r="(\d+)"[^>]*>(.*?)</row>', re.DOTALL)
_CELL: Final = re.compile(r'<c r="([A-Z]+)\d+"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_TEXT: Final = re.compile(r"<t[^>]*>(.*?)</t>", re.DOTALL)
_STYLE: Final = re.compile(r' s="\d+"')
_PLACE: Final = {word: xl_col_to_name(at) for at, (word, _, _) in enumerate(PROBLEM_COLUMNS)}
_LIST: Final = re.compile(r'(<script type="application/json" id="problems">)(.*?)(</script>)', re.DOTALL)
_RANGE: Final = 14  # where the report's line of a problem has its interval
_AGAIN: Final = "Sift again, and audit that register"


def amend_register(folder: Path, out: Path, bars: Bars) -> None:
    """Write a register's tables, workbook and report anew with `n_low` and `n_high` as `bars` says.

    Parameters
    ----------
    folder : Path
        A finished register. Never changed.
    out : Path
        A folder that exists; gets problems.parquet, problems.csv, register.xlsx and report.html.
    bars : mapping of str to (int, int)
        Intervals of an earlier audit go.

    Raises
    ------
    InputError
        When workbook or report are not as they were written.
    OSError

    Notes
    -----
    Neither needs people's words again, since both stand in the files as they are; all else stays byte for byte, the
    packing of the workbook apart. About 10 s for 360,000 points.
    """
    problems = pq.read_table(folder / "problems.parquet").cast(PROBLEMS)  # the names of lists' items differ once read
    write_parquet(_with_bars(problems, bars), out / "problems.parquet")
    _amend_csv(folder / "problems.csv", out / "problems.csv", bars)
    _amend_workbook(folder / "register.xlsx", out / "register.xlsx", bars)
    _amend_report(folder / "report.html", out / "report.html", bars)


def _with_bars(problems: pa.Table, bars: Bars) -> pa.Table:
    names = problems["problem"].to_pylist()
    for end, column in enumerate(("n_low", "n_high")):
        at = problems.schema.get_field_index(column)
        values = pa.array([bars[name][end] if name in bars else None for name in names], pa.int64())
        problems = problems.set_column(at, problems.schema.field(at), values)
    return problems


def _amend_csv(path: Path, out: Path, bars: Bars) -> None:
    """Cell by cell, so that what was made safe for spreadsheets stays as it is."""
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    if not rows or not {"problem", "n_low", "n_high"} <= set(rows[0]):
        raise InputError("lacks a column of a register", where=str(path), remedy=_AGAIN)
    name, *places = (rows[0].index(column) for column in ("problem", "n_low", "n_high"))
    for row in rows[1:]:
        for end, place in enumerate(places):
            row[place] = str(bars[row[name]][end]) if row[name] in bars else ""
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(rows)


# ------------------------------------------------------------------------------------------------------------- workbook


def _amend_workbook(path: Path, out: Path, bars: Bars) -> None:
    try:
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for part in old.infolist():
                same = zipfile.ZipInfo(part.filename, part.date_time)
                same.compress_type = zipfile.ZIP_DEFLATED
                if part.filename == _SHEET:
                    new.writestr(same, _amended_sheet(old.read(part).decode(), bars, path))
                else:
                    with old.open(part) as source, new.open(same, "w", force_zip64=True) as target:
                        shutil.copyfileobj(source, target, 1 << 20)
    except (zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise InputError("is damaged", where=str(path), remedy=_AGAIN) from error


def _amended_sheet(sheet: str, bars: Bars, path: Path) -> str:
    n_found = 0

    def amended(row: re.Match[str]) -> str:
        nonlocal n_found
        number, cells = row[1], row[2]
        if number == "1":
            return row[0]
        n_found += _name(cells) in bars
        opening = row[0][: row[0].index(">") + 1]
        return opening + _amended_cells(number, cells, bars.get(_name(cells))) + "</row>"

    amended_sheet = _ROW.sub(amended, sheet)
    if n_found != len(bars):
        raise InputError("is not as it was written: its first sheet lacks problems", where=str(path), remedy=_AGAIN)
    return amended_sheet


def _name(cells: str) -> str:
    first = _CELL.match(cells)
    words = _TEXT.search(first[3] or "") if first else None
    return words[1] if words else ""


def _amended_cells(number: str, cells: str, bar: tuple[int, int] | None) -> str:
    """A row's cells in order of columns, the two with their values; they look like the count beside them."""
    found = {cell[1]: cell[0] for cell in _CELL.finditer(cells)}
    count = found.get(_PLACE["n_submissions"], "")
    style = _STYLE.search(count)
    for end, column in enumerate(("n_low", "n_high")):
        place = _PLACE[column]
        found.pop(place, None)
        if bar is not None:
            found[place] = f'<c r="{place}{number}"{style[0] if style else ""}><v>{bar[end]}</v></c>'
    return "".join(found[place] for place in sorted(found, key=lambda place: (len(place), place)))


# --------------------------------------------------------------------------------------------------------------- report


def _amend_report(path: Path, out: Path, bars: Bars) -> None:
    page = path.read_text("utf-8")
    listed = _LIST.search(page)
    if listed is None:
        raise InputError("is not as it was written: its list of problems is gone", where=str(path), remedy=_AGAIN)
    problems = json.loads(listed[2])
    for problem in problems:
        problem[_RANGE] = list(bars[problem[0]]) if problem[0] in bars else 0
    lines = ",\n".join(as_json(problem) for problem in problems)
    out.write_text(f"{page[: listed.start(2)]}[{lines}]{page[listed.end(2) :]}", "utf-8")
