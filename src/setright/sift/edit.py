"""Edit: replay what people decided on what a run found, and say of every decision what became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from setright.sift.clean import normalise
from setright.sift.edits.ground import Ground
from setright.sift.edits.line import Edit, Named
from setright.sift.identify import identifiers
from setright.sift.settle import Families, Found, Kept, Standing
from setright.sift.tables import STATES

_GROUPED, _ALONE = STATES.index("grouped"), STATES.index("alone")
_PLACING: Final = frozenset({"move", "pin", "split"})
_LEAST: Final = 0.25
"""The share of a problem's anchors that the problem holding most of them must hold to be the one meant."""
_TOGETHER: Final = 0.5
"""The share of chosen opinions that stand in a problem of their own when they are split off already."""


@dataclass(frozen=True)
class Outcome:
    """What became of one edit.

    Parameters
    ----------
    number : int
    op : str
    problems : tuple of str
        As the edit names them.
    is_applied : bool
        Also where everything was so already.
    n_points : int
        Opinions the edit names that are here.
    n_gone : int
        Opinions it names that are not.
    n_later : int
        Opinions it placed that a later edit placed again.
    told : str
        Why it is not applied; or what is worth knowing.
    """

    number: int
    op: str
    problems: tuple[str, ...]
    is_applied: bool
    n_points: int = 0
    n_gone: int = 0
    n_later: int = 0
    told: str = ""

    def described(self) -> dict[str, Any]:
        """As the ledger has it."""
        counts = {"n_points": self.n_points, "n_gone": self.n_gone, "n_later": self.n_later}
        named = {"edit": self.number, "op": self.op, "problems": list(self.problems), "applied": self.is_applied}
        return named | {name: n for name, n in counts.items() if n} | ({"told": self.told} if self.told else {})


@dataclass(frozen=True)
class Edited:
    """A grouping after the edits, and what they say of its problems.

    Parameters
    ----------
    standing : Standing
        Problems keep the numbers they had; those split off are counted on.
    ids, titles, categories : dict
        By number of a problem. A category may be None: set to none at all.
    dismissed : frozenset of int
    outcomes : tuple of Outcome
        One per edit, in their order.
    """

    standing: Standing
    ids: Mapping[int, str]
    titles: Mapping[int, str]
    categories: Mapping[int, str | None]
    dismissed: frozenset[int]
    outcomes: tuple[Outcome, ...]

    def decided(self, found: Found) -> Decided:
        """The same by problem as found."""
        number = found.numbers_in(self.standing.problem).tolist()
        return Decided(
            ids=[self.ids.get(p) for p in number],
            titles=[self.titles.get(p) for p in number],
            categories={at: self.categories[p] for at, p in enumerate(number) if p in self.categories},
            dismissed=np.array([p in self.dismissed for p in number], np.bool_),
            outcomes=self.outcomes,
        )


@dataclass(frozen=True)
class Decided:
    """What people decided about the problems found, in the order of these.

    Parameters
    ----------
    ids, titles : list of str or None
    categories : dict
        By place in the list, where one was set.
    dismissed : bool array of shape (p,)
    outcomes : tuple of Outcome
    """

    ids: list[str | None]
    titles: list[str | None]
    categories: dict[int, str | None]
    dismissed: NDArray[np.bool_]
    outcomes: tuple[Outcome, ...]

    def keeping(self, kept: Kept) -> Kept:
        """What problems keep: first from an earlier run, then the ids by which edits name them."""
        if not kept.ids:
            return replace(kept, ids=self.ids)
        taken = {each for each in kept.ids if each is not None}
        own = [each if each not in taken else None for each in self.ids]
        return replace(kept, ids=[old or new for old, new in zip(kept.ids, own, strict=True)])

    def titled(self, titles: Sequence[str]) -> list[str]:
        return [own or title for own, title in zip(self.titles, titles, strict=True)]

    def sorted_into(
        self, categories: Sequence[str | None], confidence: NDArray[np.float32]
    ) -> tuple[list[str | None], NDArray[np.float32]]:
        """Categories and confidence, those that a person set being certain."""
        found, sure = list(categories), confidence.copy()
        for at, category in self.categories.items():
            found[at], sure[at] = category, 1.0
        return found, sure


@dataclass(frozen=True)
class Said:
    """The words behind the families, for edits that name a phrase.

    Parameters
    ----------
    keys : pyarrow.LargeStringArray
        Matching forms of the distinct texts, shape (n,).
    held : Families
    """

    keys: pa.LargeStringArray
    held: Families

    def holding(self, phrase: str, families: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of the families one of whose texts holds the phrase."""
        texts = np.flatnonzero(np.isin(self.held.of_text, families))
        has = pc.match_substring(self.keys.take(pa.array(texts)), normalise(phrase)).to_numpy(zero_copy_only=False)
        return np.unique(self.held.of_text[texts[has]]).astype(np.int64)


@dataclass(frozen=True)
class Past:
    """What an earlier run did already.

    Parameters
    ----------
    ids : sequence of str
        The ids of the first problems.
    is_old : bool array of shape (m,)
        Families that it placed.
    applied : frozenset of int
        The numbers of the edits that it applied.
    """

    ids: Sequence[str]
    is_old: NDArray[np.bool_]
    applied: frozenset[int] = frozenset()


def replay(
    edits: Sequence[Edit],
    standing: Standing,
    *,
    ground: Ground,
    said: Said,
    categories: Collection[str] = (),
    past: Past | None = None,
) -> Edited:
    """Apply edits in their order.

    Parameters
    ----------
    edits : sequence of Edit
    standing : Standing
        What this run found, or what an earlier one left.
    ground : Ground
    said : Said
    categories : collection of str
        Those of the taxonomy; another cannot be set.
    past : Past, optional
        What an earlier run did already.

    Returns
    -------
    Edited
        Each edit is applied or its outcome says why not. What an earlier run applied moves none of its families again.

    Notes
    -----
    A problem is found by its anchors: opinions that were surely in it. It is the one that holds most of those that
    stand in a problem at all, and a quarter of them at least: what has come apart is found where its core is. A family
    of near copies moves as one; where two edits place copies of one text, the later holds.
    """
    work = _Replay(standing, ground, said, categories, past or Past((), np.zeros(len(standing.problem), np.bool_)))
    outcomes = [work.apply(edit) for edit in edits]
    return Edited(
        work.standing(),
        work.ids,
        work.titles,
        work.categories,
        frozenset(work.dismissed),
        tuple(replace(each, n_later=work.n_later(each.number)) for each in outcomes),
    )


def _id_of_part(edit: Edit) -> str:
    """The id of the problem that a split makes: the same in every run."""
    return identifiers([f"{edit.problems[0].problem} {edit.digest}"], "P")[0]


class _Cannot(Exception):
    """An edit that cannot be applied here; the message says why."""


@dataclass(slots=True)
class _Placed:
    """The families an edit placed by hand."""

    by: NDArray[np.int64]
    n: dict[int, int] = field(default_factory=dict)


class _Replay:
    """The grouping while edits change it; the one given is left as it is."""

    def __init__(self, standing: Standing, ground: Ground, said: Said, categories: Collection[str], past: Past) -> None:
        self.problem = standing.problem.copy()
        self.state = standing.state.copy()
        self.confidence = standing.confidence.copy()
        self.theme: list[int] = standing.theme.tolist()
        self.lane: list[int] = standing.lane.tolist()
        self.ids: dict[int, str] = {}
        self.titles: dict[int, str] = {}
        self.categories: dict[int, str | None] = {}
        self.dismissed: set[int] = set()
        self._ground, self._said, self._taxonomy, self._past = ground, said, categories, past
        self._known = {each: at for at, each in enumerate(past.ids)}
        self._pinned = np.zeros(len(self.problem), np.bool_)
        self._placed = _Placed(np.full(len(self.problem), -1))

    def standing(self) -> Standing:
        """The grouping as it is now."""
        theme, lane = np.array(self.theme, np.int32), np.array(self.lane, np.int8)
        return Standing(self.problem, theme, self.state, self.confidence, lane)

    def apply(self, edit: Edit) -> Outcome:
        """Apply one edit, or say why not."""
        act = getattr(self, f"_{edit.op}")
        named = tuple(each.problem for each in edit.problems)
        families = self._ground.families(edit.points)
        here = families[families >= 0]
        outcome = Outcome(edit.number, edit.op, named, True, len(here), len(families) - len(here))
        try:
            if not len(here) and not edit.phrase and (edit.points or edit.op in _PLACING):
                raise _Cannot("none of the opinions it names is here")
            told = act(edit, np.unique(here))
        except _Cannot as reason:
            return replace(outcome, is_applied=False, told=str(reason))
        return replace(outcome, told=told or "")

    def n_later(self, number: int) -> int:
        """How many families an edit placed that a later one placed again."""
        return self._placed.n.get(number, 0) - int(np.count_nonzero(self._placed.by == number))

    # ------------------------------------------------------------------------------------------------------ the edits

    def _merge(self, edit: Edit, _points: NDArray[np.int64]) -> str:
        if edit.number in self._past.applied:
            return ""
        into, *others = [self._found(each) for each in edit.problems]
        for other in set(others) - {into}:
            self.problem[self.problem == other] = into
            if self.lane[into] < 0:  # what is watched stays watched
                self.lane[into] = self.lane[other]
            self.ids.pop(other, None)
            self.titles.pop(other, None)
            self.categories.pop(other, None)
            self.dismissed.discard(other)
        self._keep_id(into, edit.problems[0])
        return "" if set(others) - {into} else "they are one already"

    def _apart(self, edit: Edit, _points: NDArray[np.int64]) -> None:
        found = [self._found(each) for each in edit.problems]
        if len(set(found)) < len(found):
            raise _Cannot("they stand in one problem here: split it")
        for problem, named in zip(found, edit.problems, strict=True):
            self._keep_id(problem, named)

    def _split(self, edit: Edit, points: NDArray[np.int64]) -> str:
        whole = self._found(edit.problems[0])
        parts = np.union1d(points, self._saying(edit, whole)) if edit.phrase else points
        own = self._split_before(edit, whole, points)
        if own is None and not len(parts):
            raise _Cannot(f"no opinion of this problem says “{edit.phrase}”")
        if len(parts) and np.array_equal(parts, np.flatnonzero(self.problem == whole)):
            raise _Cannot("nothing of the problem would be left")
        told = "" if own is None else "it stands apart already"
        if own is None and edit.number in self._past.applied:
            return "a later edit merged it again"
        if own is None:
            own = len(self.theme)
            self.theme.append(self.theme[whole])
            self.lane.append(self.lane[whole])
        self._place(parts, own, edit)
        self._keep_id(whole, edit.problems[0])
        self.ids.setdefault(own, _id_of_part(edit))
        if edit.title:
            self.titles[own] = edit.title
        return told

    def _rename(self, edit: Edit, _points: NDArray[np.int64]) -> None:
        self.titles[self._one(edit)] = edit.title or ""

    def _move(self, edit: Edit, points: NDArray[np.int64]) -> None:
        to = self._one(edit) if edit.problems else -1
        self._pinned[points] = False
        self._place(points, to, edit)

    def _pin(self, edit: Edit, points: NDArray[np.int64]) -> None:
        self._place(points, self._one(edit), edit)
        self._pinned[points] = True

    def _dismiss(self, edit: Edit, _points: NDArray[np.int64]) -> None:
        self.dismissed.add(self._one(edit))

    def _restore(self, edit: Edit, _points: NDArray[np.int64]) -> None:
        self.dismissed.discard(self._one(edit))

    def _category(self, edit: Edit, _points: NDArray[np.int64]) -> None:
        if edit.category is not None and edit.category not in self._taxonomy:
            raise _Cannot(f"the taxonomy has no category “{edit.category}”")
        self.categories[self._one(edit)] = edit.category

    # ------------------------------------------------------------------------------------------------- finding, placing

    def _one(self, edit: Edit) -> int:
        problem = self._found(edit.problems[0])
        self._keep_id(problem, edit.problems[0])
        return problem

    def _keep_id(self, problem: int, named: Named) -> None:
        if named.problem not in self.ids.values():
            self.ids.setdefault(problem, named.problem)

    def _by_id(self, name: str) -> int | None:
        by_id = {own: problem for problem, own in self.ids.items()} | self._known
        found = by_id.get(name)
        return found if found is not None and np.any(self.problem == found) else None

    def _found(self, named: Named) -> int:
        """The problem an edit names: by an id that is known here, else by its anchors."""
        if (known := self._by_id(named.problem)) is not None:
            return known
        families = self._ground.families(named.anchors)
        here = families[np.sort(np.unique(families, return_index=True)[1])]
        here = here[here >= 0]
        if not len(here):
            raise _Cannot(f"none of the opinions that tell {named.problem} is here")
        inside = self.problem[here]
        inside = inside[inside >= 0]
        if not len(inside):
            raise _Cannot(f"the opinions that tell {named.problem} stand in no problem")
        numbers, first, counts = np.unique(inside, return_index=True, return_counts=True)
        best = np.lexsort((first, -counts))[0]  # of several alike, the one that holds the surest of them
        if counts[best] < _LEAST * len(inside):
            raise _Cannot(
                f"the opinions that tell {named.problem} stand in {len(numbers)} problems now, "
                f"at most {counts[best]} of {len(inside)} in one"
            )
        return int(numbers[best])

    def _saying(self, edit: Edit, whole: int) -> NDArray[np.int64]:
        inside = np.flatnonzero((self.problem == whole) & ~self._pinned)
        return self._said.holding(edit.phrase or "", inside)

    def _split_before(self, edit: Edit, whole: int, points: NDArray[np.int64]) -> int | None:
        """The problem that was split off already: by this edit before, or by the grouping itself."""
        if (own := self._by_id(_id_of_part(edit))) is not None:
            return own
        inside = self.problem[points]
        inside = inside[inside >= 0]
        if not len(inside):
            return None
        numbers, counts = np.unique(inside, return_counts=True)
        together = int(numbers[counts.argmax()])
        return together if counts.max() > _TOGETHER * len(inside) and together != whole else None

    def _place(self, families: NDArray[np.int64], problem: int, by: Edit) -> None:
        """Put families where a person wants them; where an earlier run did so, a later edit may have moved them on."""
        if by.number in self._past.applied:
            families = families[~self._past.is_old[families]]
        self.problem[families] = problem
        self.state[families] = _GROUPED if problem >= 0 else _ALONE
        self.confidence[families] = 1.0
        if by.points:
            self._placed.by[families] = by.number
            self._placed.n[by.number] = len(families)
