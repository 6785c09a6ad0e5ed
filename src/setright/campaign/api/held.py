"""What visits and hearings have in common: whom one may guide, and which duty something counts for."""

from __future__ import annotations

from setright.campaign.api.guard import Call
from setright.campaign.api.refs import one
from setright.campaign.enums import PlanState
from setright.campaign.models import Enrolment, PlanDuty, Unit
from setright.campaign.queries.contact import points_of_sponsor
from setright.campaign.queries.held import guided_by


def guided(request: Call, pk: int) -> Unit:
    """A unit taking part that the caller may visit, hear and instruct."""
    key = guided_by(request.user, request.campaign).filter(unit=pk).values_list("pk", flat=True).first()
    return one(Enrolment.objects.select_related("unit"), "unit", key).unit


def duty(request: Call, pk: int | None) -> PlanDuty | None:
    """The duty of the plan in force that something counts for; only whoever sponsors a unit has any."""
    if pk is None:
        return None
    rows = PlanDuty.objects.filter(plan__campaign=request.campaign, plan__state=PlanState.APPROVED)
    has_any = points_of_sponsor(request.user, request.campaign).exists()
    return one((rows if has_any else rows.none()).select_related("plan"), "duty", pk)
