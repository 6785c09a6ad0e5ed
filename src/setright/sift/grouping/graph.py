"""The graph of shared neighbours, and its communities."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

import igraph
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

_EDGES_AT_ONCE: Final = 200_000


@dataclass(frozen=True)
class Graph:
    """An undirected weighted graph, each edge once.

    Parameters
    ----------
    ends : int32 array of shape (n_edges, 2)
    weight : float64 array of shape (n_edges,)
    size : float64 array of shape (n,)
        How many texts each vertex stands for.
    """

    ends: NDArray[np.int32]
    weight: NDArray[np.float64]
    size: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.size)

    @property
    def density(self) -> float:
        """Total weight over the number of ordered pairs of texts: the resolution below which all is one."""
        n = self.size.sum()
        return float(2 * self.weight.sum() / (n * n)) if n else 0.0

    @property
    def joined(self) -> NDArray[np.bool_]:
        """Which vertices have an edge, shape (n,)."""
        return np.bincount(self.ends.ravel(), minlength=len(self)) > 0


def shared_neighbours(index: NDArray[np.int32]) -> Graph:
    """Join each text with its neighbours, weighted by the share of neighbours two texts have in common.

    Parameters
    ----------
    index : int32 array of shape (n, k)
        Nearest first.

    Returns
    -------
    Graph
        Weights are Jaccard similarities of the two neighbourhoods, each with its own text, in which a near neighbour
        counts for more than a far one: the text itself and the nearest count k, the next k - 1, the last 1. Edges of
        weight 0 are left out.

    Notes
    -----
    PhenoGraph's graph (Levine et al. 2015, Cell 162:184, "Data-driven phenotypic dissection of AML") with Jaccard's
    index for weighted sets (Ruzicka 1958). The far neighbours of a text are half strangers; counted like the near ones
    they tie groups together that have nothing in common but them. Whole numbers, so exact. Costs n k².
    """
    return shared_neighbours_of(np.arange(len(index), dtype=np.int32), index)


def shared_neighbours_of(rows: NDArray[np.int32], index: NDArray[np.int32]) -> Graph:
    """The same among some of the texts, by their neighbours among all.

    Parameters
    ----------
    rows : int32 array of shape (m,)
        The texts, ascending.
    index : int32 array of shape (m, k)
        The neighbours of each among all texts, nearest first; -1 where there are fewer than k.

    Returns
    -------
    Graph
        Of the m texts: an edge is between two of them of which one is the other's neighbour.
    """
    m, k = index.shape
    around = _neighbourhoods(rows, index)
    place = np.searchsorted(rows, index)
    near = (place < m) & (index >= 0)
    near[near] = rows[place[near]] == index[near]
    own = np.broadcast_to(np.arange(m)[:, None], place.shape)[near]
    low, high = np.minimum(own, place[near]), np.maximum(own, place[near])
    pairs = np.unique(low.astype(np.int64) * m + high)
    ends = np.column_stack([pairs // max(m, 1), pairs % max(m, 1)]).astype(np.int32)
    common = np.empty(len(ends), dtype=np.int64)
    for at in range(0, len(ends), _EDGES_AT_ONCE):
        some = ends[at : at + _EDGES_AT_ONCE]
        common[at : at + len(some)] = around[some[:, 0]].minimum(around[some[:, 1]]).sum(axis=1)
    weight = common.astype(np.float64) / (k * (k + 3) - common)
    kept = weight > 0
    return Graph(ends[kept], weight[kept], np.ones(m))


def _neighbourhoods(rows: NDArray[np.int32], index: NDArray[np.int32]) -> sp.csr_array:
    """How much each text of all counts in the neighbourhood of each of `rows`."""
    m, k = index.shape
    members = np.hstack([rows[:, None], index])
    counts = np.where(members >= 0, np.concatenate([[k], np.arange(k, 0, -1)]), 0).astype(np.int16)
    n = int(members.max(initial=-1)) + 1
    places = np.maximum(members, 0).ravel()
    around = sp.csr_array((counts.ravel(), places, np.arange(0, members.size + 1, k + 1)), shape=(m, n))
    around.sum_duplicates()
    around.sort_indices()
    return around


def communities(
    graph: Graph, resolution: float, *, seed: int, start: NDArray[np.int32] | None = None, n_rounds: int = 4
) -> NDArray[np.int32]:
    """Cut the graph into communities, each denser than the resolution inside and sparser towards every other.

    Parameters
    ----------
    graph : Graph
    resolution : float
        Weight per pair of texts; `Graph.density` is the scale to think in.
    seed : int
    start : int32 array of shape (n,), optional
        A partition to improve on.
    n_rounds : int

    Returns
    -------
    int32 array of shape (n,)

    Notes
    -----
    Leiden (Traag, Waltman, van Eck 2019, Scientific Reports 9:5233) on the constant Potts model (Traag, Van Dooren,
    Nesterov 2011, Physical Review E 84:016114), which, unlike modularity, has no resolution limit. Single-threaded;
    the same seed gives the same answer.
    """
    if not len(graph.weight):
        return np.arange(len(graph), dtype=np.int32)
    drawn = igraph.Graph(n=len(graph), edges=graph.ends, directed=False)
    igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 - a seeded search, not a secret
    found = drawn.community_leiden(
        objective_function="CPM",
        weights=graph.weight.tolist(),
        node_weights=graph.size.tolist(),
        resolution=resolution,
        n_iterations=n_rounds,
        initial_membership=None if start is None else start.tolist(),
    )
    return np.asarray(found.membership, dtype=np.int32)


def contracted(graph: Graph, membership: NDArray[np.int32]) -> Graph:
    """Make each community one vertex; the weight inside it is dropped, since no coarser cut can lose it."""
    n = int(membership.max(initial=-1)) + 1
    ends = np.sort(membership[graph.ends], axis=1)
    across = ends[:, 0] != ends[:, 1]
    pairs, at = np.unique(ends[across, 0].astype(np.int64) * n + ends[across, 1], return_inverse=True)
    weight = np.bincount(at, weights=graph.weight[across], minlength=len(pairs)).astype(np.float64)
    size = np.bincount(membership, weights=graph.size, minlength=n).astype(np.float64)
    return Graph(np.column_stack([pairs // max(n, 1), pairs % max(n, 1)]).astype(np.int32), weight, size)
