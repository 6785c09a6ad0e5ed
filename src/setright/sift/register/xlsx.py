"""register.xlsx: the register as a workbook, within Excel's limits and saying where it met one."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from setright.intake.formula import safe_cell
from setright.sift.register.book import Book, Limits, dicts, pieces, styles
from setright.sift.register.evidence import Evidence
from setright.sift.register.facts import Facts
from setright.sift.register.lines import evidence_sheets
from setright.sift.register.matrix import long_sheet, matrix_sheet
from setright.sift.register.words import WORDS, Say
from setright.sift.result import Result
from setright.sift.tables import STATES

_MADE: Final = datetime.datetime(2000, 1, 1)  # a fixed time, so that the same result makes the same bytes
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
    "use_zip64": True,
}
PROBLEM_COLUMNS: Final = (
    ("problem", 10.0, "text"),
    ("title", 52.0, "wrap"),
    ("kind", 10.0, "text"),
    ("theme", 18.0, "text"),
    ("category", 14.0, "text"),
    ("n_submissions", 12.0, "int"),
    ("n_texts", 9.0, "int"),
    ("n_people", 9.0, "int"),
    ("share", 10.0, "share"),
    ("n_low", 8.0, "int"),
    ("n_high", 8.0, "int"),
    ("cohesion", 10.0, "ratio"),
    ("first_date", 12.0, "date"),
    ("last_date", 12.0, "date"),
    ("keywords", 40.0, "wrap"),
    ("watch", 12.0, "text"),
    ("dismissed", 11.0, "text"),
    ("proof", 18.0, "text"),
)


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
    book = Book(file, Say(told.lang), limits or Limits(), styles(file), [], told.masked)
    problems = book.sheet("problems", book.heads([(word, width) for word, width, _ in PROBLEM_COLUMNS]))
    if result.changes.num_rows:
        _changes(book, result)
    if told.has_units:
        matrix_sheet(book, "where", result, "unit")
    if told.months:
        matrix_sheet(book, "when", result, "month")
    if told.has_units or told.months:
        long_sheet(book, result)
    _themes(book, result)
    _templates(book, result)
    ledger = book.sheet("ledger", book.heads([("file", 44.0), ("read", 18.0)] + [(state, 14.0) for state in STATES]))
    starts = evidence_sheets(book, result, points, told, advance)  # last: they may go on and on
    _problems(book, problems, result, starts)
    _ledger(book, ledger, told)
    problems.activate()
    file.close()


def _problems(book: Book, sheet: Any, result: Result, starts: list[tuple[str, int]]) -> None:
    """One line a problem, its title linked to where its evidence starts."""
    themes = dict(zip(result.themes["theme"].to_pylist(), result.themes["title"].to_pylist(), strict=True))
    kept = book.fits("problems", result.problems.num_rows, "problems.parquet")
    for at, problem in enumerate(dicts(result.problems.slice(0, kept))):
        values = _shown_problem(book, problem, themes) | {"proof": f"{starts[at][0]}!A{starts[at][1] + 1}"}
        for column, (word, _, style) in enumerate(PROBLEM_COLUMNS):
            if word == "title" and at < book.limits.links:
                _link(book, sheet, (at + 1, column), starts[at], values[word] or "")
            else:
                book.write(sheet, (at + 1, column), values[word], style)
    sheet.autofilter(0, 0, max(kept, 1), len(PROBLEM_COLUMNS) - 1)
    sheet.freeze_panes(1, 2)
    if kept > book.limits.links:
        n = f"{book.limits.links:,}"
        book.notes.append(book.say("note_links", n=n))


def _shown_problem(book: Book, problem: dict[str, Any], themes: dict[str, str]) -> dict[str, Any]:
    return problem | {
        "theme": themes.get(problem["parent"], problem["parent"]),
        "kind": book.say(problem["kind"] or "none"),
        "watch": book.say(problem["watch"]) if problem["watch"] in WORDS else problem["watch"],
        "dismissed": book.say("yes") if problem["dismissed"] else None,
        "keywords": book.say("comma").join(problem["keywords"] or []),
    }


def _link(book: Book, sheet: Any, cell: tuple[int, int], target: tuple[str, int], title: str) -> None:
    place = f"internal:'{target[0]}'!A{target[1] + 1}"
    sheet.write_url(*cell, place, book.styles["link"], book.safe(title) or target[0])


def _changes(book: Book, result: Result) -> None:
    """One line a problem of an earlier run that is no longer as it was, and one a new one, largest change first."""
    widths = [("problem", 12.0), ("title", 52.0), ("change", 14.0), ("n_before", 12.0), ("n_after", 12.0)]
    sheet = book.sheet("changes", book.heads([*widths, ("with", 40.0)]))
    titles = dict(zip(result.problems["problem"].to_pylist(), result.problems["title"].to_pylist(), strict=True))
    kept = book.fits("changes", result.changes.num_rows, "changes.json")
    for at, change in enumerate(dicts(result.changes.slice(0, kept)), start=1):
        book.write(sheet, (at, 0), change["problem"], "text")
        book.write(sheet, (at, 1), titles.get(change["problem"]), "wrap")
        book.write(sheet, (at, 2), book.say(change["change"]), "text")
        book.write(sheet, (at, 3), change["n_before"], "int")
        book.write(sheet, (at, 4), change["n_after"], "int")
        book.write(sheet, (at, 5), book.say("comma").join(change["with"]) or None, "wrap")
    sheet.autofilter(0, 0, max(kept, 1), len(widths))


def _themes(book: Book, result: Result) -> None:
    widths = [("theme", 12.0), ("title", 52.0), ("n_problems", 12.0), ("n_submissions", 14.0)]
    sheet = book.sheet("themes", book.heads(widths))
    kept = book.fits("themes", result.themes.num_rows, "themes.parquet")
    for at, theme in enumerate(dicts(result.themes.slice(0, kept)), start=1):
        for column, (value, style) in enumerate(zip(theme.values(), ("text", "wrap", "int", "int"), strict=True)):
            book.write(sheet, (at, column), value, style)


def _templates(book: Book, result: Result) -> None:
    """One line a template; a text longer than a cell goes on in the next row."""
    widths = [
        ("template", 10.0),
        ("text", 100.0),
        ("n_submissions", 14.0),
        ("n_people", 10.0),
        ("n_with_additions", 16.0),
    ]
    sheet, at = book.sheet("templates", book.heads(widths)), 1
    for template in dicts(result.templates):
        parts = pieces(safe_cell(template["text"] or ""), book.limits.characters - 40)
        if at + len(parts) > book.limits.rows:
            break
        for n, part in enumerate(parts):
            mark = book.say("continued", n=n + 1, of=len(parts)) if len(parts) > 1 else ""
            line = (
                template | {"text": mark + part} if n == 0 else {"template": template["template"], "text": mark + part}
            )
            for column, (word, _) in enumerate(widths):
                book.write(sheet, (at, column), line.get(word), "wrap" if word == "text" else "int")
            at += 1
    book.fits("templates", result.templates.num_rows, "templates.parquet")


def _ledger(book: Book, sheet: Any, told: Facts) -> None:
    """Where every row ended, why, what the run was, and what the workbook could not hold."""
    say, at = book.say, 1
    lines: list[tuple[Any, ...]] = [(say("all_files"), told.n_rows, *told.by_state)]
    lines += [(name, sum(c), *c) for name, c in zip(told.files, told.by_file, strict=True)]
    lines += [(say("difference"), told.difference), (), (say("reason"), say("lines"))]
    lines += [(f"{say(state)}{say('colon')}{say(reason)}", n) for state, reason, n in told.reasons]
    lines += [(), (say("stage"), say("seconds"), say("peak_mib"))]
    lines += [(s["stage"], s["seconds"], s["peak_mib"]) for s in told.ledger.get("stages", ())]
    lines += [(), (say("setting"), say("value"))]
    lines += [(str(k), str(v)) for k, v in told.settings.items() if v is not None]
    lines += [(), (say("version"), "")]
    lines += [(str(k), str(v)) for k, v in told.versions.items()]
    masked = "note_masked" if told.masked else "note_unmasked"
    lines += [(), (say("notes"),), (say(masked),), *((note,) for note in book.notes)]
    for at, line in enumerate(lines, start=1):
        for column, value in enumerate(line):
            book.write(sheet, (at, column), value, "text" if isinstance(value, str) else "int")
