"""One edit: a decision about problems or opinions, with who took it, when, and why."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from setright.sift.errors import EditError

EDITS: Final = ("merge", "apart", "split", "rename", "move", "pin", "dismiss", "restore", "category")
"""Merge problems into the first named. Know that problems are not the same. Split some of a problem's opinions off, as
chosen or by a phrase. Rename. Move opinions to a problem, or out of all. Pin opinions to the problem they are in.
Dismiss a problem, or take that back. Set its category."""

_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "merge": frozenset({"problems"}),
    "apart": frozenset({"problems"}),
    "split": frozenset({"problem"}),  # and points, or a phrase, or both
    "rename": frozenset({"problem", "title"}),
    "move": frozenset({"problem", "points"}),
    "pin": frozenset({"problem", "points"}),
    "dismiss": frozenset({"problem"}),
    "restore": frozenset({"problem"}),
    "category": frozenset({"problem", "category"}),
}
"""What an edit must have beside author, at and reason."""
_MAY: Final[Mapping[str, frozenset[str]]] = {"split": frozenset({"points", "phrase", "title"})}
_ALWAYS: Final = frozenset({"edit", "author", "at", "reason"})
_NULLABLE: Final = frozenset({("move", "problem"), ("category", "category")})


@dataclass(frozen=True, slots=True)
class Spot:
    """A point by its address: the row's id, and offsets in code points of the text as written."""

    id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Named:
    """A problem as an edit names it: its id then, and opinions by which it is found again under any other id."""

    problem: str
    anchors: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """One decision.

    Parameters
    ----------
    number : int
        Its place among the edits, from 1.
    op : str
        One of `EDITS`.
    problems : tuple of Named
        What it is about: of a merge all of them, the one that stays first; empty where a move leads out of all.
    points : tuple of Spot
    phrase, title, category : str or None
    digest : str
        Tells an edit from every other; equal for equal lines.
    """

    number: int
    op: str
    author: str
    at: str
    reason: str
    problems: tuple[Named, ...]
    points: tuple[Spot, ...]
    phrase: str | None
    title: str | None
    category: str | None
    digest: str


def parsed(lines: Sequence[Mapping[str, Any]]) -> tuple[Edit, ...]:
    """Check edits as they stand in a file, one mapping each, and return them in order.

    Raises
    ------
    EditError
        When one of them is not whole; its number and the field are said.
    """
    return tuple(_parsed(number, line) for number, line in enumerate(lines, 1))


def canonical(line: Mapping[str, Any]) -> str:
    """An edit as one line of JSON, the same for the same edit."""
    return json.dumps(line, ensure_ascii=False, sort_keys=True)


def forgetting(line: Mapping[str, Any], ids: Collection[str]) -> dict[str, Any]:
    """An edit that no longer names opinions of these ids."""
    kept: dict[str, Any] = {**line}
    for name in ("points", "anchors"):
        if name in line:
            kept[name] = [spot for spot in line[name] if spot[0] not in ids]
    if isinstance(line.get("problem"), Mapping):
        kept["problem"] = forgetting(line["problem"], ids)
    if "problems" in line:
        kept["problems"] = [forgetting(each, ids) for each in line["problems"]]
    return kept


def _parsed(number: int, line: Mapping[str, Any]) -> Edit:
    if not isinstance(line, Mapping):
        raise EditError(number, "is no JSON object: write {…}")
    op = line.get("edit")
    if op not in EDITS:
        raise EditError(number, f'"edit" is {op!r}: write one of {", ".join(EDITS)}')
    asked = _FIELDS[op] | _ALWAYS
    if missing := sorted(asked - line.keys()):
        raise EditError(number, f'"{missing[0]}" is missing in a {op}')
    if surplus := sorted(line.keys() - asked - _MAY.get(op, frozenset())):
        raise EditError(number, f'"{surplus[0]}" has no meaning in a {op}: leave it out')
    if op == "split" and "points" not in line and "phrase" not in line:
        raise EditError(number, 'a split needs "points", "phrase" or both')
    words = {name: _words(number, op, line, name) for name in ("author", "at", "reason", "phrase", "title", "category")}
    _refuse_time(number, words["at"] or "")
    return Edit(
        number=number,
        op=op,
        author=words["author"] or "",
        at=words["at"] or "",
        reason=words["reason"] or "",
        problems=_problems(number, op, line),
        points=_spots(number, "points", line["points"]) if "points" in line else (),
        phrase=words["phrase"],
        title=words["title"],
        category=words["category"],
        digest=blake2b(canonical(line).encode("utf-8", "surrogatepass"), digest_size=10).hexdigest(),
    )


def _words(number: int, op: str, line: Mapping[str, Any], name: str) -> str | None:
    if name not in line or (line[name] is None and (op, name) in _NULLABLE):
        return None
    told = line[name]
    if not isinstance(told, str) or not told.strip():
        raise EditError(number, f'"{name}" must be text that is not blank')
    return told.strip() if name != "at" else told


def _refuse_time(number: int, at: str) -> None:
    try:
        datetime.fromisoformat(at)
    except ValueError as error:
        raise EditError(number, f'"at" is {at!r}: write a time such as 2026-03-01T09:30:00+08:00') from error


def _problems(number: int, op: str, line: Mapping[str, Any]) -> tuple[Named, ...]:
    if "problems" in _FIELDS[op]:
        given = line["problems"]
        if not isinstance(given, Sequence) or isinstance(given, str) or len(given) < 2:
            raise EditError(number, '"problems" must list two problems or more')
        return tuple(_named(number, each) for each in given)
    if line["problem"] is None and (op, "problem") in _NULLABLE:
        return ()
    return (_named(number, line["problem"]),)


def _named(number: int, given: Any) -> Named:
    if not isinstance(given, Mapping) or not isinstance(given.get("problem"), str) or not given["problem"]:
        raise EditError(number, 'a problem is told as {"problem": id, "anchors": [[id, start, end], …]}')
    return Named(given["problem"], _spots(number, "anchors", given.get("anchors")))


def _spots(number: int, name: str, given: Any) -> tuple[Spot, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise EditError(number, f'"{name}" must list opinions as [id, start, end]')
    return tuple(_spot(number, name, each) for each in given)


def _spot(number: int, name: str, given: Any) -> Spot:
    match given:
        case [str(row), int(start), int(end)] if 0 <= start <= end and not isinstance(start, bool):
            return Spot(row, start, end)
    raise EditError(number, f'"{name}" must list opinions as [id, start, end], not {given!r}')
