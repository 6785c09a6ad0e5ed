"""Rounds of an enrolment, and how far its listening is from what the campaign's rules ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from setright.campaign.enums import Method, RoundState
from setright.campaign.models import Enrolment, Event, Round


@dataclass(frozen=True, slots=True)
class Line:
    """A round with its people counted; `due_on` is the day after which it is late (None: it no longer can be)."""

    round: Round
    n_invited: int
    n_reached: int
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Heard:
    """What closed rounds amount to, beside what the campaign's rules need; equal to what gate 1 counts."""

    n_rounds: int
    need_rounds: int
    n_methods: int
    need_methods: int
    n_invited: int
    n_reached: int
    percent: int
    unused: tuple[Method, ...]

    @property
    def need_reached(self) -> int:
        """The named share of those invited, rounded up to whole people."""
        return -(-self.n_invited * self.percent // 100)

    @property
    def rounds_short(self) -> int:
        return max(self.need_rounds - self.n_rounds, 0)

    @property
    def methods_short(self) -> int:
        return max(self.need_methods - self.n_methods, 0)

    @property
    def reached_short(self) -> int:
        return max(self.need_reached - self.n_reached, 0)

    @property
    def is_enough(self) -> bool:
        return bool(self.n_invited) and not (self.rounds_short or self.methods_short or self.reached_short)


def rounds_of(enrolment: Enrolment) -> QuerySet[Round]:
    """Every round of an enrolment with its audiences, by number: two queries."""
    return enrolment.rounds.prefetch_related("audiences").order_by("number")


def line(round: Round) -> Line:
    """A round with its people counted; its audiences are best prefetched."""
    audiences = round.audiences.all()
    due_on = {RoundState.PLANNED: round.starts_on, RoundState.OPEN: round.ends_on}.get(RoundState(round.state))
    return Line(round, sum(a.n_invited for a in audiences), sum(a.n_reached for a in audiences), due_on)


def heard(enrolment: Enrolment, rounds: Iterable[Round]) -> Heard:
    """Count the closed ones among an enrolment's rounds; asks nothing of its own where audiences are prefetched."""
    closed = [line(each) for each in rounds if each.state == RoundState.CLOSED]
    used = {each.round.method for each in closed}
    rules = enrolment.campaign.rules
    return Heard(
        n_rounds=len(closed),
        need_rounds=rules["min_rounds"],
        n_methods=len(used),
        need_methods=rules["min_methods"],
        n_invited=sum(each.n_invited for each in closed),
        n_reached=sum(each.n_reached for each in closed),
        percent=rules["reach_percent"],
        unused=tuple(method for method in Method if method not in used),
    )


def history_of(round: Round) -> QuerySet[Event]:
    """The log entries about a round, newest first."""
    return Event.objects.filter(object_type="round", object_id=round.pk).select_related("actor").order_by("-seq")
