"""Stable names for problems, themes and templates: taken from what they say, not from their place in a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import zip_longest
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U to misread or misspell
_N_CHARACTERS: Final = 6


def identifiers(anchors: Iterable[str], prefix: str, kept: Sequence[str | None] = ()) -> list[str]:
    """One id per anchor text, for example `P-7K3QF2`; where two would be equal, the later one is longer.

    The same anchor always gives the same six characters, so a problem keeps its id from run to run as long as its
    most central text stays the same. What has an id already (`kept`, None where not) keeps it in any case.
    """
    taken: set[str] = {each for each in kept if each is not None}
    found = []
    for anchor, own in zip_longest(anchors, kept):
        if own is not None:
            found.append(own)
            continue
        code = _code(anchor)
        n = _N_CHARACTERS
        while f"{prefix}-{code[:n]}" in taken:
            n += 1
            if n > len(code):
                code += _code(code + anchor)
        found.append(f"{prefix}-{code[:n]}")
        taken.add(found[-1])
    return found


def _code(anchor: str) -> str:
    number = int.from_bytes(blake2b(anchor.encode("utf-8", "surrogatepass"), digest_size=10).digest(), "big")
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(75, -1, -5))
