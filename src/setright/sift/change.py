"""Change: what became of the problems of an earlier run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from setright.sift.tables import CHANGES

_MOSTLY: Final = 0.5
"""The share of a new problem that earlier problems must have held for it to be split off from them."""


@dataclass(frozen=True)
class Before:
    """An earlier run beside this one.

    Parameters
    ----------
    problem : sequence of str, length p
        The ids of its problems.
    n_submissions : sequence of int, length p
    was : int32 array of shape (m,)
        The problem that each family was in, as a place in `problem`; -1 for none, and for families it did not know.
    """

    problem: Sequence[str]
    n_submissions: Sequence[int]
    was: NDArray[np.int32]


def changes(before: Before, ids: Sequence[str], sizes: Sequence[int], now: NDArray[np.int32]) -> pa.Table:
    """List what changed, largest first (`tables.CHANGES`).

    Parameters
    ----------
    before : Before
    ids : sequence of str, length q
        The problems of this run.
    sizes : sequence of int, length q
        Their submissions.
    now : int32 array of shape (m,)
        The problem that each family is in, as a place in `ids`; -1 for none.

    Notes
    -----
    A problem that is no more has merged where families of it stand in another. A new one was split off where at least
    half of its families come from earlier problems.
    """
    size, old = dict(zip(ids, sizes, strict=True)), dict(zip(before.problem, before.n_submissions, strict=True))
    n_families = dict(zip(ids, np.bincount(now[now >= 0], minlength=len(ids)).tolist(), strict=True))
    into, out_of = _flows(before, ids, now)
    merged: dict[str, list[str]] = defaultdict(list)
    for gone in (each for each in before.problem if each not in size):
        for heir in into[gone]:
            merged[heir].append(gone)
    lines: list[tuple[str, str, int | None, int | None, list[str]]] = []
    for problem in dict.fromkeys((*ids, *before.problem)):
        n_before, n_after = old.get(problem), size.get(problem)
        if n_after is None:
            heirs = [*into[problem]]
            lines.append((problem, "merged" if heirs else "gone", n_before, None, heirs))
        elif n_before is None:
            sources = out_of[problem]
            is_part = sum(sources.values()) >= _MOSTLY * n_families[problem] and bool(sources)
            lines.append((problem, "split" if is_part else "new", None, n_after, [*sources] if is_part else []))
        elif n_before != n_after:
            lines.append((problem, "grown" if n_after > n_before else "shrunk", n_before, n_after, merged[problem]))
    lines.sort(key=lambda line: (-abs((line[3] or 0) - (line[2] or 0)), line[0]))
    columns = zip(*lines, strict=True) if lines else [[] for _ in CHANGES]
    return pa.table([pa.array([*column], field.type) for column, field in zip(columns, CHANGES, strict=True)], CHANGES)


def _flows(
    before: Before, ids: Sequence[str], now: NDArray[np.int32]
) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, int]]]:
    """For each earlier problem the others its families stand in, and for each present one where they come from.

    Both with the number of families, most first.
    """
    inside = np.flatnonzero((before.was >= 0) & (now >= 0))
    pairs, counts = np.unique(np.stack([before.was[inside], now[inside]]), axis=1, return_counts=True)
    into: dict[str, dict[str, int]] = defaultdict(dict)
    out_of: dict[str, dict[str, int]] = defaultdict(dict)
    for at in np.argsort(-counts, kind="stable"):
        source, heir = before.problem[pairs[0, at]], ids[pairs[1, at]]
        if source != heir:
            into[source][heir] = out_of[heir][source] = int(counts[at])
    return into, out_of
