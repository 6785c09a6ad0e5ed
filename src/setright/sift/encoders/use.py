"""The multilingual Universal Sentence Encoder, with what texts share computed once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from setright.sift.encoders.use_net import CNN, ORDERS, TILE, WIDTH, Ids, Pairs, Types, filters, tokenizer, weights
from setright.sift.settings import Vectors

_CHUNK: Final = 1 << 18  # tokens laid out at a time: bounds the pairs kept
_TILES: Final = 384  # tiles of one pass: its activations stay in the cache that cores share
_BLOCK: Final = 96  # tiles multiplied at a time: theirs stay in a core's own
_EDGE: Final = 2  # positions that the widest window reaches beyond its own, on either side
_DENSE: Final = 128  # texts that pass the last layers at a time
_TOKENIZE: Final = 16_384  # texts per call of the tokenizer: bounds the Python integers alive at once


@dataclass(frozen=True)
class _Layout:
    """A chunk's tokens in a row, every text from a multiple of `TILE` on, as windows and passes need them."""

    n_tiles: NDArray[np.int64]  # of each text
    ends: NDArray[np.int64]  # tiles up to and with each text
    lengths: Ids  # tokens of each text
    rows: Ids  # of `Types`, at each position; `_EDGE + TILE` of padding before the first and behind the last
    opens: NDArray[np.bool_]  # whether a tile is its text's first
    closes: NDArray[np.bool_]

    @classmethod
    def of(cls, token_rows: Ids, lengths: Ids) -> _Layout:
        n_tiles = -(-(lengths.astype(np.int64) + _EDGE) // TILE)
        ends = np.cumsum(n_tiles)
        total = int(ends[-1])
        shift = (ends - n_tiles) * TILE - (np.cumsum(lengths, dtype=np.int64) - lengths)
        rows = np.zeros(total * TILE + 2 * (_EDGE + TILE), np.int32)
        rows[_EDGE + TILE + np.arange(len(token_rows)) + np.repeat(shift, lengths)] = token_rows
        opens, closes = np.zeros(total, np.bool_), np.zeros(total, np.bool_)
        opens[ends - n_tiles] = closes[ends - 1] = True
        return cls(n_tiles, ends, lengths, rows, opens, closes)

    def passes(self) -> Iterator[_Pass]:
        """Whole texts while they fit; one that never fits goes alone, in parts cut where its own length says."""
        first, n = 0, len(self.ends)
        while first < n:
            begin = int(self.ends[first] - self.n_tiles[first])
            last = max(int(np.searchsorted(self.ends, begin + _TILES, "right")), first + 1)
            end = int(self.ends[last - 1])
            for at in range(begin, end, _TILES):
                yield _Pass(first, last, at, min(at + _TILES, end))
            first = last


@dataclass(frozen=True, slots=True)
class _Pass:
    """Texts `first` to `last` of a chunk, at its tiles `begin` to `end`."""

    first: int
    last: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Some texts, laid out, and what is known of their tokens and pairs of tokens."""

    types: Types
    pairs: Pairs
    laid: _Layout
    pair: Ids  # of `pairs`, at each position
    sums: Vectors  # (texts, 1280)


class _Worker:
    """One thread's buffers, and the passes over some tiles."""

    def __init__(self) -> None:
        n = _TILES * TILE
        widest = TILE + max(n for n, _ in ORDERS) - 1
        self.h = np.zeros((n + 2 * TILE + 1, CNN), np.float32)  # the last row stays zero: what lies outside a text
        self.c = [np.empty((n, CNN), np.float32) for _ in ORDERS]
        self.taken = np.empty((n, CNN), np.float32)
        self.windows = np.zeros((_BLOCK * widest, CNN), np.float32)
        self.before = np.empty((widest, _BLOCK, CNN), np.float32)
        self.after = np.empty_like(self.before)

    def add(self, chunk: _Chunk, task: _Pass) -> None:
        """Add the task's normalised features, projected where already possible, to its texts' sums."""
        types, laid = chunk.types, chunk.laid
        n = (task.end - task.begin) * TILE
        start = task.begin * TILE + _EDGE + TILE
        own = laid.rows[start : start + n]
        chunk.pairs.second(chunk.pair[start : start + n + 1], self.c[0][:n], self.taken[:n])
        for i in range(1, len(ORDERS)):
            self._branch(i, types, laid, task)
        weight, mean = self._scales(types, own)
        where = np.flatnonzero(own)
        bounds = np.clip(laid.ends[task.first : task.last], task.begin, task.end) * TILE - task.begin * TILE
        indptr = np.append(0, np.searchsorted(where, bounds))
        data = weight[where]
        pick = sparse.csr_array((data, where, indptr), shape=(len(bounds), n))
        by_type = sparse.csr_array((data, own[where], indptr), shape=(len(bounds), len(types.out)))
        rows = chunk.sums[task.first : task.last]
        rows[:, :WIDTH] += by_type @ types.out
        rows[:, :WIDTH] -= np.add.reduceat(data * mean[where], indptr[:-1])[:, None] * weights().mean_out
        for i, c in enumerate(self.c):
            rows[:, WIDTH + i * CNN : WIDTH + (i + 1) * CNN] += pick @ c[:n]

    def _branch(self, i: int, types: Types, laid: _Layout, task: _Pass) -> None:
        """Both convolutions of one order into its `c`."""
        (_, left), n_tiles = ORDERS[i], task.end - task.begin
        edge = task.begin * TILE + _EDGE
        step = _BLOCK * TILE
        n = (n_tiles + 2) * TILE
        for at in range(0, n, step):
            m = min(step, n - at)
            types.first(i, laid.rows[edge + at - left :][: m + ORDERS[i][0] - 1], self.h[at : at + m], self.taken[:m])
        windows = self._windows(i, laid, task)
        bias = weights().second_bias[i]
        for at in range(0, n_tiles, _BLOCK):
            c = self.c[i][at * TILE : (at + _BLOCK) * TILE]
            self._second(i, windows[at : at + _BLOCK], c)
            c += bias
            np.maximum(c, 0, out=c)
            c += self.h[(at + 1) * TILE :][: len(c)]

    def _windows(self, i: int, laid: _Layout, task: _Pass) -> NDArray[np.int64]:
        """Rows of `h` that each tile's outputs see, (tiles, width); the zero row outside of the tile's text."""
        (n, left), zero = ORDERS[i], len(self.h) - 1
        tiles = slice(task.begin, task.end)
        rows = TILE * np.arange(1, task.end - task.begin + 1)[:, None] - left + np.arange(TILE + n - 1)
        rows[laid.opens[tiles], :left] = zero
        rows[laid.closes[tiles], left + TILE :] = zero
        return rows

    def _second(self, i: int, windows: NDArray[np.int64], c: Vectors) -> None:
        """Convolve a block's windows into `c`, by short filters."""
        short, width = filters(ORDERS[i][0]), windows.shape[1]
        # One shape whatever the number of tiles, so that a text's vector never hangs on its neighbours.
        held = self.windows[: _BLOCK * width].reshape(_BLOCK, width, CNN)
        np.take(self.h, windows, axis=0, out=held[: len(windows)], mode="clip")
        before, after = self.before[:width], self.after[:width]
        np.matmul(short.before.astype(np.float32), held, out=before.transpose(1, 0, 2))
        np.matmul(before, weights().second[i], out=after)
        np.matmul(short.after.astype(np.float32), after.transpose(1, 0, 2), out=c.reshape(-1, TILE, CNN))

    def _scales(self, types: Types, own: Ids) -> tuple[Vectors, Vectors]:
        moments = types.moments[own]
        total, square = moments[:, 0].copy(), moments[:, 1].copy()
        for c in self.c:
            total += c[: len(own)].sum(axis=1)
            square += np.einsum("ij,ij->i", c[: len(own)], c[: len(own)])
        size = np.float32(WIDTH + len(ORDERS) * CNN)
        mean = total / size
        variance = np.maximum(square / size - mean * mean, 0)
        return 1 / np.sqrt(variance + np.float32(weights().eps)), mean


def _finish(sums: Vectors, lengths: Ids) -> Vectors:
    """Pass summed features of (n, 1280) through the last layers to unit rows of (n, 512)."""
    w, n = weights(), len(sums)
    if n < _DENSE:
        sums = np.concatenate([sums, np.zeros((_DENSE - n, sums.shape[1]), np.float32)])
        lengths = np.concatenate([lengths, np.ones(_DENSE - n, lengths.dtype)])
    count = lengths.astype(np.float32)[:, None]
    x = sums[:, WIDTH:] @ w.features_out
    x += sums[:, :WIDTH]
    x += count * w.bias_out
    x /= np.sqrt(count)
    d = w.dense
    y = np.maximum(np.maximum(x @ d["d0"], 0) @ d["d1"] + x @ d["p1"], 0)
    z = np.tanh(np.maximum(y @ d["d2"], 0) @ d["d3"] + y @ d["p3"])
    z /= np.sqrt(np.maximum(np.einsum("ij,ij->i", z, z), np.float32(w.eps)))[:, None]
    return z[:n]


class Use:
    """Google's Universal Sentence Encoder, multilingual, version 3, from the package's weights, on the CPU.

    Parameters
    ----------
    threads : int
        Workers, each with one BLAS thread. Never changes a result.
    """

    name = "use"

    def __init__(self, threads: int = 1) -> None:
        self.threads = max(1, threads)
        self._rest()

    def _rest(self) -> None:
        self._types: Types | None = None
        self._pairs = Pairs()
        self._workers: list[_Worker] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts.

        What is known of token types, and the memory to work in, is kept for the next call: up to 1 GB. A call with no
        texts lets go of it.
        """
        if not len(texts):
            self._rest()
        elif self._types is None:
            self._types, self._workers = Types(), [_Worker() for _ in range(self.threads)]
        vectors = np.empty((len(texts), WIDTH), np.float32)
        ids, lengths = self._tokens(texts)
        ends = np.cumsum(lengths, dtype=np.int64)
        first = begin = 0
        with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(self.threads) as pool:
            while first < len(texts):
                last = max(int(np.searchsorted(ends, begin + _CHUNK, "right")), first + 1)
                end = int(ends[last - 1])
                self._encode(ids[begin:end], lengths[first:last], vectors[first:last], pool)
                first, begin = last, end
        return vectors

    def _encode(self, ids: Ids, lengths: Ids, vectors: Vectors, pool: ThreadPoolExecutor) -> None:
        """Fill in the vectors of a chunk's texts."""
        types = self._types
        assert types is not None  # noqa: S101 - `encode` saw to it
        types.hold(ids, pool)
        laid = _Layout.of(types.row_of[ids], lengths)
        sums = np.zeros((len(lengths), WIDTH + len(ORDERS) * CNN), np.float32)
        chunk = _Chunk(types, self._pairs, laid, self._pairs.hold(types, laid.rows, pool), sums)

        def run(tasks: list[_Pass]) -> None:
            worker = self._workers.pop()
            for task in tasks:
                worker.add(chunk, task)
            self._workers.append(worker)

        def finish(at: int) -> None:
            vectors[at : at + _DENSE] = _finish(sums[at : at + _DENSE], lengths[at : at + _DENSE])

        # The parts of one text are added up by one worker, in their order.
        together = [list(tasks) for _, tasks in groupby(laid.passes(), key=lambda task: task.first)]
        for _ in pool.map(run, together):
            pass
        for _ in pool.map(finish, range(0, len(lengths), _DENSE)):
            pass

    def _tokens(self, texts: Sequence[str]) -> tuple[Ids, Ids]:
        parts, lengths = [np.empty(0, np.int32)], np.empty(len(texts), np.int32)
        for begin in range(0, len(texts), _TOKENIZE):
            part = list(texts[begin : begin + _TOKENIZE])
            lists = tokenizer().encode(part, out_type=int, add_bos=True, add_eos=True, num_threads=self.threads)
            lengths[begin : begin + len(lists)] = [len(one) for one in lists]
            parts.append(np.fromiter((i for one in lists for i in one), np.int32))
        return np.concatenate(parts), lengths
