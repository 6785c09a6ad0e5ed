"""An open workbook: its styles, limits and words, and how a value becomes a cell."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from setright.intake.formula import safe_cell
from setright.sift.register.sheet import StreamedSheet
from setright.sift.register.words import Say, shown_ids, shown_units

EPOCH: Final = datetime.date(1899, 12, 30)
BATCH: Final = 16_384
_HARMLESS: Final = "^[0-9A-Za-z\u3400-\u4dbf\u4e00-\u9fff]"  # no formula begins like this

Width = tuple[str, float]
"""What stands over a column, and the column's width in characters."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What Excel allows; smaller in tests."""

    rows: int = 1_048_576
    columns: int = 256  # Excel reads 16,384; nobody reads more than this
    links: int = 65_530
    characters: int = 32_767


@dataclass(frozen=True)
class Book:
    """The open workbook and what every sheet needs; `notes` gathers what the ledger sheet must say.

    Units and ids of the input are shown as they are only where the run keeps personal data, not `masked`.
    """

    file: Any
    say: Say
    limits: Limits
    styles: dict[str, Any]
    notes: list[str]
    masked: bool

    def heads(self, widths: Sequence[Width]) -> list[Width]:
        """Heads that are the workbook's own words, in its language; a unit is data and does not belong here."""
        return [(self.say(word), width) for word, width in widths]

    def sheet(self, name: str, heads: Sequence[Width], number: int = 1) -> Any:
        """A sheet with its heads written as they are and frozen; `number` above 1 continues an earlier one."""
        title = self.say(name) + (f" {number}" if number > 1 else "")
        sheet = self.file.add_worksheet(title, worksheet_class=StreamedSheet)
        sheet.freeze_panes(1, 0)
        for i, (words, width) in enumerate(heads):
            sheet.set_column(i, i, width)
            sheet.write_string(0, i, self.safe(words), self.styles["head"])
        return sheet

    def write(self, sheet: Any, cell: tuple[int, int], value: Any, style: str) -> None:
        """A value in the cell of its type; None leaves it empty."""
        if value is None:
            return
        if isinstance(value, str):
            sheet.write_string(*cell, self.safe(value), self.styles[style])
        elif isinstance(value, datetime.date):
            sheet.write_number(*cell, (value - EPOCH).days, self.styles[style])
        else:
            sheet.write_number(*cell, value, self.styles[style])

    def safe(self, words: str) -> str:
        """Words for a cell that has no next row to go on in: no formula, no markup, cut with a note where too long."""
        words = safe_cell(words)
        words = words + " " if words.startswith("<r>") else words  # xlsxwriter takes <r>…</r> for markup
        return self._cut(words)

    def _cut(self, words: str) -> str:
        """What a cell holds of the words; a beginning that many cells share is noted once."""
        first, *rest = pieces(words, self.limits.characters)
        if rest:
            note = self.say("note_cut", start=first[:40], limit=f"{self.limits.characters:,}")
            self.notes.extend([note] if note not in self.notes else [])
        return first

    def column(self, words: pa.Array | pa.ChunkedArray) -> pa.Array:
        """`safe` for a column written whole, where `<r>` is no markup."""
        words = guarded(words)
        long = pc.fill_null(pc.greater(pc.utf8_length(words), self.limits.characters // 2), False)
        cut = [self._cut(w) for w in words.filter(long).to_pylist()]
        return pc.replace_with_mask(words, long, pa.array(cut, pa.large_string())) if cut else words

    def ids(self, column: pa.Array | pa.ChunkedArray) -> pa.Array:
        """The input's ids as shown."""
        return self.column(shown_ids(column) if self.masked else column)

    def units(self, column: pa.Array | pa.ChunkedArray) -> pa.Array:
        """The input's units as shown."""
        return self.column(shown_units(column) if self.masked else column)

    def fits(self, name: str, n_lines: int, file: str) -> int:
        """How many of a sheet's lines Excel takes; what it leaves out is noted with the file that holds it."""
        kept = min(n_lines, self.limits.rows - 1)
        if kept < n_lines:
            text = self.say("note_lines", sheet=self.say(name), n=f"{n_lines:,}", kept=f"{kept:,}", file=file)
            self.notes.append(text)
        return kept


def styles(file: Any) -> dict[str, Any]:
    """The formats of all sheets, by what they show."""
    top = {"valign": "top"}
    head = {"bold": True, "bg_color": "#F0F0EB", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
    return {
        "head": file.add_format(head),
        "text": file.add_format(top),
        "wrap": file.add_format(top | {"text_wrap": True}),
        "int": file.add_format(top | {"num_format": "#,##0"}),
        "share": file.add_format(top | {"num_format": "0.0%"}),
        "ratio": file.add_format(top | {"num_format": "0.00"}),
        "date": file.add_format(top | {"num_format": "yyyy-mm-dd"}),
        "link": file.add_format(top | {"font_color": "#1F4F7A", "underline": 1, "text_wrap": True}),
    }


def pieces(words: str, limit: int) -> list[str]:
    """Words cut into parts of at most `limit` UTF-16 units, in which Excel counts; joined, they are the words."""
    if len(words) * 2 <= limit or (words.isascii() and len(words) <= limit):
        return [words]
    found, start, used = [], 0, 0
    for at, character in enumerate(words):
        width = 2 if ord(character) > 0xFFFF else 1
        if used + width > limit:
            found.append(words[start:at])
            start, used = at, 0
        used += width
    return [*found, words[start:]]


def guarded(words: pa.Array | pa.ChunkedArray) -> pa.Array:
    """`safe_cell` of each value. Only those that may need it are looked at one by one, which most never do."""
    words = (words.combine_chunks() if isinstance(words, pa.ChunkedArray) else words).cast(pa.large_string())
    doubtful = pc.or_(pc.invert(pc.match_substring_regex(words, _HARMLESS)), pc.match_substring(words, "|"))
    doubtful = pc.fill_null(doubtful, False)
    mended = [safe_cell(w) for w in words.filter(doubtful).to_pylist()]
    return pc.replace_with_mask(words, doubtful, pa.array(mended, pa.large_string())) if mended else words


def serial(dates: pa.Array) -> pa.Array:
    """Dates as Excel counts them: days since 30 December 1899."""
    return pc.add(dates.cast(pa.int32()), (datetime.date(1970, 1, 1) - EPOCH).days)


def dicts(table: pa.Table) -> Iterator[dict[str, Any]]:
    """The lines of a table one by one, never all at once."""
    for batch in table.to_batches(max_chunksize=BATCH):
        yield from batch.to_pylist()
