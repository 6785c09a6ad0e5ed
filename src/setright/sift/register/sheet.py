"""A worksheet that takes whole columns at a time.

xlsxwriter's `constant_memory` mode keeps the rows of a sheet as XML in a file beside the workbook and copies them in at
the end. `StreamedSheet` writes that XML for many rows at once: cell by cell, 360,000 lines of evidence take 20 s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

_ESCAPES: Final = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
_FORBIDDEN: Final = "[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_"
_FORBIDDEN_RE: Final = re.compile(_FORBIDDEN)


class StreamedSheet(Worksheet):  # type: ignore[misc]
    """A sheet of a `constant_memory` workbook with `write_columns` besides the usual methods."""

    dim_rowmin: int | None
    dim_rowmax: int | None
    dim_colmin: int | None
    dim_colmax: int | None

    def write_columns(self, first_row: int, columns: Sequence[pa.Array], styles: Sequence[Any]) -> None:
        """Write rows from `first_row` on, one column an array, all of one length; nulls leave a cell empty.

        Parameters
        ----------
        first_row : int
            0-based; must lie below every row written before.
        columns : sequence of pyarrow.Array
            Strings or numbers; dates as their serial number.
        styles : sequence of xlsxwriter Format or None
            One a column.
        """
        n = len(columns[0])
        if not n:
            return
        self._write_single_row(first_row + n)
        numbers = pa.array(range(first_row + 1, first_row + n + 1)).cast(pa.large_string())
        cells = [
            _cells(xl_col_to_name(i), column, style, numbers)
            for i, (column, style) in enumerate(zip(columns, styles, strict=True))
        ]
        lines = _joined('<row r="', numbers, '">', *cells, "</row>")
        self.row_data_fh.write("".join(lines.to_pylist()))
        self.dim_rowmin, self.dim_colmin = min(self.dim_rowmin or 0, first_row), 0
        self.dim_rowmax = max(self.dim_rowmax or 0, first_row + n - 1)
        self.dim_colmax = max(self.dim_colmax or 0, len(columns) - 1)


def _cells(name: str, column: pa.Array, style: Any, numbers: pa.Array) -> pa.Array:
    """Each value as a cell's XML; an empty string where it is null."""
    s = f' s="{style._get_xf_index()}"' if style else ""
    words = pa.types.is_large_string(column.type) or pa.types.is_string(column.type)
    if words:
        value = escaped(column.cast(pa.large_string()))
        parts = (f'<c r="{name}', numbers, f'"{s} t="inlineStr"><is><t xml:space="preserve">', value, "</t></is></c>")
    else:
        parts = (f'<c r="{name}', numbers, f'"{s}><v>', column.cast(pa.large_string()), "</v></c>")
    return _joined(*parts).fill_null("")


def _joined(*parts: Any) -> pa.Array:
    """Columns and plain words joined line by line; null where one of them is."""
    large = [pa.scalar(p, pa.large_string()) if isinstance(p, str) else p for p in parts]
    return pc.binary_join_element_wise(*large, pa.scalar("", pa.large_string()))


def escaped(words: pa.Array) -> pa.Array:
    """Words as XML text; what XML cannot carry is written as Excel writes it (`_x0001_`)."""
    for character, entity in _ESCAPES:
        words = pc.replace_substring(words, character, entity)
    odd = pc.fill_null(pc.match_substring_regex(words, _FORBIDDEN), False)
    if not pc.any(odd).as_py():
        return words
    mended = [_FORBIDDEN_RE.sub(_spelled, w) for w in words.filter(odd).to_pylist()]
    return pc.replace_with_mask(words, odd, pa.array(mended, pa.large_string()))


def _spelled(found: re.Match[str]) -> str:
    hit = found.group()
    return f"_x{ord(hit):04X}_" if len(hit) == 1 else f"_x005F{hit}"
