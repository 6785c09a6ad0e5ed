"""Plans of contact work and how far their duties are done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet
from django.utils import timezone

from setright.campaign.enums import PlanState
from setright.campaign.models import Campaign, ContactPlan, ContactPoint, DutyRecord, Event, PlanDuty


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One duty at one contact point: how often it was done, how often it must be, and what its day means today."""

    duty: PlanDuty
    got: int
    since: date
    today: date

    @property
    def is_done(self) -> bool:
        return self.got >= self.duty.times

    @property
    def short(self) -> int:
        """How many times it still has to be done."""
        return max(0, self.duty.times - self.got)

    @property
    def is_before_their_time(self) -> bool:
        """Due before this sponsor took the unit on: nobody holds it against them."""
        return self.duty.due_on is not None and self.duty.due_on < self.since

    @property
    def is_late(self) -> bool:
        due = self.duty.due_on
        return not self.is_done and not self.is_before_their_time and due is not None and due < self.today

    @property
    def is_soon(self) -> bool:
        """Still owed, and due within a fortnight."""
        due = self.duty.due_on
        return not self.is_done and due is not None and self.today <= due and (due - self.today).days <= 14


def plans_of(campaign: Campaign) -> QuerySet[ContactPlan]:
    """Every version, newest first."""
    return campaign.contact_plans.select_related("drafted_by", "recorded_by").order_by("-version")


def plan_in_force(campaign: Campaign) -> ContactPlan | None:
    """The approved plan, if there is one."""
    return campaign.contact_plans.filter(state=PlanState.APPROVED).first()


def duties_at(points: Iterable[ContactPoint], plan: ContactPlan | None) -> dict[int, list[DutyLine]]:
    """The duties of the plan at each contact point, in two queries whatever their number."""
    listed = list(points)
    if plan is None:
        return {point.pk: [] for point in listed}
    today = timezone.localdate()
    duties = list(plan.duties.all())
    rows = DutyRecord.objects.filter(point__in=[p.pk for p in listed], duty__plan=plan).values("point_id", "duty_id")
    done = {(row["point_id"], row["duty_id"]): row["n"] for row in rows.annotate(n=Count("pk")).order_by()}
    return {
        point.pk: [DutyLine(duty, done.get((point.pk, duty.pk), 0), point.since, today) for duty in duties]
        for point in listed
    }


def history_of_plan(plan: ContactPlan) -> QuerySet[Event]:
    """The log entries about a plan, newest first."""
    rows = Event.objects.filter(object_type="contactplan", object_id=plan.pk)
    return rows.select_related("actor").order_by("-seq")
