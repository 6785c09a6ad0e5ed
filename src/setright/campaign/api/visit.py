"""Visits: planned, held, reported."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from ninja import Router, Schema

from setright.campaign import access
from setright.campaign.actions.visit import VisitDraft, add_visit, drop_visit, hold_visit, report_visit, unreport_visit
from setright.campaign.api.guard import Call, reads, writes
from setright.campaign.api.held import duty, guided
from setright.campaign.api.paging import Page, page
from setright.campaign.api.refs import PersonRef, UnitRef
from setright.campaign.api.typed import Day, Id, In, Maybe, Ref, Text
from setright.campaign.enums import HeldState, Role
from setright.campaign.models import Visit
from setright.campaign.queries.held import shows_words, visits_seen_by

router = Router()
_ALL: Final = "/campaigns/{campaign}/visits"
_AT: Final = f"{_ALL}/{{pk}}"


class VisitOut(Schema):
    """A visit; until it is reported, `findings` are its writer's alone (null for anybody else)."""

    id: int
    unit: UnitRef
    by: PersonRef
    as_role: Role
    on: date
    place: str
    purpose: str
    findings: str | None
    state: HeldState


class VisitIn(In):
    """Without `findings` it is still to come; `duty` is one of the plan in force that it counts for."""

    unit: Ref
    on: Day
    place: Maybe = ""
    purpose: Text = ""
    findings: Text = ""
    duty: Ref | None = None


class VisitHeldIn(In):
    on: Day
    findings: Text
    duty: Ref | None = None


def _visit(request: Call, pk: int, right: str = "contact.view") -> Visit:
    rows = Visit.objects.select_related("unit", "by", "campaign")
    return access.get(rows, request.user, right, pk=pk, campaign_id=request.campaign.pk)


def _out(request: Call, row: Visit) -> VisitOut:
    return VisitOut(
        id=row.pk,
        unit=UnitRef.model_validate(row.unit),
        by=PersonRef.model_validate(row.by),
        as_role=Role(row.as_role),
        on=row.on,
        place=row.place,
        purpose=row.purpose,
        findings=row.findings if shows_words(row, request.user) else None,
        state=HeldState(row.state),
    )


@reads(router, _ALL, "contact.view", Page[VisitOut])
def list_visits(request: Call, state: HeldState | None = None) -> Any:
    """Every visit the caller may see, newest first."""
    rows = visits_seen_by(request.user, request.campaign)
    return page(request, rows.filter(state=state) if state else rows, ("-on", "-pk"), lambda row: _out(request, row))


@writes(router, _ALL, "contact.act", VisitOut, status=201)
def make_visit(request: Call, body: VisitIn) -> VisitOut:
    """Plan a visit, or write one down that was held."""
    draft = VisitDraft(
        guided(request, body.unit), body.on, body.place, body.purpose, body.findings, duty(request, body.duty)
    )
    return _out(request, add_visit(campaign=request.campaign, draft=draft, by=request.user))


@reads(router, _AT, "contact.view", VisitOut)
def read_visit(request: Call, pk: Id) -> VisitOut:
    """One visit."""
    return _out(request, _visit(request, pk))


@writes(router, f"{_AT}/hold", "contact.act", VisitOut)
def write_visit(request: Call, pk: Id, body: VisitHeldIn) -> VisitOut:
    """Write down what was seen, or change it until it is reported."""
    visit = _visit(request, pk, "contact.act")
    hold_visit(visit=visit, on=body.on, findings=body.findings, duty=duty(request, body.duty), by=request.user)
    return _out(request, visit)


@writes(router, f"{_AT}/report", "contact.act", VisitOut)
def report_a_visit(request: Call, pk: Id) -> VisitOut:
    """Hand the findings to the office and to the unit; can be taken back."""
    visit = _visit(request, pk, "contact.act")
    report_visit(visit=visit, by=request.user)
    return _out(request, visit)


@writes(router, f"{_AT}/unreport", "contact.act", VisitOut)
def unreport_a_visit(request: Call, pk: Id) -> VisitOut:
    """Take one's own report back."""
    visit = _visit(request, pk, "contact.act")
    unreport_visit(visit=visit, by=request.user)
    return _out(request, visit)


@writes(router, _AT, "contact.act", method="DELETE")
def drop_a_visit(request: Call, pk: Id) -> None:
    """Call a planned visit off."""
    drop_visit(visit=_visit(request, pk, "contact.act"), by=request.user)
