"""The uncased WordPiece tokenizer of BERT (Devlin et al. 2019, section 3 and appendix A)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

_LONGEST_WORD: Final = 100  # characters; BERT takes a longer one for unknown
_MEMORY: Final = 200_000  # words whose pieces are remembered
_IDEOGRAPHS: Final = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2CEAF), (0x2F800, 0x2FA1F))


class WordPiece:
    """Split lowercase, accent-free words into the longest known pieces.

    Parameters
    ----------
    vocabulary : sequence of str
        A piece's place is its number.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._number = {piece: number for number, piece in enumerate(vocabulary)}
        self._known: dict[str, list[int]] = {}
        self.cls, self.sep, self.unknown = (self._number[token] for token in ("[CLS]", "[SEP]", "[UNK]"))

    def ids(self, text: str) -> list[int]:
        found: list[int] = []
        for word in _words(text):
            pieces = self._known.get(word)
            if pieces is None:
                pieces = self._pieces(word)
                if len(self._known) < _MEMORY:
                    self._known[word] = pieces
            found += pieces
        return found

    def _pieces(self, word: str) -> list[int]:
        if len(word) > _LONGEST_WORD:
            return [self.unknown]
        pieces, at = [], 0
        while at < len(word):
            end = len(word)
            while end > at and (number := self._number.get(("##" if at else "") + word[at:end])) is None:
                end -= 1
            if end == at or number is None:
                return [self.unknown]
            pieces.append(number)
            at = end
        return pieces


def _words(text: str) -> Iterator[str]:
    if not text.isascii():
        text = unicodedata.normalize("NFD", "".join(filter(_kept, text)).lower())
        text = "".join(c for c in text if unicodedata.category(c) != "Mn")
    for run in text.lower().split():
        yield from _split(run)


def _kept(c: str) -> bool:
    return c.isspace() or (unicodedata.category(c)[0] != "C" and c != "\ufffd")


def _split(run: str) -> Iterator[str]:
    if run.isalnum() and run.isascii():
        yield run
        return
    word = ""
    for c in run:
        if c.isprintable() and not _alone(c):
            word += c
        elif c.isprintable():
            if word:
                yield word
            yield c
            word = ""
    if word:
        yield word


def _alone(c: str) -> bool:
    """Tell whether a character is a word of its own: punctuation (every ASCII symbol counts) or an ideograph."""
    code = ord(c)
    if code < 0x80:
        return not c.isalnum()
    return unicodedata.category(c)[0] == "P" or any(low <= code <= high for low, high in _IDEOGRAPHS)
