"""Join: later texts find the problem they belong to among those of an earlier run, or found one of their own.

What the earlier run decided stays. Only texts that no problem took are looked at again, beside the later ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from setright.sift.grouping.choose import group_sums
from setright.sift.grouping.doubt import Usual, confidence_in, doubtful
from setright.sift.grouping.graph import communities, shared_neighbours_of
from setright.sift.grouping.neighbours import Neighbours
from setright.sift.grouping.vote import Ground, Vote, voted, votes
from setright.sift.settings import Vectors
from setright.sift.tables import STATES

Ints = NDArray[np.int32]

_FEWEST: Final = 3
"""Texts that found a problem."""

_GROUPED, _UNSURE, _ALONE = (STATES.index(state) for state in ("grouped", "unsure", "alone"))


@dataclass(frozen=True)
class Earlier:
    """What an earlier run found, as far as grouping needs it.

    Parameters
    ----------
    vectors : float32 array of shape (m, d)
        Unit rows of its families.
    problem : int32 array of shape (m,)
        -1 where a family has none.
    state : int8 array of shape (m,)
        Index into `tables.STATES`.
    confidence : float32 array of shape (m,)
    usual : Usual
        How near texts usually stand to their nearest.
    pull : float
        Weight per pair of texts above which texts hold together.
    """

    vectors: Vectors
    problem: Ints
    state: NDArray[np.int8]
    confidence: NDArray[np.float32]
    usual: Usual
    pull: float

    @property
    def n_problems(self) -> int:
        return int(self.problem.max(initial=-1)) + 1


@dataclass(frozen=True)
class Joined:
    """Where all families stand, the earlier first.

    Parameters
    ----------
    problem : int32 array of shape (m + n,)
        Earlier problems keep their number; new ones are counted on, the one founded by the first text first.
    state : int8 array of shape (m + n,)
    confidence : float32 array of shape (m + n,)
    """

    problem: Ints
    state: NDArray[np.int8]
    confidence: NDArray[np.float32]

    def at(self, place: NDArray[np.int64]) -> Joined:
        """The same with family i at `place[i]`."""
        back = np.argsort(place)
        return Joined(self.problem[back], self.state[back], self.confidence[back])


def join(earlier: Earlier, later: Vectors, often: NDArray[np.bool_], seed: int = 0, threads: int = 1) -> Joined:
    """Place later families among earlier problems; group what none takes among itself.

    Parameters
    ----------
    earlier : Earlier
    later : float32 array of shape (n, d)
        Unit rows in the space of the earlier vectors.
    often : bool array of shape (m + n,)
        Families sent so often that each is a problem of its own where no other takes it.
    seed : int
    threads : int
        Never changes the result.

    Returns
    -------
    Joined
        No earlier family leaves its problem; one that had none may found a problem together with later ones.

    Notes
    -----
    A later text is voted on by its ten nearest, each for the problem it is in. One most of whose neighbours are in no
    problem is novel. Novel texts, and those that no problem took before and stand near to them, are cut into groups as
    a first run would (shared neighbours, Leiden at the same pull per pair of texts); a group of three or more founds a
    problem where its members are nearer to each other than to any other problem. The rest is voted on again. Costs n
    times the texts in and around ten problems; grows with the later texts, not with the earlier.
    """
    m = len(earlier.vectors)
    vectors = np.concatenate([earlier.vectors, later])
    label = np.concatenate([earlier.problem, np.full(len(later), -1, np.int32)])
    ground = Ground.of(vectors, label, threads)
    rows = np.arange(m, len(vectors), dtype=np.int64)
    near = ground.nearest(rows)
    pool = _pool(rows, near, label, m)
    label = _founded(pool, ground.nearest(pool), label, earlier, seed)
    vote = voted(near, label)
    mine = np.where(label[m:] >= 0, label[m:], vote.best)
    alone, unsure = doubtful(earlier.usual.remoteness(near), vote.share)
    alone |= mine < 0
    label[m:] = np.where(alone | unsure, -1, mine)
    label = _standing_alone(label, often)
    state = np.where(alone, _ALONE, np.where(unsure, _UNSURE, _GROUPED))
    return _settled(label, vote, vectors, earlier, state)


def _pool(rows: NDArray[np.int64], near: Neighbours, label: Ints, m: int) -> NDArray[np.int64]:
    """Later texts that are novel, and texts in no problem that stand near to them; ascending.

    Of many later texts many stand near to each other by their number alone, so that novelty then asks for more.
    """
    row, of, weight = votes(near, label)
    known = np.bincount(row[of >= 0], weights=weight[of >= 0], minlength=len(rows))
    unknown = np.bincount(row[of < 0], weights=weight[of < 0], minlength=len(rows))
    novel = unknown > known * max(1.0, 2 * len(rows) / max(m, 1))
    around = near.index[novel]
    return np.union1d(rows[novel], around[(around >= 0) & (label[around] < 0)].astype(np.int64))


def _founded(pool: NDArray[np.int64], near: Neighbours, label: Ints, earlier: Earlier, seed: int) -> Ints:
    """The labels, with those of the problems that the pool founds counted on."""
    if len(pool) < _FEWEST:
        return label
    n_known = int(label.max(initial=-1)) + 1
    graph = shared_neighbours_of(pool.astype(np.int32), near.index)
    group = communities(graph, earlier.pull, seed=seed)
    tried = label.copy()
    tried[pool] = n_known + group
    vote = voted(near, tried)
    alone, unsure = doubtful(earlier.usual.remoteness(near), vote.share)
    holds = (vote.best == tried[pool]) & ~alone & ~unsure
    n = int(group.max()) + 1
    n_holding = np.bincount(group[holds], minlength=n)
    is_later = np.bincount(group[holds & (pool >= len(earlier.problem))], minlength=n) > 0
    sound = (n_holding >= _FEWEST) & is_later & (2 * n_holding >= np.bincount(group, minlength=n))
    found = label.copy()
    kept = holds & sound[group]
    _, first, at = np.unique(group[kept], return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    found[pool[kept]] = n_known + rank[at]
    return found


def _standing_alone(label: Ints, often: NDArray[np.bool_]) -> Ints:
    """Each text in no problem that was sent often founds one."""
    lone = np.flatnonzero((label < 0) & often)
    found = label.copy()
    found[lone] = int(label.max(initial=-1)) + 1 + np.arange(len(lone))
    return found


def _settled(label: Ints, vote: Vote, vectors: Vectors, earlier: Earlier, state: NDArray[np.integer[Any]]) -> Joined:
    """States and confidence beside the labels; what the earlier run said of texts that stay where they were stays.

    A later text in no problem is as sure as it would be of the one with most votes.
    """
    m = len(earlier.vectors)
    states = np.concatenate([earlier.state, state.astype(np.int8)])
    states[label >= 0] = _GROUPED
    toward = np.where(label >= 0, label, np.concatenate([np.full(m, -1, np.int32), vote.best]))
    sums = group_sums(vectors, label, int(label.max(initial=-1)) + 1)
    share = np.concatenate([np.ones(m, np.float32), vote.share])
    sure = np.concatenate([earlier.confidence, np.zeros(len(vote.best), np.float32)])
    new = np.flatnonzero((toward >= 0) & (np.concatenate([earlier.problem, np.full(len(vote.best), -1)]) != toward))
    for at in range(0, len(new), 8192):
        some = new[at : at + 8192]
        sure[some] = confidence_in(vectors[some], sums[toward[some]], share[some])
    return Joined(label, states, sure)
