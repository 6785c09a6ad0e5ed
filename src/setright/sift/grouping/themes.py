"""Broader themes, each of whole problems."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from threadpoolctl import threadpool_limits

from setright.sift.settings import Vectors

_SHARE: Final = 0.95
"""Themes are made of the largest problems with this share of the texts; small ones would be themes of their own."""


def themes(centroids: Vectors, sizes: NDArray[np.int64]) -> NDArray[np.int32]:
    """Put problems into themes, about as many themes as problems in each.

    Parameters
    ----------
    centroids : float32 array of shape (n_problems, d)
        Unit rows.
    sizes : int64 array of shape (n_problems,)
        Texts of each.

    Returns
    -------
    int32 array of shape (n_problems,)
        Numbered by first problem.

    Notes
    -----
    Average linkage (Sokal and Michener 1958) on the cosine distances of centroids, cut into the root of the number of
    problems; a small problem joins the theme of the large one nearest to it. Costs the square of n_problems.
    """
    order = np.argsort(-sizes, kind="stable")
    n_large = int(np.searchsorted(np.cumsum(sizes[order]), _SHARE * sizes.sum())) + 1
    large, small = order[:n_large], order[n_large:]
    of_problem = np.zeros(len(sizes), dtype=np.int64)
    if len(large) > 1:
        tree = linkage(centroids[large].astype(np.float64), "average", metric="cosine")
        of_problem[large] = fcluster(tree, math.ceil(math.sqrt(len(large))), "maxclust")
    if len(small):
        with threadpool_limits(limits=1, user_api="blas"):
            of_problem[small] = of_problem[large[(centroids[small] @ centroids[large].T).argmax(axis=1)]]
    return in_order(of_problem)


def in_order(names: NDArray[np.int64]) -> NDArray[np.int32]:
    """Number names by first appearance."""
    _, first, at = np.unique(names, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int32)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first), dtype=np.int32)
    return rank[at]
