"""Embed: texts become vectors in which near means alike."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import linalg
from threadpoolctl import threadpool_limits

from setright.sift.cluster import Spread, is_cluster
from setright.sift.encoders.lsa import Components, Lsa
from setright.sift.encoders.use import Use
from setright.sift.errors import EncoderError, SettingsError
from setright.sift.settings import Encoder, Settings, Vectors

Halves = NDArray[np.float16]

NAMES: Final = ("use", "lsa", "minilm", "e5")
DIMS: Final = 256
_LSA_WEIGHT: Final = np.float32(0.5)
_TOLERANCE: Final = 1e-2  # of a row's length: encoders that answer in half precision pass
_PART: Final = 8_192  # rows joined at a time
_LEARNED: Final = 10  # parts the axes are learned from: eighty thousand rows settle the directions of 768
_SLICE: Final = 32_768  # texts handed to an encoder at a time: the Python strings alive at once


def encoder(named: str | Encoder, threads: int) -> Encoder:
    """Find the encoder of that name, or pass an object through; on a cluster, one that its workers share.

    Parameters
    ----------
    named : str or Encoder
        "use", "lsa", "minilm", "e5", a folder with a sentence-transformers model, or an object.
    threads : int
        Workers of a named encoder.

    Raises
    ------
    EncoderError
        The encoder is known but what it needs is not installed.
    SettingsError
        No encoder has that name.
    """
    if not isinstance(named, str):
        return named
    found = named_encoder(named, threads)
    return Spread(found, named) if is_cluster() and found.name != "lsa" else found


def named_encoder(named: str, threads: int) -> Encoder:
    """The encoder of that name, to run in this process."""
    if named == "use":
        return Use(threads)
    if named == "lsa":
        return Lsa(threads=threads)
    if named == "minilm":
        from setright.sift.encoders.minilm import MiniLm  # noqa: PLC0415 - only who asks for it pays for loading

        return MiniLm(threads)
    if named == "e5":
        from setright.sift.encoders.e5 import E5  # noqa: PLC0415 - as above

        return E5(threads)
    if Path(named).is_dir():
        from setright.sift.encoders.local import Local  # noqa: PLC0415 - as above

        return Local(Path(named), threads)
    raise SettingsError(f"no encoder is called {named!r}; take one of {', '.join(NAMES)}, or a folder with a model")


def embed(texts: pa.Array | pa.ChunkedArray | Sequence[str], settings: Settings) -> Vectors:
    """Vectors of the texts: the encoder's, centred, joined with half as much of character n-grams.

    What people mean comes from the encoder, what they call it (names, numbers, error codes, spellings) from the
    n-grams (`encoders.lsa`), learned from these very texts. The encoder "lsa" stands alone.

    Parameters
    ----------
    texts : array or sequence of str, length n
    settings : Settings
        `encoder`, `seed` and `n_threads` are read.

    Returns
    -------
    ndarray of float32, shape (n, d)
        Rows of length 1; the same bytes whatever the number of threads. d = 256, the joint space's strongest axes,
        where there are more than 512 texts; else all axes (768 with "use").

    Raises
    ------
    EncoderError
        The encoder is not installed, or its answer is no array of unit rows.

    Notes
    -----
    Memory: about 2 700 bytes a text with "use" beside the encoder's own. Leaving out the weakest axes costs nothing:
    the share of the 15 nearest texts with the same label went from .714 to .715 (banking77), .775 to .782 (clinc150),
    .914 to .914 (googlenews), .811 to .818 (stackoverflow), .696 to .698 (thucnews); half precision between the steps
    changed no fourth digit.
    """
    return embedded(texts, settings)[0]


@dataclass(frozen=True, slots=True)
class Space:
    """What a run's vectors are told along; plain arrays, so that later texts can be placed among the earlier.

    Parameters
    ----------
    mean : float32 array of shape (w,)
        Of the encoder's rows; w = 0 for the encoder "lsa", which stands alone.
    features, idf, components
        As `lsa.Components` has them: int64 (f,), float32 (f,), float32 (f, c).
    axes : float32 array of shape (w + 256, 256)
        The joint space's strongest axes; no column where all axes are kept.
    """

    mean: Vectors
    features: NDArray[np.int64]
    idf: Vectors
    components: Vectors
    axes: Vectors

    def to_bytes(self) -> bytes:
        out = io.BytesIO()
        np.savez(out, **{field.name: getattr(self, field.name) for field in fields(self)})
        return out.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Space:
        with np.load(io.BytesIO(data), allow_pickle=False) as part:
            return cls(**{field.name: part[field.name] for field in fields(cls)})

    def spelling(self, settings: Settings) -> Lsa:
        known = Components(self.features, self.idf, self.components)
        return Lsa(seed=settings.seed, threads=settings.n_threads, components=known)


_NOTHING: Final = np.zeros(0, np.float32)
_ALL_AXES: Final = np.zeros((0, 0), np.float32)


def embedded(
    texts: pa.Array | pa.ChunkedArray | Sequence[str], settings: Settings, space: Space | None = None
) -> tuple[Vectors, Space]:
    """Vectors as `embed` gives them, with the space they lie in; or placed in the space of an earlier run.

    Parameters
    ----------
    texts, settings
        As for `embed`.
    space : Space, optional
        Of an earlier run with the same encoder: nothing is learned from `texts`, each lies where it would have lain.
    """
    found = encoder(settings.encoder, settings.n_threads)
    if len(texts) == 0 and space is None:
        return np.empty((0, 0), np.float32), Space(_NOTHING, np.zeros(0, np.int64), _NOTHING, _ALL_AXES, _ALL_AXES)
    model = space.spelling(settings) if space else _fitted(texts, settings)
    if found.name == "lsa":
        return _spelled(texts, model, np.float32), _space(_NOTHING, model, _ALL_AXES)
    meaning, mean = _encoded(texts, found) if len(texts) else (_no_rows(space), _NOTHING)
    joint = _Joint(meaning, mean if space is None else space.mean, _spelled(texts, model, np.float16))
    axes = _axes(joint, settings.n_threads) if space is None else space.axes
    return _projected(joint, axes, settings.n_threads), _space(joint.mean, model, axes)


def _no_rows(space: Space | None) -> Halves:
    assert space is not None  # noqa: S101 - without a space there was an answer above
    return np.zeros((0, len(space.mean)), np.float16)


def _space(mean: Vectors, model: Lsa, axes: Vectors) -> Space:
    known = model.components
    assert known is not None  # noqa: S101 - it was fitted or given
    return Space(mean, known.features, known.idf, known.axes, axes)


@dataclass(frozen=True, slots=True)
class _Joint:
    """Both halves in half precision; their join is only ever made for some rows."""

    meaning: Halves
    mean: Vectors
    spelling: Halves

    def rows(self, begin: int, end: int) -> Vectors:
        meaning = _unit(self.meaning[begin:end].astype(np.float32) - self.mean)
        spelling = self.spelling[begin:end].astype(np.float32)
        return _unit(np.concatenate([meaning, _LSA_WEIGHT * spelling], axis=1))


def _axes(joint: _Joint, threads: int) -> Vectors:
    """The strongest axes of the Gram matrix of all rows, or of parts spread evenly over them; none where few rows."""
    n, width = len(joint.meaning), joint.meaning.shape[1] + joint.spelling.shape[1]
    if n <= 2 * DIMS or width <= DIMS:
        return _ALL_AXES
    begins = range(0, n, _PART)
    learned = begins[:: -(-len(begins) // _LEARNED)]
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        gram = np.zeros((width, width))
        for part in pool.map(lambda begin: _gram(joint.rows(begin, begin + _PART)), learned):
            gram += part
        return _strongest(gram)


def _projected(joint: _Joint, axes: Vectors, threads: int) -> Vectors:
    if not axes.size:
        return joint.rows(0, len(joint.meaning))
    out = np.empty((len(joint.meaning), DIMS), np.float32)

    def project(begin: int) -> None:
        out[begin : begin + _PART] = _unit(joint.rows(begin, begin + _PART) @ axes)

    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(project, range(0, len(out), _PART)):
            pass
    return out


def _gram(rows: Vectors) -> Vectors:
    return rows.T @ rows


def _strongest(gram: NDArray[np.float64]) -> Vectors:
    """Eigenvectors of the largest eigenvalues as columns, each with its largest entry positive."""
    width = len(gram)
    axes = linalg.eigh(gram, subset_by_index=(width - DIMS, width - 1))[1][:, ::-1]
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(DIMS)])
    return np.ascontiguousarray(axes * signs, dtype=np.float32)


def _listed(texts: Any, begin: int, end: int) -> list[str]:
    part = texts[begin:end]
    return part.to_pylist() if isinstance(part, pa.Array | pa.ChunkedArray) else list(part)


def _encoded(texts: Any, found: Encoder) -> tuple[Halves, Vectors]:
    """The encoder's rows, and their mean."""
    n = len(texts)
    first = _answer(texts, 0, found)
    out, total = np.empty((n, first.shape[1]), np.float16), np.zeros(first.shape[1])
    for begin in range(0, n, _SLICE):
        vectors = _answer(texts, begin, found) if begin else first
        if vectors.shape[1] != out.shape[1]:
            raise EncoderError(f"The encoder {found.name!r} answered with rows of different width.")
        out[begin : begin + len(vectors)] = vectors
        total += vectors.sum(axis=0, dtype=np.float64)
    if found.name == "use":
        found.encode([])  # it lets go of what it keeps between calls: grouping needs the memory
    return out, (total / n).astype(np.float32)


def _answer(texts: Any, begin: int, found: Encoder) -> Vectors:
    part = _listed(texts, begin, begin + _SLICE)
    return _checked(found.encode(part), len(part), found.name)


def _fitted(texts: Any, settings: Settings) -> Lsa:
    return Lsa(seed=settings.seed, threads=settings.n_threads).fit(_listed(texts, 0, len(texts)))


def _spelled(texts: Any, model: Lsa, dtype: Any) -> Any:
    out = np.empty((len(texts), model.dims), dtype)
    for begin in range(0, len(texts), _SLICE):
        out[begin : begin + _SLICE] = model.transform(_listed(texts, begin, begin + _SLICE))
    return out


def _checked(vectors: Any, n: int, name: str) -> Vectors:
    """Refuse what is no float array of n finite unit rows, saying what it is instead."""
    remedy = f"; it must return a float32 array of {n} rows of length 1"
    if not isinstance(vectors, np.ndarray) or vectors.ndim != 2 or not np.issubdtype(vectors.dtype, np.floating):
        raise EncoderError(f"The encoder {name!r} did not answer with a two-dimensional float array{remedy}.")
    if len(vectors) != n or not vectors.shape[1]:
        raise EncoderError(f"The encoder {name!r} answered {n} texts with shape {vectors.shape}{remedy}.")
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    wrong = np.flatnonzero(~(np.abs(lengths - 1) <= _TOLERANCE))  # a NaN is wrong, too
    if len(wrong):
        told = f"text {wrong[0]} with a row of length {lengths[wrong[0]]:.3f}"
        raise EncoderError(f"The encoder {name!r} answered {told}{remedy}.")
    return vectors.astype(np.float32, copy=False)


def _unit(vectors: Vectors) -> Vectors:
    """Scale rows to length 1, in place; a row of zeros (one text alone, after centring) becomes the first axis."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    nothing = lengths < 1e-6
    vectors[nothing] = np.eye(1, vectors.shape[1], dtype=np.float32)
    lengths[nothing] = 1
    vectors /= lengths[:, None]
    return vectors
