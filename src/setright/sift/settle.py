"""Between grouping and the register: families of texts, the final problems, and what is shown of a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from setright.sift.extract import Texts
from setright.sift.grouping.choose import group_sums, unit
from setright.sift.grouping.themes import in_order, numbered
from setright.sift.lift import lift
from setright.sift.name import Names
from setright.sift.settings import READS, Encoder, Vectors
from setright.sift.watch import Watched


@dataclass(frozen=True)
class Families:
    """Near copies of one text, which share one fate.

    Parameters
    ----------
    keys : pyarrow.LargeStringArray
        The matching form of each family's representative, shape (m,).
    of_text : int32 array of shape (n,)
        The family of each distinct text.
    text : int64 array of shape (m,)
        Each family's representative, as an index into the distinct texts.
    n_submissions, n_texts : int64 arrays of shape (m,)
    """

    keys: pa.LargeStringArray
    of_text: NDArray[np.int32]
    text: NDArray[np.int64]
    n_submissions: NDArray[np.int64]
    n_texts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.keys)

    def of_points(self, text: NDArray[np.int32]) -> NDArray[np.int32]:
        """The family of each point, -1 where there is none; `text` is the distinct text of each."""
        family: NDArray[np.int32] = np.append(self.of_text, np.int32(-1))[text]  # -1 finds the last
        return family


def families(texts: Texts, representative: NDArray[np.int32]) -> Families:
    """Gather texts under their representatives, in order of the representatives' first appearance."""
    text, of_text = np.unique(representative, return_inverse=True)
    return Families(
        keys=texts.keys.take(pa.array(text)),
        of_text=of_text.astype(np.int32),
        text=text.astype(np.int64),
        n_submissions=np.bincount(of_text, weights=texts.n_submissions, minlength=len(text)).astype(np.int64),
        n_texts=np.bincount(of_text, minlength=len(text)).astype(np.int64),
    )


@dataclass(frozen=True)
class Found:
    """The problems of a run, numbered by size, and where each family stands.

    Parameters
    ----------
    problem : int32 array of shape (m,)
        The problem of each family, -1 where it has none.
    state : int8 array of shape (m,)
        Index into `tables.STATES`: grouped, unsure or alone.
    confidence : float32 array of shape (m,)
    kind : int8 array of shape (m,)
        Index into `tables.KINDS`.
    theme : int32 array of shape (p,)
        The theme of each problem.
    lane : int8 array of shape (p,)
        Index into the watched lanes, -1 for none.
    problem_kind : int8 array of shape (p,)
    centroids : float32 array of shape (p, d)
        Unit rows.
    cohesion : float32 array of shape (p,)
        Mean cosine of a problem's families to its centroid.
    anchor : int64 array of shape (p,)
        The most central family of each problem.
    n_submissions : int64 array of shape (p,)
    """

    problem: NDArray[np.int32]
    state: NDArray[np.int8]
    confidence: NDArray[np.float32]
    kind: NDArray[np.int8]
    theme: NDArray[np.int32]
    lane: NDArray[np.int8]
    problem_kind: NDArray[np.int8]
    centroids: Vectors
    cohesion: NDArray[np.float32]
    anchor: NDArray[np.int64]
    n_submissions: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.theme)

    def numbers_in(self, problem: NDArray[np.int32]) -> NDArray[np.int64]:
        """The number each of these problems had in `problem`, before they were numbered; shape (p,)."""
        inside = np.flatnonzero(self.problem >= 0)
        _, first = np.unique(self.problem[inside], return_index=True)
        return problem[inside[first]].astype(np.int64)


class Grouped(Protocol):
    """What `parted` needs of a grouping: `group.Grouping` has it."""

    @property
    def problem(self) -> NDArray[np.int32]: ...
    @property
    def theme(self) -> NDArray[np.int32]: ...
    @property
    def state(self) -> NDArray[np.int8]: ...
    @property
    def confidence(self) -> NDArray[np.float32]: ...


@dataclass(frozen=True)
class Standing:
    """A grouping that may be changed: by what is watched, then by people's edits.

    Parameters
    ----------
    problem : int32 array of shape (m,)
        -1 where a family has none. A number below p may be without families.
    theme : int32 array of shape (p,)
        By number of a problem.
    state : int8 array of shape (m,)
    confidence : float32 array of shape (m,)
    lane : int8 array of shape (p,)
        Index into the watched lanes, -1 for none.
    """

    problem: NDArray[np.int32]
    theme: NDArray[np.int32]
    state: NDArray[np.int8]
    confidence: NDArray[np.float32]
    lane: NDArray[np.int8]


def parted(grouping: Grouped, problem: NDArray[np.int32]) -> Standing:
    """A grouping whose problems were cut further: each part, numbered as in `problem`, keeps the theme of the whole."""
    inside = np.flatnonzero(problem >= 0)
    parts, first = np.unique(problem[inside], return_index=True)
    theme = np.zeros(int(problem.max(initial=-1)) + 1, np.int32)
    theme[parts] = grouping.theme[grouping.problem[inside[first]]]
    return Standing(problem, theme, grouping.state, grouping.confidence, np.full(len(theme), -1, np.int8))


def lifted(
    before: Standing,
    seen: Watched,
    vectors: Vectors,
    n_submissions: NDArray[np.int64],
    known: NDArray[np.int8] | None = None,
) -> Standing:
    """What is watched in problems of its lane; a problem made for it shares the theme of the one it stood in or near.

    `known` are the lanes of the first problems, where an earlier run decided them.
    """
    up = lift(before.problem, before.state, seen.lane, seen.sure, vectors, n_submissions=n_submissions, known=known)
    beside = before.problem[up.beside]
    own = int(before.theme.max(initial=-1)) + 1  # where there is no problem to be near to
    theme = np.where((up.beside >= 0) & (beside >= 0), np.append(before.theme, own)[beside], own).astype(np.int32)
    theme[: len(before.theme)] = before.theme
    moved = up.problem != before.problem
    return Standing(up.problem, theme, up.state, np.where(moved, seen.sure, before.confidence), up.lane)


def settle(vectors: Vectors, standing: Standing, kind: NDArray[np.int8], held: Families) -> Found:
    """Number the problems by points, then by first family, and describe each by its members.

    Parameters
    ----------
    vectors : float32 array of shape (m, d)
    standing : Standing
    kind : int8 array of shape (m,)
    held : Families
    """
    problem = numbered(standing.problem, held.n_submissions)
    n = int(problem.max(initial=-1)) + 1
    inside = np.flatnonzero(problem >= 0)
    order = inside[np.argsort(problem[inside], kind="stable")]
    starts = np.searchsorted(problem[order], np.arange(n))
    old = standing.problem[order[starts]] if n else np.zeros(0, dtype=np.int32)
    centroids = unit(group_sums(vectors, problem, n))
    nearness = np.zeros(len(problem), dtype=np.float32)
    for at in range(0, len(order), 65_536):
        members = order[at : at + 65_536]
        nearness[members] = np.einsum("ij,ij->i", vectors[members], centroids[problem[members]])
    return Found(
        problem=problem,
        state=standing.state,
        confidence=standing.confidence,
        kind=kind,
        theme=in_order(standing.theme[old]),
        lane=standing.lane[old],
        problem_kind=_majority(problem[inside], kind[inside], held.n_submissions[inside], n),
        centroids=centroids,
        cohesion=_means(nearness[order], starts),
        anchor=_most_central(nearness, problem, inside),
        n_submissions=np.bincount(problem[inside], weights=held.n_submissions[inside], minlength=n).astype(np.int64),
    )


def _means(values: NDArray[np.float32], starts: NDArray[np.int64]) -> NDArray[np.float32]:
    if not len(starts):
        return np.zeros(0, dtype=np.float32)
    sizes = np.diff(np.append(starts, len(values)))
    return (np.add.reduceat(values.astype(np.float64), starts) / sizes).astype(np.float32)


def _most_central(
    nearness: NDArray[np.float32], problem: NDArray[np.int32], inside: NDArray[np.int64]
) -> NDArray[np.int64]:
    order = inside[np.lexsort((inside, -nearness[inside], problem[inside]))]
    _, first = np.unique(problem[order], return_index=True)
    return order[first]


def _majority(
    problem: NDArray[np.int32], kind: NDArray[np.int8], weight: NDArray[np.int64], n: int
) -> NDArray[np.int8]:
    n_kinds = int(kind.max(initial=0)) + 1
    votes = np.bincount(problem.astype(np.int64) * n_kinds + kind, weights=weight, minlength=n * n_kinds)
    most: NDArray[np.int8] = votes.reshape(n, n_kinds).argmax(axis=1).astype(np.int8)
    return most


@dataclass(frozen=True)
class Kept:
    """What problems keep from an earlier run, in the order of the problems found now; None or -1 where there is none.

    Parameters
    ----------
    of : int64 array of shape (p,)
        The earlier problem that each continues.
    ids : list of str or None
    theme_ids : list of str or None
        By theme, as found now.
    """

    of: NDArray[np.int64]
    ids: list[str | None]
    theme_ids: list[str | None]

    @classmethod
    def nothing(cls, found: Found) -> Kept:
        return cls(np.full(len(found), -1, np.int64), [], [])


@dataclass(frozen=True)
class Shown:
    """What may be shown of a text: the words of its first point as written, masked by the whole of what was said."""

    rows: pa.Table
    points: pa.Table
    texts: Texts
    held: Families
    masked: Callable[[str, int, int], str]

    def __call__(self, family: NDArray[np.int64]) -> list[str]:
        at = self.first_point(family)
        row, start, end = (self.points[c].take(at).to_pylist() for c in ("row", "start", "end"))
        rows, of = np.unique(np.array(row, dtype=np.int64), return_inverse=True)
        said = self.rows["text"].take(pa.array(rows)).to_pylist()
        shown = [""] * len(row)
        for i in np.argsort(of, kind="stable"):  # row by row, since `masked` looks at the whole text
            shown[i] = self.masked(said[of[i]], start[i], end[i])
        return shown

    def first_point(self, family: NDArray[np.int64]) -> pa.Array:
        return pa.array(self.texts.first[self.held.text[family]])


def said(names: Names, shown: Shown) -> list[str]:
    """What each problem says, for sorting it into a category: its title, keywords and quotes."""
    quotes = shown(np.array([q for quotes in names.quotes for q in quotes], dtype=np.int64))
    at = np.cumsum([0, *(len(quotes) for quotes in names.quotes)])
    return [
        "\n".join([title, " ".join(keywords), *quotes[at[p] : at[p + 1]]])
        for p, (title, keywords) in enumerate(zip(names.titles, names.keywords, strict=True))
    ]


@dataclass(frozen=True)
class Heard:
    """An encoder that says how far it is, and keeps what readers make of its vectors: a few bytes a text.

    Parameters
    ----------
    encoder : Encoder
    advance : callable
        Hears how many texts were encoded.
    readers : tuple of callable
        Each turns vectors into an array with a row for each. Only those of the encoder `settings.READS` are read.
    """

    encoder: Encoder
    advance: Callable[[int], None]
    readers: tuple[Callable[[Vectors], Vectors], ...] = ()
    _parts: list[tuple[Vectors, ...]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.encoder.name

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = self.encoder.encode(texts)
        if self.name == READS:
            self._parts.append(tuple(reader(vectors) for reader in self.readers))
        self.advance(len(texts))
        return vectors

    def read(self, number: int) -> Vectors | None:
        """What that reader made of all texts, in the order they came; None where it could read nothing."""
        return np.concatenate([part[number] for part in self._parts]) if self._parts else None
