"""Every pair of a point and a problem that an audit may draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from setright.sift.result import State
from setright.sift.settings import Vectors

REACH: Final = 5
"""A point that says a problem, but is not in it, is looked for where that problem is one of the five nearest to it."""

STRATA: Final = ("member", "near 1", "near 2", "near 3-5")
"""A pair of a point and its own problem; and with the nearest, second and further problem it is not in."""

_OF_RANK: Final = np.array([1, 2, 3, 3, 3], dtype=np.int8)
_N_BATCH: Final = 8_192


@dataclass(frozen=True)
class Frame:
    """The points of a register that can be judged, each with its own problem and with those nearest to it.

    Parameters
    ----------
    line : int64 array of shape (n,)
        Each point as an index into the assignments and the state's points.
    own : int32 array of shape (n,)
        The problem it was put into, as an index into the problems; -1 for one that is alone or unsure.
    near : int32 array of shape (n, REACH)
        The problems nearest to it that it was not put into, nearest first; -1 where there are no more.
    order : int64 array of shape (p,)
        Rank of each problem by its points, most first: in this order neighbours are about equally pure, more so than by
        confidence or cohesion, since large problems are the mixed ones.
    """

    line: NDArray[np.int64]
    own: NDArray[np.int32]
    near: NDArray[np.int32]
    order: NDArray[np.int64]

    def pairs(self, stratum: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The pairs of one of `STRATA`: point (an index into `line`) and problem."""
        if stratum == 0:
            points = np.flatnonzero(self.own >= 0)
            return points, self.own[points]
        columns = np.flatnonzero(stratum == _OF_RANK)
        problem = self.near[:, columns].ravel()
        points = np.repeat(np.arange(len(self.line)), len(columns))
        return points[problem >= 0], problem[problem >= 0]


def frame(assignments: pa.Table, state: State) -> Frame:
    """List the pairs of a finished register.

    Parameters
    ----------
    assignments : pyarrow.Table
        `tables.ASSIGNMENTS`.
    state : State
        Of the same run: its points are the lines of `assignments`, in the same order.

    Returns
    -------
    Frame

    Raises
    ------
    ValueError
        When the state's points are not the lines of `assignments`.

    Notes
    -----
    How near a point is to a problem is the cosine to the mean of the problem's texts, in standard deviations above the
    mean of that cosine over all texts: a broad problem lies near to everything, and being near to it says less. With
    gold labels this found more of the missed points among the nearest five than the plain cosine does
    (`make bench-audit`). Costs one product of all families with all problems; memory is that of the vectors as float32.
    """
    if not assignments["row"].combine_chunks().equals(state.points["row"].combine_chunks()):
        raise ValueError("the state is of another run than the assignments")
    text = state.points["text"].combine_chunks()
    line = np.flatnonzero(text.is_valid().to_numpy(zero_copy_only=False))
    named = pc.index_in(assignments["problem"], value_set=state.problems["problem"].combine_chunks())
    own = named.fill_null(-1).to_numpy().astype(np.int32)[line]
    family = state.texts["family"].to_numpy()[text.to_numpy(zero_copy_only=False)[line].astype(np.int64)]
    n = state.problems.num_rows
    near = _nearest(_vectors(state), family, own, n)
    return Frame(line.astype(np.int64), own, near, _by_size(own, n))


def _by_size(own: NDArray[np.int32], n: int) -> NDArray[np.int64]:
    sizes = np.bincount(own[own >= 0], minlength=n)
    rank = np.empty(n, dtype=np.int64)
    rank[np.lexsort((np.arange(n), -sizes))] = np.arange(n)
    return rank


def _vectors(state: State) -> Vectors:
    """One line a family; zeros where its words were forgotten."""
    column = state.families["vector"].combine_chunks()
    flat = column.fill_null(pa.scalar([0.0] * column.type.list_size, column.type)) if column.null_count else column
    vectors: Vectors = flat.flatten().to_numpy().astype(np.float32).reshape(len(column), column.type.list_size)
    return vectors


def _nearest(vectors: Vectors, family: NDArray[np.int64], own: NDArray[np.int32], n: int) -> NDArray[np.int32]:
    """The nearest problems of each point but its own; worked out once for points of one family and problem."""
    name = family.astype(np.int64) * (n + 1) + own + 1
    different, of_point = np.unique(name, return_inverse=True)
    families, owns = different // (n + 1), (different % (n + 1) - 1).astype(np.int32)
    if n == 0:
        return np.full((len(family), REACH), -1, dtype=np.int32)
    centroids = _centroids(vectors, families, owns, n)
    mean, spread = _usual(vectors, centroids)
    near = np.full((len(different), REACH), -1, dtype=np.int32)
    with threadpool_limits(limits=1, user_api="blas"):  # a sum's order must not depend on the threads there are
        for at in range(0, len(different), _N_BATCH):
            batch = slice(at, at + _N_BATCH)
            nearness = (vectors[families[batch]] @ centroids.T - mean) / spread
            near[batch] = _first(nearness, owns[batch])
    return near[of_point]


def _centroids(vectors: Vectors, families: NDArray[np.int64], owns: NDArray[np.int32], n: int) -> Vectors:
    """The mean of each problem's families, as unit rows."""
    sums = np.zeros((n, vectors.shape[1]))
    inside = owns >= 0
    np.add.at(sums, owns[inside], vectors[families[inside]])
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    return (sums / np.where(length > 0, length, 1)).astype(np.float32)


def _usual(vectors: Vectors, centroids: Vectors) -> tuple[Vectors, Vectors]:
    """Mean and standard deviation over all families of the cosine to each centroid."""
    with threadpool_limits(limits=1, user_api="blas"):
        mean = centroids @ vectors.mean(axis=0)
        gram = vectors.T @ vectors / np.float32(max(len(vectors), 1))
        square = np.einsum("ij,jk,ik->i", centroids, gram, centroids, optimize=True)
    return mean, np.sqrt(np.maximum(square - mean**2, np.float32(1e-6)))


def _first(nearness: Vectors, own: NDArray[np.int32]) -> NDArray[np.int32]:
    """The columns of the largest values of each line, largest first, without the line's own; -1 beyond the last."""
    inside = np.flatnonzero(own >= 0)
    nearness[inside, own[inside]] = -np.inf
    some = min(REACH, nearness.shape[1])
    found = np.sort(np.argpartition(-nearness, some - 1, axis=1)[:, :some], axis=1)
    value = np.take_along_axis(nearness, found, axis=1)
    order = np.argsort(-value, axis=1, kind="stable")
    found, value = np.take_along_axis(found, order, axis=1), np.take_along_axis(value, order, axis=1)
    wide = np.full((len(nearness), REACH), -1, dtype=np.int32)
    wide[:, :some] = np.where(value > -np.inf, found, -1)
    return wide
