"""Progress on a terminal: one bar with time left for the stage that runs; nothing elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

_WORDS: Final = {
    "read": "Reading the rows",
    "split": "Splitting into points",
    "dedupe": "Folding copies",
    "embed": "Encoding",
    "group": "Grouping",
    "kind": "Telling complaints from thanks",
    "watch": "Watching for what must be seen",
    "edit": "Replaying people's edits",
    "name": "Naming",
    "classify": "Sorting into categories",
    "place": "Drawing the map",
    "account": "Balancing the account",
    "write": "Writing the register",
}


class Bars:
    """A `setright.sift.progress.Progress` drawn with rich on standard error."""

    def __init__(self, *, quiet: bool = False) -> None:
        console = Console(stderr=True, quiet=quiet or not sys.stderr.isatty())
        self._bars = Progress(
            TextColumn("{task.description:<32}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self._finish()
        self._bars.stop()

    def begin(self, stage: str, total: int) -> None:
        self._finish()
        self._task = self._bars.add_task(_WORDS[stage], total=total or None)

    def advance(self, n: int) -> None:
        if self._task is not None:
            self._bars.advance(self._task, n)

    def _finish(self) -> None:
        if self._task is not None:
            done = self._bars.tasks[self._task].total or 1
            self._bars.update(self._task, total=done, completed=done)
