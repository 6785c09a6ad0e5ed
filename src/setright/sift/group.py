"""Group texts that say the same thing is wrong, without being told how many groups there are."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from setright.sift import tables
from setright.sift.grouping.choose import chosen, cut_at, cuts, group_sums, unit
from setright.sift.grouping.doubt import Usual, apart, confidence, doubtful, islands, own_share
from setright.sift.grouping.graph import shared_neighbours
from setright.sift.grouping.neighbours import EXACT_UP_TO, neighbours
from setright.sift.grouping.reduce import canonical, reduced
from setright.sift.grouping.themes import numbered, themes
from setright.sift.grouping.vote import Ground, voted
from setright.sift.settings import Settings, Vectors

K: Final = 15
"""Neighbours per text, where there are texts enough: of n texts, the root of n when that is fewer, and four at least.
Fifteen neighbours among fifty texts would mostly be strangers."""

_FEWEST_NEIGHBOURS: Final = 4

OFTEN: Final = 3
"""A text sent so often is a problem of its own where it is like no other: those who sent it agree with each other."""

_GRANULARITY: Final = {"coarse": -1.0, "normal": 0.0, "fine": 1.0}
"""Octaves by which the chosen resolution is moved."""

GROUPED, UNSURE, ALONE = (tables.STATES.index(s) for s in ("grouped", "unsure", "alone"))


@dataclass(frozen=True)
class Grouping:
    """The problems found among n texts, largest first.

    Parameters
    ----------
    problem : int32 array of shape (n,)
        -1 where a text is not grouped.
    theme : int32 array of shape (n_problems,)
        The broader theme each problem is part of.
    state : int8 array of shape (n,)
        Index into `tables.STATES`: grouped, unsure (between groups) or alone (like no other).
    confidence : float32 array of shape (n,)
        The probability that a text and the others of its group say the same, in [0, 1].
    cohesion : float32 array of shape (n_problems,)
        Mean cosine of a problem's texts to its centroid.
    centroids : float32 array of shape (n_problems, d)
        Unit rows.
    resolution : float
        The resolution used, in multiples of the graph's density.
    pull : float
        The same as weight per pair of texts: denser than that, texts hold together. What `join` needs.
    usual : Usual
        How near texts stand to their nearest. What `join` needs.
    curve : list of (float, int, float, float)
        Each resolution tried: octave, number of groups, separation, score.
    n_cut : int
        Distinct vectors that were cut; the others joined.
    """

    problem: NDArray[np.int32]
    theme: NDArray[np.int32]
    state: NDArray[np.int8]
    confidence: NDArray[np.float32]
    cohesion: NDArray[np.float32]
    centroids: Vectors
    resolution: float
    pull: float
    usual: Usual
    curve: list[tuple[float, int, float, float]]
    n_cut: int

    def described(self) -> dict[str, Any]:
        """What the ledger says of the grouping."""
        names = ("octave", "n_groups", "separation", "score")
        return {
            "resolution": self.resolution,
            "pull": self.pull,
            "usual": asdict(self.usual),
            "n_cut": self.n_cut,
            "n_problems": len(self.theme),
            "n_themes": int(self.theme.max(initial=-1)) + 1,
            "resolutions_tried": [dict(zip(names, point, strict=True)) for point in self.curve],
        }


def group(vectors: Vectors, settings: Settings, *, n_submissions: NDArray[np.int64] | None = None) -> Grouping:
    """Group unit vectors of distinct texts.

    Parameters
    ----------
    vectors : float32 array of shape (n, d)
        Unit rows.
    settings : Settings
        `granularity`, `seed` and `n_threads` are used.
    n_submissions : int64 array of shape (n,), optional
        How often each text was sent; orders the problems. Once each when not given.

    Returns
    -------
    Grouping
        The same for the same vectors, whatever their order and the number of threads.

    Notes
    -----
    A graph of shared nearest neighbours (PhenoGraph: Levine et al. 2015, Cell 162:184) is cut by Leiden (Traag,
    Waltman, van Eck 2019, Scientific Reports 9:5233). How fine to cut is chosen as docs/decisions/0003 tells.
    """
    first, copies = canonical(vectors)
    rows = reduced(vectors, first) if len(first) > EXACT_UP_TO else vectors[first]
    weight = np.ones(len(vectors), np.int64) if n_submissions is None else n_submissions
    n_sent = np.bincount(copies, weights=weight, minlength=len(rows))
    cut = _cut(rows, n_sent, settings)
    problem = numbered(np.where(cut.state == GROUPED, cut.group, -1)[copies], weight)
    n = int(problem.max(initial=-1)) + 1
    centroids = unit(group_sums(vectors, problem, n))
    return Grouping(
        problem=problem,
        theme=themes(centroids, np.bincount(problem[problem >= 0], minlength=n)),
        state=cut.state[copies],
        confidence=confidence(rows, cut.group, cut.share)[copies],
        cohesion=_cohesion(vectors, problem, centroids),
        centroids=centroids,
        resolution=cut.resolution,
        pull=cut.pull,
        usual=cut.usual,
        curve=cut.curve,
        n_cut=min(len(rows), settings.sample),
    )


@dataclass(frozen=True)
class _Cut:
    """Texts cut into groups, and by which measures."""

    group: NDArray[np.int32]
    state: NDArray[np.int8]
    share: NDArray[np.float32]
    resolution: float
    pull: float
    usual: Usual
    curve: list[tuple[float, int, float, float]]


def _cut(rows: Vectors, n_sent: NDArray[np.number], settings: Settings) -> _Cut:
    """Cut texts, in no meaningful order, into groups; beyond the leading ones, by those that hold their nearest.

    What is common shows in a part of the texts. What is rare does not: islands are looked for among all of them.
    """
    k = min(K, max(_FEWEST_NEIGHBOURS, math.isqrt(len(rows))))
    near = neighbours(rows, k, settings.n_threads)
    first = rows[: settings.sample]
    near_first = near if len(first) == len(rows) else neighbours(first, k, settings.n_threads)
    graph = shared_neighbours(near_first.index)
    tried = cuts(first, graph, settings.seed)
    octave = chosen(tried) + _GRANULARITY[settings.granularity]
    found = apart(cut_at(octave, tried, graph, settings.seed), islands(near_first))
    share = own_share(graph, found)
    share[(n_sent[: len(first)] > 1) & ~graph.joined] = 1
    if len(first) < len(rows):
        later = np.arange(len(first), len(rows), dtype=np.int64)
        vote = voted(Ground.of(rows, found, settings.n_threads).nearest(later), found)
        island = islands(near)
        found = apart(np.concatenate([found, vote.best]), island)
        share = np.where(island >= 0, np.float32(1), np.concatenate([share, vote.share]))
    usual = Usual.of(near)
    alone, unsure = doubtful(usual.remoteness(near), share)
    often = n_sent >= OFTEN
    found = apart(found, np.where(alone & often, np.arange(len(rows)), -1))
    return _Cut(
        group=found,
        state=_states(found, alone & ~often, unsure & ~often, n_sent),
        share=share,
        resolution=2.0**octave,
        pull=2.0**octave * graph.density,
        usual=usual,
        curve=[(c.octave, len(np.unique(c.group)), c.margin, c.score) for c in tried],
    )


def _states(
    found: NDArray[np.int32], alone: NDArray[np.bool_], unsure: NDArray[np.bool_], n_sent: NDArray[np.number]
) -> NDArray[np.int8]:
    state = np.full(len(found), GROUPED, dtype=np.int8)
    state[alone] = ALONE
    state[unsure] = UNSURE
    n_left = np.bincount(found, weights=n_sent * (state == GROUPED), minlength=1)
    state[(state == GROUPED) & (n_left[found] < 2)] = ALONE
    return state


def _cohesion(vectors: Vectors, problem: NDArray[np.int32], centroids: Vectors) -> NDArray[np.float32]:
    total = np.zeros(len(centroids))
    for at in range(0, len(vectors), 8192):
        inside = np.flatnonzero(problem[at : at + 8192] >= 0) + at
        near = np.einsum("ij,ij->i", vectors[inside], centroids[problem[inside]])
        total += np.bincount(problem[inside], weights=near, minlength=len(centroids))
    size = np.bincount(problem[problem >= 0], minlength=len(centroids))
    return np.divide(total, size, out=np.zeros(len(centroids)), where=size > 0).astype(np.float32)
