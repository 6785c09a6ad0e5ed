"""Latent semantic analysis of hashed character n-grams: what words have in common as strings, in any language.

Deerwester et al., "Indexing by latent semantic analysis", JASIS 41 (1990); randomised subspace iteration after Halko,
Martinsson and Tropp, "Finding structure with randomness", SIAM Review 53 (2011), algorithm 4.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from threadpoolctl import threadpool_limits

from setright.sift.errors import EncoderError
from setright.sift.settings import Vectors

T = TypeVar("T")
Codes = NDArray[np.uint32]

DIMS: Final = 256
_BITS: Final = 20
_PART: Final = 4096  # texts hashed or projected at a time
_SAMPLE: Final = 40_000  # texts the components are learned from
_FEATURES: Final = 65_536  # n-grams kept: those found in most texts
_MIN_TEXTS: Final = 2
_OVERSAMPLE: Final = 24
_ITERATIONS: Final = 3
_SPACE: Final = 32
_LETTER_GRAMS: Final = (3, 4, 5)
_IDEOGRAPH_GRAMS: Final = (1, 2, 3)
_IDEOGRAPHS: Final = ((0x2E80, 0x2FDF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))


def lsa(texts: Sequence[str], *, dims: int = DIMS, seed: int = 0, threads: int = 1) -> Vectors:
    """Learn components from `texts` and return the texts in them.

    Parameters
    ----------
    texts : sequence of str, length n
    dims : int
    seed : int
        Chooses the sample and the random start; two seeds give nearly the same space.
    threads : int
        Never changes a result.

    Returns
    -------
    ndarray of float32, shape (n, dims)
        Rows of length 1; a text without a known n-gram gets the first axis.
    """
    return Lsa(dims=dims, seed=seed, threads=threads).fit(texts).transform(texts)


@dataclass(frozen=True, slots=True)
class Components:
    """What `Lsa.fit` learned; plain arrays, to be kept with a result."""

    features: NDArray[np.int64]  # (f,) hashes, ascending
    idf: Vectors  # (f,)
    axes: Vectors  # (f, dims)


class Lsa:
    """Character n-gram TF-IDF and truncated singular value decomposition.

    Parameters
    ----------
    dims : int
        Width of the vectors; where fewer components exist the rest is zero.
    seed : int
    threads : int
        Never changes a result.
    components : Components, optional
        Of an earlier fit.
    """

    name = "lsa"

    def __init__(
        self, *, dims: int = DIMS, seed: int = 0, threads: int = 1, components: Components | None = None
    ) -> None:
        self.dims, self.seed, self.threads, self.components = dims, seed, max(1, threads), components

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors in the components of the last fit; the first call fits."""
        if self.components is None:
            self.fit(texts)
        return self.transform(texts)

    def fit(self, texts: Sequence[str]) -> Lsa:
        """Learn the components from at most 40,000 of the texts, drawn with the seed."""
        n = len(texts)
        rng = np.random.default_rng(self.seed)
        chosen = np.arange(n) if n <= _SAMPLE else np.sort(rng.choice(n, _SAMPLE, replace=False))
        with threadpool_limits(limits=1, user_api="blas"):
            counted = sparse.vstack(
                self._mapped(
                    lambda part: _counts([texts[i] for i in part]),
                    [chosen[a : a + _PART] for a in range(0, max(len(chosen), 1), _PART)],
                ),
                format="csr",
            )
            features, idf = _selected(counted)
            weighted = _weighted(counted, features, idf)
            self.components = Components(features, idf, self._axes(weighted, rng))
        return self

    def transform(self, texts: Sequence[str]) -> Vectors:
        """Return `texts` as unit rows, shape (n, dims)."""
        known = self.components
        if known is None:
            raise EncoderError("The encoder 'lsa' has learned no components yet; call fit first.")
        out = np.zeros((len(texts), self.dims), np.float32)
        width = known.axes.shape[1]

        def project(begin: int) -> None:
            part = _weighted(_counts(texts[begin : begin + _PART]), known.features, known.idf)
            rows = out[begin : begin + _PART]
            rows[:, :width] = part @ known.axes
            lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
            rows[lengths < 1e-6] = np.eye(1, self.dims, dtype=np.float32)
            rows /= np.where(lengths < 1e-6, np.float32(1), lengths)[:, None]

        self._mapped(project, range(0, len(texts), _PART))
        return out

    def _mapped(self, function: Callable[[Any], T], parts: Iterable[Any]) -> list[T]:
        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(function, parts))

    def _axes(self, x: sparse.csr_array, rng: np.random.Generator) -> Vectors:
        """Right singular vectors of x (n, f), strongest first, each with its largest entry positive."""
        width = min(self.dims, *x.shape)
        size = min(width + _OVERSAMPLE, *x.shape)
        if not size:
            return np.zeros((x.shape[1], 0), np.float32)
        parts = [x[a : a + _PART] for a in range(0, x.shape[0], _PART)]
        turned = x.T.tocsr()
        strips = [turned[a : a + _PART] for a in range(0, x.shape[1], _PART)]
        q: Vectors = rng.standard_normal((x.shape[1], size), dtype=np.float32)
        for _ in range(_ITERATIONS):
            y = self._product(parts, q)
            q = self._product(strips, _orthonormal(y))
            q = _orthonormal(q)
        if not q.shape[1]:  # every row is zero
            return q
        y = self._product(parts, q)
        _, vectors = linalg.eigh((y.T @ y).astype(np.float64))
        axes = np.ascontiguousarray((q @ vectors[:, ::-1].astype(np.float32))[:, :width])
        largest = axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])]
        return np.ascontiguousarray(axes * np.sign(largest))

    def _product(self, parts: list[sparse.csr_array], dense: Vectors) -> Vectors:
        return np.concatenate(self._mapped(lambda part: part @ dense, parts))


def _orthonormal(a: Vectors) -> Vectors:
    """Orthonormal columns that span those of a, by its Gram matrix: one pass where QR takes several."""
    if not a.shape[1]:
        return a
    values, vectors = linalg.eigh((a.T @ a).astype(np.float64))
    keep = values > values.max(initial=0) * 1e-6  # what is smaller is noise of float32
    scaled: Vectors = (vectors[:, keep] / np.sqrt(values[keep])).astype(np.float32)
    return a @ scaled


def _selected(counts: sparse.csr_array) -> tuple[NDArray[np.int64], Vectors]:
    """Choose the n-grams found in most texts, and weigh each by its rarity."""
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    least = min(_MIN_TEXTS, counts.shape[0])
    order = np.argsort(-frequency, kind="stable")[:_FEATURES]
    features = np.sort(order[frequency[order] >= max(least, 1)])
    idf = np.log((1 + counts.shape[0]) / (1 + frequency[features])) + 1
    return features, idf.astype(np.float32)


def _weighted(counts: sparse.csr_array, features: NDArray[np.int64], idf: Vectors) -> sparse.csr_array:
    """Sublinear TF-IDF rows of length 1 over the chosen features."""
    column = np.full(counts.shape[1], -1, np.int32)
    column[features] = np.arange(len(features), dtype=np.int32)
    found = column[counts.indices]
    keep = found >= 0
    data = (1 + np.log(counts.data[keep])) * idf[found[keep]]
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))[keep]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=counts.shape[0]))])
    lengths = np.sqrt(np.bincount(rows, weights=data * data, minlength=counts.shape[0]))
    data = (data / lengths[rows]).astype(np.float32)
    return sparse.csr_array((data, found[keep], indptr), shape=(counts.shape[0], len(features)))


def _counts(texts: Sequence[str]) -> sparse.csr_array:
    """How often each hashed n-gram stands in each text, shape (n, 2 ** 20).

    Letters give 3- to 5-grams that stay within a word and its two blanks; ideographs and kana, where a word is a
    character or two, give 1- to 3-grams.
    """
    codes, text = _codes(texts)
    ideograph = np.zeros(len(codes), np.bool_)
    for low, high in _IDEOGRAPHS:
        ideograph |= (codes >= low) & (codes <= high)
    keys = [
        (text[: len(hashed)][valid].astype(np.int64) << _BITS) | hashed[valid].astype(np.int64)
        for hashed, valid in _grams(codes, ideograph)
    ]
    found, times = np.unique(np.concatenate(keys), return_counts=True)
    indptr = np.searchsorted(found, np.arange(len(texts) + 1, dtype=np.int64) << _BITS)
    return sparse.csr_array(
        (times.astype(np.float32), (found & ((1 << _BITS) - 1)).astype(np.int32), indptr),
        shape=(len(texts), 1 << _BITS),
    )


def _codes(texts: Sequence[str]) -> tuple[Codes, NDArray[np.int32]]:
    """Code points of all texts in a row, one blank before, between and after their words; and the text of each."""
    padded = [f" {' '.join(text.lower().split())} " for text in texts]
    codes = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    lengths = np.fromiter(map(len, padded), np.int64, len(padded))
    return codes, np.repeat(np.arange(len(padded), dtype=np.int32), lengths)


def _grams(codes: Codes, ideograph: NDArray[np.bool_]) -> Iterable[tuple[Codes, NDArray[np.bool_]]]:
    """Hash every window of every length, and tell which windows count."""
    blank = codes == _SPACE
    n = len(codes)
    rolled = np.zeros(n, np.uint32)
    inside = np.ones(n, np.bool_)  # no blank but at either end
    ideographs, letters = np.ones(n, np.bool_), np.ones(n, np.bool_)
    for size in range(1, max(_LETTER_GRAMS) + 1):
        m = max(n - size + 1, 0)
        last = slice(size - 1, size - 1 + m)
        rolled = rolled[:m] * np.uint32(0x01000193) + _mixed(codes[last])
        if size > 2:
            inside = inside[:m] & ~blank[size - 2 : size - 2 + m]
        inside = inside[:m]
        ideographs = ideographs[:m] & ideograph[last]
        letters = letters[:m] & ~ideograph[last]
        valid = np.zeros(m, np.bool_)
        if size in _LETTER_GRAMS:
            valid |= letters
        if size in _IDEOGRAPH_GRAMS:
            valid |= ideographs
        ends = blank[:m] & blank[last] if size < 3 else np.zeros(m, np.bool_)
        yield (_mixed(rolled + np.uint32(size)) >> np.uint32(32 - _BITS)), valid & inside & ~ends


def _mixed(values: Codes) -> Codes:
    """Scatter 32-bit values (the finaliser of a multiplicative hash: xor-shift, multiply, xor-shift)."""
    x = values.astype(np.uint32)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))
