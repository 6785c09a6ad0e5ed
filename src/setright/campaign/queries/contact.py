"""Contact points: who sponsors which unit, and how the list of them stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from setright.campaign import access
from setright.campaign.enums import InstructionState, PointState
from setright.campaign.models import Campaign, ContactPoint, DutyRecord, Enrolment, Event, Instruction, Person
from setright.campaign.queries.plan import DutyLine, duties_at, plan_in_force

OWED = (InstructionState.GIVEN, InstructionState.RETURNED)


@dataclass(frozen=True, slots=True)
class PointRow:
    """One contact point as the list shows it."""

    point: ContactPoint
    enrolment: Enrolment | None
    duties: tuple[DutyLine, ...]
    n_open: int
    n_late: int

    @property
    def n_done(self) -> int:
        return sum(min(line.got, line.duty.times) for line in self.duties)

    @property
    def n_needed(self) -> int:
        return sum(line.duty.times for line in self.duties)

    @property
    def n_duties_late(self) -> int:
        return sum(line.is_late for line in self.duties)


def points_seen_by(person: Person, campaign: Campaign) -> QuerySet[ContactPoint]:
    """Contact points of units over which the person sees contact work."""
    rows = access.scope(ContactPoint.objects.filter(campaign=campaign), person, "contact.view")
    return rows.select_related("unit", "sponsor", "campaign").order_by("state", "unit__path", "pk")


def points_of_sponsor(person: Person, campaign: Campaign) -> QuerySet[ContactPoint]:
    """The units this person sponsors now."""
    return points_seen_by(person, campaign).filter(sponsor=person, state=PointState.ACTIVE)


def point_rows(points: Iterable[ContactPoint], campaign: Campaign) -> list[PointRow]:
    """Each with its phase, duties and instructions, in five queries whatever their number."""
    listed = list(points)
    units = [point.unit_id for point in listed]
    enrolments = {e.unit_id: e for e in Enrolment.objects.filter(campaign=campaign, unit__in=units)}
    duties = duties_at(listed, plan_in_force(campaign))
    late = Q(state__in=OWED, due_on__lt=timezone.localdate())
    rows = Instruction.objects.filter(campaign=campaign, unit__in=units).order_by().values("unit_id")
    counts = {
        row["unit_id"]: row
        for row in rows.annotate(
            n_open=Count("pk", filter=~Q(state=InstructionState.ACCEPTED)), n_late=Count("pk", filter=late)
        )
    }
    nothing = {"n_open": 0, "n_late": 0}
    return [
        PointRow(
            point,
            enrolments.get(point.unit_id),
            tuple(duties[point.pk]),
            counts.get(point.unit_id, nothing)["n_open"],
            counts.get(point.unit_id, nothing)["n_late"],
        )
        for point in listed
    ]


def units_without(campaign: Campaign) -> QuerySet[Enrolment]:
    """Units taking part that nobody sponsors now."""
    held = ContactPoint.objects.filter(campaign=campaign, state=PointState.ACTIVE).values("unit_id")
    return campaign.enrolments.exclude(unit__in=held).select_related("unit").order_by("unit__path")


def records_at(point: ContactPoint) -> QuerySet[DutyRecord]:
    """What the sponsor recorded of their duties, newest first."""
    return point.duty_records.select_related("duty", "by").order_by("-on", "-pk")


def history_of_point(point: ContactPoint) -> QuerySet[Event]:
    """The log entries about a contact point, newest first."""
    rows = Event.objects.filter(object_type="contactpoint", object_id=point.pk)
    return rows.select_related("actor").order_by("-seq")
