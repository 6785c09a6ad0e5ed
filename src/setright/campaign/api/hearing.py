"""Hearings: what a unit reports on paper, in person, by telephone."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from ninja import Router, Schema

from setright.campaign import access
from setright.campaign.actions.hearing import (
    HearingDraft,
    add_hearing,
    drop_hearing,
    hold_hearing,
    report_hearing,
    unreport_hearing,
)
from setright.campaign.api.guard import Call, reads, writes
from setright.campaign.api.held import duty, guided
from setright.campaign.api.paging import Page, page
from setright.campaign.api.refs import PersonRef, UnitRef
from setright.campaign.api.typed import Day, Id, In, Matter, Ref, Text
from setright.campaign.enums import HearingWay, HeldState
from setright.campaign.models import Hearing
from setright.campaign.queries.held import hearings_seen_by, shows_words

router = Router()
_ALL: Final = "/campaigns/{campaign}/hearings"
_AT: Final = f"{_ALL}/{{pk}}"


class HearingOut(Schema):
    """A hearing; until it is reported, `summary` is its writer's alone (null for anybody else)."""

    id: int
    unit: UnitRef
    by: PersonRef
    way: HearingWay
    on: date
    matter: str
    summary: str | None
    state: HeldState


class HearingIn(In):
    """Without `summary` it is still to come; `duty` is one of the plan in force that it counts for."""

    unit: Ref
    way: HearingWay
    on: Day
    matter: Matter
    summary: Text = ""
    duty: Ref | None = None


class HearingHeldIn(In):
    on: Day
    summary: Text
    duty: Ref | None = None


def _hearing(request: Call, pk: int, right: str = "contact.view") -> Hearing:
    rows = Hearing.objects.select_related("unit", "by", "campaign")
    return access.get(rows, request.user, right, pk=pk, campaign_id=request.campaign.pk)


def _out(request: Call, row: Hearing) -> HearingOut:
    return HearingOut(
        id=row.pk,
        unit=UnitRef.model_validate(row.unit),
        by=PersonRef.model_validate(row.by),
        way=HearingWay(row.way),
        on=row.on,
        matter=row.matter,
        summary=row.summary if shows_words(row, request.user) else None,
        state=HeldState(row.state),
    )


@reads(router, _ALL, "contact.view", Page[HearingOut])
def list_hearings(request: Call, state: HeldState | None = None) -> Any:
    """Every hearing the caller may see, newest first."""
    rows = hearings_seen_by(request.user, request.campaign)
    return page(request, rows.filter(state=state) if state else rows, ("-on", "-pk"), lambda row: _out(request, row))


@writes(router, _ALL, "contact.act", HearingOut, status=201)
def make_hearing(request: Call, body: HearingIn) -> HearingOut:
    """Plan a hearing, or write one down that was held."""
    draft = HearingDraft(
        guided(request, body.unit), body.way, body.on, body.matter, body.summary, duty(request, body.duty)
    )
    return _out(request, add_hearing(campaign=request.campaign, draft=draft, by=request.user))


@reads(router, _AT, "contact.view", HearingOut)
def read_hearing(request: Call, pk: Id) -> HearingOut:
    """One hearing."""
    return _out(request, _hearing(request, pk))


@writes(router, f"{_AT}/hold", "contact.act", HearingOut)
def write_hearing(request: Call, pk: Id, body: HearingHeldIn) -> HearingOut:
    """Write down what was reported, or change it until it is handed on."""
    hearing = _hearing(request, pk, "contact.act")
    hold_hearing(hearing=hearing, on=body.on, summary=body.summary, duty=duty(request, body.duty), by=request.user)
    return _out(request, hearing)


@writes(router, f"{_AT}/report", "contact.act", HearingOut)
def report_a_hearing(request: Call, pk: Id) -> HearingOut:
    """Hand the summary to the office and to the unit; can be taken back."""
    hearing = _hearing(request, pk, "contact.act")
    report_hearing(hearing=hearing, by=request.user)
    return _out(request, hearing)


@writes(router, f"{_AT}/unreport", "contact.act", HearingOut)
def unreport_a_hearing(request: Call, pk: Id) -> HearingOut:
    """Take one's own report back."""
    hearing = _hearing(request, pk, "contact.act")
    unreport_hearing(hearing=hearing, by=request.user)
    return _out(request, hearing)


@writes(router, _AT, "contact.act", method="DELETE")
def drop_a_hearing(request: Call, pk: Id) -> None:
    """Call a planned hearing off."""
    drop_hearing(hearing=_hearing(request, pk, "contact.act"), by=request.user)
