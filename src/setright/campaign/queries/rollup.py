"""What a rollup should say, counted from the noun tables: the full recompute, and the one for a single enrolment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from setright.campaign.enums import RoundState, StepState
from setright.campaign.models import Audience, Enrolment, GateAttempt, Round, Step

_LETTER = {
    StepState.OPEN: "o",
    StepState.SUBMITTED: "s",
    StepState.RETURNED: "r",
    StepState.ACCEPTED: "a",
    StepState.WAIVED: "w",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """One enrolment's figures, field by field as `models.Rollup` keeps them."""

    cells: list[list[Any]]
    n_waiting: int
    waiting_since: date | None
    n_rounds: int
    n_rounds_closed: int
    n_methods: int
    n_invited: int
    n_reached: int
    gates: dict[str, Any]

    def fields(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def counted(enrolments: QuerySet[Enrolment]) -> dict[int, Counted]:
    """The figures of every enrolment asked for, in six queries whatever their number.

    Cells are the mandatory steps in order, each `[phase, letter, due day]` with the letters o(pen), s(ubmitted),
    r(eturned), a(ccepted), w(aived).
    """
    keys = list(enrolments.values_list("pk", flat=True))
    found = {key: _Parts() for key in keys}
    _add_steps(found, keys)
    _add_rounds(found, keys)
    _add_gates(found, keys)
    return {key: parts.counted() for key, parts in found.items()}


class _Parts:
    def __init__(self) -> None:
        self.cells: list[list[Any]] = []
        self.submitted: list[date] = []
        self.n_rounds = self.n_closed = self.n_invited = self.n_reached = 0
        self.methods: set[str] = set()
        self.gates: dict[str, Any] = {}

    def counted(self) -> Counted:
        return Counted(
            cells=self.cells,
            n_waiting=len(self.submitted),
            waiting_since=min(self.submitted, default=None),
            n_rounds=self.n_rounds,
            n_rounds_closed=self.n_closed,
            n_methods=len(self.methods),
            n_invited=self.n_invited,
            n_reached=self.n_reached,
            gates=self.gates,
        )


def _add_steps(found: dict[int, _Parts], keys: list[int]) -> None:
    rows = (
        Step.objects.filter(enrolment__in=keys)
        .order_by("enrolment", "phase", "position", "pk")
        .values_list("enrolment_id", "template_id", "phase", "state", "due_on", "submitted_at")
    )
    for enrolment, template, phase, state, due_on, submitted_at in rows:
        parts = found[enrolment]
        if template is not None:
            parts.cells.append([phase, _LETTER[StepState(state)], due_on.isoformat()])
        if state == StepState.SUBMITTED:
            parts.submitted.append(timezone.localdate(submitted_at))


def _add_rounds(found: dict[int, _Parts], keys: list[int]) -> None:
    for enrolment, state, method in Round.objects.filter(enrolment__in=keys).values_list(
        "enrolment_id", "state", "method"
    ):
        parts = found[enrolment]
        parts.n_rounds += 1
        if state == RoundState.CLOSED:
            parts.n_closed += 1
            parts.methods.add(method)
    reached = (
        Audience.objects.filter(round__enrolment__in=keys, round__state=RoundState.CLOSED)
        .values("round__enrolment_id")
        .annotate(n_invited=Sum("n_invited"), n_reached=Sum("n_reached"), n=Count("pk"))
    )
    for row in reached:
        parts = found[row["round__enrolment_id"]]
        parts.n_invited, parts.n_reached = row["n_invited"], row["n_reached"]


def _add_gates(found: dict[int, _Parts], keys: list[int]) -> None:
    """The last answer of each gate: passed on a day, or refused with so many reasons."""
    rows = GateAttempt.objects.filter(enrolment__in=keys).order_by("at", "pk")
    for attempt in rows.iterator():
        day = timezone.localdate(attempt.at).isoformat()
        found[attempt.enrolment_id or 0].gates[str(attempt.number)] = {
            "passed": attempt.has_passed,
            "on": day,
            "n": len(attempt.reasons),
        }
