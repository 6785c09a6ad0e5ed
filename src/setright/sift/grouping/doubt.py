"""Which texts belong nowhere, which small groups stand apart, and how sure the rest is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from setright.sift.grouping.choose import group_sums, unit
from setright.sift.grouping.graph import Graph
from setright.sift.grouping.neighbours import Neighbours
from setright.sift.settings import Vectors

_NEAREST: Final = 2
"""So few that a text of a group of three can have them all in its group."""

_ALONE: Final = 2.0
_UNSURE: Final = 1.5
_HELD: Final = 0.85
_GAP: Final = 0.16
_SHORE: Final = 0.58


def own_share(graph: Graph, group: NDArray[np.int32]) -> NDArray[np.float32]:
    """The share of each text's weight in the graph that leads into its own group, shape (n,); 0 without edges."""
    n = len(graph)
    a, b = graph.ends.T
    inside = np.where(group[a] == group[b], graph.weight, 0.0)
    total = np.bincount(a, weights=graph.weight, minlength=n) + np.bincount(b, weights=graph.weight, minlength=n)
    own = np.bincount(a, weights=inside, minlength=n) + np.bincount(b, weights=inside, minlength=n)
    return np.asarray(np.divide(own, total, out=np.zeros(n), where=total > 0), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Usual:
    """How near the texts of a run usually stand to the two nearest to them.

    Parameters
    ----------
    nearness : float
        The median over the texts of their mean cosine to those two.
    spread : float
        Its robust standard deviation: 1.4826 times the median absolute deviation. 0 where there is nothing to measure.
    """

    nearness: float
    spread: float

    @classmethod
    def of(cls, near: Neighbours) -> Usual:
        if not near.similarity.size:
            return cls(0.0, 0.0)
        close = near.similarity[:, :_NEAREST].mean(axis=1)
        nearness = np.median(close)
        return cls(float(nearness), float(1.4826 * np.median(np.abs(nearness - close))))

    def remoteness(self, near: Neighbours) -> NDArray[np.float32]:
        """How much less like its nearest each text is than texts usually are.

        Parameters
        ----------
        near : Neighbours

        Returns
        -------
        float32 array of shape (n,)
            Robust standard deviations by which its mean cosine to the two nearest lies below the usual one.
        """
        if not near.similarity.size or not self.spread:
            return np.zeros(len(near), dtype=np.float32)
        close = near.similarity[:, :_NEAREST].mean(axis=1)
        return np.asarray((np.float32(self.nearness) - close) / np.float32(self.spread), dtype=np.float32)


def doubtful(far: NDArray[np.float32], share: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which texts belong nowhere: those unlike all others that no group holds fast.

    Parameters
    ----------
    far : float32 array of shape (n,)
        As `Usual.remoteness` gives it.
    share : float32 array of shape (n,)
        As `own_share` gives it. A group that takes nearly all of a text's weight keeps it, however odd its words.

    Returns
    -------
    (bool array, bool array), each of shape (n,)
        Like no other; and unsure, which is nearer to others but divided between groups.
    """
    loose = share < _HELD
    return loose & (far > _ALONE), loose & (far > _UNSURE) & (far <= _ALONE)


def islands(near: Neighbours) -> NDArray[np.int32]:
    """Find groups of 3 to k texts that have only each other near and stand far from every other text.

    A rare problem of three texts has k - 2 strangers among the neighbours of each, and would drown among theirs.

    Parameters
    ----------
    near : Neighbours

    Returns
    -------
    int32 array of shape (n,)
        The lowest text of its island, -1 for texts on none.

    Notes
    -----
    An island is a set of s texts each of whose s - 1 nearest are the others. On average over them, the first stranger
    must stand farther than the mates by `_GAP`, and at least `_SHORE` away, both as the root of 1 minus the cosine.
    """
    n, k = near.index.shape
    found = np.full(n, -1, dtype=np.int32)
    distance = np.sqrt(np.maximum(1 - near.similarity, 0))
    for size in range(3, k + 1):
        apart = np.flatnonzero(distance[:, size - 1] > distance[:, size - 2])
        sets = np.sort(np.hstack([near.index[apart, : size - 1], apart[:, None].astype(np.int32)]), axis=1)
        groups, n_agreeing = np.unique(sets, axis=0, return_counts=True)
        groups = groups[n_agreeing == size]
        mates = distance[groups, : size - 1].mean(axis=(1, 2))
        shore = distance[groups, size - 1].mean(axis=1)
        for members in groups[(shore - mates >= _GAP) & (shore >= _SHORE)]:
            found[members] = members[0]
    return found


def apart(group: NDArray[np.int32], island: NDArray[np.int32]) -> NDArray[np.int32]:
    """Make each island a group of its own."""
    both = np.where(island >= 0, int(group.max(initial=-1)) + 1 + island.astype(np.int64), group)
    return np.unique(both, return_inverse=True)[1].astype(np.int32)


def confidence(vectors: Vectors, group: NDArray[np.int32], share: NDArray[np.float32]) -> NDArray[np.float32]:
    """Estimate the probability that a text and another of its group mean the same.

    Parameters
    ----------
    vectors : float32 array of shape (n, d)
        Unit rows.
    group : int32 array of shape (n,)
    share : float32 array of shape (n,)
        As `own_share` gives it.

    Returns
    -------
    float32 array of shape (n,)
        In [0, 1]: a logistic function of the share and of the cosine to the rest of the group. Its three constants
        were fitted on nine labelled sets of equal weight (benchmarks/resolution.py); what "the same" means differs
        between them, so it ranks texts within a table better than it tells one table from another.
    """
    sums = group_sums(vectors, group, int(group.max(initial=-1)) + 1)
    sure = np.empty(len(vectors), dtype=np.float32)
    for at in range(0, len(vectors), 8192):
        part = slice(at, at + 8192)
        sure[part] = confidence_in(vectors[part], sums[group[part]], share[part])
    return sure


def confidence_in(rows: Vectors, sums: Vectors, share: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same for some rows, each beside the sum of its group's rows, its own among them."""
    cosine = np.einsum("ij,ij->i", unit(sums - rows), rows)
    return np.asarray(1 / (1 + np.exp(3.28 - 2.6 * share - 2.5 * cosine)), dtype=np.float32)
