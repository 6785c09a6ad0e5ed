"""What `dedupe` compares texts by: shingles, their minima, and what may not differ between two texts.

Everything is computed for a chunk of texts at once on one array of their code points. Each text is followed by two
zeros in it, so that no shingle reaches into the next text. Hashes are fixed functions of the characters; nothing here
depends on the process, the platform's hash seed or the texts beside.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

SLOT_BITS: Final = 22
_TREES: Final = 8
_DEPTH: Final = 4  # minima a tree sorts by: three make its bucket, the fourth orders within
_PADS: Final = 2
_LEAST_CHARS: Final = 8
_LEAST_WORDS: Final = 4

_WORD, _DIGIT, _UNSPACED, _PARTICLE, _PIVOT, _NEGATION = (1 << bit for bit in range(6))

_NEGATIONS: Final = frozenset("不没沒無无未非否勿莫别別甭못없않아니안")
_NUMERALS: Final = frozenset("二三四五六七八九十百千万亿兩两半零〇")
_OPPOSITES: Final = frozenset(
    "东西南北東左右上下前后後里裡内外大小多少高低早晚开開关關男女进進出买買卖賣增减減升降冷热熱快慢好坏壞长長短新旧舊吗嗎嗎かก"
)
_PARTICLES: Final = frozenset("了啊呀哦噢嘛吧呢的喔哈啦咯哟ねよ")
_NEGATING_PAIRS: Final = ("ない", "なく", "なか", "ませ", "なし", "ไม", "อย", "มิ")
_NEGATION_WORDS: Final = tuple(
    """
    not no never none nothing nobody nowhere neither nor without cannot cant can't wont won't dont don't doesnt doesn't
    didnt didn't isnt isn't wasnt wasn't arent aren't werent weren't couldnt couldn't wouldnt wouldn't shouldnt shouldn't
    havent haven't hasnt hasn't hadnt hadn't aint ain't unable don doesn didn isn wasn aren weren couldn wouldn shouldn
    haven hasn hadn ain hardly barely
    nicht kein keine keinen keinem keiner keines nie niemals nirgends ohne weder nichts
    pas ne jamais rien sans aucun aucune non ni nunca sin nada ningún ninguna ningun tampoco não nao sem nenhum nenhuma
    mai senza nessun nessuno nessuna niente niet geen nooit zonder inte ingen inget aldrig utan ikke aldri uten
    не нет без никогда ни ніколи nie bez nigdy ne nikdy không chưa chẳng tidak bukan tanpa değil yok
    لا ليس لم لن غير بدون नहीं मत ना নয় না
    """.split()
)
_OPPOSITE_WORDS: Final = tuple(
    """
    left right up down north south east west in out on off open closed close more less fewer before after increase decrease
    increased decreased early late earlier later high low higher lower hot cold buy sell male female inside outside
    front back good bad better worse fast slow new old always cheap expensive enable disable enabled disabled
    one two three four five six seven eight nine ten first second third fourth fifth
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
    october november december
    links rechts oben unten nord süd ost mehr weniger vor nach auf zu früh spät hoch niedrig ein aus
    zwei drei vier fünf sechs sieben acht neun zehn
    gauche droite haut bas avant après plus moins izquierda derecha arriba abajo antes después más menos
    """.split()
)
_HARMLESS_LETTERS: Final = ("a", "i", "s", "t", "y", "o", "e")


@dataclass(frozen=True, slots=True)
class Shingles:
    """The sets two texts are compared by: text i has `shingles[shingle_starts[i]:shingle_starts[i + 1]]`."""

    shingles: U32
    shingle_starts: Ints
    units: U32
    unit_starts: Ints


@dataclass(frozen=True, slots=True)
class Prints:
    """Fixed-size facts about n texts."""

    content: U64  # (n,) hash of the whole text
    core: U64  # (n,) hash of it without spaces, punctuation and particles
    guard: U64  # (n,) hash of its numbers, negations and opposites in any order
    short: Mask  # (n,) too short for similarity to mean anything
    minima: NDArray[np.uint8]  # (n, 32) eight bits of each minimum
    trees: U64  # (n, 8) bucket << 32 | order within it
    slots: U32  # slots of units that occur
    counts: Ints  # how often

    @staticmethod
    def joined(parts: Sequence[Prints]) -> Prints:
        """Facts about all the parts' texts, in order."""
        names = ("content", "core", "guard", "short", "minima", "trees")
        columns: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        counts = np.zeros(1 << SLOT_BITS, np.int64)
        for part in parts:
            counts[part.slots] += part.counts
        used = np.flatnonzero(counts)
        return Prints(**columns, slots=used.astype(np.uint32), counts=counts[used])

    def taken(self, order: Ints) -> Prints:
        """Facts about the same texts in another order."""
        names = ("content", "core", "guard", "short", "minima", "trees")
        columns: dict[str, Any] = {name: getattr(self, name)[order] for name in names}
        return Prints(**columns, slots=self.slots, counts=self.counts)

    def known(self, least: int) -> Mask:
        """Tell of each slot, shape (2 ** SLOT_BITS,), whether its units occur at least so often."""
        found = np.zeros(1 << SLOT_BITS, np.bool_)
        found[self.slots[self.counts >= least]] = True
        return found


def slot(units: U32) -> U32:
    """Slot each unit is counted in; two units may share one, which can only bar a fold, never cause one."""
    return units >> np.uint32(32 - SLOT_BITS)


def shingles(keys: pa.Array) -> Shingles:
    """Cut texts into what is compared (shingles) and what a corpus knows (units).

    A shingle is a pair of neighbouring characters where most letters belong to a script written without spaces, and
    three characters elsewhere. Units are the same pairs there, and words elsewhere.
    """
    codes = _laid_out(keys)
    found, starts = _shingles(codes)
    words, word_starts = _units(codes, found, starts)
    return Shingles(found, starts, words, word_starts)


def prints(keys: pa.Array) -> Prints:
    """Print n texts: O(total characters) time and memory, deterministic, each text apart from the others."""
    codes = _laid_out(keys)
    found, starts = _shingles(codes)
    units, _ = _units(codes, found, starts)
    minima, trees, guard = *_minima(found, starts), _guard(codes)
    trees ^= (guard & np.uint64(0xFFFFFFFF00000000))[:, None]
    slots, counts = np.unique(slot(units), return_counts=True)
    return Prints(
        content=_ordered_hash(codes, np.ones(len(codes.text), np.bool_)),
        core=_ordered_hash(codes, _is(codes, _WORD) & ~_is(codes, _PARTICLE)),
        guard=guard,
        short=_too_short(codes),
        minima=minima,
        trees=trees,
        slots=slots,
        counts=counts,
    )


# ------------------------------------------------------------------------------------------------------- code points


@dataclass(frozen=True, slots=True)
class _Codes:
    """Code points of n texts one after the other, `_PADS` zeros behind each."""

    text: U32
    kind: NDArray[np.uint8]  # bits of what each character is
    starts: Ints  # (n,)
    sizes: Ints  # (n,) without the zeros
    unspaced: Mask  # (n,) most letters are of a script without spaces


def _laid_out(keys: pa.Array) -> _Codes:
    whole = pa.LargeListArray.from_arrays(pa.array([0, len(keys)], pa.int64()), keys.cast(pa.large_string()))
    pads = "\0" * _PADS
    joined = pc.binary_join(whole, pa.scalar(pads, pa.large_string()))[0].as_py() + pads
    text = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
    sizes = pc.utf8_length(keys).to_numpy(zero_copy_only=False).astype(np.int64)
    starts = np.cumsum(sizes + _PADS) - sizes - _PADS
    kind = _kinds(text)
    letters = np.add.reduceat((kind & _WORD).astype(bool), starts, dtype=np.int64)
    unspaced = np.add.reduceat((kind & _UNSPACED).astype(bool), starts, dtype=np.int64)
    return _Codes(text, kind, starts, sizes, unspaced * 2 > letters)


def _kinds(text: U32) -> NDArray[np.uint8]:
    present = np.flatnonzero(np.bincount(text))
    table = np.zeros(int(present[-1]) + 1, np.uint8)
    table[present] = [_kind(int(code)) for code in present]
    return table[text]


@lru_cache(maxsize=1 << 17)
def _kind(code: int) -> int:
    char = chr(code)
    category = unicodedata.category(char)
    bits = _WORD if category[0] in "LMN" else 0
    bits |= _DIGIT if category == "Nd" else 0
    bits |= _UNSPACED if category[0] in "LM" and _is_unspaced(code) else 0
    bits |= _PARTICLE if char in _PARTICLES else 0
    bits |= _PIVOT if char in _NUMERALS or char in _OPPOSITES else 0
    return bits | (_NEGATION if char in _NEGATIONS else 0)


def _is_unspaced(code: int) -> bool:
    """Han, kana, hangul (whose words carry endings), Thai, Lao, Burmese, Khmer, Tibetan."""
    return (
        0x0E00 <= code <= 0x0FFF
        or 0x1000 <= code <= 0x11FF
        or 0x1780 <= code <= 0x17FF
        or 0x2E80 <= code <= 0xA4CF
        or 0xAC00 <= code <= 0xD7FF
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x3FFFF
    )


def _is(codes: _Codes, bit: int) -> Mask:
    return (codes.kind & bit).astype(np.bool_)


# ------------------------------------------------------------------------------------------------------------- hashes

_BASE: Final = 0x9E3779B97F4A7C15
_BASE_INVERSE: Final = pow(_BASE, -1, 1 << 64)


def _mixed(values: U64) -> U64:
    """Finalizer of splitmix64 (Steele, Lea and Flood 2014): every bit depends on every bit."""
    found = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    found = (found ^ (found >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return found ^ (found >> np.uint64(31))


def _mixed32(values: U32) -> U32:
    found = (values ^ (values >> np.uint32(16))) * np.uint32(0x7FEB352D)
    found = (found ^ (found >> np.uint32(15))) * np.uint32(0x846CA68B)
    return found ^ (found >> np.uint32(16))


def _powers(base: int, n: int) -> U64:
    found = np.full(n, base, np.uint64)
    found[:1] = 1
    return np.multiply.accumulate(found)


def _run_hashes(text: U32, starts: Ints, ends: Ints) -> U64:
    """Hash of each run of characters, the same wherever it stands.

    A prefix sum of character × base^position makes a run's sum the difference of two, and the inverse power moves it
    to position 0; unsigned arithmetic wraps, which is what is wanted.
    """
    valued = _mixed(text.astype(np.uint64) + np.uint64(1)) * _powers(_BASE, len(text))
    sums = np.concatenate([np.zeros(1, np.uint64), np.add.accumulate(valued)])
    return _mixed((sums[ends] - sums[starts]) * _powers(_BASE_INVERSE, len(text) + 1)[starts])


def _ordered_hash(codes: _Codes, used: Mask) -> U64:
    """Hash of each text's used characters in order."""
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(used)])
    return _run_hashes(codes.text[used], before[codes.starts], before[codes.starts + codes.sizes])


def _runs(inside: Mask) -> tuple[Ints, Ints]:
    """Starts and ends of the maximal runs; a text's zeros are never inside, so no run reaches into the next text."""
    edge = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]])))
    return edge[::2], edge[1::2]


# ------------------------------------------------------------------------------------------------ shingles and minima


def _shingles(codes: _Codes) -> tuple[U32, Ints]:
    text = codes.text
    wide = np.repeat(~codes.unspaced, codes.sizes + _PADS)
    found = text * np.uint32(0x9E3779B1)
    found[:-1] ^= _mixed32(text[1:] + np.uint32(0x85EBCA77))
    found[:-2] ^= np.where(wide[:-2], _mixed32(text[2:] * np.uint32(0xC2B2AE3D) + np.uint32(1)), np.uint32(0))
    counts = np.maximum(codes.sizes - np.where(codes.unspaced, 1, _PADS), 1)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    place = np.arange(starts[-1]) + np.repeat(codes.starts - starts[:-1], counts)
    return _mixed32(found[place]), starts


def _units(codes: _Codes, found: U32, starts: Ints) -> tuple[U32, Ints]:
    """Pairs of characters for texts without spaces, words for the others."""
    begin, end = _runs(_is(codes, _WORD))
    owner = np.searchsorted(codes.starts, begin, side="right") - 1
    spaced = ~codes.unspaced[owner]
    words = (_run_hashes(codes.text, begin[spaced], end[spaced]) >> np.uint64(32)).astype(np.uint32)
    pairs = np.repeat(codes.unspaced, np.diff(starts))
    owners = np.concatenate([np.repeat(np.arange(len(codes.starts)), np.diff(starts))[pairs], owner[spaced]])
    order = np.argsort(owners, kind="stable")
    counts = np.bincount(owners, minlength=len(codes.starts))
    return np.concatenate([found[pairs], words])[order], np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])


def _minima(found: U32, starts: Ints) -> tuple[NDArray[np.uint8], U64]:
    """32 minima a text, and what its eight trees sort by."""
    n = len(starts) - 1
    minima = np.empty((n, _TREES * _DEPTH), np.uint8)
    trees = np.zeros((n, _TREES), np.uint64)
    multipliers = _mixed(np.arange(1, _TREES * _DEPTH + 1, dtype=np.uint64) * np.uint64(_BASE)).astype(np.uint32) | 1
    for place, multiplier in enumerate(multipliers):
        least = np.minimum.reduceat(_scattered(found, multiplier), starts[:-1])
        minima[:, place] = _mixed32(least) & np.uint32(0xFF)
        tree, depth = divmod(place, _DEPTH)
        if depth < _DEPTH - 1:
            trees[:, tree] = _mixed(trees[:, tree] ^ least)
        else:
            trees[:, tree] = trees[:, tree] >> np.uint64(32) << np.uint64(32) | least
    return minima, trees


def _scattered(found: U32, multiplier: np.uint32) -> U32:
    """Another order of the same shingles; the shift keeps multiples of one hash from sharing their minimum."""
    turned = found * multiplier
    return turned ^ (turned >> np.uint32(15))


# -------------------------------------------------------------------------------------------- what may not differ


def _guard(codes: _Codes) -> U64:
    """Sum of the hashes of what may not differ, in any order, so that swapped clauses agree."""
    begin, end, value = _pivots(codes)
    del end
    placed = np.zeros(len(codes.text), np.uint64)
    np.add.at(placed, begin, value)
    return _mixed(np.add.reduceat(placed, codes.starts))


def _pivots(codes: _Codes) -> tuple[Ints, Ints, U64]:
    """Numbers, short Latin labels (A3), negations and opposites: start, end, hash."""
    digits = _is(codes, _DIGIT)
    numbers = _runs(digits)
    words = _runs(_is(codes, _WORD) & ~digits & ~_is(codes, _UNSPACED))
    hashed = _run_hashes(codes.text, *words)
    negating, telling = np.isin(hashed, _word_hashes(_NEGATION_WORDS)), np.isin(hashed, _word_hashes(_OPPOSITE_WORDS))
    owner = np.searchsorted(codes.starts, words[0], side="right") - 1
    longest = np.where(codes.unspaced[owner], 2, 1)
    label = (words[1] - words[0] <= longest) & ~np.isin(hashed, _word_hashes(_HARMLESS_LETTERS))
    chars = np.flatnonzero(_is(codes, _PIVOT))
    not_ = np.concatenate([np.flatnonzero(_is(codes, _NEGATION)), _negating_pairs(codes.text), words[0][negating]])
    said = ~negating & (telling | label)
    begin = np.concatenate([numbers[0], words[0][said], chars, not_])
    end = np.concatenate([numbers[1], words[1][said], chars + 1, not_ + 1])
    value = np.concatenate(
        [
            _run_hashes(codes.text, *numbers),
            hashed[said],
            _mixed(codes.text[chars].astype(np.uint64)),
            np.full(len(not_), _BASE, np.uint64),
        ]
    )
    return begin, end, value


def _negating_pairs(text: U32) -> Ints:
    found = [np.flatnonzero((text[:-1] == ord(a)) & (text[1:] == ord(b))) for a, b in _NEGATING_PAIRS]
    return np.concatenate(found)


@lru_cache(maxsize=8)
def _word_hashes(words: tuple[str, ...]) -> U64:
    codes = _laid_out(pa.array(words, pa.large_string()))
    return _run_hashes(codes.text, codes.starts, codes.starts + codes.sizes)


def _too_short(codes: _Codes) -> Mask:
    """Fewer than eight characters, or four words where words are spaced: one change there is a change of meaning."""
    said = _is(codes, _WORD)
    n_chars = np.add.reduceat(said, codes.starts, dtype=np.int64)
    begins = np.zeros(len(said), np.bool_)
    begins[_runs(said)[0]] = True
    n_words = np.add.reduceat(begins, codes.starts, dtype=np.int64)
    return np.where(codes.unspaced, n_chars < _LEAST_CHARS, (n_words < _LEAST_WORDS) | (n_chars < _LEAST_CHARS))
