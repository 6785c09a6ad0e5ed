"""What `dedupe` compares texts by: shingles, their minima, and what may not differ between two texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from setright.sift.folding.codepoints import (
    BASE,
    PADS,
    PARTICLE,
    U32,
    U64,
    WORD,
    Codes,
    Ints,
    Mask,
    laid_out,
    marked,
    mixed,
    mixed32,
    ordered_hash,
    run_hashes,
    runs,
)
from setright.sift.folding.pivot import guard

SLOT_BITS: Final = 22
_TREES: Final = 8
_DEPTH: Final = 4  # minima a tree sorts by: three make its bucket, the fourth orders within
_LEAST_CHARS: Final = 8
_LEAST_WORDS: Final = 4


@dataclass(frozen=True, slots=True)
class Shingles:
    """The sets two texts are compared by: text i has `shingles[shingle_starts[i]:shingle_starts[i + 1]]`."""

    shingles: U32
    shingle_starts: Ints
    words: U32
    word_starts: Ints
    unspaced: Mask  # (n,) most letters are of a script without spaces: the shingles are the units


@dataclass(frozen=True, slots=True)
class Prints:
    """Fixed-size facts about n texts."""

    content: U64  # (n,) hash of the whole text
    core: U64  # (n,) hash of it without spaces, punctuation and particles
    guard: U64  # (n,) hash of its numbers, negations and opposites in any order
    short: Mask  # (n,) too short for similarity to mean anything
    minima: NDArray[np.uint8]  # (n, 32) eight bits of each minimum
    trees: U64  # (n, 8) bucket << 32 | order within it
    slots: U32  # slots of units that occur
    counts: Ints  # how often

    @staticmethod
    def joined(parts: Sequence[Prints]) -> Prints:
        """Facts about all the parts' texts, in order."""
        names = ("content", "core", "guard", "short", "minima", "trees")
        columns: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        counts = np.zeros(1 << SLOT_BITS, np.int64)
        for part in parts:
            counts[part.slots] += part.counts
        used = np.flatnonzero(counts)
        return Prints(**columns, slots=used.astype(np.uint32), counts=counts[used])

    def taken(self, order: Ints) -> Prints:
        """Facts about the same texts in another order."""
        names = ("content", "core", "guard", "short", "minima", "trees")
        columns: dict[str, Any] = {name: getattr(self, name)[order] for name in names}
        return Prints(**columns, slots=self.slots, counts=self.counts)

    def known(self, least: int) -> Mask:
        """Tell of each slot, shape (2 ** SLOT_BITS,), whether its units occur at least so often."""
        found = np.zeros(1 << SLOT_BITS, np.bool_)
        found[self.slots[self.counts >= least]] = True
        return found


def slot(units: U32) -> U32:
    """Slot each unit is counted in; two units may share one, which can only bar a fold, never cause one."""
    return units >> np.uint32(32 - SLOT_BITS)


def shingles(keys: pa.Array) -> Shingles:
    """Cut texts into what is compared (shingles) and what a corpus knows (units).

    A shingle is a pair of neighbouring characters where most letters belong to a script written without spaces, and
    three characters elsewhere. Units are the same pairs there, and words elsewhere.
    """
    codes = laid_out(keys)
    found, starts = _shingles(codes)
    return Shingles(found, starts, *_words(codes), codes.unspaced)


def prints(keys: pa.Array) -> Prints:
    """Print n texts: O(total characters) time and memory, deterministic, each text apart from the others."""
    codes = laid_out(keys)
    found, starts = _shingles(codes)
    minima, trees = _minima(found, starts)
    pivots = guard(codes)
    trees ^= (pivots & np.uint64(0xFFFFFFFF00000000))[:, None]
    slots, counts = np.unique(slot(_units(codes, found, starts)), return_counts=True)
    return Prints(
        content=ordered_hash(codes, np.ones(len(codes.text), np.bool_)),
        core=ordered_hash(codes, marked(codes, WORD) & ~marked(codes, PARTICLE)),
        guard=pivots,
        short=_too_short(codes),
        minima=minima,
        trees=trees,
        slots=slots,
        counts=counts,
    )


# ------------------------------------------------------------------------------------------------ shingles and minima


def _shingles(codes: Codes) -> tuple[U32, Ints]:
    """Hashes of the shingles.

    The zeros at a text's ends count, so that a change there weighs what one inside does; whatever is no word counts as
    a zero, so that swapped clauses have the same shingles.
    """
    text = np.where(marked(codes, WORD), codes.text, np.uint32(0))
    wide = np.append(np.repeat(~codes.unspaced, codes.sizes + PADS), False)
    found = text * np.uint32(0x9E3779B1)
    found[:-1] ^= mixed32(text[1:] + np.uint32(0x85EBCA77))
    found[:-2] ^= np.where(wide[:-2], mixed32(text[2:] * np.uint32(0xC2B2AE3D) + np.uint32(1)), np.uint32(0))
    counts = np.where(codes.unspaced, codes.sizes + 1, np.maximum(codes.sizes, 1))
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    place = np.arange(starts[-1]) + np.repeat(codes.starts - 1 - starts[:-1], counts)
    return mixed32(found[place]), starts


def _words(codes: Codes) -> tuple[U32, Ints]:
    begin, end = runs(marked(codes, WORD))
    owner = np.searchsorted(codes.starts, begin, side="right") - 1
    counts = np.bincount(owner, minlength=len(codes.starts))
    found = (run_hashes(codes.text, begin, end) >> np.uint64(32)).astype(np.uint32)
    return found, np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])


def _units(codes: Codes, found: U32, starts: Ints) -> U32:
    """Shingles of the texts without spaces, words of the others."""
    words, word_starts = _words(codes)
    is_unit = np.repeat(codes.unspaced, np.diff(starts))
    return np.concatenate([found[is_unit], words[~np.repeat(codes.unspaced, np.diff(word_starts))]])


def _minima(found: U32, starts: Ints) -> tuple[NDArray[np.uint8], U64]:
    """32 minima a text, and what its eight trees sort by."""
    n = len(starts) - 1
    minima = np.empty((n, _TREES * _DEPTH), np.uint8)
    trees = np.zeros((n, _TREES), np.uint64)
    multipliers = mixed(np.arange(1, _TREES * _DEPTH + 1, dtype=np.uint64) * np.uint64(BASE)).astype(np.uint32) | 1
    for place, multiplier in enumerate(multipliers):
        least = np.minimum.reduceat(_scattered(found, multiplier), starts[:-1])
        minima[:, place] = mixed32(least) & np.uint32(0xFF)
        tree, depth = divmod(place, _DEPTH)
        if depth < _DEPTH - 1:
            trees[:, tree] = mixed(trees[:, tree] ^ least)
        else:
            trees[:, tree] = trees[:, tree] >> np.uint64(32) << np.uint64(32) | least
    return minima, trees


def _scattered(found: U32, multiplier: np.uint32) -> U32:
    """Another order of the same shingles; the shift keeps multiples of one hash from sharing their minimum."""
    turned = found * multiplier
    return turned ^ (turned >> np.uint32(15))


def _too_short(codes: Codes) -> Mask:
    """Fewer than eight characters, or four words where words are spaced: one change there is a change of meaning."""
    said = marked(codes, WORD)
    n_chars = np.add.reduceat(said, codes.starts, dtype=np.int64)
    begins = np.zeros(len(said), np.bool_)
    begins[runs(said)[0]] = True
    n_words = np.add.reduceat(begins, codes.starts, dtype=np.int64)
    return np.where(codes.unspaced, n_chars < _LEAST_CHARS, (n_words < _LEAST_WORDS) | (n_chars < _LEAST_CHARS))
