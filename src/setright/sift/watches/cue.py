"""How a cue is written, and what it finds.

A cue is words as people write them, with three marks:

- ``(a|b|c)``  one of these, and within them the same marks; ``(a|)`` is a, or nothing
- ``a…b``      b after a, within twelve characters (forty where the cue is Latin throughout), in one clause
- ``word*``    the word, however it goes on

Latin letters and digits match whole words; scripts without spaces match anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

_MARKS: Final = re.compile(r"[()|*]|\s*…\s*|[^()|*…]+")
_EDGE: Final = "(?:(?<![a-z0-9_])|(?![a-z0-9_]))"  # anywhere but inside a Latin word
_RARE: Final = 6
_MOST: Final = 64  # spellings of one anchor: beyond, a shorter anchor serves as well

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue, read.

    Parameters
    ----------
    written : str
    pattern : str
        A regular expression over matching forms (`clean.normalise`).
    anchors : tuple of str
        One of these stands in every text the cue matches.
    """

    written: str
    pattern: str
    anchors: Words

    @property
    def sieve(self) -> str:
        """The pattern for RE2, which looks neither ahead nor back: it finds all that `pattern` finds."""
        return self.pattern.replace(_EDGE, r"\b" if self.written.replace("…", "").isascii() else "")

    @property
    def is_rare(self) -> bool:
        """Whether few texts hold an anchor: none is a single ideograph or a short word."""
        return _rarity(self.anchors) >= _RARE


@dataclass(frozen=True, slots=True)
class _OneOf:
    """Alternatives, each a row of marks, words and further alternatives."""

    rows: tuple[tuple[_OneOf | str, ...], ...]

    @property
    def plain(self) -> Words | None:
        """The alternatives where each is mere words, some perhaps going on."""
        if all(len(row) <= 2 and row[1:] in ((), ("*",)) and row[:1] != ("*",) for row in self.rows):
            return tuple("".join(each for each in row if isinstance(each, str)) for row in self.rows)
        return None


def read(written: str) -> Cue:
    """Read a cue as written.

    Raises
    ------
    ValueError
        The brackets do not pair, or nothing is left to look for; the message completes "the cue … ".
    """
    folded = written.casefold().strip().strip("…").strip()
    marks = iter([mark.strip() if "…" in mark else mark for mark in _MARKS.findall(folded)])
    tree = _one_of(marks, inside=False)
    anchors = _best(tree)
    if anchors is None:
        raise ValueError("holds nothing that must be there")
    latin = re.search("[a-z0-9]", folded) is not None
    edge, gap = _EDGE if latin else "", 40 if folded.replace("…", "").isascii() else 12
    return Cue(written, edge + _pattern(tree, f"{edge}[^.!?;,]{{0,{gap}}}?{edge}") + edge, anchors)


def _one_of(marks: Iterator[str], inside: bool) -> _OneOf:
    rows: list[list[_OneOf | str]] = [[]]
    for mark in marks:
        if mark == "(":
            rows[-1].append(_one_of(marks, inside=True))
        elif mark == "|" and inside:
            rows.append([])
        elif mark == ")" and inside:
            return _OneOf(tuple(map(tuple, rows)))
        elif mark in ("|", ")"):
            raise ValueError("has brackets that do not pair, or a bar outside them")
        else:
            rows[-1].append(mark)
    if inside:
        raise ValueError("has a bracket that does not close")
    return _OneOf(tuple(map(tuple, rows)))


def _pattern(tree: _OneOf, gap: str) -> str:
    rows = ["".join(_written(each, gap) for each in row) for row in tree.rows]
    return f"(?:{'|'.join(rows)})"


def _written(each: _OneOf | str, gap: str) -> str:
    if isinstance(each, _OneOf):
        return _pattern(each, gap)
    return {"*": "[a-z0-9]*", "…": gap}.get(each) or re.escape(each)


def _best(tree: _OneOf) -> Words | None:
    """The rarest strings of which every text that matches holds one; None where the tree may match nothing."""
    found: set[str] = set()
    for row in tree.rows:
        sets: list[Words] = [words for words in _sets(row) if all(words)]
        if not sets:
            return None
        rarest: Words = min(sets, key=_rarest)
        found |= set(rarest)
    return tuple(sorted(found))


def _sets(row: tuple[_OneOf | str, ...]) -> Iterator[Words]:
    """Sets of strings of which the row holds one each; words beside each other are joined as far as that is few."""
    held: Words = ("",)
    for each in row:
        plain = (each,) if isinstance(each, str) else each.plain
        if plain is None or each in ("*", "…") or not all(word.strip("*") for word in plain):
            yield held
            held = ("",)
            if isinstance(each, _OneOf) and (within := _best(each)) is not None:
                yield within
            continue
        if len(held) * len(plain) > _MOST:
            yield held
            held = ("",)
        held = tuple(sorted({before + word.rstrip("*") for before, word in product(held, plain)}))
        if any(word.endswith("*") for word in plain):
            yield held
            held = ("",)
    yield held


def _rarest(words: Words) -> tuple[int, int, Words]:
    return -_rarity(words), len(words), words


def _rarity(words: Words) -> int:
    """Letters of the shortest; an ideograph counts as three, since it says about as much."""
    return min(sum(1 if char.isascii() else 3 for char in word) for word in words)
