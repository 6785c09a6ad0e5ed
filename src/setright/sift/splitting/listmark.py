"""List marks: "1.", "（二）", "③", "第一，", "-" at the start of a line."""

from __future__ import annotations

import re
from typing import Final

_WIDE: Final = "\u3400-\u9fff"
_ORDINALS: Final = "一二三四五六七八九十"
_ORDINAL_WORDS: Final = ("first", "second", "third", "fourth", "fifth")
_MARK: Final = re.compile(
    rf"(?<![\w.,，/:-])(?P<digit>\d{{1,2}})\s?[.、．)）](?!\d)|"
    rf"(?<=[{_WIDE}])(?P<tight>\d{{1,2}})\s?[.、．)）](?=[{_WIDE}])"
    rf"|[（(](?:(?P<round>\d{{1,2}})|(?P<han>[{_ORDINALS}]{{1,2}}))[)）]|"
    rf"(?<![\w、])(?P<stop>[{_ORDINALS}]{{1,2}})[、.．](?!\s?[{_ORDINALS}]、)"
    rf"|第(?P<nth>[{_ORDINALS}])(?:点|条)?[、，,：:]|(?P<circle>[\u2460-\u2473])"
    r"|(?<![^，,。；;：:\s])(?P<be>[一二三四五六])是(?!一)|(?<![\w-])(?P<word>first|second|third|fourth|"
    r"fifth)(?:ly)?,"
    r"|(?:(?<=[\n\r])|^)[ \t]*(?P<dash>[-–—*·•●■◆▪►✓√+])[ \t]*(?=\S)|(?<=\S)[ \t]*(?P<dot>[•●■◆▪►])"
)
_HAS_MARK: Final = re.compile(
    r"1\s?[.、．)）]|[（(][1一][)）]|一[、.．是]|第一|[\u2460•●■◆▪►]|(?:^|[\n\r])[ \t]*[-–—*·✓√+]|first(?:ly)?,"
)
_LEAST_ITEM: Final = 2  # characters between two marks, however they are spaced


def _number(kind: str, written: str) -> int:
    """What a mark counts to; 0 for bullets, which do not count."""
    if kind in ("dash", "dot"):
        return 0
    if kind == "circle":
        return ord(written) - 0x245F
    if kind == "word":
        return _ORDINAL_WORDS.index(written) + 1
    if written.isdigit():
        return int(written)
    if written[0] == "十":
        return 11 + _ORDINALS.find(written[1:]) if written[1:] else 10
    return _ORDINALS.index(written) + 1 if len(written) == 1 else 0


def _runs(low: str) -> list[list[tuple[int, int]]]:
    """Every list of two items or more, as the places of its marks, in the order in which the lists begin."""
    runs: list[list[tuple[int, int]]] = []
    current: dict[str, list[tuple[int, int]]] = {}
    for found in _MARK.finditer(low) if _HAS_MARK.search(low) else ():
        kind = str(found.lastgroup)
        style = {"tight": "digit", "dot": "dash"}.get(kind, kind)
        number = _number(kind, found[kind])
        if number == 1 or style not in current:
            current[style] = []
            runs.append(current[style])
        run = current[style]
        said = " ".join(low[run[-1][1] : found.start()].split()) if run else ""
        if number in (0, len(run) + 1) and (not run or len(said) >= _LEAST_ITEM):
            run.append(found.span())
    return sorted(run for run in runs if len(run) > 1)


def list_marks(low: str, *, nested: bool) -> dict[int, int]:
    """Start and end of every list mark that belongs to a list of two items or more.

    A number is a mark only where it continues a run 1, 2, 3 ... of its own style: "since 2. May" and "v1.2" are none.
    Without `nested`, a list that begins inside an item of another list has none.
    """
    marks: dict[int, int] = {}
    last = -1
    for run in _runs(low):
        if nested or run[0][0] > last:
            marks.update(run)
            last = max(last, run[-1][0])
    return marks
