"""Which words of people the report carries, and how many fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from setright.sift.register.evidence import Evidence
from setright.sift.result import Result

PER_PROBLEM: Final = 24
LONGEST: Final = 400  # characters of a point the report shows; the workbook has all of it
CONTEXT: Final = 48  # characters of the rest of the text on either side
_NEAR: Final = 4 * CONTEXT  # characters masked for it, since what is masked may become shorter
_LOOK: Final = 72  # points looked at for 24 different ones


def as_json(value: Any) -> str:
    """JSON that may stand inside a script element: no character of it can end the element or a line of script."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(character, escape)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def chosen_quotes(
    result: Result, points: Evidence, n_problems: int, shown: Callable[[str, int, int], str]
) -> list[list[str]]:
    """Up to 24 different quotes for each of the first problems, as JSON: those chosen by name, then the surest.

    Returns
    -------
    list of list of str
        For each problem its quotes, each `[row, file, line, words, before, after, template, added, id]`; `before`
        and `after` are the ends of the rest of the text.
    """
    lines = [_different(points, i, typical) for i, typical in enumerate(_typical(result, points, n_problems))]
    flat = np.array([at for some in lines for at in some], dtype=np.int64)
    records = _records(points, flat, shown)
    ends = np.cumsum([len(some) for some in lines])
    return [records[end - len(some) : end] for some, end in zip(lines, ends, strict=True)]


def fitting(quotes: list[list[str]], room: int) -> int:
    """The most quotes a problem for which all problems' quotes take at most `room` bytes."""
    sizes = np.zeros(PER_PROBLEM, dtype=np.int64)
    for some in quotes:
        for n, quote in enumerate(some):
            sizes[n] += len(quote.encode()) + 1
    return int(np.searchsorted(np.cumsum(sizes), room, side="right"))


def _typical(result: Result, points: Evidence, n_problems: int) -> list[list[int]]:
    """The lines of the quotes named in the register, by problem."""
    named = result.problems["quotes"].slice(0, n_problems).to_pylist()
    ids = pa.array(sorted({q["id"] for some in named for q in some or []}), pa.large_string())
    hits = np.flatnonzero(pc.is_in(points.lines["id"], value_set=ids).to_numpy())
    some = points.lines.select(["problem", "id", "start", "end"]).take(pa.array(hits))
    at = {tuple(key.values()): int(hit) for key, hit in zip(some.to_pylist(), hits, strict=True)}
    names = result.problems["problem"].slice(0, n_problems).to_pylist()
    keys = [[(p, q["id"], q["start"], q["end"]) for q in found or []] for p, found in zip(names, named, strict=True)]
    return [[at[key] for key in found if key in at] for found in keys]


def _different(points: Evidence, problem: int, typical: list[int]) -> list[int]:
    """The problem's lines to quote: the typical ones, then the surest, each wording once."""
    start, end = int(points.starts[problem]), int(points.starts[problem + 1])
    near = range(start, min(end, start + _LOOK))
    order = [*typical, *near]
    words = points.lines["shown"].take(pa.array(order, pa.int64())).to_pylist()
    first: dict[str, int] = {}
    for at, said in zip(order, words, strict=True):
        if said:
            first.setdefault(said, at)
    return list(first.values())[:PER_PROBLEM]


def _records(points: Evidence, flat: NDArray[np.int64], shown: Callable[[str, int, int], str]) -> list[str]:
    names = ["row", "id", "file", "line", "start", "end", "shown", "template", "added"]
    some, where = points.lines.select(names).take(pa.array(flat)), points.position[flat]
    texts = points.texts.take(pa.array(where, mask=where < 0)).to_pylist()
    return [_record(line, text, shown) for line, text in zip(some.to_pylist(), texts, strict=True)]


def _around(text: str | None, start: Any, end: Any, shown: Callable[[str, int, int], str]) -> tuple[str, str]:
    """The ends of what stands before and after a point in its text, as shown."""
    if text is None or start is None or end is None or end <= start:
        return "", ""
    first, last = max(0, start - _NEAR), min(len(text), end + _NEAR)
    before = shown(text, first, start) if text[:start].strip() else ""
    after = shown(text, end, last) if text[end:].strip() else ""
    before = before if first == 0 and len(before) <= CONTEXT else "…" + before[-CONTEXT:]
    return before, after if last == len(text) and len(after) <= CONTEXT else after[:CONTEXT] + "…"


def _record(line: dict[str, Any], text: str | None, shown: Callable[[str, int, int], str]) -> str:
    before, after = _around(text, line["start"], line["end"], shown)
    words = line["shown"] if len(line["shown"]) <= LONGEST else line["shown"][:LONGEST] + "…"
    own_id = 0 if line["id"] == str(line["row"]) else line["id"]
    record = [line["row"], line["file"], line["line"], words, before, after]
    record += [line["template"] or 0, int(bool(line["added"])), own_id]
    while len(record) > 4 and not record[-1]:
        record.pop()
    return as_json(record)
