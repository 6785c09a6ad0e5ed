"""register.xlsx: the register as a workbook, within Excel's limits and saying where it met one."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter

from setright.intake.formula import safe_cell
from setright.sift.register.evidence import Evidence
from setright.sift.register.facts import Facts
from setright.sift.register.sheet import StreamedSheet
from setright.sift.register.words import Say
from setright.sift.result import Result
from setright.sift.tables import STATES

_EPOCH: Final = datetime.date(1899, 12, 30)
_MADE: Final = datetime.datetime(2000, 1, 1)  # a fixed time, so that the same result makes the same bytes
_BATCH: Final = 16_384
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
    "use_zip64": True,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What Excel allows; smaller in tests."""

    rows: int = 1_048_576
    columns: int = 256  # Excel reads 16,384; nobody reads more than this
    links: int = 65_530
    characters: int = 32_767


@dataclass(frozen=True)
class _Book:
    """The open workbook and what every sheet needs."""

    file: Any
    say: Say
    limits: Limits
    styles: dict[str, Any]
    notes: list[str]

    def sheet(self, name: str, widths: list[tuple[str, float]], number: int = 1) -> Any:
        """A sheet with its heads written, frozen and filtered; `widths` pairs each head's word with its width."""
        title = self.say(name) + (f" {number}" if number > 1 else "")
        sheet = self.file.add_worksheet(title, worksheet_class=StreamedSheet)
        sheet.freeze_panes(1, 0)
        for i, (word, width) in enumerate(widths):
            sheet.set_column(i, i, width)
            sheet.write_string(0, i, self.say(word), self.styles["head"])
        return sheet


def write_workbook(
    path: Path,
    result: Result,
    points: Evidence,
    told: Facts,
    *,
    limits: Limits | None = None,
    advance: Callable[[int], None] = lambda n: None,
) -> None:
    """Write register.xlsx; xlsxwriter's working files stand beside it and are gone when it is done.

    Parameters
    ----------
    path : Path
    result : Result
    points : Evidence
    told : Facts
    limits : Limits, optional
        Excel's own where not given.
    advance : callable
        Hears how many lines of evidence were written.
    """
    file = xlsxwriter.Workbook(str(path), _OPTIONS | {"tmpdir": str(path.parent)})
    file.set_properties({"title": "Setright", "created": _MADE})
    book = _Book(file, Say(told.lang), limits or Limits(), _styles(file), [])
    problems = _problems_sheet(book)
    if told.has_units:
        _matrix(book, "where", result, "unit")
    if told.months:
        _matrix(book, "when", result, "month")
    if told.has_units or told.months:
        _long(book, result)
    _plain(book, "themes", result.themes, [("theme", 10), ("title", 44), ("n_problems", 12), ("n_submissions", 12)])
    _templates(book, result)
    ledger = book.sheet("ledger", [("", 34), ("", 18), ("", 18), ("", 14), ("", 14), ("", 14), ("", 14)])
    starts = _evidence(book, result, points, told, advance)
    _problems(book, problems, result, starts)
    _ledger(book, ledger, told)
    problems.activate()
    file.close()


def _styles(file: Any) -> dict[str, Any]:
    top = {"valign": "top"}
    return {
        "head": file.add_format({"bold": True, "bg_color": "#F0F0EB", "bottom": 1, "text_wrap": True, "valign": "vcenter"}),
        "text": file.add_format(top),
        "wrap": file.add_format(top | {"text_wrap": True}),
        "int": file.add_format(top | {"num_format": "#,##0"}),
        "share": file.add_format(top | {"num_format": "0.0%"}),
        "ratio": file.add_format(top | {"num_format": "0.00"}),
        "date": file.add_format(top | {"num_format": "yyyy-mm-dd"}),
        "link": file.add_format(top | {"font_color": "#1F4F7A", "underline": 1}),
        "bold": file.add_format({"bold": True}),
    }


# ------------------------------------------------------------------------------------------------------------ problems

_PROBLEM_COLUMNS: Final = (
    ("problem", 10.0, "text"),
    ("title", 52.0, "wrap"),
    ("kind", 10.0, "text"),
    ("theme", 18.0, "text"),
    ("category", 14.0, "text"),
    ("n_submissions", 10.0, "int"),
    ("n_texts", 10.0, "int"),
    ("n_people", 10.0, "int"),
    ("share", 10.0, "share"),
    ("n_low", 9.0, "int"),
    ("n_high", 9.0, "int"),
    ("cohesion", 10.0, "ratio"),
    ("first_date", 12.0, "date"),
    ("last_date", 12.0, "date"),
    ("keywords", 40.0, "wrap"),
    ("watch", 12.0, "text"),
    ("dismissed", 10.0, "text"),
    ("proof", 16.0, "text"),
)


def _problems_sheet(book: _Book) -> Any:
    return book.sheet("problems", [(word, width) for word, width, _ in _PROBLEM_COLUMNS])


def _problems(book: _Book, sheet: Any, result: Result, starts: list[tuple[str, int]]) -> None:
    """One line a problem, its title linked to where its evidence starts."""
    titles = dict(zip(result.themes["theme"].to_pylist(), result.themes["title"].to_pylist(), strict=True))
    kept = min(result.problems.num_rows, book.limits.rows - 1)
    n_links = 0
    for at, problem in enumerate(_dicts(result.problems.slice(0, kept)), start=1):
        evidence = starts[at - 1] if at <= len(starts) else None
        linked = evidence is not None and n_links < book.limits.links
        n_links += linked
        for column, (word, _, style) in enumerate(_PROBLEM_COLUMNS):
            value = _problem_value(book, problem, word, titles, evidence)
            if word == "title" and linked and evidence:
                _link(book, sheet, (at, column), evidence, str(value))
            else:
                _write(book, sheet, (at, column), value, style)
    sheet.autofilter(0, 0, max(kept, 1), len(_PROBLEM_COLUMNS) - 1)
    sheet.freeze_panes(1, 2)
    if n_links < min(kept, len(starts)):
        book.notes.append(book.say("note_links", n=f"{n_links:,}", limit=f"{book.limits.links:,}"))
    _note_lines(book, "problems", result.problems.num_rows, kept, "problems.parquet")


def _problem_value(
    book: _Book, problem: dict[str, Any], word: str, titles: dict[str, str], evidence: tuple[str, int] | None
) -> Any:
    if word == "theme":
        return titles.get(problem["parent"], problem["parent"])
    if word == "proof":
        return f"{evidence[0]}!A{evidence[1] + 1}" if evidence else None
    value = problem[word]
    if word == "kind":
        return book.say(value or "none")
    if word == "dismissed":
        return book.say("yes") if value else None
    if word == "keywords":
        return book.say("、") .join(value or []) if False else ("、" if book.say("yes") == "是" else ", ").join(value or [])
    return value


def _link(book: _Book, sheet: Any, cell: tuple[int, int], target: tuple[str, int], title: str) -> None:
    """The title as a link; a title too long for a link's text stays plain words."""
    place = f"internal:'{target[0]}'!A{target[1] + 1}"
    sheet.write_url(*cell, place, book.styles["link"], safe_cell(title)[: book.limits.characters])


def _write(book: _Book, sheet: Any, cell: tuple[int, int], value: Any, style: str) -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(*cell, _plain_words(safe_cell(value), book.limits.characters), book.styles[style])
    elif isinstance(value, datetime.date):
        sheet.write_number(*cell, (value - _EPOCH).days, book.styles[style])
    else:
        sheet.write_number(*cell, value, book.styles[style])


def _plain_words(words: str, limit: int) -> str:
    """Words xlsxwriter takes for no markup of its own, no longer than a cell."""
    words = words + " " if words.startswith("<r>") else words
    return words if _units(words) <= limit else words[: limit // 2 - 1] + "…"


def _units(words: str) -> int:
    """UTF-16 code units, in which Excel counts characters."""
    return len(words) if words.isascii() else len(words.encode("utf-16-le", "surrogatepass")) // 2
