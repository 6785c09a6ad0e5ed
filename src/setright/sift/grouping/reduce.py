"""Vectors in an order of their own and, where there are many, of fewer dimensions."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from setright.sift.settings import Vectors

N_DIMENSIONS: Final = 256

_BLOCK: Final = 8192
_SAMPLE: Final = 40_960


def canonical(vectors: Vectors) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find an order that depends on the rows alone, and says nothing about what they mean.

    Parameters
    ----------
    vectors : float32 array of shape (n, d)

    Returns
    -------
    first : int64 array of shape (m,)
        Each distinct row once, by a hash of its bits.
    place : int64 array of shape (n,)
        Where in `first` each row, or one equal to it, stands.
    """
    key = np.zeros((len(vectors), 2), dtype=np.uint64)
    draw = np.random.default_rng(20_177)
    odd = draw.integers(0, 2**63, (2, vectors.shape[1]), dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    for at in range(0, len(vectors), _BLOCK):
        # adding zero turns -0.0, which equals 0.0, into it
        bits = np.ascontiguousarray(vectors[at : at + _BLOCK] + np.float32(0)).view(np.uint32).astype(np.uint64)
        bits ^= bits << np.uint64(29)
        for column in range(2):
            key[at : at + _BLOCK, column] = (bits * odd[column]).sum(axis=1)
    key[:, 0] ^= key[:, 0] >> np.uint64(32)
    pairs = key.view([("a", np.uint64), ("b", np.uint64)])[:, 0]
    _, first, place = np.unique(pairs, return_index=True, return_inverse=True)
    return first, place


def reduced(vectors: Vectors, rows: NDArray[np.int64], n_dimensions: int = N_DIMENSIONS) -> Vectors:
    """Project some rows on their principal directions, at length 1.

    Parameters
    ----------
    vectors : float32 array of shape (n, d)
    rows : int64 array of shape (m,)
        In no meaningful order: the directions are those of the leading 40,960.
    n_dimensions : int

    Returns
    -------
    float32 array of shape (m, min(d, n_dimensions))
        The rows themselves where they have no more dimensions than that.

    Notes
    -----
    About the origin, not the mean, so that cosines are kept as well as they can be. The same for any number of
    threads: blocks are fixed and each product has one BLAS thread. Costs m d n_dimensions.
    """
    d = vectors.shape[1]
    if d <= n_dimensions:
        return vectors[rows]
    out = np.empty((len(rows), min(d, n_dimensions)), dtype=np.float32)
    with threadpool_limits(limits=1, user_api="blas"):
        scatter = np.zeros((d, d))
        for at in range(0, min(len(rows), _SAMPLE), _BLOCK):
            block = vectors[rows[at : min(at + _BLOCK, _SAMPLE)]]
            scatter += block.T @ block
        directions = np.linalg.eigh(scatter)[1][:, : -out.shape[1] - 1 : -1].astype(np.float32)
        for at in range(0, len(rows), _BLOCK):
            block = vectors[rows[at : at + _BLOCK]] @ directions
            length = np.linalg.norm(block, axis=1, keepdims=True)
            out[at : at + _BLOCK] = np.divide(block, length, out=np.zeros_like(block), where=length > 0)
    return out
