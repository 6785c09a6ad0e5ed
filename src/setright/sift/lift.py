"""Lift: what is watched gets a problem of its own lane, whatever its size, and nothing else moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from setright.sift.grouping.choose import group_sums, unit
from setright.sift.settings import Vectors
from setright.sift.tables import STATES

Numbers = NDArray[np.int32]
Codes = NDArray[np.int8]
Indices = NDArray[np.int64]

SURE: Final = 0.5
"""From here on a family is a hit, as `watch.SURE`: enough to say what a group is about."""

CLEAR: Final = 0.8
"""From here on a hit is lifted. A weaker one is a slip too often: of 350,000 short Chinese texts 1.6 % were
hits, and lifting them all made 1,200 problems of one, hardly any of which had to be seen. It still counts where
many of a group are hits."""

_SHARE: Final = 1 / 3
_JOINS: Final = 0.6
_PART: Final = 4_096
_GROUPED: Final = STATES.index("grouped")


@dataclass(frozen=True)
class Lifted:
    """Problems after lifting.

    Parameters
    ----------
    problem : int32 array of shape (m,)
        The problem of each family, -1 for none. The old numbers stay; lifted problems are counted on from the largest.
    state : int8 array of shape (m,)
        Index into `tables.STATES`; what was lifted is grouped.
    lane : int8 array of shape (p,)
        The lane of each problem, -1 for none.
    beside : int64 array of shape (p,)
        A family that was in a group before, and whose group's theme the problem shares: of its own where it has one,
        else of the nearest group; -1 where there was no group at all, or none of its families is left.
    """

    problem: Numbers
    state: Codes
    lane: Codes
    beside: Indices


def lift(
    problem: Numbers,
    state: Codes,
    lane: Codes,
    sure: NDArray[np.float32],
    vectors: Vectors,
    *,
    n_submissions: Indices | None = None,
    known: Codes | None = None,
) -> Lifted:
    """Label the problems that are of a lane, and lift clear hits elsewhere into problems of their own.

    Parameters
    ----------
    problem : int32 (m,)
        The group of each family, -1 for none.
    state : int8 (m,)
    lane : int8 (m,), sure : float32 (m,)
        As `watch.watched` tells them, one for each family.
    vectors : float32 (m, d)
        Unit rows.
    n_submissions : int64 (m,), optional
        What each family weighs; one each without.
    known : int8 (k,), optional
        The lanes of the first k groups where an earlier run decided them: they stay, and hits that joined one of
        another lane count as hits of no group.

    Returns
    -------
    Lifted

    Notes
    -----
    A group is of a lane when a third of its submissions are hits of that lane (of two, the larger): the cues miss some
    of what is meant, so a group that is a third sure is one, and stays whole; below, it is about something else. Clear
    hits in a group that is not of their lane leave it together, one problem for each group and lane. Clear hits of no
    group join the nearest problem of their lane at a cosine of .6 or more; the rest join their nearest fellow hit at
    that cosine, or stand alone as a problem of one.

    Every clear hit ends in a problem of its lane; no other family moves. Deterministic. Time is linear but for hits of
    no group, each compared with the problems of its lane and with the others: in blocks, d multiplications a pair.
    """
    hit = (lane >= 0) & (sure >= SURE)
    weight = np.ones(len(problem), dtype=np.int64) if n_submissions is None else n_submissions
    kept = np.zeros(0, np.int8) if known is None else known
    of_group = _lanes(problem, lane, hit, weight, len(kept))
    of_group[: len(kept)] = kept
    n = len(of_group)
    moved = problem.copy()
    lifts = (lane >= 0) & (sure >= CLEAR) & (np.append(of_group, -1)[problem] != lane)
    outside = (problem < 0) | (problem < len(kept))
    away = np.flatnonzero(lifts & ~outside)
    n_lanes = int(lane.max(initial=-1)) + 1
    pair, number = np.unique(problem[away].astype(np.int64) * max(n_lanes, 1) + lane[away], return_inverse=True)
    moved[away] = n + number
    of_problem = np.concatenate([of_group, (pair % max(n_lanes, 1)).astype(np.int8)])
    for each in range(n_lanes):
        rest = np.flatnonzero(lifts & outside & (lane == each))
        joined = _joined(rest, moved, np.flatnonzero(of_problem == each), vectors)
        left = joined < 0
        fellows, n_fellows = _fellows(vectors[rest[left]])
        joined[left] = len(of_problem) + fellows
        moved[rest] = joined
        of_problem = np.concatenate([of_problem, np.full(n_fellows, each, dtype=np.int8)])
    return Lifted(
        problem=moved,
        state=np.where(moved != problem, _GROUPED, state).astype(np.int8),
        lane=of_problem,
        beside=_beside(problem, moved, len(of_problem), vectors),
    )


def _lanes(problem: Numbers, lane: Codes, hit: NDArray[np.bool_], weight: Indices, least: int) -> Codes:
    """The lane of each group, of `least` at least; -1 for none."""
    n, n_lanes = max(int(problem.max(initial=-1)) + 1, least), int(lane.max(initial=-1)) + 1
    if not n or not n_lanes:
        return np.full(n, -1, dtype=np.int8)
    inside = problem >= 0
    total = np.bincount(problem[inside], weights=weight[inside], minlength=n)
    at = inside & hit
    cell = problem[at].astype(np.int64) * n_lanes + lane[at]
    of_lane = np.bincount(cell, weights=weight[at], minlength=n * n_lanes).reshape(n, n_lanes)
    enough = (of_lane.max(axis=1) >= _SHARE * total) & (total > 0)
    return np.where(enough, of_lane.argmax(axis=1), -1).astype(np.int8)


def _joined(rest: Indices, problem: Numbers, chosen: Indices, vectors: Vectors) -> Numbers:
    """The nearest of the chosen problems to each family, -1 where none is near enough."""
    found = np.full(len(rest), -1, dtype=np.int32)
    if not len(chosen) or not len(rest):
        return found
    centroids = _centroids(problem, chosen, vectors)
    for at in range(0, len(rest), _PART):
        like = vectors[rest[at : at + _PART]] @ centroids.T
        best = like.argmax(axis=1)
        near = like[np.arange(len(best)), best] >= _JOINS
        found[at : at + _PART] = np.where(near, chosen[best], -1)
    return found


def _centroids(problem: Numbers, chosen: Indices, vectors: Vectors) -> Vectors:
    """Unit rows, in the order of `chosen`, which ascends."""
    place = np.minimum(np.searchsorted(chosen, problem), len(chosen) - 1)
    own = np.where((problem >= 0) & (chosen[place] == problem), place, -1).astype(np.int32)
    return unit(group_sums(vectors, own, len(chosen)))


def _fellows(vectors: Vectors) -> tuple[Numbers, int]:
    """Families joined with their nearest fellow where that is near enough; numbered by first member."""
    n = len(vectors)
    nearest, near = np.arange(n), np.zeros(n, dtype=bool)
    for at in range(0, n if n > 1 else 0, _PART):
        like = vectors[at : at + _PART].astype(np.float64) @ vectors.astype(np.float64).T
        own = np.arange(len(like))
        like[own, at + own] = -np.inf
        nearest[at : at + _PART] = like.argmax(axis=1)
        near[at : at + _PART] = like.max(axis=1) >= _JOINS
    pairs = np.flatnonzero(near)
    graph = sparse.csr_array((np.ones(len(pairs)), (pairs, nearest[pairs])), shape=(n, n))
    count, label = connected_components(graph, directed=False) if n else (0, np.zeros(0, dtype=np.int32))
    _, first = np.unique(label, return_index=True)
    rank = np.empty(count, dtype=np.int32)
    rank[np.argsort(first)] = np.arange(count)
    return rank[label], int(count)


def _beside(before: Numbers, after: Numbers, n: int, vectors: Vectors) -> Indices:
    found = np.full(n, -1, dtype=np.int64)
    grouped = np.flatnonzero((before >= 0) & (after >= 0))
    found[after[grouped][::-1]] = grouped[::-1]  # the first family of each
    groups, first = np.unique(before.astype(np.int64), return_index=True)
    groups, first = groups[groups >= 0], first[groups >= 0]
    new = np.unique(after[(before < 0) & (after >= 0)].astype(np.int64))
    new = new[found[new] < 0]
    if len(groups) and len(new):
        of_groups = _centroids(before, groups, vectors)
        for at in range(0, len(new), _PART):
            part = new[at : at + _PART]
            found[part] = first[(_centroids(after, part, vectors) @ of_groups.T).argmax(axis=1)]
    return found
