"""How much of a text is a template's words, and which: runs of letters found in the template wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from setright.sift.folding.codepoints import U32, U64, UNSPACED, WORD, Ints, Mask, laid_out, marked, mixed, run_hashes
from setright.sift.templating.clause import folded

Reach = tuple[int, int]
APART: Final[Reach] = (4, 10)
"""Letters that must agree in a row, in scripts without spaces and in others, for a text to be known: short enough that
words between two typos still are, long enough that texts on one matter do not share many by chance."""
INSIDE: Final[Reach] = (3, 6)
"""The same where a text is known to carry a template, and the question is which of its clauses are not its own."""
_N_TOGETHER: Final = 1 << 21  # letters compared at once


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters and digits of n texts one after the other, and the window that begins at each.

    Parameters
    ----------
    code : uint32 array of shape (m,)
        In lower case and half width.
    unspaced : bool array of shape (m,)
    place : int64 array of shape (m,)
        Where it stands in its text, in code points.
    starts : int64 array of shape (n + 1,)
    reach : int64 array of shape (m,)
        Letters in the window that begins here; 0 where the text ends first.
    window : uint64 array of shape (m,)
        Its hash.
    """

    code: U32
    unspaced: Mask
    place: Ints
    starts: Ints
    reach: Ints
    window: U64

    def kept(self, keep: Mask) -> Letters:
        """The same texts with some letters left out; what stood around them now stands side by side."""
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(keep)])[self.starts]
        return _windowed(self.code[keep], self.unspaced[keep], self.place[keep], starts, APART)

    def within(self, reach: Reach) -> Letters:
        """The same letters in windows of another length."""
        return _windowed(self.code, self.unspaced, self.place, self.starts, reach)

    def sizes(self) -> Ints:
        return np.diff(self.starts)


def letters(texts: pa.Array, reach: Reach = APART) -> Letters:
    codes = laid_out(texts)
    word = marked(codes, WORD)
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(word)])
    starts = before[np.append(codes.starts, len(codes.text))]
    at = np.flatnonzero(word)
    text = np.searchsorted(codes.starts, at, "right") - 1
    return _windowed(folded(codes.text[at]), marked(codes, UNSPACED)[at], at - codes.starts[text], starts, reach)


def _windowed(code: U32, unspaced: Mask, place: Ints, starts: Ints, reaches: Reach) -> Letters:
    at = np.arange(len(code))
    reach = np.where(unspaced, *reaches)
    ends = np.repeat(starts[1:], np.diff(starts))
    reach[at + reach > ends] = 0
    return Letters(code, unspaced, place, starts, reach, run_hashes(code, at, at + reach))


@dataclass(frozen=True, slots=True)
class Match:
    """What some pairs of text and template share, letter by letter of the text.

    Parameters
    ----------
    pair : int64 array of shape (l,)
        Which pair a letter belongs to, in order.
    letter : int64 array of shape (l,)
        Index into the texts' letters.
    place : int64 array of shape (l,)
        Where it stands in the template, as an index into the templates' letters; -1 where it does not.
    """

    pair: Ints
    letter: Ints
    place: Ints


@dataclass(frozen=True, slots=True)
class Index:
    """Templates' windows, to look up."""

    letters: Letters
    window: U64  # sorted, with the template mixed in
    first: Ints  # where each stands first

    @staticmethod
    def of(templates: Letters) -> Index:
        at = np.flatnonzero(templates.reach)
        of = np.repeat(np.arange(len(templates.starts) - 1), templates.sizes())
        window, first = np.unique(_owned(templates.window[at], of[at]), return_index=True)
        return Index(templates, window, at[first])

    def matches(self, texts: Letters, text: Ints, template: Ints) -> Iterator[tuple[slice, Match]]:
        """Compare pairs, some at a time: which of them, and what they share."""
        ends = np.cumsum(texts.sizes()[text])
        begin = 0
        while begin < len(text):
            reached = ends[begin - 1] if begin else 0
            end = max(int(np.searchsorted(ends, reached + _N_TOGETHER, "right")), begin + 1)
            part = slice(begin, end)
            yield part, self._match(texts, text[part], template[part])
            begin = end

    def _match(self, texts: Letters, text: Ints, template: Ints) -> Match:
        sizes = texts.sizes()[text]
        pair = np.repeat(np.arange(len(text)), sizes)
        at = np.arange(len(pair))
        letter = at - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(texts.starts[text], sizes)
        sought = _owned(texts.window[letter], template[pair])
        found = np.minimum(np.searchsorted(self.window, sought), max(len(self.window) - 1, 0))
        reach = texts.reach[letter]
        hit = (reach > 0) & (self.window[found] == sought) if len(self.window) else np.zeros(len(at), np.bool_)
        return Match(pair, letter, self._places(np.flatnonzero(hit), reach, self.first[found], len(at)))

    def _places(self, hits: Ints, reach: Ints, first: Ints, n: int) -> Ints:
        """Spread each window over its letters; a letter in several goes with the one that begins last."""
        step = np.zeros(n + 1, np.int64)
        step[hits] += 1
        np.subtract.at(step, hits + reach[hits], 1)
        inside = np.cumsum(step[:-1]) > 0
        begun = np.zeros(n, np.int64)
        begun[hits] = hits
        begun = np.maximum.accumulate(begun)
        place = np.minimum(first[begun] + np.arange(n) - begun, len(self.letters.code) - 1)
        return np.where(inside, place, -1)


def _owned(window: U64, template: Ints) -> U64:
    return mixed(window ^ mixed(template.astype(np.uint64) + np.uint64(1)))


def shares(match: Match, index: Letters, template: Ints) -> tuple[Ints, Ints]:
    """Letters of each pair's text that are the template's, and letters of the template that the text has."""
    has = match.place >= 0
    pair, n = match.pair[has], index.sizes()[template]
    begin = np.cumsum(n) - n
    had = np.zeros(int(n.sum()) + 1, np.bool_)
    had[begin[pair] + match.place[has] - index.starts[template[pair]]] = True
    counted = np.concatenate([np.zeros(1, np.int64), np.cumsum(had)])
    return np.bincount(pair, minlength=len(template)), counted[begin + n] - counted[begin]
