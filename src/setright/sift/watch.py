"""Watch: what must be seen whatever its size (self-harm, danger, retaliation, corruption, discrimination)."""

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

from setright.sift import watches
from setright.sift.settings import READS, Encoder, Vectors
from setright.sift.watches.look import Lexicon, Look, Spot

Codes = NDArray[np.int8]
Numbers = NDArray[np.int32]
Floats = NDArray[np.float32]

SURE: Final = 0.5
"""From here on a text counts as watched."""

CUE_FROM: Final = np.float32(0.02)
HINT_FROM: Final = np.float32(0.25)
MEANING_FROM: Final = np.float32(0.8)
LIKE_FROM: Final = np.float32(0.8)
"""What the head must say of a lane beside a cue, beside a hint and alone; and the cosine to an example of a lane that
the head was not taught. Chosen on the development lines of tests/golden/watch_*.csv."""

_CUE_SURE: Final = np.float32(0.7)  # at least: so that of two lanes the one that was named has the text
_WORDS_ALONE: Final = np.float32(0.8)  # how sure a cue is where no vector can be read, or none was taught its lane
_LOOK: Final = np.float32(0.1)  # hints are looked for from here on
_MOST: Final = 3  # cues of one text weighed, in the order they stand
_AROUND: Final = (24, 80)  # letters on either side of a cue that say what it means: with ideographs, without
_SLICE: Final = 32_768


@dataclass(frozen=True)
class Watched:
    """What was found of each text.

    Parameters
    ----------
    lane : int8 array of shape (n,)
        Index into the lanes, -1 where none is touched.
    sure : float32 array of shape (n,)
        In [0, 1]; 0 where there is no lane. From `SURE` on the text is watched.
    cue : int32 array of shape (n,)
        Index into `Lexicon.cues`: what told. -1 where the meaning alone did, or nothing.
    """

    lane: Codes
    sure: Floats
    cue: Numbers

    def __len__(self) -> int:
        return len(self.lane)

    @classmethod
    def among(cls, is_old: NDArray[np.bool_], new: Watched) -> Watched:
        """The new texts among old ones, of which nothing is found: what an earlier run said of those stands."""
        lane, sure, cue = (np.full(len(is_old), empty, dtype) for empty, dtype in ((-1, "i1"), (0, "f4"), (-1, "i4")))
        lane[~is_old], sure[~is_old], cue[~is_old] = new.lane, new.sure, new.cue
        return cls(lane, sure, cue)


# ----------------------------------------------------------------------------------------------------------- meaning


@dataclass(frozen=True, slots=True)
class Head:
    """One multinomial logistic regression on sentence vectors: each lane of `codes`, and none.

    `weights` float32 (512, k + 1), `bias` float32 (k + 1,).
    """

    codes: tuple[str, ...]
    weights: Floats
    bias: Floats

    def chance(self, vectors: Vectors) -> Floats:
        """The chance of each lane, float32 (n, k)."""
        # in double, so that how the product is cut into blocks cannot show in what is returned
        scores = vectors.astype(np.float64) @ self.weights.astype(np.float64) + self.bias
        return np.asarray(softmax(scores, axis=1)[:, :-1], dtype=np.float32)


@lru_cache(maxsize=1)
def shipped_head() -> Head:
    """The head in the package, read once; `benchmarks/train_watch.py` made it."""
    data = resources.files("setright.sift.watches").joinpath("head.npz").read_bytes()
    with np.load(io.BytesIO(data), allow_pickle=False) as part:
        return Head(tuple(map(str, part["codes"])), part["weights"], part["bias"])


@dataclass(frozen=True)
class Meaning:
    """What vectors of the encoder `settings.READS` say about each lane.

    The head answers for the lanes it was taught. An example it was not taught, of a user's own file, counts by its
    cosine: from `LIKE_FROM` on it says what the head says from `MEANING_FROM` on.
    """

    lexicon: Lexicon
    examples: Vectors
    of: Numbers

    @classmethod
    def of_lexicon(cls, lexicon: Lexicon, model: Encoder) -> Meaning:
        """Encode the examples the head was not taught; with the shipped lanes there are none."""
        known = {text for lane in watches.load() for text in lane.examples}
        own = [(text, i) for i, lane in enumerate(lexicon.lanes) for text in lane.examples if text not in known]
        width = len(shipped_head().weights)
        vectors = model.encode([text for text, _ in own]) if own else np.zeros((0, width), dtype=np.float32)
        return cls(lexicon, vectors, np.array([i for _, i in own], dtype=np.int32))

    def chance(self, vectors: Vectors) -> Floats:
        """float32 (n, number of lanes)."""
        head = shipped_head()
        said = np.zeros((len(vectors), len(self.lexicon)), dtype=np.float32)
        at = [self.lexicon.codes.index(code) for code in head.codes if code in self.lexicon.codes]
        said[:, at] = head.chance(vectors)[:, [head.codes.index(self.lexicon.codes[i]) for i in at]]
        if len(self.of):
            like = vectors.astype(np.float64) @ self.examples.astype(np.float64).T
            for lane in np.unique(self.of):
                nearest = like[:, self.of == lane].max(axis=1).astype(np.float32)
                scaled = _scaled(nearest, LIKE_FROM) * MEANING_FROM / np.float32(SURE)
                said[:, lane] = np.maximum(said[:, lane], np.clip(scaled, 0, 1))
        return said


def heard_by_cue(keys: pa.LargeStringArray, meaning: Meaning, reader: Encoder) -> Floats:
    """What vectors say of the texts that hold a cue, for a run whose own vectors say nothing about the lanes.

    Parameters
    ----------
    keys : pyarrow.LargeStringArray of length n
    meaning : Meaning
    reader : Encoder
        The one that the head can read.

    Returns
    -------
    float32 array of shape (n, number of lanes)
        0 for texts without a cue: what is only meant is not heard then.
    """
    held = np.zeros(len(keys), np.bool_)
    for look in meaning.lexicon.looks:
        held |= look.candidates(keys)
    said = np.zeros((len(keys), len(meaning.lexicon)), dtype=np.float32)
    said[held] = _heard(keys.filter(pa.array(held)), meaning, reader)
    return said


# ---------------------------------------------------------------------------------------------------------- all of it


def watched(
    keys: pa.LargeStringArray, lexicon: Lexicon, *, model: Encoder | None = None, chance: Floats | None = None
) -> Watched:
    """Tell which texts are of a lane, and how surely.

    Parameters
    ----------
    keys : pyarrow.LargeStringArray of length n
        Matching forms (`clean.normalise`). A null or empty text is of no lane.
    lexicon : Lexicon
    model : Encoder, optional
        Where it is the one that the head can read, what stands around a cue is encoded to weigh it.
    chance : float32 array of shape (n, number of lanes), optional
        `Meaning.chance` of the vectors of the same texts. Without it the texts are encoded here, where the model can be
        read.

    Returns
    -------
    Watched

    Raises
    ------
    ValueError
        `chance` has another shape.

    Notes
    -----
    A cue counts unless a benign phrase touches it or the head sees nothing of the lane around it (chance below
    `CUE_FROM`); a hint counts where the head half agrees (`HINT_FROM`), and meaning alone where it is quite sure
    (`MEANING_FROM`). A cue that counts is at least .7 sure, the others `SURE`, and sureness grows with the chance.
    Where no vector can be read, or none was
    taught a lane, a cue is .8 sure and hints are silent. Of several lanes the surest has the text, of
    equals the first.

    Deterministic, and a text's lane does not depend on the texts beside it. Linear: one pass of RE2 over all texts for
    each lane (Cox 2010, "Regular expression matching in the wild": time linear in the text), then cue by cue over the
    few that hold an anchor.
    """
    reads = model is not None and model.name == READS
    if chance is None and reads and model is not None:
        chance = _heard(keys, Meaning.of_lexicon(lexicon, model), model)
    if chance is not None and chance.shape != (len(keys), len(lexicon)):
        raise ValueError(f"chance has shape {chance.shape}; give {(len(keys), len(lexicon))}")
    sure = np.zeros((len(keys), len(lexicon)), dtype=np.float32)
    cue = np.full(sure.shape, -1, dtype=np.int32)
    found: list[_Found] = []
    for lane, look in enumerate(lexicon.looks):
        if chance is not None:
            sure[:, lane] = _scaled(chance[:, lane], MEANING_FROM)
        found += _found(keys, lane, look, chance)
    for each, weight in zip(found, _weights(found, lexicon, model if reads else None, chance), strict=True):
        if weight > sure[each.text, each.lane] or (weight >= SURE and cue[each.text, each.lane] < 0):
            sure[each.text, each.lane] = max(weight, sure[each.text, each.lane])
            cue[each.text, each.lane] = each.spot.cue
    best = sure.argmax(axis=1) if len(lexicon) else np.zeros(len(keys), dtype=np.int64)
    at = np.arange(len(keys))
    surest = sure[at, best]
    is_some = surest >= SURE
    return Watched(
        lane=np.where(is_some, best, -1).astype(np.int8),
        sure=np.where(is_some, surest, 0).astype(np.float32),
        cue=np.where(is_some, cue[at, best], -1).astype(np.int32),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A cue in a text, and what stands around it; "" where that is the whole text."""

    text: int
    lane: int
    spot: Spot
    around: str


def _found(keys: pa.LargeStringArray, lane: int, look: Look, chance: Floats | None) -> list[_Found]:
    held = look.candidates(keys)
    if chance is not None:
        held |= chance[:, lane] >= _LOOK
    at = np.flatnonzero(held)
    found = []
    for i, text in zip(at.tolist(), keys.take(pa.array(at)).to_pylist(), strict=True):
        spots = [spot for spot in look.spots(text or "") if chance is not None or not spot.hint]
        found += [_Found(i, lane, spot, _around(text, spot)) for spot in spots[:_MOST]]
    return found


def _around(text: str, spot: Spot) -> str:
    wide = _AROUND[text.isascii()]
    if len(text) <= spot.end - spot.start + 2 * wide:
        return ""
    return text[max(spot.start - wide, 0) : spot.end + wide]


def _weights(found: Sequence[_Found], lexicon: Lexicon, model: Encoder | None, chance: Floats | None) -> list[float]:
    """How sure each is: by what stands around it, or the whole text where that is more."""
    if chance is None:
        return [float(_WORDS_ALONE)] * len(found)
    said: dict[str, Floats] = {}
    if model is not None:
        texts = sorted({each.around for each in found} - {""})
        meaning = Meaning.of_lexicon(lexicon, model)
        for begin in range(0, len(texts), _SLICE):
            part = texts[begin : begin + _SLICE]
            said |= dict(zip(part, meaning.chance(model.encode(part)), strict=True))
    nothing = np.zeros(len(lexicon), dtype=np.float32)
    untaught = {
        i for i, lane in enumerate(lexicon.lanes) if lane.code not in shipped_head().codes and not lane.examples
    }
    weights = []
    for each in found:
        told = np.maximum(chance[each.text, each.lane], said.get(each.around, nothing)[each.lane])
        alone = 0.0 if each.spot.hint else float(_WORDS_ALONE)
        weights.append(alone if each.lane in untaught else _sureness(told, each.spot.hint))
    return weights


def _sureness(told: np.float32, hint: bool) -> float:
    if hint:
        return float(_scaled(np.asarray(told), HINT_FROM))
    return float(_CUE_SURE + (1 - _CUE_SURE) * told) if told >= CUE_FROM else 0.0


def _heard(keys: pa.LargeStringArray, meaning: Meaning, reader: Encoder) -> Floats:
    said = [np.zeros((0, len(meaning.lexicon)), dtype=np.float32)]
    for begin in range(0, len(keys), _SLICE):
        texts = [text or "" for text in keys.slice(begin, _SLICE).to_pylist()]
        said.append(meaning.chance(reader.encode(texts)))
    return np.concatenate(said)


def _scaled(chance: Floats, start: np.float32) -> Floats:
    """Sureness: 0 at no chance, `SURE` at `start`, 1 at certainty."""
    below, above = chance / start, (chance - start) / (1 - start)
    return np.where(chance < start, SURE * below, SURE + (1 - SURE) * above).astype(np.float32)
