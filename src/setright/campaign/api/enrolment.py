"""Who takes part, where each stands, who leads; a batch's acts on many of them are in `batch`."""

from __future__ import annotations

from datetime import date
from typing import Any

from ninja import Router, Schema

from setright.campaign import access
from setright.campaign.actions.enrolment import begin_enrolment, change_lead
from setright.campaign.api.guard import Call, reads, writes
from setright.campaign.api.paging import Page, page
from setright.campaign.api.refs import PersonRef, UnitRef, one
from setright.campaign.api.typed import Id, In, Ref
from setright.campaign.enums import EnrolmentState
from setright.campaign.models import Enrolment
from setright.campaign.queries.enrolment import possible_leads

router = Router()


class PhaseOut(Schema):
    number: int
    planned_from: date
    planned_to: date
    opened_on: date | None
    closed_on: date | None


class EnrolmentOut(Schema):
    """A unit taking part: its state, who leads it, which supervision group watches it."""

    id: int
    unit: UnitRef
    batch: int
    state: EnrolmentState
    lead: PersonRef | None
    group: int | None
    phases: list[PhaseOut]


class LeadIn(In):
    person: Ref


def enrolment_out(row: Enrolment) -> EnrolmentOut:
    """Its unit, lead and phases must be at hand."""
    return EnrolmentOut(
        id=row.pk,
        unit=UnitRef.model_validate(row.unit),
        batch=row.batch_id,
        state=EnrolmentState(row.state),
        lead=PersonRef.model_validate(row.lead) if row.lead else None,
        group=row.group_id,
        phases=[PhaseOut.model_validate(each) for each in row.phases.all()],
    )


def enrolment_for(request: Call, pk: int, right: str) -> Enrolment:
    """The enrolment of this number over whose unit the caller has the right."""
    rows = Enrolment.objects.select_related("unit", "campaign", "batch__campaign", "lead").prefetch_related("phases")
    return access.get(rows, request.user, right, pk=pk, campaign_id=request.campaign.pk)


@reads(router, "/campaigns/{campaign}/enrolments", "enrolment.view", Page[EnrolmentOut])
def list_enrolments(
    request: Call,
    state: EnrolmentState | None = None,
    batch: Id | None = None,
) -> Any:
    """Every unit taking part over which the caller may know it, in the order of the tree."""
    rows = access.scope(Enrolment.objects.filter(campaign=request.campaign), request.user, "enrolment.view")
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(batch=batch) if batch else rows
    rows = rows.select_related("unit", "lead").prefetch_related("phases")
    return page(request, rows, ("unit__path", "pk"), enrolment_out)


@reads(router, "/campaigns/{campaign}/enrolments/{pk}", "enrolment.view", EnrolmentOut)
def read_enrolment(request: Call, pk: Id) -> EnrolmentOut:
    """One unit taking part."""
    return enrolment_out(enrolment_for(request, pk, "enrolment.view"))


@writes(router, "/campaigns/{campaign}/enrolments/{pk}/begin", "enrolment.manage", EnrolmentOut)
def begin_one(request: Call, pk: Id) -> EnrolmentOut:
    """From not started to phase 1."""
    enrolment = enrolment_for(request, pk, "enrolment.manage")
    begin_enrolment(enrolment=enrolment, by=request.user)
    return enrolment_out(enrolment_for(request, pk, "enrolment.manage"))


@reads(router, "/campaigns/{campaign}/enrolments/{pk}/possible-leads", "enrolment.manage", Page[PersonRef])
def list_possible_leads(request: Call, pk: Id) -> Any:
    """Present members of the unit's team who can sign in."""
    rows = possible_leads(enrolment_for(request, pk, "enrolment.manage"))
    return page(request, rows, ("name", "pk"), PersonRef.model_validate)


@writes(router, "/campaigns/{campaign}/enrolments/{pk}/lead", "enrolment.manage", EnrolmentOut)
def hand_lead_over(request: Call, pk: Id, body: LeadIn) -> EnrolmentOut:
    """Another member of the team leads from today."""
    enrolment = enrolment_for(request, pk, "enrolment.manage")
    person = one(possible_leads(enrolment), "person", body.person)
    change_lead(enrolment=enrolment, person=person, by=request.user)
    return enrolment_out(enrolment)
