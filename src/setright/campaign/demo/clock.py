"""The hour that a demonstration is at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone


class Clock:
    """Says what hour it is; whoever tells the story sets it, and it never goes back."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def advance(self, to: datetime) -> None:
        """Be at `to`, or stay where that is past."""
        self.now = max(self.now, to)


@contextmanager
def told_time(start: datetime) -> Iterator[Clock]:
    """While inside, `django.utils.timezone.now` (and so `localdate`, and every day an action writes) is the story's.

    Actions take no day as an argument on purpose: nobody may back-date an act. A demonstration, though, has to show
    what eighty days left behind: steps late by nine days, a round closed weeks ago, a log whose hours rise. So its acts
    run one after the other at the hours of the story, through the very actions that pages use, and the one thing that
    differs from real life is the clock on the wall. It is the whole process's clock: nothing else may run beside.
    """
    clock, real = Clock(start), timezone.now
    timezone.now = clock
    try:
        yield clock
    finally:
        timezone.now = real
