"""Ask: which pairs of opinions a person's yes or no would teach most about, and the edits that the answers make."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from setright.sift.edits.make import naming, spots_of
from setright.sift.group import K
from setright.sift.grouping.choose import group_sums, unit
from setright.sift.grouping.graph import communities, shared_neighbours
from setright.sift.grouping.neighbours import neighbours
from setright.sift.result import State
from setright.sift.settings import Vectors

Kind = Literal["merge", "split"]

_NEARNESS: Final = 8
_USUAL: Final = 3
"""A pair of problems is worth its cosine, over how near each is to its three nearest, to this power, times the root of
the smaller one's families. On banking77 after 100 answers that gained .025 of B-cubed F1; without the division .017 to
.022, and powers of 12 and 16 no more."""
_FEWEST: Final = 4
"""Families that a problem must have to be asked about in two halves."""
_OCTAVES: Final = tuple(0.5 * at for at in range(-4, 5))
"""Resolutions at which a problem is cut, coarsest first, in the density of its own graph."""
_PAIRS: Final = 5
"""Pairs looked at for each problem."""
_MERGES: Final[tuple[Kind, ...]] = ("merge",)


@dataclass(frozen=True)
class Question:
    """Two opinions, of which a person says whether they say the same problem.

    Parameters
    ----------
    kind : {"merge", "split"}
        Whether they stand in two problems, of which a yes makes one, or in one, of which a no makes two.
    problems : tuple of str
        Two, or one.
    spots : tuple of [id, start, end]
        The two opinions, each the most central of its side.
    part : list of [id, start, end]
        For a split, opinions of the smaller side.
    """

    kind: Kind
    problems: tuple[str, ...]
    spots: tuple[list[Any], list[Any]]
    part: list[list[Any]]

    def taught(self, state: State, *, is_same: bool) -> dict[str, Any]:
        """The edit that an answer makes, as `edits.make.line` takes it; one that only confirms is kept, too."""
        named = [naming(state, problem) for problem in self.problems]
        if self.kind == "merge":
            return {"op": "merge" if is_same else "apart", "problems": named}
        if is_same:
            return {"op": "pin", "problem": named[0], "points": [*self.spots]}
        return {"op": "split", "problem": named[0], "points": self.part}


def questions(
    state: State, n: int, kinds: Sequence[Kind] = _MERGES, asked: Collection[tuple[str, ...]] = ()
) -> list[Question]:
    """The n pairs worth most, best first; with both kinds in turn.

    Parameters
    ----------
    state : State
    n : int
    kinds : collection of {"merge", "split"}
    asked : collection of tuple of str
        `Question.problems` of what was asked before and is not to be asked again, in any order.

    Notes
    -----
    A merge is worth more the nearer two problems are, for what is near in their neighbourhood, and the more the smaller
    one holds. A split is asked where the largest part of a problem and another one, cut by Leiden at the coarsest
    resolution that parts it at all, are far apart and the other one is large. Ask few at a time: an answer changes what
    is worth asking next.
    """
    ground = _Ground.of(state)
    lists = [(ground.merges() if kind == "merge" else ground.splits())[::-1] for kind in kinds]  # best last
    chosen: list[Question] = []
    known = {tuple(sorted(each)) for each in asked}
    while any(lists) and len(chosen) < n:
        for waiting in lists:
            while waiting and ground.named(waiting[-1]) in known:
                waiting.pop()
            if waiting and len(chosen) < n:
                chosen.append(ground.question(waiting.pop()))
    return chosen


@dataclass(frozen=True)
class _Pair:
    """What may be asked: two problems by number, or one with the families of its halves."""

    problems: tuple[int, ...]
    halves: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None


@dataclass(frozen=True)
class _Ground:
    """The families of a register and the problems they are in."""

    state: State
    vectors: Vectors
    text: NDArray[np.int64]
    problem: NDArray[np.int32]
    ids: list[str]
    centroids: Vectors

    @classmethod
    def of(cls, state: State) -> _Ground:
        here = np.flatnonzero(pc.is_valid(state.families["text"]).to_numpy())
        ids = state.problems["problem"].to_pylist()
        text = state.families["text"].take(pa.array(here)).to_numpy().astype(np.int64)
        vectors = state.vectors(here)
        named = pc.index_in(state.texts["problem"].take(pa.array(text)), value_set=state.problems["problem"])
        problem = np.asarray(named.fill_null(-1).to_numpy(), np.int32)
        return cls(state, vectors, text, problem, ids, unit(group_sums(vectors, problem, len(ids))))

    def merges(self) -> list[_Pair]:
        """Pairs of problems, best first."""
        size = np.bincount(self.problem[self.problem >= 0], minlength=len(self.ids))
        cosine = np.clip(self.centroids @ self.centroids.T, 0, 1).astype(np.float64)
        np.fill_diagonal(cosine, 0)
        usual = np.sort(cosine, axis=1)[:, -_USUAL:].mean(axis=1)
        near = cosine / np.sqrt(np.maximum(np.outer(usual, usual), 1e-12))
        worth = np.triu(near**_NEARNESS * np.sqrt(np.minimum.outer(size, size)), 1)
        order = np.argsort(-worth, axis=None, kind="stable")[: _PAIRS * len(self.ids)]
        pairs = [divmod(int(at), len(self.ids)) for at in order if worth.flat[at] > 0]
        return [_Pair(pair) for pair in pairs]

    def splits(self) -> list[_Pair]:
        """Halves of problems, best first."""
        halves = []
        for problem in range(len(self.ids)):
            members = self._members(problem)
            if len(members) < _FEWEST:
                continue
            left, right = self._halved(members)
            if not len(right):
                continue
            apart = 1 - float(self._centre(left) @ self._centre(right))
            halves.append((apart * len(right), problem, left, right))
        halves.sort(key=lambda each: (-each[0], each[1]))
        return [_Pair((problem,), (left, right)) for _, problem, left, right in halves]

    def named(self, pair: _Pair) -> tuple[str, ...]:
        """The ids of the problems, in order."""
        return tuple(sorted(self.ids[p] for p in pair.problems))

    def question(self, pair: _Pair) -> Question:
        """The pair as it is asked; made only for what is chosen, since it looks through all points."""
        sides = pair.halves or [self._members(p) for p in pair.problems]
        one, other = (spots_of(self.state, self.text[[self._central(side)]])[0] for side in sides)
        part = spots_of(self.state, self.text[pair.halves[1]], most=None) if pair.halves else []
        return Question(
            "split" if pair.halves else "merge", tuple(self.ids[p] for p in pair.problems), (one, other), part
        )

    def _members(self, problem: int) -> NDArray[np.int64]:
        return np.flatnonzero(self.problem == problem)

    def _centre(self, members: NDArray[np.int64]) -> NDArray[np.float32]:
        centre: NDArray[np.float32] = unit(self.vectors[members].sum(axis=0, keepdims=True))[0]
        return centre

    def _central(self, members: NDArray[np.int64]) -> int:
        return int(members[np.argmax(self.vectors[members] @ self._centre(members))])

    def _halved(self, members: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The largest part of a problem, and the one of the others that is worth most; none where it is all one."""
        vectors = self.vectors[members]
        graph = shared_neighbours(neighbours(vectors, min(K, len(members) - 1), 1).index)
        for octave in _OCTAVES:
            part = communities(graph, 2.0**octave * graph.density, seed=0)
            size = np.bincount(part)
            if np.count_nonzero(size >= _FEWEST) > 1:
                break
        else:
            return members, members[:0]
        centres = unit(group_sums(vectors, part, len(size)))
        main = int(size.argmax())
        worth = (1 - centres @ centres[main]) * size * (size >= _FEWEST)
        worth[main] = 0
        return members[part == main], members[part == int(worth.argmax())]
