"""A row's points cut anew where its template's words end and its sender's begin."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np

from setright.sift.folding.codepoints import Ints, Mask
from setright.sift.templating.clause import Clauses

_FRAGMENT: Final = (0, 8, 20)
"""Below this size a template's words are the sender's own where they touch his own on no side, on one, on both: who
writes on the same matter uses some of the same words."""
_FRONT: Final = " \t\r\n\u3000,，.。;；:：!！?？、·•…"
_BACK: Final = " \t\r\n\u3000,，、;；:："


def smoothed(said: Clauses, place: Ints, least: int) -> Ints:
    """Places without what is too small to tell: such a clause goes with the one before it, else the one after.

    Parameters
    ----------
    said : Clauses
        In order of text and place.
    place : int64 array of shape (c,)
        -1 where a clause was added.
    least : int
        Least size of an addition.
    """
    found = _lent(said, place, said.size >= least)
    if not len(found):
        return found
    begins = np.ones(len(found), np.bool_)
    begins[1:] = (said.text[1:] != said.text[:-1]) | ((found[1:] < 0) != (found[:-1] < 0))
    run, at = np.cumsum(begins) - 1, np.flatnonzero(begins)
    text, size = said.text[at], np.where(found[at] < 0, 0, np.add.reduceat(said.size, at))
    follows = text[1:] == text[:-1]  # runs of one text that follow each other differ in kind
    n_sides = np.append(follows, False).astype(np.int64) + np.append(False, follows)
    firsts = np.searchsorted(text, text)
    largest = np.maximum.reduceat(size, np.unique(firsts))[np.unique(firsts, return_inverse=True)[1]]
    fragment = (size < np.array(_FRAGMENT)[n_sides]) & (size < largest)
    return np.where(fragment[run], -1, found)


def _lent(said: Clauses, place: Ints, tells: Mask) -> Ints:
    """The place of the nearest clause before that tells, else after, within the text; its own where none does."""
    at = np.arange(len(place))
    first = np.searchsorted(said.text, said.text)
    before = np.maximum.accumulate(np.where(tells, at, -1))
    after = np.minimum.accumulate(np.where(tells, at, len(at))[::-1])[::-1]
    last = np.searchsorted(said.text, said.text, "right")
    source = np.where(before >= first, before, np.where(after < last, after, at))
    return place[source]


class Piece(NamedTuple):
    """A point of a text that carries a template: which of the template's points it is, -1 where it was added."""

    start: int
    end: int
    of: int


@dataclass(frozen=True, slots=True)
class Carrier:
    """One text that carries a template.

    Parameters
    ----------
    text : str
        As written.
    points : sequence of (start, end)
        As they were split.
    clauses : sequence of (start, place)
        In order; place is in the template's text, -1 where added.
    """

    text: str
    points: Sequence[tuple[int, int]]
    clauses: Sequence[tuple[int, int]]

    def standing(self) -> list[int]:
        """Where the template's own points begin, if this is the text that stands for it."""
        of_template = (s for s in self._stretches(lambda place: place >= 0) if s.of)
        return [start for s in of_template for start, _ in self._within(s)]

    def pieces(self, begins: Sequence[int]) -> list[Piece]:
        """Its points anew: those of the template by where they stand in it, and what was added, as it was split."""
        found: list[Piece] = []
        for stretch in self._stretches(lambda place: -1 if place < 0 else max(bisect_right(begins, place) - 1, 0)):
            inside = self._within(stretch)
            if stretch.of >= 0 and inside:
                inside = [(inside[0][0], inside[-1][1])]
            found.extend(Piece(start, end, stretch.of) for start, end in inside)
        return found

    def kept(self, begins: Sequence[int]) -> list[Piece]:
        """Its points as they are, each by what most of its letters are."""
        stretches = self._stretches(lambda place: -1 if place < 0 else max(bisect_right(begins, place) - 1, 0))
        found = []
        for start, end in self.points:
            shares = [(min(end, s.end) - max(start, s.start), s.of) for s in stretches]
            found.append(Piece(start, end, max(shares, key=lambda share: share[0])[1]))
        return found

    def spans(self, begins: Sequence[int]) -> list[tuple[int, int]]:
        """Where the template's words stand, and nothing that was added between them."""
        runs = [list(run) for added, run in groupby(self.pieces(begins), lambda piece: piece.of < 0) if not added]
        return [(run[0].start, run[-1].end) for run in runs]

    def _stretches(self, label: Callable[[int], int]) -> list[Piece]:
        """The text in stretches whose clauses have one label, without gaps."""
        firsts = [(next(run)[0], of) for of, run in groupby(self.clauses, lambda clause: label(clause[1]))]
        starts = [0, *(start for start, _ in firsts[1:])]
        ends = [*starts[1:], len(self.text)]
        return [Piece(start, end, of) for start, end, (_, of) in zip(starts, ends, firsts, strict=True)]

    def _within(self, stretch: Piece) -> list[tuple[int, int]]:
        """What the points have in a stretch, without loose marks where they are cut."""
        overlapping = [(start, end) for start, end in self.points if start < stretch.end and end > stretch.start]
        cut = [(self._begin(start, end, stretch), self._end(start, end, stretch)) for start, end in overlapping]
        return [(start, end) for start, end in cut if start < end]

    def _begin(self, start: int, end: int, stretch: Piece) -> int:
        return end - len(self.text[stretch.start : end].lstrip(_FRONT)) if start < stretch.start else start

    def _end(self, start: int, end: int, stretch: Piece) -> int:
        begin = max(start, stretch.start)
        return begin + len(self.text[begin : stretch.end].rstrip(_BACK)) if end > stretch.end else end
