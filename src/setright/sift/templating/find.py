"""Letters that many send with small changes: which template each text carries, and what its sender added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from setright.sift.folding.codepoints import U64, Ints, Mask, laid_out, ordered_hash
from setright.sift.templating.campaign import Campaigns, campaigns
from setright.sift.templating.clause import Clauses, clauses
from setright.sift.templating.cover import INSIDE, Index, letters, shares
from setright.sift.templating.recut import smoothed

_FAR: Final = 1 << 32
"""More than any text is long, so that text and place make one number."""


@dataclass(frozen=True, slots=True)
class TemplateSettings:
    """What counts as a template, and as carrying one. Sizes: one for an ideograph, two for a word.

    Parameters
    ----------
    support : int
        Least number of rows that carry it.
    size : int
        Least size: below, people simply agree.
    whole : float
        Share of the template's letters that a text must have to carry it.
    long : int
        From this size, finding half of a template's words in a text is evidence by itself; below, people may just say
        the same. So of a shorter one a text must have `nearly` all; and `support` rows must say nearly nothing else,
        since a set phrase that closes letters of every sort is no template.
    nearly : float
    part : float
        Share of a text that a shorter template must make up.
    clause : float
        Share of a clause's letters that must be the template's; a clause with less was added.
    addition : int
        Least size of an addition.
    """

    support: int = 10
    size: int = 15
    whole: float = 0.5
    long: int = 40
    nearly: float = 0.8
    part: float = 0.25
    clause: float = 0.5
    addition: int = 4


@dataclass(frozen=True, slots=True)
class Templates:
    """The templates of n distinct texts, by the number of rows that carry them, then by their words.

    Parameters
    ----------
    text : int64 array of shape (t,)
        The text that stands for each template.
    n_rows : int64 array of shape (t,)
        Rows that carry it.
    of_text : int32 array of shape (n,)
        The template each text carries, -1 where none.
    clauses : Clauses
        Of the texts that carry one, in order of text and place.
    place : int64 array of shape (c,)
        Where a clause stands in the template's text, in code points; -1 where its sender added it.
    """

    text: Ints
    n_rows: Ints
    of_text: NDArray[np.int32]
    clauses: Clauses
    place: Ints

    def __len__(self) -> int:
        return len(self.text)


def templates(texts: pa.Array, n_rows: Ints, settings: TemplateSettings | None = None) -> Templates:
    """Find the templates among distinct texts.

    Parameters
    ----------
    texts : pyarrow array of (large_)string, length n
        Whole texts as written: distinct, none null.
    n_rows : int64 array of shape (n,)
        How many rows say each.
    settings : TemplateSettings, optional

    Returns
    -------
    Templates

    Notes
    -----
    Clauses that recur verbatim in several rows are linked where they are neighbours in most of the rows that have
    either, and each connected group is a candidate: so a letter is found though no two copies of it are alike, if each
    of its clauses is left as it was by some. The text with most of a group's clauses and least else stands for it.
    Whether a text carries a candidate is then told by letters, not by clauses: windows of 4 letters (10 where words are
    spelt) found anywhere in the template, as in w-shingling (Broder 1997, "On the resemblance and containment of
    documents", section 2, containment). So typos, swapped sentences and a cut end cost little. Of several templates a
    text goes with the one that it shares most letters with. Then the texts that carry none are looked at again, until
    nothing is found: letters that share a sentence may make one group, of which only one is found at a time.

    Deterministic; independent of the order of the texts. Linear but for sorting; about 1 s for 360,000 short texts.
    """
    chosen = settings or TemplateSettings()
    corpus = _Corpus(texts, n_rows, content(texts), clauses(texts))
    rounds: list[_Round] = []
    rest = np.ones(len(texts), np.bool_)
    while len((found := _round(corpus, rest, chosen)).carried.text):
        rounds.append(found)
        rest[found.carried.text] = False
    return _numbered(corpus, rounds)


@dataclass(frozen=True, slots=True)
class _Corpus:
    """The distinct texts, how many rows say each, a hash of each, and their clauses."""

    texts: pa.Array
    n_rows: Ints
    content: U64
    clauses: Clauses


@dataclass(frozen=True, slots=True)
class _Round:
    """What one look at the texts that carry nothing yet has found."""

    standing: Ints  # text that stands for each candidate
    carried: _Pairs
    clauses: Clauses
    place: Ints


def _round(corpus: _Corpus, rest: Mask, chosen: TemplateSettings) -> _Round:
    cut = corpus.clauses.taken(rest[corpus.clauses.text])
    maybe = campaigns(cut, corpus.n_rows, corpus.content, (max(chosen.support // 2, 2), chosen.size))
    candidates = _candidates(corpus.texts, cut, maybe.text, maybe.clause)
    apart = ~_again(corpus, maybe, candidates, chosen.whole)[maybe.near_campaign]
    pairs = _weighed(corpus.texts, candidates, (maybe.near_text[apart], maybe.near_campaign[apart]))
    carried = _carried(pairs, maybe.text, maybe.size, (corpus.n_rows, chosen))
    return _Round(maybe.text, carried, *_told(corpus.texts, cut, candidates, carried, chosen))


def _again(corpus: _Corpus, maybe: Campaigns, candidates: Index, whole: float) -> Mask:
    """Whether what stands for a candidate carries one that more rows speak for: one letter, mistyped by several."""
    both = np.isin(maybe.near_text, maybe.text)
    pairs = _weighed(corpus.texts, candidates, (maybe.near_text[both], maybe.near_campaign[both]))
    rank = np.empty(len(maybe.text), np.int64)
    rank[np.lexsort((corpus.content[maybe.text], -maybe.n_rows))] = np.arange(len(rank))
    order = np.argsort(maybe.text)
    stands = order[np.searchsorted(maybe.text[order], pairs.text)] if len(order) else pairs.text
    found = np.zeros(len(rank), np.bool_)
    found[stands[(pairs.whole >= whole) & (rank[pairs.template] < rank[stands])]] = True
    return found


def _numbered(corpus: _Corpus, rounds: list[_Round]) -> Templates:
    """The templates of all rounds, the most carried first."""
    none = np.zeros(0, np.int64)
    text = np.concatenate([none, *(each.carried.text for each in rounds)])
    standing = np.concatenate([none, *(each.standing[each.carried.template] for each in rounds)])
    leads, which = np.unique(standing, return_inverse=True)
    n = np.bincount(which, weights=corpus.n_rows[text], minlength=len(leads)).astype(np.int64)
    order = np.lexsort((corpus.content[leads], -n))
    of_text = np.full(len(corpus.texts), -1, np.int32)
    of_text[text] = np.argsort(order)[which]
    said = Clauses.joined([each.clauses for each in rounds])
    place = np.concatenate([none, *(each.place for each in rounds)])
    by_text = np.lexsort((said.start, said.text))
    return Templates(leads[order], n[order], of_text, said.taken(by_text), place[by_text])


def content(texts: pa.Array) -> U64:
    parts = [laid_out(texts.slice(at, 1 << 14)) for at in range(0, len(texts), 1 << 14)]
    found = [ordered_hash(codes, codes.text > 0) for codes in parts]
    return np.concatenate(found) if found else np.zeros(0, np.uint64)


def _candidates(texts: pa.Array, cut: Clauses, standing: Ints, clause: Ints) -> Index:
    """The standing texts' letters, but for clauses that are not the campaign's."""
    written = letters(texts.take(pa.array(standing)))
    of = np.repeat(np.arange(len(standing)), written.sizes())
    order = np.argsort(standing)
    campaign = order[np.searchsorted(standing[order], cut.text[clause])] if len(standing) else clause
    start, end = campaign * _FAR + cut.start[clause], campaign * _FAR + cut.end[clause]
    by_start = np.argsort(start)
    at = np.searchsorted(start[by_start], of * _FAR + written.place, "right") - 1
    inside = at >= 0
    inside[inside] = (of * _FAR + written.place)[inside] < end[by_start][at[inside]]
    return Index.of(written.kept(inside))


class _Pairs(NamedTuple):
    """Texts beside templates they may carry."""

    text: Ints
    template: Ints
    n_shared: Ints  # letters of the text that are the template's
    part: NDArray[np.float64]  # the same, as a share of the text
    whole: NDArray[np.float64]  # share of the template's letters that the text has

    def taken(self, at: Ints | Mask) -> _Pairs:
        return _Pairs(self.text[at], self.template[at], self.n_shared[at], self.part[at], self.whole[at])


def _weighed(texts: pa.Array, candidates: Index, near: tuple[Ints, Ints]) -> _Pairs:
    used, at = np.unique(near[0], return_inverse=True)
    written, template = letters(texts.take(pa.array(used))), near[1]
    n_shared, n_had = np.zeros(len(at), np.int64), np.zeros(len(at), np.int64)
    for part, match in candidates.matches(written, at, template):
        n_shared[part], n_had[part] = shares(match, candidates.letters, template[part])
    itself = np.arange(len(candidates.letters.starts) - 1)
    own = np.ones(len(itself), np.int64)
    for part, match in candidates.matches(candidates.letters, itself, itself):
        own[part] = np.maximum(shares(match, candidates.letters, itself[part])[1], 1)
    size = np.maximum(written.sizes()[at], 1)
    return _Pairs(near[0], template, n_shared, n_shared / size, n_had / own[template])


def _carried(pairs: _Pairs, standing: Ints, size: Ints, given: tuple[Ints, TemplateSettings]) -> _Pairs:
    """The template each text carries: the one it stands for, else the one it shares most letters with.

    Only of those that enough rows carry; what too few carry is let go the least first, since its rows may then make up
    another.
    """
    n_rows, chosen = given
    long = size >= chosen.long
    enough = np.where(long, chosen.whole, chosen.nearly)[pairs.template]
    pairs = pairs.taken((pairs.whole >= enough) & (long[pairs.template] | (pairs.part >= chosen.part)))
    while True:
        order = np.lexsort((pairs.template, -pairs.n_shared, pairs.text != standing[pairs.template], pairs.text))
        first = order[np.unique(pairs.text[order], return_index=True)[1]]
        best = pairs.taken(first)
        rows = n_rows[best.text]
        n = np.bincount(best.template, weights=rows, minlength=len(size))
        n_nearly = np.bincount(best.template, weights=rows * (best.part >= chosen.nearly), minlength=len(size))
        n = np.where(long, n, n_nearly)
        fewest = n[pairs.template].min(initial=chosen.support)
        if fewest >= chosen.support:
            return best
        pairs = pairs.taken(n[pairs.template] > fewest)


def _told(
    texts: pa.Array, cut: Clauses, candidates: Index, carried: _Pairs, chosen: TemplateSettings
) -> tuple[Clauses, Ints]:
    """The clauses of the texts that carry a template, and where each stands in it; -1 where it was added."""
    carries = np.zeros(len(texts), np.bool_)
    carries[carried.text] = True
    said = cut.taken(carries[cut.text])
    written, known = letters(texts.take(pa.array(carried.text)), INSIDE), Index.of(candidates.letters.within(INSIDE))
    nth = np.searchsorted(carried.text, said.text)  # `carried.text` ascends
    place = np.full(len(said.text), -1, np.int64)
    for part, match in known.matches(written, np.arange(len(carried.text)), carried.template):
        among = slice(*np.searchsorted(nth, [part.start, part.stop]))
        keys = nth[among] * _FAR + said.start[among]
        at = np.searchsorted(keys, (match.pair + part.start) * _FAR + written.place[match.letter], "right") - 1
        place[among] = _places(at, match.place, len(keys), chosen.clause)
    place[place >= 0] = candidates.letters.place[place[place >= 0]]
    return said, smoothed(said, place, chosen.addition)


def _places(clause: Ints, place: Ints, n: int, least: float) -> Ints:
    """The middle of the places where each clause's letters stand in the template; -1 where too few stand there."""
    size = np.bincount(clause, minlength=n)
    has = place >= 0
    clause, place = clause[has], place[has]
    order = np.lexsort((place, clause))
    n_shared = np.bincount(clause, minlength=n)
    middle = np.cumsum(n_shared) - n_shared + n_shared // 2
    enough = (n_shared > 0) & (n_shared >= least * size)
    found = np.full(n, -1, np.int64)
    found[enough] = place[order[middle[enough]]]
    return found
