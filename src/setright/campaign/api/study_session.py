"""Study sessions: planned, held, and who came."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from annotated_types import Len
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from setright.campaign import access
from setright.campaign.actions.attendance import (
    Marks,
    attend_session,
    expect_members,
    leave_session,
    record_attendance,
)
from setright.campaign.actions.study import (
    SessionPlan,
    cancel_session,
    edit_session,
    hold_session,
    plan_session,
    restore_session,
    said_hash,
    unhold_session,
)
from setright.campaign.api.file import own_file
from setright.campaign.api.guard import Call, reads, seen, writes
from setright.campaign.api.paging import Page, page, prepared
from setright.campaign.api.refs import UnitRef, one
from setright.campaign.api.study import ShareOut, programme_for, share, study_paths
from setright.campaign.api.team import MemberOut, member_out
from setright.campaign.api.typed import Day, Id, In, Maybe, Name, Ref, Seen, Short
from setright.campaign.enums import Scope, StudyKind, StudyState
from setright.campaign.errors import Refused
from setright.campaign.models import Attendance, Programme, StudySession
from setright.campaign.queries.attendance import Matched, attendance_of, matched, read_list, to_choose
from setright.campaign.queries.study import SessionLine, expected_of, sessions_for, units_to_manage, with_attendance

router = Router()
_ALL: Final = "/campaigns/{campaign}/programmes/{pk}/sessions"
_AT: Final = "/campaigns/{campaign}/sessions/{pk}"
_HERE: Final = "/attend/{code}"
Keys = Annotated[list[Ref], Len(0, 20_000)]


class SessionRow(Schema):
    """A session of a term, or a themed activity; `present` counts people in sight."""

    id: int
    programme: int
    term: int | None
    kind: StudyKind
    unit: UnitRef
    name: str
    name_en: str
    place: str
    on: date
    state: StudyState
    present: ShareOut


class SessionOut(SessionRow):
    """`seen` stands for what it says: an edit names it."""

    seen: str


class AttendanceOut(Schema):
    """Somebody expected, whether they came, and how that became known (`list` or `code`)."""

    id: int
    member: MemberOut
    is_present: bool
    how: str


class SessionEdit(In):
    name: Name
    name_en: Maybe = ""
    term: Ref | None = None
    place: Maybe = ""
    on: Day
    seen: Seen = ""


class SessionIn(In):
    """For the teams of the subtree of `unit`: all who hold a post there today are expected."""

    unit: Ref
    name: Name
    name_en: Maybe = ""
    term: Ref | None = None
    place: Maybe = ""
    on: Day


class MarksIn(In):
    """Ids to switch on and to switch off; the rest is left alone."""

    on: Keys = Field(default_factory=list)
    off: Keys = Field(default_factory=list)


class MarksOut(Schema):
    """What really changed."""

    on: list[int]
    off: list[int]


class RefusedLineOut(Schema):
    """A line that is not taken, and why."""

    number: int
    text: str
    why: str


class MatchedOut(Schema):
    """What a list says: who came (`on`), who did not (`off`), how many are new, whom it takes off, lines not taken."""

    on: list[int]
    off: list[int]
    n_new: int
    gone: list[AttendanceOut]
    refused: list[RefusedLineOut]


class HereOut(Schema):
    """False where it was known already."""

    is_new: bool


def _session(request: Call, pk: int, right: str = "study.view") -> StudySession:
    found = sessions_for(request.user, request.campaign).filter(pk=pk).first()
    if found is None:
        raise access.Unknown
    if right != "study.view":
        access.require(request.user, right, campaign=request.campaign, unit=found.unit)
    return found


def _values(line: SessionLine) -> dict[str, Any]:
    row = line.session
    return {
        "id": row.pk,
        "programme": row.programme_id,
        "term": row.term_id,
        "kind": StudyKind(row.kind),
        "unit": UnitRef.model_validate(row.unit),
        "name": row.name,
        "name_en": row.name_en,
        "place": row.place,
        "on": row.on,
        "state": StudyState(row.state),
        "present": share(line.present),
    }


def _row(line: SessionLine) -> SessionRow:
    return SessionRow(**_values(line))


def _out(request: Call, pk: int) -> SessionOut:
    row = _session(request, pk)
    return SessionOut(**_values(with_attendance([row], study_paths(request))[0]), seen=said_hash(row))


def _plan(programme: Programme, body: SessionIn | SessionEdit) -> SessionPlan:
    term = one(programme.terms.all(), "term", body.term) if body.term else None
    return SessionPlan(body.name, body.name_en, term, body.place, body.on)


@reads(router, _ALL, "study.view", Page[SessionRow])
def list_sessions(request: Call, pk: Id, state: StudyState | None = None, term: Id | None = None) -> Any:
    """The sessions of a programme that concern the caller's units, by day."""
    rows = sessions_for(request.user, request.campaign).filter(programme=programme_for(request, pk))
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(term=term) if term else rows
    paths = study_paths(request)
    return prepared(request, rows, ("on", "pk"), lambda some: with_attendance(some, paths), _row)


@reads(router, "/campaigns/{campaign}/my-sessions", "campaign.view", Page[SessionRow])
def list_my_sessions(request: Call) -> Any:
    """Sessions still to come at which the caller is expected."""
    rows = expected_of(request.user, request.campaign).select_related("unit")
    paths = study_paths(request)
    return prepared(request, rows, ("on", "pk"), lambda some: with_attendance(some, paths), _row)


@writes(router, _ALL, "study.manage", SessionOut, status=201)
def make_session(request: Call, pk: Id, body: SessionIn) -> SessionOut:
    """Plan a session of a term, or a themed activity."""
    programme = programme_for(request, pk)
    unit = one(units_to_manage(request.user, request.campaign, programme.unit), "unit", body.unit)
    made = plan_session(programme=programme, unit=unit, plan=_plan(programme, body), by=request.user)
    return _out(request, made.pk)


@reads(router, _AT, "study.view", SessionOut)
def read_session(request: Call, pk: Id) -> SessionOut:
    """One session."""
    return _out(request, pk)


@writes(router, _AT, "study.manage", SessionOut, method="PATCH")
def change_session(request: Call, pk: Id, body: SessionEdit) -> SessionOut:
    """Change a planned session; who is expected stays."""
    found, shown = _session(request, pk, "study.manage"), _out(request, pk)
    read = seen(request, body.seen, shown, shown.seen)
    edit_session(session=found, plan=_plan(found.programme, body), seen=read, by=request.user)
    return _out(request, pk)


@writes(router, f"{_AT}/hold", "study.manage", SessionOut)
def hold_a_session(request: Call, pk: Id) -> SessionOut:
    """It is held now: attendance can be recorded."""
    hold_session(session=_session(request, pk, "study.manage"), by=request.user)
    return _out(request, pk)


@writes(router, f"{_AT}/unhold", "study.manage", SessionOut)
def unhold_a_session(request: Call, pk: Id) -> SessionOut:
    """Take that back, as long as nobody was recorded as present."""
    unhold_session(session=_session(request, pk, "study.manage"), by=request.user)
    return _out(request, pk)


@writes(router, f"{_AT}/cancel", "study.manage", SessionOut)
def cancel_a_session(request: Call, pk: Id) -> SessionOut:
    """Cancel a planned session."""
    cancel_session(session=_session(request, pk, "study.manage"), by=request.user)
    return _out(request, pk)


@writes(router, f"{_AT}/restore", "study.manage", SessionOut)
def restore_a_session(request: Call, pk: Id) -> SessionOut:
    """Plan a cancelled session again."""
    restore_session(session=_session(request, pk, "study.manage"), by=request.user)
    return _out(request, pk)


def _attendance(row: Attendance) -> AttendanceOut:
    return AttendanceOut(id=row.pk, member=member_out(row.member), is_present=row.is_present, how=row.how)


@reads(router, f"{_AT}/attendance", "study.view", Page[AttendanceOut])
def list_attendance(request: Call, pk: Id, present: bool | None = None) -> Any:
    """Who is expected and who came, as far as the caller sees them, by unit."""
    rows = attendance_of(_session(request, pk), study_paths(request)).select_related("member__person")
    rows = rows if present is None else rows.filter(is_present=present)
    return page(request, rows, ("member__unit__path", "pk"), _attendance)


@writes(router, f"{_AT}/attendance", "study.manage", MarksOut)
def record_who_came(request: Call, pk: Id, body: MarksIn) -> MarksOut:
    """Record who came (`on`) and who did not (`off`), by ids of attendance, of a held session."""
    came = Marks(tuple(body.on), tuple(body.off))
    changed = record_attendance(session=_session(request, pk, "study.manage"), came=came, by=request.user)
    return MarksOut(on=list(changed.on), off=list(changed.off))


def _listed(request: Call, session: StudySession, file: int) -> Matched:
    """What a list of the caller's own says of a session that is held."""
    if session.state != StudyState.HELD:
        raise Refused(_("Attendance is recorded once the session is held: it is “%s”.") % session.get_state_display())
    source = own_file(request, file)
    return matched(session, read_list(access.opened_copy(source), source.name))


@reads(router, f"{_AT}/lists/{{file}}", "study.manage", MatchedOut)
def check_attendance_list(request: Call, pk: Id, file: Id) -> MatchedOut:
    """What a list of names, handed in at `/files`, says of who came, and every line that cannot be taken."""
    found = _listed(request, _session(request, pk, "study.manage"), file)
    return MatchedOut(
        on=list(found.present),
        off=list(found.absent),
        n_new=found.n_new,
        gone=[_attendance(row) for row in found.gone],
        refused=[RefusedLineOut.model_validate(each) for each in found.refused],
    )


@writes(router, f"{_AT}/lists/{{file}}", "study.manage", MarksOut)
def record_attendance_list(request: Call, pk: Id, file: Id) -> MarksOut:
    """Record what the list says; lines that cannot be taken change nothing."""
    session = _session(request, pk, "study.manage")
    found = _listed(request, session, file)
    changed = record_attendance(session=session, came=Marks(found.present, found.absent), by=request.user)
    return MarksOut(on=list(changed.on), off=list(changed.off))


@reads(router, f"{_AT}/could-expect", "study.manage", Page[MemberOut])
def list_could_expect(request: Call, pk: Id) -> Any:
    """Everyone who could be expected."""
    rows = to_choose(_session(request, pk, "study.manage")).select_related("person")
    return page(request, rows, ("unit__path", "pk"), member_out)


@writes(router, f"{_AT}/expect", "study.manage", MarksOut)
def change_expected(request: Call, pk: Id, body: MarksIn) -> MarksOut:
    """Change who is expected, by ids of team members."""
    members = Marks(tuple(body.on), tuple(body.off))
    changed = expect_members(session=_session(request, pk, "study.manage"), members=members, by=request.user)
    return MarksOut(on=list(changed.on), off=list(changed.off))


def _by_code(code: str) -> StudySession:
    rows = StudySession.objects.select_related("programme__campaign", "unit", "term")
    found = rows.filter(code=code).first()
    if found is None:
        raise access.Unknown
    return found


@writes(router, _HERE, "", HereOut, scope=Scope.ENTER)
def attend(request: Call, code: Short) -> HereOut:
    """“I am here”: on the day, while the session of this poster's code is held."""
    return HereOut(is_new=attend_session(session=_by_code(code), by=request.user))


@writes(router, _HERE, "", method="DELETE", scope=Scope.ENTER)
def unattend(request: Call, code: Short) -> None:
    """Take one's own “I am here” back, on the same day."""
    leave_session(session=_by_code(code), by=request.user)
