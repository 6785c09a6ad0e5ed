"""An earlier run, opened: its rows and points before the new ones, its texts in the numbering both make together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from setright.sift.change import Before
from setright.sift.grouping.choose import group_sums, unit
from setright.sift.name import Names
from setright.sift.result import State
from setright.sift.settings import Vectors
from setright.sift.settle import Found, Kept
from setright.sift.tables import INPUT, KINDS, POINTS, STATES

Ints = NDArray[np.int64]
Fold = Callable[..., NDArray[np.int32]]
_FIRST = np.int64(1) << 40
"""More submissions than any text has: what represented others before goes on doing so."""


def numbered_on(state: State, rows: pa.Table) -> pa.Table:
    """New rows numbered on from the earlier ones (`tables.INPUT`); so are their ids where they are row numbers."""
    n, last = state.rows.num_rows, pc.max(state.rows["file"]).as_py()
    number = pc.add(rows["row"], n)
    are_numbers = pc.all(pc.equal(rows["id"], rows["row"].cast(pa.large_string()))).as_py()
    new = {
        "row": number,
        "id": number.cast(pa.large_string()) if are_numbers else rows["id"],
        "file": pc.add(rows["file"], pa.scalar(0 if last is None else last + 1, pa.int32())),
    }
    return pa.table([new.get(field.name, rows[field.name]) for field in INPUT], schema=INPUT)


def all_rows(state: State, rows: pa.Table) -> pa.Table:
    """The earlier rows, then the new ones."""
    return pa.concat_tables([state.rows.cast(INPUT), rows]).combine_chunks()


def all_points(state: State, points: pa.Table) -> pa.Table:
    """The earlier points, then those of the new rows (`tables.POINTS`), whose rows are numbered on already."""
    keys = state.texts["key"].combine_chunks().take(state.points["text"].combine_chunks()).cast(pa.large_string())
    columns = [keys if field.name == "key" else state.points[field.name] for field in POINTS]
    return pa.concat_tables([pa.table(columns, schema=POINTS), points]).combine_chunks()


@dataclass(frozen=True)
class Past:
    """What the earlier run knew of the texts, in their present numbers.

    Parameters
    ----------
    representative : int64 array of shape (n_texts,)
        The text that represents each, -1 for texts it did not know, or whose representative was forgotten.
    lead : int64 array of shape (m,)
        The representative of each family it knew, ascending.
    vectors : float32 array of shape (m, d)
    problem : int32 array of shape (m,)
        Index into `problems`, -1 where a family has none.
    state, kind : int8 arrays of shape (m,)
    confidence : float32 array of shape (m,)
    problems : pyarrow.Table
        As `State.problems`; `quotes` are present texts.
    themes : pyarrow.Table
    """

    representative: Ints
    lead: Ints
    vectors: Vectors
    problem: NDArray[np.int32]
    state: NDArray[np.int8]
    kind: NDArray[np.int8]
    confidence: NDArray[np.float32]
    problems: pa.Table
    themes: pa.Table

    @classmethod
    def of(cls, state: State, text: NDArray[np.int32], n_texts: int) -> Past:
        """Open a state beside the texts of its points and of the new ones, which follow them."""
        number = _numbers(state, text)
        family, led = _codes(state.texts["family"]), _codes(state.families["text"])
        lead = _through(number, led)
        representative = np.full(n_texts, -1, np.int64)
        known = np.flatnonzero((number >= 0) & (family >= 0))
        representative[number[known]] = lead[family[known]]
        kept = np.flatnonzero(lead >= 0)
        kept = kept[np.argsort(lead[kept], kind="stable")]
        of = state.texts.take(pa.array(led[kept]))
        ids = pa.array(state.problems["problem"].to_pylist(), pa.string())
        return cls(
            representative=representative,
            lead=lead[kept],
            vectors=state.vectors(kept),
            problem=_codes(pc.index_in(of["problem"], value_set=ids)).astype(np.int32),
            state=_named(of["state"], STATES),
            kind=_named(of["kind"], KINDS),
            confidence=of["confidence"].to_numpy().astype(np.float32),
            problems=_renumbered(state.problems, number),
            themes=state.themes,
        )

    def folding(self, near: Fold) -> Fold:
        """How texts fold now: what the earlier run folded stays; new texts fold into old ones or among themselves."""

        def fold(keys: pa.LargeStringArray, *, n_submissions: Ints, threads: int) -> NDArray[np.int32]:
            new = np.flatnonzero(self.representative < 0)
            some = np.union1d(self.lead, new)
            sent = n_submissions[some] + np.where(np.isin(some, self.lead), _FIRST, 0)
            copies = near(keys.take(pa.array(some)), n_submissions=sent, threads=threads)
            found = self.representative.copy()
            found[new] = some[copies[np.searchsorted(some, new)]]
            return found.astype(np.int32)

        return fold

    def before(self, text: Ints) -> Before:
        """The earlier run beside a later one, whose families `text` represents."""
        at = np.searchsorted(self.lead, text)
        known = np.append(self.lead, -1)[at] == text
        was = np.where(known, np.append(self.problem, -1)[at], -1).astype(np.int32)
        ids, sizes = (self.problems[name].to_pylist() for name in ("problem", "n_submissions"))
        return Before(ids, sizes, was)

    def lanes(self, codes: Sequence[str]) -> NDArray[np.int8]:
        """The watched lane of each problem, as a place in `codes`; -1 for none, and for one that is watched no more."""
        found = pc.index_in(self.problems["watch"], value_set=pa.array(codes, pa.string()))
        return _codes(found).astype(np.int8)

    def theme_of(self, vectors: Vectors, problem: NDArray[np.int32]) -> NDArray[np.int32]:
        """The theme of every problem: the earlier one's, or that of the earlier problem nearest to a new one."""
        n, n_all = self.problems.num_rows, int(problem.max(initial=-1)) + 1
        known = _codes(self.problems["theme"]).astype(np.int32)
        if not n:
            return np.arange(n_all, dtype=np.int32)
        centroids = unit(group_sums(vectors, problem, max(n_all, n)))
        with threadpool_limits(limits=1, user_api="blas"):
            nearest = (centroids[n:] @ centroids[:n].T).argmax(axis=1) if n_all > n else np.zeros(0, np.int64)
        return np.concatenate([known, known[nearest]]).astype(np.int32)

    def kept(self, found: Found, problem: NDArray[np.int32], theme: NDArray[np.int32]) -> Kept:
        """What each problem found keeps; `problem` and `theme` as they were numbered before."""
        number = found.numbers_in(problem)
        of = np.where(number < self.problems.num_rows, number, -1)
        ids, theme_ids = self.problems["problem"].to_pylist(), self.themes["theme"].to_pylist()
        _, leading = np.unique(found.theme, return_index=True)
        themes = theme[number[leading]]
        return Kept(
            of, [ids[p] if p >= 0 else None for p in of], [theme_ids[t] if t < len(theme_ids) else None for t in themes]
        )

    def nameless(self, kept: Kept) -> Ints:
        """The problems found that the earlier run did not name, or whose words were forgotten."""
        is_named = np.append(pc.is_valid(self.problems["title"]).to_numpy(), False)  # -1 finds the last
        return np.flatnonzero(~is_named[kept.of])

    def names(self, found: Found, kept: Kept, fresh: Names, nameless: Ints, of_text: NDArray[np.int32]) -> Names:
        """The names of all problems found: the earlier ones', and the fresh ones, in order, of the nameless."""
        old = {name: self.problems[name].to_pylist() for name in ("title", "keywords", "quotes")}
        own = {problem: at for at, problem in enumerate(nameless.tolist())}
        titles, keywords, quotes = [], [], []
        for problem, before in enumerate(kept.of.tolist()):
            if (at := own.get(problem)) is not None:
                titles.append(fresh.titles[at])
                keywords.append(fresh.keywords[at])
                quotes.append(fresh.quotes[at])
            else:
                titles.append(old["title"][before])
                keywords.append(old["keywords"][before])
                quotes.append([int(of_text[text]) for text in old["quotes"][before]])
        told = dict(zip(self.themes["theme"].to_pylist(), self.themes["title"].to_pylist(), strict=True))
        _, leading = np.unique(found.theme, return_index=True)
        themes = [told.get(each or "", titles[p]) for each, p in zip(kept.theme_ids, leading, strict=True)]
        return Names(titles, keywords, quotes, themes, fresh.log)


def _numbers(state: State, text: NDArray[np.int32]) -> Ints:
    """The present number of each text the state knew; -1 for those that were forgotten."""
    before = _codes(state.points["text"])
    said = np.flatnonzero(before >= 0)
    number = np.full(state.texts.num_rows, -1, np.int64)
    number[before[said]] = text[: len(before)][said]
    return number


def _through(number: Ints, index: Ints) -> Ints:
    """`number[index]`, -1 where the index is."""
    return np.where(index >= 0, number[np.maximum(index, 0)], -1) if len(number) else np.full(len(index), -1, np.int64)


def _codes(column: pa.ChunkedArray | pa.Array) -> Ints:
    return np.asarray(pc.fill_null(column, -1).to_numpy(), dtype=np.int64)


def _named(column: pa.ChunkedArray, names: tuple[str, ...]) -> NDArray[np.int8]:
    return _codes(pc.index_in(column, value_set=pa.array(names, pa.string()))).astype(np.int8)


def _renumbered(problems: pa.Table, number: Ints) -> pa.Table:
    quotes = problems["quotes"].combine_chunks()
    told = [
        None if texts is None else _through(number, np.asarray(texts, np.int64)).tolist()
        for texts in quotes.to_pylist()
    ]
    return problems.set_column(problems.column_names.index("quotes"), "quotes", pa.array(told, pa.list_(pa.int64())))
