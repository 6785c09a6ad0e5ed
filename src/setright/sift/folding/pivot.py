"""What may not differ between two texts that are to count as the same: numbers, negations, opposites, labels."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import pyarrow as pa

from setright.sift.folding.codepoints import (
    BASE,
    DIGIT,
    NEGATION,
    PIVOT,
    U32,
    U64,
    UNSPACED,
    WORD,
    Codes,
    Ints,
    laid_out,
    marked,
    mixed,
    run_hashes,
    runs,
)


def _words(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


_NEGATING_PAIRS: Final = ("ない", "なく", "なか", "ませ", "なし", "ไม", "อย", "มิ")
_NEGATION_WORDS: Final = _words(
    """
    not no never none nothing nobody nowhere neither nor without cannot cant can't wont won't dont don't doesnt doesn't
    didnt didn't isnt isn't wasnt wasn't arent aren't werent weren't couldnt couldn't wouldnt wouldn't
    shouldnt shouldn't havent haven't hasnt hasn't hadnt hadn't aint ain't unable don
    doesn didn isn wasn aren weren couldn wouldn shouldn
    haven hasn hadn ain hardly barely
    nicht kein keine keinen keinem keiner keines nie niemals nirgends ohne weder nichts
    pas ne jamais rien sans aucun aucune non ni nunca sin nada ningún ninguna ningun tampoco não nao sem nenhum nenhuma
    mai senza nessun nessuno nessuna niente niet geen nooit zonder inte ingen inget aldrig utan ikke aldri uten
    не нет без никогда ни ніколи nie bez nigdy ne nikdy không chưa chẳng tidak bukan tanpa değil yok
    لا ليس لم لن غير بدون नहीं मत ना নয় না
    """
)
_OPPOSITE_WORDS: Final = _words(
    """
    left right up down north south east west in out on off open closed close more less fewer before after
    increase decrease increased decreased early late earlier later high low higher lower
    hot cold buy sell male female inside outside
    front back good bad better worse fast slow new old always cheap expensive enable disable enabled disabled
    one two three four five six seven eight nine ten first second third fourth fifth
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
    october november december
    links rechts oben unten nord süd ost mehr weniger vor nach auf zu früh spät hoch niedrig ein aus
    zwei drei vier fünf sechs sieben acht neun zehn
    gauche droite haut bas avant après plus moins izquierda derecha arriba abajo antes después más menos
    """
)
_HARMLESS_LETTERS: Final = ("a", "i", "s", "t", "y", "o", "e")


def guard(codes: Codes) -> U64:
    """Sum of the hashes of what may not differ, in any order, so that swapped clauses agree."""
    begin, end, value = _pivots(codes)
    del end
    placed = np.zeros(len(codes.text), np.uint64)
    np.add.at(placed, begin, value)
    return mixed(np.add.reduceat(placed, codes.starts))


def _pivots(codes: Codes) -> tuple[Ints, Ints, U64]:
    """Numbers, short Latin labels (A3), negations and opposites: start, end, hash."""
    digits = marked(codes, DIGIT)
    numbers = runs(digits)
    words = runs(marked(codes, WORD) & ~digits & ~marked(codes, UNSPACED))
    hashed = run_hashes(codes.text, *words)
    negating, telling = np.isin(hashed, _word_hashes(_NEGATION_WORDS)), np.isin(hashed, _word_hashes(_OPPOSITE_WORDS))
    owner = np.searchsorted(codes.starts, words[0], side="right") - 1
    longest = np.where(codes.unspaced[owner], 2, 1)
    label = (words[1] - words[0] <= longest) & ~np.isin(hashed, _word_hashes(_HARMLESS_LETTERS))
    chars = np.flatnonzero(marked(codes, PIVOT))
    not_ = np.concatenate([np.flatnonzero(marked(codes, NEGATION)), _negating_pairs(codes.text), words[0][negating]])
    said = ~negating & (telling | label)
    begin = np.concatenate([numbers[0], words[0][said], chars, not_])
    end = np.concatenate([numbers[1], words[1][said], chars + 1, not_ + 1])
    value = np.concatenate(
        [
            run_hashes(codes.text, *numbers),
            hashed[said],
            mixed(codes.text[chars].astype(np.uint64)),
            np.full(len(not_), BASE, np.uint64),
        ]
    )
    return begin, end, value


def _negating_pairs(text: U32) -> Ints:
    found = [np.flatnonzero((text[:-1] == ord(a)) & (text[1:] == ord(b))) for a, b in _NEGATING_PAIRS]
    return np.concatenate(found)


@lru_cache(maxsize=8)
def _word_hashes(words: tuple[str, ...]) -> U64:
    codes = laid_out(pa.array(words, pa.large_string()))
    return run_hashes(codes.text, codes.starts, codes.starts + codes.sizes)
