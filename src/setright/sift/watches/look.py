"""Lanes made ready to look for in matching forms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from setright.sift.watches import Lane
from setright.sift.watches.cue import Cue

_AT_ONCE: Final = 30  # cues in one expression: more, and RE2 runs out of states


@dataclass(frozen=True)
class Lexicon:
    """Lanes made ready to look for.

    Parameters
    ----------
    lanes : tuple of Lane
        As `watches.load` gives them.
    """

    lanes: tuple[Lane, ...]

    def __len__(self) -> int:
        return len(self.lanes)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(lane.code for lane in self.lanes)

    @cached_property
    def cues(self) -> tuple[Cue, ...]:
        """Every cue and hint of every lane, in order."""
        return tuple(cue for lane in self.lanes for cue in (*lane.cues, *lane.hints))

    @cached_property
    def looks(self) -> tuple[Look, ...]:
        first = np.cumsum([0, *(len(lane.cues) + len(lane.hints) for lane in self.lanes)])
        return tuple(Look(lane, int(begin)) for lane, begin in zip(self.lanes, first, strict=False))


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a cue stands in a text: its index into `Lexicon.cues`, whether it is a mere hint, start and end."""

    cue: int
    hint: bool
    start: int
    end: int


class Look:
    """One lane's cues, ready to be found."""

    def __init__(self, lane: Lane, first: int) -> None:
        self.first, self.n_cues = first, len(lane.cues)
        self.told, self.benign, self.elsewhere = map(_Finder, ((*lane.cues, *lane.hints), lane.benign, lane.elsewhere))
        tiers = [[cue for cue in lane.cues if cue.is_rare == rare] for rare in (True, False)]
        self.sieves = tuple(_Sieve(tier) for tier in tiers if tier)

    def candidates(self, keys: pa.LargeStringArray) -> NDArray[np.bool_]:
        """Texts in which a cue stands, benign or not; none that a cue matches is left out."""
        held = np.zeros(len(keys), dtype=bool)
        for sieve in self.sieves:
            at = np.flatnonzero(~held)
            held[at[sieve.held(keys.take(pa.array(at)))]] = True
        return held

    def spots(self, text: str) -> list[Spot]:
        """The cues and hints that count in a text, in the order they stand."""
        found = list(self.told.spans(text))
        if not found or next(self.elsewhere.spans(text), None) is not None:
            return []
        spoiled = [(start, end) for _, start, end in self.benign.spans(text)]
        return sorted(
            (
                Spot(self.first + cue, cue >= self.n_cues, start, end)
                for cue, start, end in found
                if all(end <= s or e <= start for s, e in spoiled)
            ),
            key=lambda spot: (spot.start, spot.end, spot.cue),
        )


class _Sieve:
    """Cues as expressions of RE2: their anchors first, since few texts hold one, then the cues, some at a time."""

    def __init__(self, cues: Sequence[Cue]) -> None:
        self.anchors = "|".join(map(re.escape, sorted({anchor for cue in cues for anchor in cue.anchors})))
        self.cues = ["|".join(cue.sieve for cue in cues[i : i + _AT_ONCE]) for i in range(0, len(cues), _AT_ONCE)]

    def held(self, keys: pa.LargeStringArray) -> NDArray[np.int64]:
        maybe = _matching(keys, self.anchors)
        some = keys.take(pa.array(maybe))
        found = np.zeros(len(some), dtype=bool)
        for cues in self.cues:
            found[_matching(some, cues)] = True
        return maybe[found]


def _matching(keys: pa.LargeStringArray, expression: str) -> NDArray[np.int64]:
    held = pc.fill_null(pc.match_substring_regex(keys, expression), False)
    return np.flatnonzero(held.to_numpy(zero_copy_only=False))


class _Finder:
    """Finds the cues of one list: by the first two letters of an anchor, then the anchor, then the cue."""

    def __init__(self, cues: Sequence[Cue]) -> None:
        self.cues = cues
        self.patterns: dict[int, re.Pattern[str]] = {}
        by_anchor: dict[str, list[int]] = {}
        for i, cue in enumerate(cues):
            for anchor in cue.anchors:
                by_anchor.setdefault(anchor, []).append(i)
        self.begins: dict[str, list[tuple[str, list[int]]]] = {}
        for anchor, those in by_anchor.items():
            self.begins.setdefault(anchor[:2], []).append((anchor, those))

    def spans(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Each cue's matches: its place in the list, start and end."""
        begins, maybe = self.begins, set[int]()
        for i, letter in enumerate(text):
            for anchor, those in begins.get(text[i : i + 2], ()):
                if text.startswith(anchor, i):
                    maybe.update(those)
            for _, those in begins.get(letter, ()):
                maybe.update(those)
        for cue in sorted(maybe):
            if cue not in self.patterns:
                self.patterns[cue] = re.compile(self.cues[cue].pattern)
            for match in self.patterns[cue].finditer(text):
                yield cue, match.start(), match.end()
