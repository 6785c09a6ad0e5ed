"""How fine to cut, decided without knowing the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from setright.sift.grouping.graph import Graph, communities
from setright.sift.settings import Vectors

FINEST: Final = 4.0
"""The first cut, in octaves above the graph's density; every cut tried joins its pieces."""

_STEP: Final = 0.5
_SAMPLE: Final = 20_000


@dataclass(frozen=True)
class Grain:
    """What to expect of a level of grouping before the texts are seen.

    Parameters
    ----------
    usual : float
        The usual resolution in octaves above the graph's density.
    stiffness : float
        How much separation one octave away from the usual has to gain, growing with the square of the distance.
    lowest, highest : float
        The octaves tried.
    """

    usual: float
    stiffness: float
    lowest: float
    highest: float


PROBLEMS: Final = Grain(0.75, 0.01, -2.0, 3.5)
THEMES: Final = Grain(-2.25, 0.01, -5.0, -0.5)


@dataclass(frozen=True)
class Cut:
    """One way of cutting the texts into groups.

    Parameters
    ----------
    octave : float
        Resolution as log2 of its ratio to the graph's density.
    membership : int32 array of shape (n_vertices,)
        The group of each vertex of the graph that was cut.
    separation : float
        See `separation`; the criterion is this less the grain's penalty.
    score : float
    """

    octave: float
    membership: NDArray[np.int32]
    separation: float
    score: float


def cuts(vectors: Vectors, graph: Graph, vertex: NDArray[np.int32], grain: Grain, unit: float) -> list[Cut]:
    """Cut a graph at every resolution of a grain, finest first.

    Parameters
    ----------
    vectors : float32 array of shape (n, d)
        Unit rows, in no meaningful order.
    graph : Graph
        Of small pieces.
    vertex : int32 array of shape (n,)
        The vertex each text is part of.
    grain : Grain
    unit : float
        The density of the graph of texts.
    """
    found = []
    for octave in np.arange(grain.highest, grain.lowest - _STEP / 2, -_STEP):
        membership = communities(graph, 2.0**octave * unit, seed=0, n_rounds=8)
        apart = separation(vectors, membership[vertex])
        found.append(Cut(float(octave), membership, apart, apart - grain.stiffness * (octave - grain.usual) ** 2))
    return found


def separation(vectors: Vectors, group: NDArray[np.int32]) -> float:
    """How much nearer texts stand to their own group than to the nearest other: the mean silhouette.

    Parameters
    ----------
    vectors : float32 array of shape (n, d)
        Unit rows.
    group : int32 array of shape (n,)

    Returns
    -------
    float
        Between -1 and 1. A text's own group is taken without the text itself. Groups of fewer than three texts are no
        neighbours, and their texts count 0.

    Notes
    -----
    The simplified silhouette (Hruschka, Campello, de Castro 2006) on cosine distances to centroids, on at most 20,000
    texts. Costs n K d.
    """
    n_groups = int(group.max(initial=-1)) + 1
    size = np.bincount(group, minlength=n_groups)
    sums = group_sums(vectors, group, n_groups)
    length = np.linalg.norm(sums, axis=1)
    large = (size >= 3) & (length > 0)
    if large.sum() < 2:
        return 0.0
    centre = sums[large] / length[large, None]
    rank = np.cumsum(large) - 1
    total = 0.0
    for at in range(0, min(len(vectors), _SAMPLE), 4096):
        rows, own = vectors[at : min(at + 4096, _SAMPLE)], group[at : min(at + 4096, _SAMPLE)]
        inside = np.flatnonzero(large[own])
        similarity = rows[inside] @ centre.T
        rest = sums[own[inside]] - rows[inside]
        near = np.einsum("ij,ij->i", rest, rows[inside]) / np.maximum(np.linalg.norm(rest, axis=1), 1e-9)
        similarity[np.arange(len(inside)), rank[own[inside]]] = -1
        other = similarity.max(axis=1)
        total += float(((near - other) / np.maximum(1 - np.minimum(near, other), 1e-6)).sum())
    return total / min(len(vectors), _SAMPLE)


def group_sums(vectors: Vectors, group: NDArray[np.int32], n_groups: int) -> Vectors:
    """Sum the rows of each group, shape (n_groups, d), without a second copy of all rows."""
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(n_groups + 1))
    sums = np.zeros((n_groups, vectors.shape[1]), dtype=np.float32)
    for own, (start, end) in enumerate(zip(bounds[:-1], bounds[1:], strict=True)):
        vectors[order[start:end]].sum(axis=0, out=sums[own])
    return sums


def pieces(graph: Graph, seed: int) -> NDArray[np.int32]:
    """Cut at the finest resolution, into pieces which the cuts tried put together."""
    return communities(graph, 2.0**FINEST * graph.density, seed=seed)
