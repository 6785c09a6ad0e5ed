"""Contact points: who sponsors which unit, how each stands now, duties done."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from ninja import Router, Schema

from setright.campaign import access
from setright.campaign.actions.point import (
    PointDraft,
    assign_point,
    drop_duty_record,
    end_point,
    hand_over_point,
    look_at_point,
    record_duty,
    resume_point,
)
from setright.campaign.api.guard import Call, reads, writes
from setright.campaign.api.paging import Page, page, prepared
from setright.campaign.api.plan import DutyOut
from setright.campaign.api.refs import PersonRef, UnitRef, one, person
from setright.campaign.api.story import HintOut, hint_out
from setright.campaign.api.typed import Day, Id, In, Maybe, Ref, Text
from setright.campaign.enums import EnrolmentState, PlanState, PointState
from setright.campaign.models import ContactPoint, DutyRecord, PlanDuty, Unit
from setright.campaign.queries.contact import PointRow, point_rows, points_seen_by, records_at, units_without
from setright.campaign.queries.contact_now import Change, Late, Wait, changes_of, late_at, row_at, waiting_at
from setright.campaign.queries.formality import hints
from setright.campaign.queries.plan import DutyLine

router = Router()
_ALL: Final = "/campaigns/{campaign}/contact-points"
_AT: Final = f"{_ALL}/{{pk}}"


class DutyStanding(DutyOut):
    """A duty at one contact point: how often it was done."""

    got: int
    is_done: bool
    is_late: bool


class PointOut(Schema):
    """A contact point with its unit's state, the duties of the plan in force, and its instructions."""

    id: int
    sponsor: PersonRef
    unit: UnitRef
    field: str
    field_en: str
    since: date
    until: date | None
    state: PointState
    unit_state: EnrolmentState | None
    duties: list[DutyStanding]
    n_open: int
    n_late: int


class WaitOut(Schema):
    act: str
    about: str
    since: date | None
    due_on: date | None
    url: str


class ChangeOut(Schema):
    at: datetime
    actor: PersonRef | None
    action: str
    about: str
    detail: str
    url: str


class LateOut(Schema):
    kind: str
    about: str
    due_on: date
    url: str


class NowOut(Schema):
    """“My contact unit now”: what waits for its sponsor, what changed since they last looked, what is late.

    `hints` are for whoever watches the unit, not for the unit (then null).
    """

    point: PointOut
    looked_at: datetime | None
    waiting: list[WaitOut]
    changes: list[ChangeOut]
    n_changes: int
    late: list[LateOut]
    hints: list[HintOut] | None


class PointIn(In):
    """`unit` takes part and has no sponsor; the field of work is optional."""

    unit: Ref
    sponsor: Ref
    field: Maybe = ""
    field_en: Maybe = ""


class SponsorIn(In):
    sponsor: Ref


class RecordIn(In):
    """A duty of the plan in force, done once."""

    duty: Ref
    on: Day
    note: Text = ""


class RecordOut(Schema):
    id: int
    duty: int
    on: date
    note: str
    by: PersonRef


def _point(request: Call, pk: int, right: str = "contact.view") -> ContactPoint:
    rows = ContactPoint.objects.select_related("unit", "sponsor", "campaign")
    return access.get(rows, request.user, right, pk=pk, campaign_id=request.campaign.pk)


def _duty(line: DutyLine) -> DutyStanding:
    duty = DutyOut.model_validate(line.duty)
    return DutyStanding(**duty.model_dump(), got=line.got, is_done=line.is_done, is_late=line.is_late)


def _out(row: PointRow) -> PointOut:
    point = row.point
    return PointOut(
        id=point.pk,
        sponsor=PersonRef.model_validate(point.sponsor),
        unit=UnitRef.model_validate(point.unit),
        field=point.field,
        field_en=point.field_en,
        since=point.since,
        until=point.until,
        state=PointState(point.state),
        unit_state=EnrolmentState(row.enrolment.state) if row.enrolment else None,
        duties=[_duty(each) for each in row.duties],
        n_open=row.n_open,
        n_late=row.n_late,
    )


def _shown(request: Call, point: ContactPoint) -> PointOut:
    return _out(point_rows([point], request.campaign)[0])


@reads(router, _ALL, "contact.view", Page[PointOut])
def list_points(request: Call, state: PointState | None = None) -> Any:
    """Every contact point the caller may see."""
    rows = points_seen_by(request.user, request.campaign)
    rows = rows.filter(state=state) if state else rows
    return prepared(request, rows, ("pk",), lambda some: point_rows(some, request.campaign), _out)


@reads(router, "/campaigns/{campaign}/units-without-sponsor", "point.manage", Page[UnitRef])
def list_without(request: Call) -> Any:
    """Units taking part that nobody sponsors."""
    access.require(request.user, "point.manage", campaign=request.campaign)
    rows = units_without(request.campaign)
    return page(request, rows, ("unit__path", "pk"), lambda each: UnitRef.model_validate(each.unit))


@reads(router, _AT, "contact.view", NowOut)
def read_point(request: Call, pk: Id) -> NowOut:
    """A contact unit now."""
    point = _point(request, pk)
    is_mine = point.sponsor_id == request.user.pk and point.state == PointState.ACTIVE
    listed = point_rows([point], request.campaign)[0]
    duties, row = list(listed.duties), row_at(point)
    changes, n_changes = changes_of(point, point.looked_at if is_mine else None, request.user)
    may_look = access.may(request.user, "board.view", campaign=request.campaign, unit=point.unit)
    return NowOut(
        point=_out(listed),
        looked_at=point.looked_at if is_mine else None,
        waiting=[_wait(each) for each in waiting_at(point, duties)] if is_mine else [],
        changes=[_change(each) for each in changes],
        n_changes=n_changes,
        late=[_late(each) for each in late_at(point, row, duties, is_mine=is_mine)],
        hints=[hint_out(each) for each in (hints(row.enrolment) if row else [])] if may_look else None,
    )


def _wait(each: Wait) -> WaitOut:
    return WaitOut(act=each.act, about=each.about, since=each.since, due_on=each.due_on, url=each.url)


def _change(each: Change) -> ChangeOut:
    event = each.event
    return ChangeOut(
        at=event.at,
        actor=PersonRef.model_validate(event.actor) if event.actor else None,
        action=event.action,
        about=each.about,
        detail=each.detail,
        url=each.url,
    )


def _late(each: Late) -> LateOut:
    return LateOut(kind=each.kind, about=each.about, due_on=each.due_on, url=each.url)


@writes(router, f"{_AT}/looked", "duty.record")
def look(request: Call, pk: Id) -> None:
    """Say that its sponsor looked just now: what changed is counted from here on."""
    look_at_point(point=_point(request, pk), by=request.user)


@writes(router, _ALL, "point.manage", PointOut, status=201)
def make_point(request: Call, body: PointIn) -> PointOut:
    """Give a unit its sponsor from today."""
    access.require(request.user, "point.manage", campaign=request.campaign)
    unit = one(Unit.objects.filter(enrolments__campaign=request.campaign), "unit", body.unit)
    draft = PointDraft(unit, person("sponsor", body.sponsor), body.field, body.field_en)
    return _shown(request, assign_point(campaign=request.campaign, draft=draft, by=request.user))


@writes(router, f"{_AT}/end", "point.manage", PointOut)
def end_a_point(request: Call, pk: Id) -> PointOut:
    """End a contact point; the sponsor's right over the unit ends with it."""
    point = _point(request, pk, "point.manage")
    end_point(point=point, by=request.user)
    return _shown(request, point)


@writes(router, f"{_AT}/resume", "point.manage", PointOut)
def resume_a_point(request: Call, pk: Id) -> PointOut:
    """Take the end back, as long as nobody else has the unit."""
    point = _point(request, pk, "point.manage")
    resume_point(point=point, by=request.user)
    return _shown(request, point)


@writes(router, f"{_AT}/hand-over", "point.manage", PointOut)
def hand_point_over(request: Call, pk: Id, body: SponsorIn) -> PointOut:
    """Another sponsor takes the unit on; the answer is the new contact point."""
    point = _point(request, pk, "point.manage")
    return _shown(request, hand_over_point(point=point, sponsor=person("sponsor", body.sponsor), by=request.user))


def _record(row: DutyRecord) -> RecordOut:
    return RecordOut(id=row.pk, duty=row.duty_id, on=row.on, note=row.note, by=PersonRef.model_validate(row.by))


@reads(router, f"{_AT}/duties", "contact.view", Page[RecordOut])
def list_records(request: Call, pk: Id) -> Any:
    """What the sponsor recorded of their duties, newest first."""
    return page(request, records_at(_point(request, pk)), ("-on", "-pk"), _record)


@writes(router, f"{_AT}/duties", "duty.record", RecordOut, status=201)
def add_record(request: Call, pk: Id, body: RecordIn) -> RecordOut:
    """Record that a duty was done once; only the sponsor it binds says so."""
    point = _point(request, pk, "duty.record")
    duties = PlanDuty.objects.filter(plan__campaign=request.campaign, plan__state=PlanState.APPROVED)
    duty = one(duties, "duty", body.duty)
    return _record(record_duty(point=point, duty=duty, on=body.on, note=body.note, by=request.user))


@writes(router, "/campaigns/{campaign}/duty-records/{pk}", "duty.record", method="DELETE")
def drop_record(request: Call, pk: Id) -> None:
    """Take one's own record back."""
    rows = DutyRecord.objects.select_related("point__unit", "point__campaign", "duty")
    of = {"unit": "point__unit", "campaign": "point__campaign"}
    record = access.get(rows, request.user, "duty.record", **of, pk=pk, point__campaign=request.campaign)
    drop_duty_record(record=record, by=request.user)
