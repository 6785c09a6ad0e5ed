"""Broader themes, each of whole problems."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from threadpoolctl import threadpool_limits

from setright.sift.settings import Vectors

_SHARE: Final = 0.95
"""Themes are made of the largest problems with this share of the texts; small ones would be themes of their own."""

_FEWEST: Final = 5
"""Of few problems the root is too few themes: ten newspaper sections, found as ten large problems, became three."""


def themes(centroids: Vectors, sizes: NDArray[np.int64], n_themes: int | None = None) -> NDArray[np.int32]:
    """Put problems into themes, about as many themes as problems in each.

    Parameters
    ----------
    centroids : float32 array of shape (n_problems, d)
        Unit rows.
    sizes : int64 array of shape (n_problems,)
        Texts of each.
    n_themes : int, optional
        At most so many, instead of as many as the number of problems asks for.

    Returns
    -------
    int32 array of shape (n_problems,)
        Numbered by first problem.

    Notes
    -----
    Average linkage (Sokal and Michener 1958) on the cosine distances of centroids, cut into the root of the number of
    problems, and into five at least where each can hold two; a small problem joins the theme of the large one nearest
    to it. Costs the square of n_problems.
    """
    order = np.argsort(-sizes, kind="stable")
    n_large = int(np.searchsorted(np.cumsum(sizes[order]), _SHARE * sizes.sum())) + 1
    large, small = order[:n_large], order[n_large:]
    of_problem = np.zeros(len(sizes), dtype=np.int64)
    if len(large) > 1:
        tree = linkage(centroids[large].astype(np.float64), "average", metric="cosine")
        of_problem[large] = fcluster(tree, n_themes or _n_themes(len(large)), "maxclust")
    if len(small):
        with threadpool_limits(limits=1, user_api="blas"):
            of_problem[small] = of_problem[large[(centroids[small] @ centroids[large].T).argmax(axis=1)]]
    return in_order(of_problem)


def _n_themes(n_problems: int) -> int:
    return max(math.ceil(math.sqrt(n_problems)), min(_FEWEST, n_problems // 2))


def in_order(names: NDArray[np.integer[Any]]) -> NDArray[np.int32]:
    """Number names by first appearance."""
    _, first, at = np.unique(names, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int32)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first), dtype=np.int32)
    return rank[at]


def numbered(group: NDArray[np.int32], weight: NDArray[np.int64]) -> NDArray[np.int32]:
    """Number groups by weight, then by first member; -1 stays."""
    inside = np.flatnonzero(group >= 0)
    names, first, at = np.unique(group[inside], return_index=True, return_inverse=True)
    rank = np.empty(len(names), dtype=np.int32)
    order = np.lexsort((first, -np.bincount(at, weights=weight[inside], minlength=len(names))))
    rank[order] = np.arange(len(names), dtype=np.int32)
    problem = np.full(len(group), -1, dtype=np.int32)
    problem[inside] = rank[at]
    return problem
