"""How fine to cut, decided without knowing the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from setright.sift.grouping.graph import Graph, communities, contracted
from setright.sift.settings import Vectors

FINEST: Final = 4.0
"""Octaves above the graph's density of the first cut, whose pieces the other cuts put together."""

REFINED_UP_TO: Final = 25_000
"""Above this many texts, the cuts tried are made of whole pieces; only the one chosen is refined text by text."""

OCTAVES: Final = tuple(3.5 - 0.5 * step for step in range(12))
"""The resolutions tried, finest first: 3.5 to -2 octaves above the graph's density."""

_USUAL: Final = 0.75
"""The resolution to expect before the texts are seen, of up to `_MANY` texts."""

_MANY: Final = 25_000
"""Beyond so many texts the usual resolution rises by half an octave with every doubling: the more people speak, the
more they find to speak of, about as the root of their number (Heaps 1978, section 7.5, of words)."""

_STIFFNESS: Final = 0.0006
"""What a cut one octave from the usual must gain in margin; it grows with the square of the distance. Small, so that
it speaks only where the margin is flat: where texts have no grain of their own. Beyond `_MANY` texts it grows as fast
as the usual resolution does: nothing labelled is that large, and the margin of so many sees topics, not problems."""

_FEWEST: Final = 5
"""Groups of a cut that is considered anyway; of fewer than a hundred texts, half their root."""
_CLEARLY: Final = 2
"""How many times the largest margin of such cuts one into fewer groups must have."""
_LEAN: Final = 0.75
"""Octaves by which people's labels are finer than the largest margin, on average over the sets measured."""

_DRAWS: Final = 3
"""Of up to `REFINED_UP_TO` texts, margins are the mean of so many draws: one draw's peak moves by a third of an octave
when nothing but the order of the rows changes. Many texts need no such help."""

_SAMPLE: Final = 8_000


@dataclass(frozen=True)
class Cut:
    """One way of cutting texts into groups.

    Parameters
    ----------
    octave : float
        The logarithm of the resolution over the graph's density, to base 2.
    group : int32 array of shape (n,)
    margin : float
        See `margin`.
    score : float
        The margin smoothed over neighbouring resolutions, less what the distance from the usual one asks for. The best
        is chosen.
    """

    octave: float
    group: NDArray[np.int32]
    margin: float
    score: float = 0.0


def cuts(vectors: Vectors, graph: Graph, seed: int) -> list[Cut]:
    """Cut a graph of texts at every resolution that problems may have, finest first.

    Parameters
    ----------
    vectors : float32 array of shape (n, d)
        Unit rows, in no meaningful order.
    graph : Graph
        Of the n texts.
    seed : int
    """
    n_draws = _DRAWS if len(graph) <= REFINED_UP_TO else 1
    drawn = [_drawn(vectors, graph, seed + draw) for draw in range(n_draws)]
    mean = [
        Cut(cut.octave, cut.group, sum(draw[at].margin for draw in drawn) / n_draws) for at, cut in enumerate(drawn[0])
    ]
    return _scored(_worth_considering(mean, len(graph)), len(graph))


def _drawn(vectors: Vectors, graph: Graph, seed: int) -> list[Cut]:
    """One cut at every resolution, all made of the same pieces."""
    pieces = communities(graph, 2.0**FINEST * graph.density, seed=seed)
    small = contracted(graph, pieces)
    found = []
    for octave in OCTAVES:
        resolution = 2.0**octave * graph.density
        group = communities(small, resolution, seed=seed, n_rounds=8)[pieces]
        if len(graph) <= REFINED_UP_TO:
            group = communities(graph, resolution, seed=seed, start=group, n_rounds=2)
        found.append(Cut(octave, group, margin(vectors, group)))
    return found


def chosen(tried: list[Cut]) -> float:
    """The octave to cut at: a little finer than where the scores are highest.

    The peak is that of the parabola through the highest score, the coarser of two equals, and those beside it.
    """
    top = max(range(len(tried)), key=lambda at: (tried[at].score, -tried[at].octave))
    if not 0 < top < len(tried) - 1:
        return tried[top].octave + _LEAN
    finer, best, coarser = (cut.score for cut in tried[top - 1 : top + 2])
    bend = finer - 2 * best + coarser
    shift = (finer - coarser) / (2 * bend) if bend < 0 else 0.0
    return tried[top].octave + shift * (tried[top + 1].octave - tried[top].octave) + _LEAN


def cut_at(octave: float, tried: list[Cut], graph: Graph, seed: int) -> NDArray[np.int32]:
    """Cut the graph at an octave, text by text, beginning from the cut tried nearest to it; shape (n,)."""
    start = nearest(tried, octave).group
    return communities(graph, 2.0**octave * graph.density, seed=seed, start=start, n_rounds=2)


def nearest(tried: list[Cut], octave: float) -> Cut:
    """The cut tried nearest to an octave; the finer of two."""
    return min(tried, key=lambda cut: abs(cut.octave - octave))


def _worth_considering(tried: list[Cut], n: int) -> list[Cut]:
    """The cuts of n texts without those into few groups, unless these stand clearly apart.

    The margin of two groups is large whatever the texts are.
    """
    fewest = min(_FEWEST, math.ceil(math.sqrt(n) / 2))
    has_many = [len(np.unique(cut.group)) >= fewest for cut in tried]
    most = max((cut.margin for cut, many in zip(tried, has_many, strict=True) if many), default=0.0)
    return [cut for cut, many in zip(tried, has_many, strict=True) if many or cut.margin >= _CLEARLY * most]


def _scored(tried: list[Cut], n: int) -> list[Cut]:
    """Smooth the margins of n texts over neighbours by (1, 2, 1) / 4 and take off what a cut must gain."""
    raw = np.array([cut.margin for cut in tried])
    padded = np.concatenate([raw[:1], raw, raw[-1:]])
    smooth = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    doublings = math.log2(max(n / _MANY, 1.0))
    usual, stiffness = _USUAL + 0.5 * doublings, _STIFFNESS * (1 + doublings)
    return [
        Cut(c.octave, c.group, c.margin, float(s) - stiffness * (c.octave - usual) ** 2)
        for c, s in zip(tried, smooth, strict=True)
    ]


def margin(vectors: Vectors, group: NDArray[np.int32]) -> float:
    """How much farther texts stand from the nearest other group than from their own, on average.

    Parameters
    ----------
    vectors : float32 array of shape (n, d)
        Unit rows, in no meaningful order.
    group : int32 array of shape (n,)

    Returns
    -------
    float
        The mean over texts of d(other) - d(own), where d is the square root of 1 minus the cosine to a group's
        centroid, the own one taken without the text itself. Groups of fewer than three texts are no neighbours, and
        their texts count 0. 0 where there are fewer than two larger groups.

    Notes
    -----
    The simplified silhouette (Hruschka, Campello, de Castro 2006, Information Sciences 176:1898) without its division
    by the larger distance: divided, it keeps rising as sound groups are split, because it is measured against an ever
    nearer neighbour; of 1 - cosine instead of the root, it joins groups too soon. The same whatever the order of the
    rows, up to sampling: the leading 8,000 are measured against centroids of all. Costs n d + 8,000 K d.
    """
    size = np.bincount(group)
    large = np.flatnonzero(size >= 3)
    if len(large) < 2:
        return 0.0
    sums = group_sums(vectors, group, len(size))
    rank = np.full(len(size), -1)
    rank[large] = np.arange(len(large))
    centres = unit(sums[large])
    total, n = 0.0, min(len(vectors), _SAMPLE)
    for at in range(0, n, 2000):
        rows, own = vectors[at : min(at + 2000, n)], group[at : min(at + 2000, n)]
        counted = rank[own] >= 0
        total += float(_margins(rows[counted], sums[own[counted]], centres, rank[own[counted]]).sum())
    return total / n


def _margins(rows: Vectors, own_sums: Vectors, centres: Vectors, own: NDArray[np.int64]) -> NDArray[np.float32]:
    with threadpool_limits(limits=1, user_api="blas"):
        cosine = rows @ centres.T
    near = np.einsum("ij,ij->i", unit(own_sums - rows), rows)
    cosine[np.arange(len(rows)), own] = -1
    far = cosine.max(axis=1, initial=-1)
    return np.asarray(np.sqrt(np.maximum(1 - far, 0)) - np.sqrt(np.maximum(1 - near, 0)), dtype=np.float32)


def group_sums(vectors: Vectors, group: NDArray[np.int32], n_groups: int) -> Vectors:
    """Sum the rows of each group, shape (n_groups, d), without a second copy of all rows; -1 is in none."""
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(n_groups + 1))
    sums = np.zeros((n_groups, vectors.shape[1]), dtype=np.float32)
    for own in range(n_groups):
        vectors[order[bounds[own] : bounds[own + 1]]].sum(axis=0, out=sums[own])
    return sums


def unit(rows: Vectors) -> Vectors:
    """Rows scaled to length 1; rows of zeros stay."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, length, out=np.zeros_like(rows), where=length > 0), dtype=np.float32)
