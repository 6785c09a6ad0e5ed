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
from scipy import sparse
from scipy.special import softmax

from setright.sift.kinds.features import MAX_CUE, Cues, Floats, Tokens, cue_matrix, run_matrix, runs, tokenised
from setright.sift.settings import Vectors
from setright.sift.tables import KINDS

Codes = NDArray[np.int8]
Doubles = NDArray[np.float64]

_MODEL: Final = "model.npz"
_CHUNK: Final = 1 << 15
_WHOSE: Final = ("alone", "beside")
_PARTS: Final = ("runs", "scale", "cues", "bias")
_PART: Final = 8_192  # rows weighed at a time, since they are widened to double for it

_NONE: Final = KINDS.index("none")
_PRAISE: Final = 1
_SIDE: Final = np.array([{"praise": _PRAISE, "question": 2}.get(kind, 0) for kind in KINDS], dtype=np.int8)
_SURE: Final = 0.95
"""So sure because the model answers for any text, news headlines included: at 0.6 it cut sound events in two
(googlenews: B-cubed .891 unsplit, .816 at 0.6, .878 at 0.95), while what patients praise and blame still parts."""
_FEWEST: Final = 3
_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Weights:
    """One multinomial logistic regression on hashed runs of tokens and on cues; classes as in `tables.KINDS`.

    `runs` int8 (N_BUCKETS, 5), to be multiplied by `scale`; `cues` float32 (f, 5); `bias` float32 (5,).
    """

    runs: NDArray[np.int8]
    scale: float
    cues: Floats
    bias: Floats

    def scores(self, hashed: sparse.csr_array, cued: Floats) -> Doubles:
        # in double, so that how the product is cut into blocks cannot show in what is returned
        told = cued.astype(np.float64) @ self.cues.astype(np.float64)
        return np.asarray(hashed @ (self.runs * np.float32(self.scale)) + told + self.bias, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class KindModel:
    """What tells kinds: `alone` by words alone, `beside` by words and the vectors of the encoder `settings.READS`.

    `vectors` float32 (512, 5) are the weights of those vectors in `beside`.
    """

    cues: Cues
    alone: Weights
    beside: Weights
    vectors: Floats

    def meaning(self, vectors: Vectors) -> Floats:
        """What vectors of the encoder `settings.READS` say about each kind: float32 (n, 5), a part of the log-odds."""
        weights, said = self.vectors.astype(np.float64), np.empty((len(vectors), len(KINDS)), np.float32)
        for begin in range(0, len(vectors), _PART):
            said[begin : begin + _PART] = vectors[begin : begin + _PART].astype(np.float64) @ weights
        return said

    def scores(self, tokens: Tokens, meaning: Floats | None = None) -> Doubles:
        """Log-odds of each kind, float64 (n, 5), before they are brought to sum to one."""
        run = runs(tokens, MAX_CUE)
        features = run_matrix(tokens, run), cue_matrix(tokens, self.cues, run)
        return self.alone.scores(*features) if meaning is None else self.beside.scores(*features) + meaning

    def to_bytes(self) -> bytes:
        out = io.BytesIO()
        parts = {f"{whose}_{part}": getattr(getattr(self, whose), part) for whose in _WHOSE for part in _PARTS}
        np.savez_compressed(
            out,
            cue_hash=self.cues.hash,
            cue_length=self.cues.length,
            cue_groups=self.cues.groups,
            cue_names=np.array(self.cues.names),
            vectors=self.vectors,
            **parts,
        )
        return out.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> KindModel:
        with np.load(io.BytesIO(data), allow_pickle=False) as part:
            names = tuple(str(name) for name in part["cue_names"])
            alone, beside = (
                Weights(part[f"{w}_runs"], float(part[f"{w}_scale"]), part[f"{w}_cues"], part[f"{w}_bias"])
                for w in _WHOSE
            )
            cues = Cues(part["cue_hash"], part["cue_length"], part["cue_groups"], names)
            return cls(cues, alone, beside, part["vectors"])


@lru_cache(maxsize=1)
def shipped_model() -> KindModel:
    """The model in the package, read once; `benchmarks/train_kind.py` made it."""
    return KindModel.from_bytes(resources.files("setright.sift.kinds").joinpath(_MODEL).read_bytes())


def kinds(
    texts: Sequence[str] | pa.Array, *, meaning: Floats | None = None, model: KindModel | None = None
) -> tuple[Codes, Floats]:
    """Tell what each text does.

    Parameters
    ----------
    texts : sequence of str or Arrow string array, n points
        Matching forms (`clean.normalise`), on which the model was taught; text as written does, too. Any language;
        Chinese, English and German are known to the cues. A null or empty text is "none".
    meaning : float32 (n, 5), optional
        What the encoder's vectors of the same texts say: `KindModel.meaning`. Without it the words alone decide.
    model : KindModel, optional
        Another model than the shipped one.

    Returns
    -------
    codes : int8 (n,)
        Index into `tables.KINDS`.
    confidence : float32 (n,)
        The model's probability of that kind, in [0.2, 1].

    Raises
    ------
    ValueError
        `meaning` has not one row per text.

    Notes
    -----
    Deterministic, and a text's kind does not depend on the texts beside it. Time linear in the characters, about 70,000
    short texts a second on one core; memory is bounded by a chunk of 32,768 texts. Features: presence, number and
    place of hand-written cues (`kinds/cues.yaml`), negation before good and bad words, marks, length, hashed runs of
    one to three tokens (Weinberger et al. 2009, "Feature hashing", section 2), and with `meaning` the sentence vector.
    """
    model = shipped_model() if model is None else model
    column = texts if isinstance(texts, pa.Array | pa.ChunkedArray) else pa.array(texts, pa.large_string())
    if meaning is not None and len(meaning) != len(column):
        raise ValueError(f"meaning has {len(meaning)} rows for {len(column)} texts; give one row per text")
    codes = np.full(len(column), KINDS.index("none"), dtype=np.int8)
    confidence = np.ones(len(column), dtype=np.float32)
    for begin in range(0, len(column), _CHUNK):
        part = column.slice(begin, _CHUNK)
        tokens = tokenised(part.combine_chunks() if isinstance(part, pa.ChunkedArray) else part)
        heard = None if meaning is None else meaning[begin : begin + _CHUNK]
        chance = softmax(model.scores(tokens, heard), axis=1)
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
