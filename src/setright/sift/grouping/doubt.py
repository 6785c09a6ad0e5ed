"""Which texts belong nowhere, and how sure the rest is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from setright.sift.grouping.graph import Graph


def own_share(graph: Graph, group: NDArray[np.int32]) -> NDArray[np.float32]:
    """The share of each text's weight in the graph that leads into its own group, shape (n,); 0 without edges."""
    n = len(graph)
    a, b = graph.ends.T
    inside = np.where(group[a] == group[b], graph.weight, 0.0)
    total = np.bincount(a, weights=graph.weight, minlength=n) + np.bincount(b, weights=graph.weight, minlength=n)
    own = np.bincount(a, weights=inside, minlength=n) + np.bincount(b, weights=inside, minlength=n)
    return np.divide(own, total, out=np.zeros(n), where=total > 0).astype(np.float32)
