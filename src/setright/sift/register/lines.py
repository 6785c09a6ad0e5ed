"""The evidence sheets: every point, in the order of `evidence`, on as many sheets as it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from setright.sift.register.book import BATCH, Book, guarded, pieces, serial
from setright.sift.register.evidence import Evidence
from setright.sift.register.facts import Facts
from setright.sift.result import Result

_WIDTHS = {"title": 40.0, "text": 90.0, "date": 12.0, "unit": 18.0, "state": 16.0}


def evidence_sheets(
    book: Book, result: Result, points: Evidence, told: Facts, advance: Callable[[int], None]
) -> list[tuple[str, int]]:
    """Write all points.

    Returns
    -------
    list of (sheet name, 0-based row)
        Where each problem's evidence starts.
    """
    words = _columns(result, told)
    looks = [book.styles[{"row": "int", "date": "date", "confidence": "ratio"}.get(w, "text")] for w in words]
    titles = book.column(result.problems["title"])
    units = book.units(points.lines["unit"])
    out = _Sheets(book, words, looks)
    starts: list[tuple[str, int]] = []
    for at in range(0, points.lines.num_rows, BATCH):
        part = points.lines.slice(at, BATCH)
        part = part.set_column(part.schema.get_field_index("unit"), "unit", units.slice(at, BATCH))
        columns, source = _unfolded(book, _values(book, part, words, titles, result), words)
        here = points.starts[len(starts) : -1]
        here = here[here < at + part.num_rows] - at
        first = np.searchsorted(source, here)
        starts += out.add(columns, first)
        advance(part.num_rows)
    starts += [(out.name, 0)] * (result.problems.num_rows - len(starts))
    out.close(points.lines.num_rows)
    return starts


def _columns(result: Result, told: Facts) -> list[str]:
    """Only what the input knows: no column of units, dates or templates where there are none."""
    words = ["problem", "title", "row", "id", "text", "state", "kind", "confidence"]
    words[4:4] = ["date"] * bool(told.months) + ["unit"] * told.has_units
    return words + ["template"] * (result.templates.num_rows > 0)


def _values(book: Book, part: pa.Table, words: list[str], titles: pa.Array, result: Result) -> dict[str, pa.Array]:
    """The columns as shown, one value a point."""
    at = pc.index_in(part["problem"], value_set=result.problems["problem"].combine_chunks()).combine_chunks()
    text = guarded(part["shown"].fill_null(book.say("absent")))
    unreadable = pc.equal(part["state"], "unreadable").combine_chunks()
    columns = {
        "problem": part["problem"],
        "title": titles.take(at),
        "row": part["row"],
        "id": book.ids(part["id"]),
        "date": serial(part["date"]),
        "unit": part["unit"],
        "text": pc.if_else(unreadable, pa.scalar(None, pa.large_string()), text),
        "state": _state(book, part),
        "kind": _said(book, part["kind"]),
        "confidence": pc.round(part["confidence"].cast(pa.float64()), 4),
        "template": _template(part),
    }
    chosen = {word: columns[word] for word in words}
    return {w: c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c for w, c in chosen.items()}


def _said(book: Book, column: Any) -> pa.Array:
    """A column of few values in the workbook's language."""
    coded = column.combine_chunks().dictionary_encode()
    return pa.array([book.say(w) for w in coded.dictionary.to_pylist()], pa.large_string()).take(coded.indices)


def _state(book: Book, part: pa.Table) -> pa.Array:
    """The state, with its reason where there is one."""
    why = _said(book, part["reason"].cast(pa.large_string()))
    colon = pa.scalar(book.say("colon"), pa.large_string())
    return pc.binary_join_element_wise(_said(book, part["state"]), why, colon, null_handling="skip")


def _template(part: pa.Table) -> Any:
    """The template; with a plus sign after it where the point is something its sender added."""
    plus = pc.if_else(pc.fill_null(part["added"], False), " +", "")
    return pc.binary_join_element_wise(part["template"], plus, "")


def _unfolded(
    book: Book, columns: dict[str, pa.Array], words: list[str]
) -> tuple[list[pa.Array], np.ndarray[Any, np.dtype[np.int64]]]:
    """The columns with over-long words continued in further lines, and the point each line belongs to."""
    limit = book.limits.characters - 40  # room for "(part 12 of 345) "
    text = columns["text"]
    source = np.arange(len(text))
    long = pc.greater(pc.fill_null(pc.utf8_length(text), 0), limit // 2)
    if pc.any(long).as_py():
        parts = [
            [w] if not over else _numbered(book, w, limit)
            for w, over in zip(text.to_pylist(), long.to_pylist(), strict=True)
        ]
        book.notes.extend(["long"] * sum(len(p) > 1 for p in parts))
        source = np.repeat(source, [len(p) for p in parts])
        columns = {w: c.take(pa.array(source)) for w, c in columns.items()}
        columns["text"] = pa.array([piece for p in parts for piece in p], pa.large_string())
    return [columns[w] for w in words], source


def _numbered(book: Book, words: str, limit: int) -> list[str]:
    found = pieces(words, limit)
    if len(found) == 1:
        return found
    return [book.say("continued", n=n, of=len(found)) + piece for n, piece in enumerate(found, start=1)]


class _Sheets:
    """The sheet being written, and a next one whenever it is full."""

    def __init__(self, book: Book, words: list[str], looks: list[Any]) -> None:
        self._book, self._words, self._looks = book, words, looks
        self._n_sheets, self._row = 0, 0
        self._next()

    def _next(self) -> None:
        self._n_sheets += 1
        heads = self._book.heads([(word, _WIDTHS.get(word, 11.0)) for word in self._words])
        self._sheet = self._book.sheet("evidence", heads, self._n_sheets)
        self._sheet.freeze_panes(1, 2)
        self._row = 1

    @property
    def name(self) -> str:
        return str(self._sheet.name)

    def add(self, columns: list[pa.Array], wanted: np.ndarray[Any, Any]) -> list[tuple[str, int]]:
        """Write lines; say where the `wanted` ones (ascending) came to stand."""
        at, found, n_lines = 0, [], len(columns[0])
        while at < n_lines:
            if self._row == self._book.limits.rows:
                self._close()
                self._next()
            take = min(n_lines - at, self._book.limits.rows - self._row)
            self._sheet.write_columns(self._row, [c.slice(at, take) for c in columns], self._looks)
            found += [(self.name, self._row + int(w) - at) for w in wanted if at <= w < at + take]
            at, self._row = at + take, self._row + take
        return found

    def _close(self) -> None:
        self._sheet.autofilter(0, 0, max(self._row - 1, 1), len(self._words) - 1)

    def close(self, n_points: int) -> None:
        """Finish the last sheet and note what a reader must know."""
        self._close()
        book, n_long = self._book, self._book.notes.count("long")
        book.notes[:] = [n for n in book.notes if n != "long"]
        book.notes.append(book.say("note_evidence", n=f"{n_points:,}", sheets=self._n_sheets))
        if n_long:
            book.notes.append(book.say("note_long", n=f"{n_long:,}", limit=f"{book.limits.characters:,}"))
