"""Cells that no spreadsheet takes for a formula.

A spreadsheet program that opens a CSV file, or a person who pastes a cell, may run what the cell says: `=HYPERLINK(…)`
sends data away, `=cmd|'…'!A0` starts a program. What people write to us is shown to officials in such programs, so
every text cell passes through `safe_cell` on its way out. The guard is one apostrophe in front: programs then treat
the cell as text, and nothing of what was written is lost. It stands in front of honest cells too ("-5", "+1 for this",
"@minister"), because no program can tell them from dishonest ones.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

GUARD: Final = "'"

_DANGEROUS: Final = frozenset("=+-@|−")
"""U+2212 MINUS SIGN stands here by itself: compatibility normalisation leaves it alone, some import dialogs do not."""

_BLANKS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks by category that print nothing, such as the Hangul fillers."""

_DDE: Final = re.compile(r"[\w.]+\|[^!]*!")
"""`program|topic!item` without an equals sign, which a paste into some programs still offers to run."""


def safe_cell(value: str) -> str:
    """Return `value`, with an apostrophe in front if a spreadsheet could take it for a formula.

    Parameters
    ----------
    value : str
        A cell's text, of any length, in any script.

    Returns
    -------
    str
        `value` itself, or `"'" + value`. Applying it twice gives what applying it once gives.

    Notes
    -----
    Guarded are cells whose first visible character is ``= + - @ |`` or stands for one (full-width, small, superscript
    or subscript forms), whatever whitespace, control, zero-width or direction marks come before it; cells that begin
    with a tab, a line break or another control character; and ``program|topic!item``. Linear in the length of the
    invisible beginning.

    Examples
    --------
    >>> safe_cell("=1+1"), safe_cell("the bus is late")
    ("'=1+1", 'the bus is late')
    """
    return GUARD + value if _is_dangerous(value) else value


def _is_dangerous(value: str) -> bool:
    if not value:
        return False
    if unicodedata.category(value[0]) == "Cc":
        return True
    start = next((i for i, char in enumerate(value) if not is_ignorable(char)), len(value))
    seen = value[start : start + 1]
    return starts_formula(seen) or _DDE.match(value, start) is not None


def starts_formula(char: str) -> bool:
    """Whether a cell that begins with this character may be run (also "", which may not)."""
    return any(piece in _DANGEROUS for piece in unicodedata.normalize("NFKC", char)[:1])


def is_ignorable(char: str) -> bool:
    """Whether an import may skip this character in front of a formula: blanks, controls, marks that print nothing."""
    return char.isspace() or char in _BLANKS or unicodedata.category(char) in {"Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Cn"}
