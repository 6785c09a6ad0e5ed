"""Grams: what a search over locked words goes by, none of which says a word.

A text is told by its pairs of neighbouring characters, and by its ideographs one by one, each as a keyed number. Every
text that holds what is sought holds all its grams; those that do are unlocked, and looked through (decision 0009).
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b
from typing import Final

_SPACES: Final = re.compile(r"\s+")
_IDEOGRAPH: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_SIZE: Final = 8  # bytes: as many as the database's integers have


def folded(words: str) -> str:
    """Words as they are compared: width and case do not count, nor how much space there is."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", words).casefold()).strip()


def grams(words: str) -> frozenset[str]:
    """The grams of words, of which every part of them holds a subset.

    Empty where there is too little to look for: one letter, or none.
    """
    form = folded(words)
    pairs = {form[at : at + 2] for at in range(len(form) - 1)}
    return frozenset({pair for pair in pairs if " " not in pair} | set(_IDEOGRAPH.findall(form)))


def numbers(words: str, key: bytes) -> frozenset[int]:
    """The grams of words as keyed numbers, int64: what the index holds, in no order and each once."""
    return frozenset(
        int.from_bytes(blake2b(gram.encode("utf-8", "surrogatepass"), key=key, digest_size=_SIZE).digest(), signed=True)
        for gram in grams(words)
    )


def holds(words: str, sought: str) -> bool:
    """Whether words hold what is sought."""
    return folded(sought) in folded(words)
