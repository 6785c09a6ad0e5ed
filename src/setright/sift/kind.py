"""What each person does with a sentence: complain, suggest, praise, ask, or none of these; and groups that mix them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import softmax

from setright.sift.kinds.features import MAX_CUE, Cues, Floats, Tokens, cue_matrix, run_matrix, runs, tokenised
from setright.sift.tables import KINDS

Codes = NDArray[np.int8]

_MODEL: Final = "model.npz"
_CHUNK: Final = 1 << 15

_NONE: Final = KINDS.index("none")
_PRAISE: Final = 1
_SIDE: Final = np.array([{"praise": _PRAISE, "question": 2}.get(kind, 0) for kind in KINDS], dtype=np.int8)
_SURE: Final = 0.95
"""So sure because the model answers for any text, news headlines included: at 0.6 it cut sound events in two
(googlenews: B-cubed .891 unsplit, .816 at 0.6, .878 at 0.95), while what patients praise and blame still parts."""
_FEWEST: Final = 3
_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True)
class KindModel:
    """A multinomial logistic regression on hashed runs of tokens and on cues.

    `run_weights` int8 (N_BUCKETS, 5), to be multiplied by `run_scale`; `cue_weights` float32 (f, 5); `bias` float32
    (5,); classes in the order of `tables.KINDS`.
    """

    cues: Cues
    run_weights: NDArray[np.int8]
    run_scale: float
    cue_weights: Floats
    bias: Floats

    def scores(self, tokens: Tokens) -> NDArray[np.float64]:
        """Log-odds of each kind, float64 (n, 5), before they are brought to sum to one."""
        run = runs(tokens, MAX_CUE)
        hashed = run_matrix(tokens, run) @ (self.run_weights * np.float32(self.run_scale))
        # in double, so that how the product is cut into blocks cannot show in what is returned
        cued = cue_matrix(tokens, self.cues, run).astype(np.float64) @ self.cue_weights.astype(np.float64)
        return np.asarray(hashed + cued + self.bias, dtype=np.float64)

    def to_bytes(self) -> bytes:
        out = io.BytesIO()
        np.savez_compressed(
            out,
            cue_hash=self.cues.hash,
            cue_length=self.cues.length,
            cue_groups=self.cues.groups,
            cue_names=np.array(self.cues.names),
            run_weights=self.run_weights,
            run_scale=np.float64(self.run_scale),
            cue_weights=self.cue_weights,
            bias=self.bias,
        )
        return out.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> KindModel:
        with np.load(io.BytesIO(data), allow_pickle=False) as part:
            names = tuple(str(name) for name in part["cue_names"])
            return cls(
                cues=Cues(part["cue_hash"], part["cue_length"], part["cue_groups"], names),
                run_weights=part["run_weights"],
                run_scale=float(part["run_scale"]),
                cue_weights=part["cue_weights"],
                bias=part["bias"],
            )


@lru_cache(maxsize=1)
def shipped_model() -> KindModel:
    """The model in the package, read once; `benchmarks/train_kind.py` made it."""
    return KindModel.from_bytes(resources.files("setright.sift.kinds").joinpath(_MODEL).read_bytes())


def kinds(texts: Sequence[str] | pa.Array, *, model: KindModel | None = None) -> tuple[Codes, Floats]:
    """Tell what each text does.

    Parameters
    ----------
    texts : sequence of str or Arrow string array, n points
        As written, any language; Chinese, English and German are known to the cues. A null or empty text is "none".
    model : KindModel, optional
        Another model than the shipped one.

    Returns
    -------
    codes : int8 (n,)
        Index into `tables.KINDS`.
    confidence : float32 (n,)
        The model's probability of that kind, in [0.2, 1].

    Notes
    -----
    Deterministic, and a text's kind does not depend on the texts beside it. Time linear in the characters, about 70,000
    short texts a second on one core; memory is bounded by a chunk of 32,768 texts. Features: presence, number and
    place of hand-written cues (`kinds/cues.yaml`), negation before good and bad words, marks, length, and hashed runs
    of one to three tokens (Weinberger et al. 2009, "Feature hashing", section 2).
    """
    model = shipped_model() if model is None else model
    column = texts if isinstance(texts, pa.Array | pa.ChunkedArray) else pa.array(texts, pa.large_string())
    codes = np.full(len(column), KINDS.index("none"), dtype=np.int8)
    confidence = np.ones(len(column), dtype=np.float32)
    for begin in range(0, len(column), _CHUNK):
        part = column.slice(begin, _CHUNK)
        tokens = tokenised(part.combine_chunks() if isinstance(part, pa.ChunkedArray) else part)
        chance = softmax(model.scores(tokens), axis=1)
        spoken = np.flatnonzero(np.diff(tokens.first))
        codes[begin + spoken] = chance[spoken].argmax(axis=1)
        confidence[begin + spoken] = chance[spoken].max(axis=1)
    return codes, confidence


def split_mixed(
    problem: NDArray[np.int32],
    codes: Codes,
    confidence: Floats,
    weights: NDArray[np.int64],
) -> NDArray[np.int32]:
    """Part praise from trouble where a group holds a good deal of both.

    Parameters
    ----------
    problem : int32 (n,)
        The group of each text, -1 for none.
    codes, confidence : int8 (n,), float32 (n,)
        As `kinds` returns them.
    weights : int64 (n,)
        How many points each text stands for; at least 1.

    Returns
    -------
    int32 (n,)
        The same groups; where one was split, its smaller side has a new number, counted on from the largest, in the
        order of the groups. Texts that had no group have none still.

    Notes
    -----
    Two sides: praise, and trouble, which is complaint and suggestion. A group is split when each side has at least
    three texts known with a confidence of 0.95, and a quarter of the points of all that are known so well, questions
    among them. Only those texts move; what is unsure, or of no kind, stays with the larger side. Questions go with
    trouble: "my card has not arrived" and "where is my card?" are one problem, and are never parted. But they are no
    evidence of trouble: among people's queries ("find me a good hotel") a group is left whole. Deterministic, linear.
    """
    known = np.flatnonzero((problem >= 0) & (codes != _NONE) & (confidence >= _SURE))
    n_groups = int(problem.max(initial=-1)) + 1
    side = _SIDE[codes[known]]
    cell = problem[known].astype(np.int64) * 3 + side
    n_texts = np.bincount(cell, minlength=n_groups * 3).reshape(n_groups, 3)
    points = np.bincount(cell, weights=weights[known], minlength=n_groups * 3).reshape(n_groups, 3)
    mixed = (n_texts[:, :2].min(axis=1) >= _FEWEST) & (points[:, :2].min(axis=1) >= _SHARE * points.sum(axis=1))
    praise_is_larger = points[:, _PRAISE] > points.sum(axis=1) - points[:, _PRAISE]
    number = np.where(mixed, n_groups - 1 + np.cumsum(mixed), -1).astype(np.int32)
    moved = known[mixed[problem[known]] & ((side == _PRAISE) != praise_is_larger[problem[known]])]
    parted = problem.copy()
    parted[moved] = number[problem[moved]]
    return parted
