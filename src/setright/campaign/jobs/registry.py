"""Jobs by name; pages queue them by that name and never import them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from setright.campaign.actions.job import beat
from setright.campaign.models import Job


class Cancelled(Exception):
    """Somebody asked the job to stop; raised at a safe point."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a job function gets: its job, and a way to say how far it is."""

    job: Job

    def say(self, doing: str, done: int, total: int) -> None:
        """Beat, and stop here when somebody asked to cancel.

        Raises
        ------
        Cancelled
            When so.
        """
        if not beat(job=self.job, doing=doing, done=done, total=total):
            raise Cancelled


Work = Callable[..., dict[str, Any]]
JOBS: Final[dict[str, Work]] = {}


def job(name: str) -> Callable[[Work], Work]:
    """Register `work(progress, **arguments) -> result` under a name; it must be safe to run twice."""

    def register(work: Work) -> Work:
        JOBS[name] = work
        return work

    return register
