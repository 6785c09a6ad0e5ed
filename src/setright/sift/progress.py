"""How a run tells how far it is; the engine prints nothing itself."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears of stages as they begin and advance. `total` counts texts, or is 0 where the end cannot be known."""

    def begin(self, stage: str, total: int) -> None: ...

    def advance(self, n: int) -> None: ...


class Quiet:
    """Hears, and says nothing."""

    def begin(self, stage: str, total: int) -> None:
        return

    def advance(self, n: int) -> None:
        return
