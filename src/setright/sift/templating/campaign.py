"""Clauses that travel together: the campaigns a set of texts may hold, and the text that stands for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from setright.sift.folding.codepoints import U64, Ints
from setright.sift.templating.clause import Clauses

LEAST: Final = 6
"""A clause below this size is too common to tell anything."""
_TOGETHER: Final = 0.25
"""Least Jaccard similarity of the rows of two neighbouring clauses. Two clauses that each lose half of their copies to
typos still have a third; a set phrase that ends letters of every sort has far less with any of them."""
_WHOLE: Final = 0.5  # of a campaign's clauses a text must have to speak for it
_NEAR: Final = 0.08  # of a campaign's size a text must have clause by clause to be looked at letter by letter


@dataclass(frozen=True, slots=True)
class Campaigns:
    """What may be a campaign, in an order that depends on their words alone.

    Parameters
    ----------
    text : int64 array of shape (t,)
        The text that stands for each: most of the campaign's clauses and least else.
    of_clause, clause : int64 arrays of shape (m,)
        The clauses that make each, as (campaign, index into the clauses of its text): those it shares with the others
        and the short ones between them.
    near_text, near_campaign : int64 arrays
        Texts that have some of a campaign's clauses, and may carry it.
    size, n_rows : int64 arrays of shape (t,)
        How much each says, and the rows that have half of its clauses as they are.
    """

    text: Ints
    size: Ints
    n_rows: Ints
    of_clause: Ints
    clause: Ints
    near_text: Ints
    near_campaign: Ints


@dataclass(frozen=True, slots=True)
class _Recurring:
    """Where frequent clauses occur, each once a text, in order of text and place."""

    clause: Ints  # index into the clauses
    text: Ints
    number: Ints  # of the clause, in order of its letters' hash
    size: Ints
    support: Ints  # (n_numbers,) rows
    sizes: Ints  # (n_numbers,)


def campaigns(cut: Clauses, n_rows: Ints, content: U64, least: tuple[int, int]) -> Campaigns:
    """Find clauses that recur together.

    Parameters
    ----------
    cut : Clauses
        Of n distinct texts.
    n_rows : int64 array of shape (n,)
        How many rows say each text.
    content : uint64 array of shape (n,)
        A hash of each text, by which ties are broken.
    least : (int, int)
        Rows in which a clause must recur, and of which a campaign must make up half; size of a campaign.
    """
    often = _recurring(cut, n_rows, least[0])
    group = _together(often, n_rows)
    of_text, n_whole = _spoken(often, group, n_rows)
    if len(n_whole):
        of_text[(of_text >= 0) & (n_whole[of_text] < least[0])] = -1
    members = _members(often, of_text, n_whole, n_rows)
    return _represented(cut, often, of_text, members, (n_rows, content, n_whole, least[1]))


def _recurring(cut: Clauses, n_rows: Ints, support: int) -> _Recurring:
    at = np.flatnonzero(cut.size >= LEAST)
    _, number = np.unique(cut.letters[at], return_inverse=True)
    n = len(n_rows)
    _, once = np.unique(number.astype(np.int64) * n + cut.text[at], return_index=True)
    once.sort()
    at, number = at[once], number[once]
    rows = np.bincount(number, weights=n_rows[cut.text[at]]).astype(np.int64)
    kept = rows[number] >= support if len(number) else np.zeros(0, np.bool_)
    at, number = at[kept], number[kept]
    used, number = np.unique(number, return_inverse=True)
    sizes = np.zeros(len(used), np.int64)
    sizes[number] = cut.size[at]
    return _Recurring(at, cut.text[at], number.astype(np.int64), cut.size[at], rows[used], sizes)


def _together(often: _Recurring, n_rows: Ints) -> Ints:
    """The group of each frequent clause: those linked by being neighbours in most of the rows that have either."""
    n = len(often.support)
    if not n:
        return np.zeros(0, np.int64)
    a, b = often.number[:-1], often.number[1:]
    beside = often.text[:-1] == often.text[1:]
    low, high = np.minimum(a, b)[beside], np.maximum(a, b)[beside]
    pair, place = np.unique(low * n + high, return_inverse=True)
    both = np.bincount(place, weights=n_rows[often.text[:-1][beside]], minlength=len(pair))
    low, high = pair // n, pair % n
    close = both >= _TOGETHER * (often.support[low] + often.support[high] - both)
    graph = coo_array((np.ones(int(close.sum()), np.int8), (low[close], high[close])), shape=(n, n))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _spoken(often: _Recurring, group: Ints, n_rows: Ints) -> tuple[Ints, Ints]:
    """The group each text speaks for (-1 for none), and how many rows speak for each group."""
    of_text = np.full(len(n_rows), -1, np.int64)
    n_groups = int(group.max(initial=-1)) + 1
    if not n_groups:
        return of_text, np.zeros(0, np.int64)
    whole = np.bincount(group, weights=often.sizes, minlength=n_groups)
    pair, place = np.unique(often.text * n_groups + group[often.number], return_inverse=True)
    said = np.bincount(place, weights=often.size)
    text, of = pair // n_groups, pair % n_groups
    enough = said >= _WHOLE * whole[of]
    text, of, said = text[enough], of[enough], said[enough]
    order = np.lexsort((of, -said, text))
    first = order[np.unique(text[order], return_index=True)[1]]
    of_text[text[first]] = of[first]
    return of_text, np.bincount(of[first], weights=n_rows[text[first]], minlength=n_groups).astype(np.int64)


def _members(often: _Recurring, of_text: Ints, n_whole: Ints, n_rows: Ints) -> tuple[Ints, Ints]:
    """Pairs (group, clause): every frequent clause, shared ones too, that a fair part of the group's rows have."""
    n = max(len(often.support), 1)
    spoken = of_text[often.text] >= 0
    pair, place = np.unique(of_text[often.text][spoken] * n + often.number[spoken], return_inverse=True)
    rows = np.bincount(place, weights=n_rows[often.text[spoken]], minlength=len(pair))
    kept = rows >= _TOGETHER * n_whole[pair // n]
    return (pair // n)[kept], (pair % n)[kept]


def _represented(
    cut: Clauses, often: _Recurring, of_text: Ints, members: tuple[Ints, Ints], given: tuple[Ints, U64, Ints, int]
) -> Campaigns:
    """The text that stands for each group, where what it has of the group is large enough, and the texts near it."""
    n_rows, content, n_whole, least = given
    n_texts, n = len(of_text), max(len(often.support), 1)
    belongs = of_text[often.text] >= 0
    pairs = members[0] * n + members[1]
    belongs[belongs] = np.isin(of_text[often.text][belongs] * n + often.number[belongs], pairs)
    own = np.bincount(often.text[belongs], weights=often.size[belongs], minlength=n_texts)
    score = 2 * own - np.bincount(cut.text, weights=cut.size, minlength=n_texts)
    order = np.lexsort((content, -n_rows, -score, of_text))
    order = order[of_text[order] >= 0]
    text = order[np.unique(of_text[order], return_index=True)[1]]
    counts = cut.size < LEAST
    counts[often.clause[belongs]] = True
    size = np.bincount(cut.text[counts], weights=cut.size[counts], minlength=n_texts).astype(np.int64)
    text = text[size[text] >= least]
    speaks = np.full(n_texts, -1, np.int64)
    speaks[text] = np.arange(len(text))
    clause = np.flatnonzero(counts & (speaks[cut.text] >= 0))
    number = np.full(int(of_text.max(initial=-1)) + 1, -1, np.int64)
    number[of_text[text]] = np.arange(len(text))
    kept = number[members[0]] >= 0
    near = _near(often, (number[members[0][kept]], members[1][kept]), size[text], n_texts)
    return Campaigns(text, size[text], n_whole[of_text[text]], speaks[cut.text[clause]], clause, *near)


def _near(often: _Recurring, members: tuple[Ints, Ints], size: Ints, n_texts: int) -> tuple[Ints, Ints]:
    """Every (text, campaign) that share enough clauses."""
    order = np.argsort(often.number, kind="stable")
    start = np.searchsorted(often.number[order], members[1])
    n = np.searchsorted(often.number[order], members[1], "right") - start
    at = order[np.repeat(start - np.cumsum(n) + n, n) + np.arange(int(n.sum()))]
    pair, place = np.unique(np.repeat(members[0], n) * n_texts + often.text[at], return_inverse=True)
    shared = np.bincount(place, weights=often.size[at], minlength=len(pair))
    pair = pair[shared >= _NEAR * size[pair // max(n_texts, 1)]]
    return pair % max(n_texts, 1), pair // max(n_texts, 1)
