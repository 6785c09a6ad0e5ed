"""Fold texts that are the same but for typing: typos, swapped clauses, particles, spaces.

Folding comes before grouping, so that a campaign's thousand small variations count as one text and share one fate.
Precision comes first: what this stage joins nobody sees apart again. Texts that differ in a number, a negation, an
opposite (left, right) or a word that the corpus knows well are never joined, however alike they look.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from setright.sift.folding.shingle import Prints, prints, shingles, slot

Ints = NDArray[np.int64]
Ranks = NDArray[np.int32]
Mask = NDArray[np.bool_]

_CHUNK: Final = 1 << 15  # texts printed at once: their arrays stay in the cache
_PAIRS: Final = 1 << 16  # pairs compared at once
_WINDOW: Final = 3


@dataclass(frozen=True, slots=True)
class FoldSettings:
    """What counts as the same text.

    Parameters
    ----------
    threshold : float
        Least Jaccard similarity of the two texts' shingles (character pairs in scripts without spaces, triples
        elsewhere). Fixed for precision on the pair sets of `benchmarks/duplicates.py`.
    margin : float
        How far below the threshold the estimate from 32 minima may lie for a pair still to be compared exactly; 0.15 is
        two standard errors at 0.75.
    known : int
        A unit (pair of characters, or word) is known when it occurs this often, and at least once in 20,000 texts.
    """

    threshold: float = 0.75
    margin: float = 0.15
    known: int = 5


def near_duplicates(
    keys: pa.Array | pa.ChunkedArray,
    *,
    n_submissions: Ints | None = None,
    settings: FoldSettings | None = None,
    threads: int = 1,
) -> Ranks:
    """Find each text's representative.

    Parameters
    ----------
    keys : pyarrow array of (large_)string, length n
        Matching forms: distinct, none null.
    n_submissions : array of int, shape (n,), optional
        How many rows stand behind each text. The most submitted text of a family represents it.
    settings : FoldSettings, optional
    threads : int
        Never changes the result.

    Returns
    -------
    ndarray of int32, shape (n,)
        Index of the text's representative; its own index where it has none. `out[out] == out`.

    Raises
    ------
    ValueError
        Where a key is null, or `n_submissions` has another length.

    Notes
    -----
    Candidates come from MinHash (Broder 1997, "On the resemblance and containment of documents", section 3) in eight
    sorted trees (Bawa, Condie and Ganesan 2005, "LSH Forest"): a text meets the first of its bucket and its nearest
    predecessors, and in a second round the one that most are like, so candidates grow with n and never with the square
    of a bucket. Each is verified by exact Jaccard
    similarity and by what may not differ. Families are stars, never chains: going through the texts in order of
    submissions (then of how many texts they are like, then of a hash of the text, so that the order of the input does
    not matter), a text joins the first representative it was verified against, or becomes one.

    Deterministic; independent of the order of `keys` and of `threads`. O(n) memory, about 150 bytes a text beside the
    keys; O(n log n) time, about 10 s for 1,000,000 short texts on two cores.
    """
    whole = _checked(keys, n_submissions)
    n = len(whole)
    if n < 2:
        return np.arange(n, dtype=np.int32)
    chosen = settings or FoldSettings()
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        printed = _print_all(whole, pool)
        submitted = np.ones(n, np.int64) if n_submissions is None else np.asarray(n_submissions, np.int64)
        order = np.lexsort((printed.content, -submitted))
        corpus = _Corpus(whole.take(pa.array(order)), printed.taken(order), submitted[order], chosen)
        first = _representatives(corpus, pool)
    found = np.empty(n, np.int32)
    found[order] = order[first]
    return found


def same(left: pa.Array, right: pa.Array, settings: FoldSettings | None = None) -> Mask:
    """Tell for each of n pairs whether `near_duplicates` would join them in a corpus that knows no unit well.

    Parameters
    ----------
    left, right : pyarrow arrays of string, length n

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    return similarity(left, right) >= (settings or FoldSettings()).threshold


def similarity(left: pa.Array, right: pa.Array) -> NDArray[np.float64]:
    """Similarity of each of n pairs: exact Jaccard, 1 for texts equal but for spaces and particles, 0 where barred.

    Parameters
    ----------
    left, right : pyarrow arrays of string, length n

    Returns
    -------
    ndarray of float64, shape (n,), in [0, 1]
    """
    n = len(left)
    if n == 0:
        return np.zeros(0)
    both = pa.concat_arrays([left.cast(pa.large_string()), right.cast(pa.large_string())])
    corpus = _Corpus(both, prints(both), np.ones(2 * n, np.int64), FoldSettings())
    first = np.arange(n, dtype=np.int64)
    return np.concatenate([_scores(corpus, part, part + n, None) for part in _parts(first, _PAIRS)])


@dataclass(frozen=True, slots=True)
class _Corpus:
    """The texts in order of precedence, with their prints."""

    keys: pa.Array
    prints: Prints
    submitted: Ints
    settings: FoldSettings

    def taken(self, order: Ints) -> _Corpus:
        return _Corpus(self.keys.take(pa.array(order)), self.prints.taken(order), self.submitted[order], self.settings)


def _checked(keys: pa.Array | pa.ChunkedArray, n_submissions: Ints | None) -> pa.Array:
    whole = keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys
    if whole.null_count:
        raise ValueError("keys holds nulls: pass only texts that have a matching form.")
    if n_submissions is not None and len(n_submissions) != len(whole):
        raise ValueError(f"n_submissions has {len(n_submissions)} values for {len(whole)} keys.")
    return whole.cast(pa.large_string())


def _parts(values: NDArray[Any], size: int) -> list[NDArray[Any]]:
    return [values[start : start + size] for start in range(0, len(values), size)] or [values]


def _print_all(keys: pa.Array, pool: ThreadPoolExecutor) -> Prints:
    parts = [keys.slice(start, _CHUNK) for start in range(0, len(keys), _CHUNK)]
    return Prints.joined(list(pool.map(prints, parts)))


# --------------------------------------------------------------------------------------------------------- candidates


def _candidates(corpus: _Corpus, tree: int) -> NDArray[np.uint64]:
    """Pairs (earlier << 32 | later) that one tree brings together and whose minima agree well enough."""
    key = corpus.prints.trees[:, tree]
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    pairs = [
        *_meet_leader(order, ordered >> np.uint64(32)),
        *_meet_leader(order, ordered),
        *(_meet_neighbour(order, ordered >> np.uint64(32), step) for step in range(1, _WINDOW + 1)),
    ]
    packed = _packed(np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs]))
    return _agreeing(corpus, packed)


def _leaders(corpus: _Corpus, tree: int) -> NDArray[np.uint64]:
    """Pairs of each text with the first of its bucket in one tree, where their minima agree well enough."""
    key = corpus.prints.trees[:, tree]
    order = np.argsort(key, kind="stable")
    ((left, right),) = _meet_leader(order, key[order] >> np.uint64(32))
    return _agreeing(corpus, _packed(left, right))


def _meet_leader(order: Ints, bucket: NDArray[np.uint64]) -> list[tuple[Ints, Ints]]:
    """Pair each text with the first of its bucket."""
    starts = np.flatnonzero(_begins(bucket))
    sizes = np.diff(np.r_[starts, len(bucket)])
    leaders = np.repeat(np.minimum.reduceat(order, starts), sizes)
    other = leaders != order
    return [(leaders[other], order[other])]


def _meet_neighbour(order: Ints, bucket: NDArray[np.uint64], step: int) -> tuple[Ints, Ints]:
    """Pair each text with the one `step` places before it in its bucket."""
    together = bucket[step:] == bucket[:-step]
    return order[:-step][together], order[step:][together]


def _begins(ordered: NDArray[np.uint64]) -> Mask:
    """Tell where a run of equal values begins."""
    found = np.ones(len(ordered), np.bool_)
    found[1:] = ordered[1:] != ordered[:-1]
    return found


def _packed(left: Ints, right: Ints) -> NDArray[np.uint64]:
    low, high = np.minimum(left, right).astype(np.uint64), np.maximum(left, right).astype(np.uint64)
    return np.unique(low << np.uint64(32) | high)


def _unpacked(pairs: NDArray[np.uint64]) -> tuple[Ints, Ints]:
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _agreeing(corpus: _Corpus, pairs: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Keep the pairs that nothing bars and whose estimated similarity comes near the threshold."""
    kept = []
    minima, guard = corpus.prints.minima, corpus.prints.guard
    least = int(np.ceil((corpus.settings.threshold - corpus.settings.margin) * minima.shape[1]))
    for part in _parts(pairs, _PAIRS):
        left, right = _unpacked(part)
        free = np.flatnonzero(guard[left] == guard[right])
        n_agreeing = np.count_nonzero(minima[left[free]] == minima[right[free]], axis=1)
        kept.append(part[free[n_agreeing >= least]])
    return np.concatenate(kept)


def _equal_cores(corpus: _Corpus) -> NDArray[np.uint64]:
    """Pairs that are equal but for spaces, punctuation and particles."""
    core = corpus.prints.core
    order = np.argsort(core, kind="stable")
    ((left, right),) = _meet_leader(order, core[order])
    return _packed(left, right)


# ------------------------------------------------------------------------------------------------------- verification


def _scores(corpus: _Corpus, left: Ints, right: Ints, known: Mask | None) -> NDArray[np.float64]:
    """Similarity of pairs, 0 where something bars them; `known` marks the slots of units the corpus knows well."""
    printed = corpus.prints
    used, place = np.unique(np.r_[left, right], return_inverse=True)
    cut = shingles(corpus.keys.take(pa.array(used)))
    a, b = place[: len(left)], place[len(left) :]
    score, known_left, known_right = _compare(cut.shingles, cut.shingle_starts, a, b, known)
    if known is not None:  # words are what is known of texts with spaces, whose shingles are no units
        spaced = np.flatnonzero(~(cut.unspaced[a] & cut.unspaced[b]))
        words = _compare(cut.words, cut.word_starts, a[spaced], b[spaced], known)
        known_left[spaced], known_right[spaced] = words[1:]
    barred = printed.short[left] | printed.short[right] | known_left & known_right
    score[barred] = 0
    score[printed.core[left] == printed.core[right]] = 1
    score[printed.guard[left] != printed.guard[right]] = 0
    return score


def _compare(
    elements: NDArray[np.uint32], starts: Ints, a: Ints, b: Ints, known: Mask | None
) -> tuple[NDArray[np.float64], Mask, Mask]:
    """Jaccard similarity of pairs of sets, and which side alone has an element that is known.

    Both sides' elements are tagged with pair and side and sorted once, so that equal ones lie side by side.
    """
    n = len(a)
    tagged = np.concatenate([_tagged(elements, starts, a, 0), _tagged(elements, starts, b, 1)])
    tagged.sort()
    tagged = tagged[_begins(tagged)]
    bare = tagged >> np.uint64(1)
    second = ~_begins(bare)
    twin = np.roll(second, -1)
    pair = (tagged >> np.uint64(33)).astype(np.int64)
    n_common = np.bincount(pair[twin], minlength=n)
    n_all = np.bincount(pair, minlength=n) - n_common
    if known is None:
        return n_common / np.maximum(n_all, 1), np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    single = ~(twin | second)
    well = single & known[slot((bare & np.uint64(0xFFFFFFFF)).astype(np.uint32))]
    side = (tagged & np.uint64(1)).astype(np.bool_)
    sides = [np.bincount(pair[well & (side == which)], minlength=n) > 0 for which in (False, True)]
    return n_common / np.maximum(n_all, 1), sides[0], sides[1]


def _tagged(elements: NDArray[np.uint32], starts: Ints, texts: Ints, side: int) -> NDArray[np.uint64]:
    sizes = starts[texts + 1] - starts[texts]
    pair = np.repeat(np.arange(len(texts), dtype=np.uint64), sizes)
    offset = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    found = elements[np.repeat(starts[texts], sizes) + offset].astype(np.uint64)
    tagged: NDArray[np.uint64] = pair << np.uint64(33) | found << np.uint64(1) | np.uint64(side)
    return tagged


def _verified(corpus: _Corpus, pairs: NDArray[np.uint64], known: Mask, pool: ThreadPoolExecutor) -> NDArray[np.uint64]:
    if not len(pairs):
        return pairs

    def good(part: NDArray[np.uint64]) -> NDArray[np.uint64]:
        left, right = _unpacked(part)
        alike: Mask = _scores(corpus, left, right, known) >= corpus.settings.threshold
        return part[alike]

    return np.concatenate(list(pool.map(good, _parts(pairs, _PAIRS))))


# ----------------------------------------------------------------------------------------------------------- families


def _representatives(corpus: _Corpus, pool: ThreadPoolExecutor) -> Ints:
    """Representative of each text, both as positions in order of precedence."""
    n = len(corpus.keys)
    known = corpus.prints.known(max(corpus.settings.known, n // 20_000))
    trees = range(corpus.prints.trees.shape[1])
    met = np.unique(np.concatenate([*pool.map(lambda tree: _candidates(corpus, tree), trees), _equal_cores(corpus)]))
    edges = _verified(corpus, met, known, pool)
    order = _precedence(corpus, edges)
    ranked = corpus.taken(order)
    again = np.unique(np.concatenate(list(pool.map(lambda tree: _leaders(ranked, tree), trees))))
    edges = np.union1d(_renumbered(edges, order), _verified(ranked, again, known, pool))
    found = np.empty(n, np.int64)
    found[order] = order[_stars(edges, n)]
    return found


def _precedence(corpus: _Corpus, edges: NDArray[np.uint64]) -> Ints:
    """Order by submissions, then by how many texts are alike: the text that others are typed from leads them."""
    n = len(corpus.submitted)
    left, right = _unpacked(edges)
    n_alike = np.bincount(left, minlength=n) + np.bincount(right, minlength=n)
    return np.lexsort((-n_alike, -corpus.submitted))


def _renumbered(edges: NDArray[np.uint64], order: Ints) -> NDArray[np.uint64]:
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    left, right = _unpacked(edges)
    return _packed(rank[left], rank[right])


def _stars(edges: NDArray[np.uint64], n: int) -> Ints:
    """Give each text the first representative it has an edge to.

    Representatives are what one pass in order of precedence would choose (the lexicographically first maximal
    independent set), found in a few parallel rounds: a text with no undecided predecessor is decided.
    """
    left, right = _unpacked(edges)
    decided, leads = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    a, b = left, right
    while not decided.all():
        waits = np.zeros(n, np.bool_)
        waits[b] = True
        new = ~decided & ~waits
        leads |= new
        decided |= new
        decided[b[leads[a]]] = True
        open_ = ~decided[a] & ~decided[b]
        a, b = a[open_], b[open_]
    first = np.where(leads, np.arange(n), n)
    to_leader = leads[left] & ~leads[right]
    np.minimum.at(first, right[to_leader], left[to_leader])
    return first
