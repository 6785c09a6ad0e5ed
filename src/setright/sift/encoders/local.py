"""A sentence-transformers model in a folder, for who has one and torch."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from setright.sift.errors import EncoderError
from setright.sift.settings import Vectors


class Local:
    """A sentence-transformers model read from a folder; the network is never asked.

    Parameters
    ----------
    folder : Path
    threads : int
        Threads of torch, which does not promise the same bytes for another number of them.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        if find_spec("sentence_transformers") is None:
            raise EncoderError(
                f"The model in {folder} needs the package sentence-transformers; install it, or choose another encoder."
            )
        torch, transformers = import_module("torch"), import_module("sentence_transformers")  # seconds, and optional

        torch.set_num_threads(max(1, threads))
        self.name = folder.resolve().name
        try:
            self._model = transformers.SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        except (OSError, ValueError) as trouble:
            raise EncoderError(f"{folder} holds no model that sentence-transformers can read: {trouble}.") from None

    def encode(self, texts: Sequence[str]) -> Vectors:
        found = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, dtype=np.float32)
