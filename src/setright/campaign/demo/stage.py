"""Stories told side by side: each yields the moment of its next act and is woken when that moment has come."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from django.db import transaction

from setright.campaign.actions.rollup import counted_once
from setright.campaign.demo.clock import Clock

Story = Iterator[datetime]
_CHUNK: Final = 200
"""Acts in one transaction of the database: a commit waits for the disk, and thousands of them would be most of it."""


class Stage:
    """Wakes the story whose moment comes first, until the last moment; what would come later has not happened yet."""

    def __init__(self, clock: Clock, last: datetime) -> None:
        self.clock = clock
        self.last = last
        self.n_acts = 0
        self._n_stories = 0
        self._waiting: list[tuple[datetime, int, Story]] = []

    def add(self, story: Story) -> None:
        """Begin a story; its first moment is heard at once. A story may begin others."""
        self._n_stories += 1
        self._wait(self._n_stories, story)

    def _wait(self, number: int, story: Story) -> None:
        moment = next(story, None)
        if moment is not None and moment <= self.last:
            heapq.heappush(self._waiting, (max(moment, self.clock.now), number, story))

    def play(self, say: Callable[[float], None]) -> None:
        """Tell every story; `say` hears how much of the time has gone by (0 to 1)."""
        start = self.clock.now
        while self._waiting:
            with transaction.atomic(), counted_once():
                self._play_some()
            say(min(1.0, (self.clock.now - start) / (self.last - start)))

    def _play_some(self) -> None:
        for _ in range(min(_CHUNK, len(self._waiting))):
            if not self._waiting:
                return
            moment, number, story = heapq.heappop(self._waiting)
            self.clock.advance(moment)
            self._wait(number, story)
            self.n_acts += 1
