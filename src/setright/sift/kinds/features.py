"""From texts to numbers: tokens, runs of tokens, cues. All of it over whole columns, none of it text by text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from setright.sift.kinds.script import GAP, HAN, MARK, WORD, classes, folded

Floats = NDArray[np.float32]
Hashes = NDArray[np.uint64]
Ints = NDArray[np.int64]

N_BUCKETS: Final = 1 << 16
MAX_RUN: Final = 3
"""Runs of one to three tokens are hashed: words in spaced scripts, characters in Chinese."""

MAX_CUE: Final = 8
_BASE: Final = np.uint64(0x9E3779B97F4A7C15)
_INVERSE: Final = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
_CHAIN: Final = np.uint64(0xD1342543DE82EF95)
_NEAR: Final = 3
_PLEASING: Final = ("good", "strong_good", "thank", "good_deed", "denied_fault", "bad negated")
_TROUBLING: Final = ("bad", "stuck", "report", "rhetorical", "why", "good negated")
_BALANCES: Final = (*(f"balance {i - 3}" for i in range(7)), "flat")
_SIZES: Final = np.array([1, 2, 4, 8, 16, 32, 64])


@dataclass(frozen=True, slots=True)
class Tokens:
    """Every token of a column of texts, one after another.

    `hash` uint64 (t,), `kind` uint8 (t,) (WORD, HAN or MARK), `text` int64 (t,) the index of the text it stands in,
    `first` int64 (n + 1,) where each text's tokens begin; `n` texts.
    """

    hash: Hashes
    kind: NDArray[np.uint8]
    text: Ints
    first: Ints

    @property
    def n_texts(self) -> int:
        return len(self.first) - 1


@dataclass(frozen=True, slots=True)
class Cues:
    """The lexicon as hashes: `hash` uint64 (c,) sorted, `length` in tokens, `groups` a bit per group."""

    hash: Hashes
    length: NDArray[np.int8]
    groups: NDArray[np.uint32]
    names: tuple[str, ...]

    def bit(self, name: str) -> np.uint32:
        return np.uint32(1 << self.names.index(name))


def tokenised(texts: Sequence[str] | pa.Array) -> Tokens:
    """Cut every text into tokens, each known by a 64-bit hash of its folded, lower-case characters.

    The hash of a token is a polynomial in its code points modulo 2**64, taken as a difference of prefix sums, so
    that no token is ever a Python string.
    """
    column = pc.utf8_lower(texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string()))
    n_chars = pc.fill_null(pc.utf8_length(column), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    points = np.frombuffer("".join(column.drop_null().to_pylist()).encode("utf-32-le"), dtype=np.uint32)
    basic = np.minimum(points, 0xFFFF)
    points = np.where(points < 0xFFFF, folded()[basic], points)
    kind = np.where(points < 0xFFFF, classes()[np.minimum(points, 0xFFFF)], MARK).astype(np.uint8)
    kind[(points >= 0x20000) & (points < 0x32000)] = HAN
    text = np.repeat(np.arange(len(n_chars)), n_chars)
    _join_apostrophes(points, kind, text)
    start, end = _bounds(kind, text)
    return Tokens(
        hash=_mixed(_spans(points, start, end)),
        kind=kind[start],
        text=text[start],
        first=np.searchsorted(text[start], np.arange(len(n_chars) + 1)),
    )


def _join_apostrophes(points: NDArray[np.uint32], kind: NDArray[np.uint8], text: Ints) -> None:
    inside = np.zeros(len(points), dtype=bool)
    inside[1:-1] = (kind[:-2] == WORD) & (kind[2:] == WORD) & (text[:-2] == text[2:])
    kind[inside & (points == ord("'"))] = WORD


def _bounds(kind: NDArray[np.uint8], text: Ints) -> tuple[Ints, Ints]:
    joined = np.zeros(len(kind) + 1, dtype=bool)
    joined[1:-1] = (kind[1:] == WORD) & (kind[:-1] == WORD) & (text[1:] == text[:-1])
    inked = kind != GAP
    return np.flatnonzero(inked & ~joined[:-1]), np.flatnonzero(inked & ~joined[1:]) + 1


def _spans(points: NDArray[np.uint32], start: Ints, end: Ints) -> Hashes:
    if not len(start):
        return np.zeros(0, dtype=np.uint64)
    power = np.full(len(points), _BASE)
    power[0] = 1
    power = np.cumprod(power, dtype=np.uint64)
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum((points.astype(np.uint64) + np.uint64(1)) * power)])
    inverse = np.full(len(points), _INVERSE)
    inverse[0] = 1
    spans: Hashes = (total[end] - total[start]) * np.cumprod(inverse, dtype=np.uint64)[start]
    return spans


def _mixed(values: Hashes) -> Hashes:
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return values ^ (values >> np.uint64(33))


def runs(tokens: Tokens, longest: int) -> list[Hashes]:
    """Hashes of the runs of 1 to `longest` tokens that begin at each token; 0 where a run would leave its text."""
    found = [tokens.hash]
    for length in range(2, longest + 1):
        before, n = found[-1], len(tokens.hash) - length + 1
        run = np.zeros(len(tokens.hash), dtype=np.uint64)
        if n > 0:
            inside = tokens.text[:n] == tokens.text[length - 1 :]
            run[:n] = np.where(inside, _mixed(before[:n] * _CHAIN + tokens.hash[length - 1 :]), 0)
        found.append(run)
    return found


def cues_found(tokens: Tokens, cues: Cues, run: list[Hashes]) -> NDArray[np.uint32]:
    """The groups of the cue that begins at each token, uint32 (t,); a cue inside a longer one is not counted.

    Longest first, so that what "could not fault" means is not also counted as a negation, and 你好 not as 好.
    """
    found = np.zeros(len(tokens.hash), dtype=np.uint32)
    covered = np.zeros(len(tokens.hash) + MAX_CUE, dtype=bool)
    for length in range(min(MAX_CUE, len(run)), 0, -1):
        known = cues.length == length
        at, groups = _looked_up(run[length - 1], cues.hash[known], cues.groups[known])
        free = ~covered[at]
        at, groups = at[free], groups[free]
        found[at] |= groups
        for step in range(length):
            covered[at + step] = True
    return found


def _looked_up(run: Hashes, keys: Hashes, groups: NDArray[np.uint32]) -> tuple[Ints, NDArray[np.uint32]]:
    if not len(keys):
        return np.zeros(0, np.int64), np.zeros(0, np.uint32)
    likely = np.zeros(1 << 16, dtype=bool)
    likely[keys & np.uint64(0xFFFF)] = True
    at = np.flatnonzero(likely[run & np.uint64(0xFFFF)])
    place = np.minimum(np.searchsorted(keys, run[at]), len(keys) - 1)
    hit = keys[place] == run[at]
    return at[hit], groups[place[hit]]


def cue_matrix(tokens: Tokens, cues: Cues, run: list[Hashes]) -> Floats:
    """What the cues say about each text: float32 (n, f); `feature_names` names the columns."""
    found = cues_found(tokens, cues, run)
    at, group = _cue_groups(tokens, found, cues)
    counts = _counted(tokens, at, group, len(cues.names) + 2)
    n_groups = len(cues.names)
    placed = [_counted(tokens, at[here], group[here], n_groups + 2)[:, :n_groups] for here in _places(tokens, at)]
    shape = _shape(tokens, found & cues.bit("first_question") > 0)
    has = np.minimum(counts, 1)
    balance = _balance(counts, cues)
    return np.concatenate(
        [
            has,
            np.minimum(counts, 4) / 4,
            *(np.minimum(part, 1) for part in placed),
            has * shape[:, :1],
            shape,
            _crossed(has, shape, cues),
            balance,
            balance * shape[:, 1:2],
            balance * has[:, [cues.names.index("wish")]],
        ],
        axis=1,
    )


def _cue_groups(tokens: Tokens, found: NDArray[np.uint32], cues: Cues) -> tuple[Ints, Ints]:
    """Pairs (token, group); a good or bad word soon after a negation goes to a group of its own, past the named."""
    some = np.flatnonzero(found)
    bits = (found[some, None] >> np.arange(len(cues.names), dtype=np.uint32)) & np.uint32(1)
    which, group = np.nonzero(bits)
    negated = _after_negation(some, found[some] & cues.bit("not") > 0, tokens.first[tokens.text[some]])[which]
    for i, name in enumerate(("good", "bad")):
        group[negated & (group == cues.names.index(name))] = len(cues.names) + i
    return some[which], group


def feature_names(cues: Cues) -> tuple[str, ...]:
    """The columns of `cue_matrix`, in order."""
    groups = (*cues.names, "good negated", "bad negated")
    sizes = tuple(f"tokens {i}" for i in range(len(_SIZES) + 1))
    shape = ("chinese", "asks", "ends asking", "exclaims", "begins asking", *sizes)
    crossed = tuple(f"asks and {name}" for name in _WITH_ASKING) + tuple(f"{a} and {b}" for a, b in _TOGETHER)
    return (
        *(f"has {g}" for g in groups),
        *(f"count {g}" for g in groups),
        *(f"{place} {g}" for place in ("late", "first", "last") for g in cues.names),
        *(f"zh {g}" for g in groups),
        *shape,
        *crossed,
        *(f"{b}{also}" for also in ("", " and asks", " and wish") for b in _BALANCES),
    )


_WITH_ASKING: Final = (
    "bad",
    "rhetorical",
    "why",
    "stuck",
    "question",
    "ask_if_could",
    "wish",
    "norm",
    "first_question",
)
_TOGETHER: Final = (
    ("wish", "bad"),
    ("norm", "bad"),
    ("good", "bad"),
    ("thank", "good"),
    ("thank", "bad"),
    ("not", "norm"),
)


def _after_negation(at: Ints, is_not: NDArray[np.bool_], begin: Ints) -> NDArray[np.bool_]:
    last = np.maximum.accumulate(np.where(is_not, at, -_NEAR - 1))
    before = np.concatenate([np.full(1, -_NEAR - 1), last[:-1]])
    near: NDArray[np.bool_] = (at - before <= _NEAR) & (before >= begin)
    return near


def _places(tokens: Tokens, at: Ints) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether a cue stands in the second half of its text, at its very beginning, near its end."""
    text = tokens.text[at]
    before, size = at - tokens.first[text], tokens.first[text + 1] - tokens.first[text]
    return before * 2 >= size, before < _NEAR - 1, size - before <= _NEAR + 1


def _balance(counts: Floats, cues: Cues) -> Floats:
    """One-hot of pleasing words less troubling ones, from -3 to 3, and a last column where there are neither."""
    column = (*cues.names, "good negated", "bad negated").index
    pleasing = counts[:, [column(name) for name in _PLEASING]].sum(axis=1)
    troubling = counts[:, [column(name) for name in _TROUBLING]].sum(axis=1)
    balance = np.zeros((len(counts), 8), dtype=np.float32)
    balance[np.arange(len(counts)), np.clip(pleasing - troubling, -3, 3).astype(np.int64) + 3] = 1
    balance[:, 7] = (pleasing == 0) & (troubling == 0)
    return balance


def _counted(tokens: Tokens, at: Ints, group: Ints, n_groups: int) -> Floats:
    cells = np.bincount(tokens.text[at] * n_groups + group, minlength=tokens.n_texts * n_groups)
    return cells.reshape(tokens.n_texts, n_groups).astype(np.float32)


def _shape(tokens: Tokens, asks_first: NDArray[np.bool_]) -> Floats:
    marks = _hashes_of("?!")
    size = np.diff(tokens.first)
    flags = (tokens.kind == HAN, tokens.hash == marks[0], tokens.hash == marks[1])
    sums = np.stack([np.bincount(tokens.text, weights=flag, minlength=len(size)) for flag in flags], axis=1)
    shape = np.zeros((tokens.n_texts, 5 + len(_SIZES) + 1), dtype=np.float32)
    shape[:, 0] = sums[:, 0] * 2 > size
    shape[:, 1], shape[:, 3] = sums[:, 1] > 0, sums[:, 2] > 0
    some = np.flatnonzero(size)
    shape[some, 2] = flags[1][tokens.first[some + 1] - 1]
    shape[some, 4] = asks_first[tokens.first[some]]
    shape[np.arange(len(size)), 5 + np.searchsorted(_SIZES, size)] = 1
    return shape


def _crossed(has: Floats, shape: Floats, cues: Cues) -> Floats:
    column = {name: has[:, i] for i, name in enumerate(cues.names)}
    asking = [shape[:, 1] * column[name] for name in _WITH_ASKING]
    return np.stack(asking + [column[a] * column[b] for a, b in _TOGETHER], axis=1)


def _hashes_of(text: str) -> Hashes:
    return tokenised([text]).hash


def run_matrix(tokens: Tokens, run: list[Hashes]) -> sparse.csr_array:
    """Counts of the hashed runs of each text over the root of their number: float32 (n, N_BUCKETS)."""
    stacked = np.stack(run[:MAX_RUN], axis=1)
    real = stacked != 0
    size = np.bincount(tokens.text, weights=real.sum(axis=1), minlength=tokens.n_texts)
    columns = (stacked[real] & np.uint64(N_BUCKETS - 1)).astype(np.int32)
    rows_end = np.concatenate([np.zeros(1, np.int64), np.cumsum(size)]).astype(np.int64)
    weight = np.repeat(1 / np.sqrt(np.maximum(size, 1)), size.astype(np.int64)).astype(np.float32)
    return sparse.csr_array((weight, columns, rows_end), shape=(tokens.n_texts, N_BUCKETS))


def cues_from(groups: Mapping[str, Mapping[str, Sequence[str]]]) -> Cues:
    """Hash a lexicon {group: {language: phrases}}; one phrase may stand in several groups."""
    bits: dict[tuple[int, int], int] = {}
    for i, phrases in enumerate(groups.values()):
        for phrase in (p for several in phrases.values() for p in several):
            tokens = tokenised([phrase])
            length = min(len(tokens.hash), MAX_CUE)
            key = (int(runs(tokens, length)[-1][0]), length)
            bits[key] = bits.get(key, 0) | 1 << i
    ordered = sorted(bits)
    return Cues(
        hash=np.array([h for h, _ in ordered], dtype=np.uint64),
        length=np.array([n for _, n in ordered], dtype=np.int8),
        groups=np.array([bits[key] for key in ordered], dtype=np.uint32),
        names=tuple(groups),
    )
