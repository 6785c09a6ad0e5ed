"""What a run may be told; the values that change its result."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Granularity = Literal["coarse", "normal", "fine"]
Vectors = NDArray[np.float32]

READS: Final = "use"
"""The encoder on whose vectors the shipped models of kinds and lanes were taught: they can read no other's."""


@runtime_checkable
class Encoder(Protocol):
    """Anything that turns texts into vectors.

    `encode` returns a float32 array of shape (len(texts), d) whose rows have length 1. It must be deterministic, and
    a text's vector must not depend on the texts beside it.
    """

    @property
    def name(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> Vectors: ...


@runtime_checkable
class Namer(Protocol):
    """Anything that proposes a title for a problem from its keywords and quotes (already masked).

    `expect` hears first how much will be asked, so that a user learns the cost before it arises.
    `propose` returns None where it has nothing usable; the engine then keeps its own title.
    """

    @property
    def name(self) -> str: ...

    def expect(self, *, n_problems: int, n_characters: float) -> None: ...

    def propose(self, *, keywords: Sequence[str], quotes: Sequence[str], lang: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can change a result, and the number of threads, which cannot.

    Parameters
    ----------
    encoder : str or Encoder
        "use" (default), "lsa", "minilm", "e5", a folder holding a sentence-transformers model, or an object.
    lang : str
        "auto", or an ISO 639-1 code that holds for every row.
    granularity : {"coarse", "normal", "fine"}
        Moves the resolution that stability chose, down or up.
    taxonomy : str or Path, optional
        A shipped taxonomy's name ("public-service", "four-winds") or a YAML file.
    labels : Path, optional
        A table of labelled rows (text, category) the classifier learns from when it holds 50 or more.
    watch : Path, optional
        A YAML file with lanes of one's own, beside those that are watched anyway.
    namer : Namer, optional
        Proposes titles; every answer is validated.
    keep_personal : bool
        Show personal data instead of masking it in titles, quotes and evidence.
    sample : int
        Of more distinct texts than these, so many are cut into groups; the others join them, or found their own.
    seed : int
    threads : int
        0 means the cores there are. Never changes a result.
    """

    encoder: str | Encoder = "use"
    lang: str = "auto"
    granularity: Granularity = "normal"
    taxonomy: str | Path | None = None
    labels: Path | None = None
    watch: Path | None = None
    namer: Namer | None = None
    keep_personal: bool = False
    sample: int = 1_000_000
    seed: int = 0
    threads: int = 0

    @property
    def n_threads(self) -> int:
        return self.threads or len(os.sched_getaffinity(0))

    def described(self) -> dict[str, Any]:
        """The settings as plain values, as the ledger and the state print them; threads left out."""
        named = self.encoder if isinstance(self.encoder, str) else self.encoder.name
        return {
            "encoder": named,
            "lang": self.lang,
            "granularity": self.granularity,
            "taxonomy": None if self.taxonomy is None else str(self.taxonomy),
            "labels": None if self.labels is None else str(self.labels),
            "watch": None if self.watch is None else str(self.watch),
            "namer": None if self.namer is None else self.namer.name,
            "keep_personal": self.keep_personal,
            "sample": self.sample,
            "seed": self.seed,
        }
