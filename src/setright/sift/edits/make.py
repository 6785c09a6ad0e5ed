"""Make edits that will find their problems again: each names a problem by its id and by opinions surely in it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from setright.sift.errors import StateError
from setright.sift.result import State

N_ANCHORS: Final = 15
"""Opinions that stand for a problem; by then, one more hardly ever changes which problem they are found in."""


def naming(state: State, problem: str) -> dict[str, Any]:
    """A problem as an edit names it: `{"problem": id, "anchors": [[id, start, end], …]}`, the surest opinions first.

    Raises
    ------
    StateError
        When the register has no such problem.
    """
    texts = state.texts
    inside = pc.equal(texts["problem"], problem).fill_null(False)
    at = np.flatnonzero(inside.to_numpy())
    if not len(at):
        raise StateError(f"there is no problem {problem}")
    return {"problem": problem, "anchors": spots_of(state, at)}


def saying(state: State, problem: str, key: str) -> list[list[Any]]:
    """Opinions of a problem whose matching form holds `key`: those that stand for a split by a phrase."""
    texts = state.texts
    has = pc.and_(pc.equal(texts["problem"], problem), pc.match_substring(texts["key"], key)).fill_null(False)
    return spots_of(state, np.flatnonzero(has.to_numpy()))


def spots_of(state: State, texts: np.ndarray[Any, np.dtype[np.int64]], most: int | None = N_ANCHORS) -> list[list[Any]]:
    """One point of each family these texts are in, the surest families first, `most` at most."""
    chosen = state.texts.select(["family", "confidence"]).take(pa.array(texts))
    family, sure = chosen["family"].to_numpy(), chosen["confidence"].to_numpy()
    order = np.lexsort((texts, -sure))
    _, first = np.unique(family[order], return_index=True)
    leading = texts[order[np.sort(first)[:most]]]
    said = pc.index_in(state.points["text"], value_set=pa.array(leading, pa.int32())).to_numpy()
    points = np.flatnonzero(~np.isnan(said))
    _, first = np.unique(said[points], return_index=True)
    told = state.points.select(["id", "start", "end"]).take(pa.array(points[first]))
    return [[line["id"], line["start"], line["end"]] for line in told.to_pylist()]


def line(op: str, *, author: str, at: str, reason: str, **what: Any) -> dict[str, Any]:
    """An edit as it stands in a file; `what` as `edits.line` asks of it."""
    return {"edit": op, "author": author, "at": at, "reason": reason, **what}
