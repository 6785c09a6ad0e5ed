"""Each text's nearest others, by cosine."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from setright.sift.settings import Vectors

EXACT_UP_TO: Final = 25_000
"""Above this many texts, neighbours are looked for in nearby cells only: comparing all pairs grows with the square."""

_Job = tuple[NDArray[np.int64], NDArray[np.int64] | slice]

_BLOCK: Final = 256
_BUNDLE: Final = 16
_PER_CELL: Final = 256
_N_PROBES: Final = 32
_N_ROUNDS: Final = 4


@dataclass(frozen=True)
class Neighbours:
    """The k nearest others of n texts, nearest first.

    Parameters
    ----------
    index : int32 array of shape (n, k)
    similarity : float32 array of shape (n, k)
        Cosines.
    """

    index: NDArray[np.int32]
    similarity: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.index)


def neighbours(vectors: Vectors, k: int, threads: int) -> Neighbours:
    """Find the k nearest others of every row.

    Parameters
    ----------
    vectors : float32 array of shape (n, d)
        Unit rows.
    k : int
        At most n - 1 are given.
    threads : int
        Never changes the result: every block has a fixed shape and one BLAS thread.

    Returns
    -------
    Neighbours
        Exact up to `EXACT_UP_TO` rows, approximate above.

    Notes
    -----
    Exact search costs n² d operations. Above, spherical k-means on the leading rows makes cells of about 256 rows (so
    the rows must be in no meaningful order), and the rows of a cell are compared with those of the 32 cells nearest
    to it, which costs about 8,000 n d. Whole cells are compared at once, because that is one matrix product.
    """
    n = len(vectors)
    found = Neighbours(np.zeros((n, min(k, max(n - 1, 0))), np.int32), np.zeros((n, min(k, max(n - 1, 0))), np.float32))
    if n < 2:
        return found
    with threadpool_limits(limits=1, user_api="blas"):
        jobs = _all_pairs(n) if n <= EXACT_UP_TO else _nearby_cells(vectors, threads)
        _each(lambda job: _search(vectors, *job, found), jobs, threads)
    return found


def _each(do: Callable[[_Job], None], jobs: list[_Job], threads: int) -> None:
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        for _ in pool.map(do, jobs):
            pass


def _all_pairs(n: int) -> list[_Job]:
    return [(np.arange(at, min(at + _BLOCK, n)), slice(None)) for at in range(0, n, _BLOCK)]


def _search(vectors: Vectors, rows: NDArray[np.int64], among: NDArray[np.int64] | slice, found: Neighbours) -> None:
    """Fill in the neighbours of `rows` among the rows `among`."""
    k = found.index.shape[1]
    similarity = vectors[rows] @ vectors[among].T
    if isinstance(among, slice):
        similarity[np.arange(len(rows)), rows] = -np.inf
    else:
        place = np.argsort(among, kind="stable")
        similarity[np.arange(len(rows)), place[np.searchsorted(among, rows, sorter=place)]] = -np.inf
    near = _largest(similarity, k)
    value = np.take_along_axis(similarity, near, axis=1)
    names = near if isinstance(among, slice) else among[near]
    order = np.lexsort((names, -value), axis=1)
    found.index[rows] = np.take_along_axis(names, order, axis=1)
    found.similarity[rows] = np.take_along_axis(value, order, axis=1)


def _largest(values: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """The columns of each row's k largest values, in no order.

    Columns are bundled first: the k largest lie in the k bundles with the largest maxima, and maxima are cheap.
    """
    n_bundles = values.shape[1] // _BUNDLE
    if n_bundles < 4 * k:
        return np.argpartition(values, values.shape[1] - k, axis=1)[:, -k:]
    even = n_bundles * _BUNDLE
    heads = values[:, :even].reshape(len(values), _BUNDLE, n_bundles).max(axis=1)
    bundles = np.argpartition(heads, n_bundles - k, axis=1)[:, -k:]
    columns = (bundles[:, :, None] + n_bundles * np.arange(_BUNDLE)).reshape(len(values), -1)
    rest = np.broadcast_to(np.arange(even, values.shape[1]), (len(values), values.shape[1] - even))
    columns = np.hstack([columns, rest])
    held = np.take_along_axis(values, columns, axis=1)
    return np.take_along_axis(columns, np.argpartition(held, held.shape[1] - k, axis=1)[:, -k:], axis=1)


def _nearby_cells(vectors: Vectors, threads: int) -> list[_Job]:
    centres = _centres(vectors, max(len(vectors) // _PER_CELL, 1))
    cell = _nearest(vectors, centres, threads)
    order = np.argsort(cell, kind="stable")
    bounds = np.searchsorted(cell[order], np.arange(len(centres) + 1))
    members = np.split(order, bounds[1:-1])
    near = np.argsort(-(centres @ centres.T), axis=1, kind="stable")[:, :_N_PROBES]
    return [
        (rows[at : at + _BLOCK], np.concatenate([members[c] for c in near[own]]))
        for own, rows in enumerate(members)
        for at in range(0, len(rows), _BLOCK)
    ]


def _centres(vectors: Vectors, n_cells: int) -> Vectors:
    """Spherical k-means on the leading rows, begun from the first of them."""
    sample = vectors[: n_cells * 48]
    centres = sample[:n_cells].copy()
    for _ in range(_N_ROUNDS):
        cell = _nearest(sample, centres, 1)
        sums = np.zeros_like(centres)
        np.add.at(sums, cell, sample)
        length = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.divide(sums, length, out=centres.copy(), where=length > 0)
    return centres


def _nearest(vectors: Vectors, centres: Vectors, threads: int) -> NDArray[np.int64]:
    cell = np.zeros(len(vectors), dtype=np.int64)

    def fill(at: int) -> None:
        cell[at : at + _BLOCK] = (vectors[at : at + _BLOCK] @ centres.T).argmax(axis=1)

    with ThreadPoolExecutor(max(threads, 1)) as pool:
        for _ in pool.map(fill, range(0, len(vectors), _BLOCK)):
            pass
    return cell
