"""Texts as one array of code points, what each character is, and hashes of runs of them.

Everything is computed for a chunk of texts at once. In the array a zero stands before and behind each text, so that
nothing taken from it reaches into its neighbours. Hashes are fixed functions of the characters; nothing here depends
on the process, the platform's hash seed or the texts beside.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

PADS: Final = 2  # zeros a text brings along
WORD, DIGIT, UNSPACED, PARTICLE, PIVOT, NEGATION = (1 << bit for bit in range(6))

_NEGATIONS: Final = frozenset("不没沒無无未非否勿莫别別甭못없않아니안")
_NUMERALS: Final = frozenset("二三四五六七八九十百千万亿兩两半零〇")
_OPPOSITES: Final = frozenset(
    "东西南北東左右上下前后後里裡内外大小多少高低早晚开開关關男女进進出买買卖賣增减減升降冷热熱快慢好坏壞长長短新旧舊"
)
_SIGNS: Final = frozenset("+#%‰°℃$€£¥￥₩₽₹฿")  # C++, C#, 5 %
_ASKING: Final = frozenset("?？؟吗嗎か")  # a question is not the statement it is made from
_PIVOTS: Final = _NUMERALS | _OPPOSITES | _SIGNS | _ASKING
_PARTICLES: Final = frozenset("了啊呀哦噢嘛吧呢的喔哈啦咯哟ねよ")


@dataclass(frozen=True, slots=True)
class Codes:
    """Code points of n texts one after the other, a zero before and behind each."""

    text: U32
    kind: NDArray[np.uint8]  # bits of what each character is
    starts: Ints  # (n,)
    sizes: Ints  # (n,) without the zeros
    unspaced: Mask  # (n,) most letters are of a script without spaces


def laid_out(keys: pa.Array) -> Codes:
    whole = pa.LargeListArray.from_arrays(pa.array([0, len(keys)], pa.int64()), keys.cast(pa.large_string()))
    joined = pc.binary_join(whole, pa.scalar("\0" * PADS, pa.large_string()))[0].as_py()
    text = np.frombuffer(f"\0{joined}\0\0".encode("utf-32-le"), np.uint32)
    sizes = pc.utf8_length(keys).to_numpy(zero_copy_only=False).astype(np.int64)
    starts = np.cumsum(sizes + PADS) - sizes - PADS + 1
    kind = _kinds(text)
    letters = np.add.reduceat((kind & WORD).astype(bool), starts, dtype=np.int64)
    unspaced = np.add.reduceat((kind & UNSPACED).astype(bool), starts, dtype=np.int64)
    return Codes(text, kind, starts, sizes, unspaced * 2 > letters)


def _kinds(text: U32) -> NDArray[np.uint8]:
    present = np.flatnonzero(np.bincount(text))
    table = np.zeros(int(present[-1]) + 1, np.uint8)
    table[present] = [_kind(int(code)) for code in present]
    return table[text]


@lru_cache(maxsize=1 << 17)
def _kind(code: int) -> int:
    char = chr(code)
    category = unicodedata.category(char)
    bits = WORD if category[0] in "LMN" else 0
    bits |= DIGIT if category == "Nd" else 0
    bits |= UNSPACED if category[0] in "LM" and _is_unspaced(code) else 0
    bits |= PARTICLE if char in _PARTICLES else 0
    bits |= PIVOT if char in _PIVOTS else 0
    return bits | (NEGATION if char in _NEGATIONS else 0)


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


def marked(codes: Codes, bit: int) -> Mask:
    return (codes.kind & bit).astype(np.bool_)


# ------------------------------------------------------------------------------------------------------------- hashes

BASE: Final = 0x9E3779B97F4A7C15
_BASE_INVERSE: Final = pow(BASE, -1, 1 << 64)


def mixed(values: U64) -> U64:
    """Finalizer of splitmix64 (Steele, Lea and Flood 2014): every bit depends on every bit."""
    found = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    found = (found ^ (found >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return found ^ (found >> np.uint64(31))


def mixed32(values: U32) -> U32:
    found = (values ^ (values >> np.uint32(16))) * np.uint32(0x7FEB352D)
    found = (found ^ (found >> np.uint32(15))) * np.uint32(0x846CA68B)
    return found ^ (found >> np.uint32(16))


def _powers(base: int, n: int) -> U64:
    found = np.full(n, base, np.uint64)
    found[:1] = 1
    return np.multiply.accumulate(found)


def run_hashes(text: U32, starts: Ints, ends: Ints) -> U64:
    """Hash of each run of characters, the same wherever it stands.

    A prefix sum of character × base^position makes a run's sum the difference of two, and the inverse power moves it
    to position 0; unsigned arithmetic wraps, which is what is wanted.
    """
    valued = mixed(text.astype(np.uint64) + np.uint64(1)) * _powers(BASE, len(text))
    sums = np.concatenate([np.zeros(1, np.uint64), np.add.accumulate(valued)])
    return mixed((sums[ends] - sums[starts]) * _powers(_BASE_INVERSE, len(text) + 1)[starts])


def ordered_hash(codes: Codes, used: Mask) -> U64:
    """Hash of each text's used characters in order."""
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(used)])
    return run_hashes(codes.text[used], before[codes.starts], before[codes.starts + codes.sizes])


def runs(inside: Mask) -> tuple[Ints, Ints]:
    """Starts and ends of the maximal runs; a text's zeros are never inside, so no run reaches into the next text."""
    edge = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]])))
    return edge[::2], edge[1::2]
