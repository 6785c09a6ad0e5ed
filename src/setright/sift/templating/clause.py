"""Texts in clauses: where each stands, how much it says, and a hash of its letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Final

import numpy as np
import pyarrow as pa

from setright.sift.folding.codepoints import (
    U32,
    U64,
    UNSPACED,
    WORD,
    Ints,
    Mask,
    laid_out,
    marked,
    run_hashes,
    runs,
)

_N_CHUNK: Final = 1 << 14  # texts laid out at once
_MARKS: Final = np.array([ord(c) for c in "，。！？；：、,!?;:…\n\r\t\v\f\u0085\u2028\u2029"], np.uint32)
_STOP, _SPACE = ord("."), ord(" ")


@dataclass(frozen=True, slots=True)
class Clauses:
    """Every stretch between two punctuation marks that holds a letter, in order of text and place.

    Parameters
    ----------
    text : int64 array of shape (c,)
        The text it stands in.
    start, end : int64 arrays of shape (c,)
        Code points of the text, the end exclusive.
    size : int64 array of shape (c,)
        How much it says: one for an ideograph, two for a word.
    letters : uint64 array of shape (c,)
        Hash of its letters and digits, in lower case and half width.
    """

    text: Ints
    start: Ints
    end: Ints
    size: Ints
    letters: U64

    def taken(self, at: Ints | Mask) -> Clauses:
        return Clauses(*(getattr(self, f.name)[at] for f in fields(self)))

    @staticmethod
    def joined(parts: Sequence[Clauses]) -> Clauses:
        none = np.zeros(0, np.int64)
        empty = Clauses(none, none, none, none, none.astype(np.uint64))
        return Clauses(*(np.concatenate([getattr(part, f.name) for part in (empty, *parts)]) for f in fields(empty)))


def clauses(texts: pa.Array) -> Clauses:
    """The clauses of n texts, none null.

    Notes
    -----
    Deterministic, linear; about 0.3 s for 100,000 short texts.
    """
    return Clauses.joined([_clauses(texts.slice(at, _N_CHUNK), at) for at in range(0, len(texts), _N_CHUNK)])


def _clauses(texts: pa.Array, first: int) -> Clauses:
    codes = laid_out(texts)
    start, end = runs(~_between(codes.text))
    text = np.searchsorted(codes.starts, start, "right") - 1
    word = marked(codes, WORD)
    before = _counted(word)
    spelt = word & ~marked(codes, UNSPACED)
    begins = spelt.copy()
    begins[1:] &= ~spelt[:-1]
    wide, words = _counted(word & ~spelt), _counted(begins)
    size = wide[end] - wide[start] + 2 * (words[end] - words[start])
    letters = run_hashes(folded(codes.text[word]), before[start], before[end])
    found = Clauses(text + first, start - codes.starts[text], end - codes.starts[text], size, letters)
    return found.taken(size > 0)


def _between(text: U32) -> Mask:
    """Whether a character parts two clauses: a mark, a stop before a space or an end, or the zero between texts."""
    stop = text == _STOP
    stop[:-1] &= (text[1:] == _SPACE) | (text[1:] == 0) | np.isin(text[1:], _MARKS)
    found: Mask = np.isin(text, _MARKS) | stop | (text == 0)
    return found


def _counted(mask: Mask) -> Ints:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(mask, dtype=np.int64)])


def folded(text: U32) -> U32:
    """Characters in lower case and half width, each by one character."""
    if not len(text):
        return text
    present = np.flatnonzero(np.bincount(text))
    table = np.zeros(int(present[-1]) + 1, np.uint32)
    table[present] = [_folded(int(code)) for code in present]
    return table[text]


@lru_cache(maxsize=1 << 17)
def _folded(code: int) -> int:
    low = chr(code - 0xFEE0 if 0xFF01 <= code <= 0xFF5E else code).lower()
    return ord(low) if len(low) == 1 else code
