"""Study: programmes, their terms, their sessions; a session is planned, held or cancelled."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import models, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions.transition import move, text_hash
from setright.campaign.days import in_full
from setright.campaign.enums import StudyKind, StudyState
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.models import Attendance, Campaign, Person, Programme, StudySession, Term, Unit
from setright.campaign.queries.study import team_below

_CHUNK: Final = 500
_SAID: Final = {
    Programme: ("name", "name_en", "text"),
    Term: ("starts_on", "ends_on", "place"),
    StudySession: ("name", "name_en", "term_id", "place", "on"),
}


@dataclass(frozen=True, slots=True)
class ProgrammePlan:
    """What is to be studied, in both languages, and what for."""

    name: str
    name_en: str
    text: str


@dataclass(frozen=True, slots=True)
class TermPlan:
    """When and where a term runs."""

    starts_on: date
    ends_on: date
    place: str


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """A session of a term; without a term it is a themed activity."""

    name: str
    name_en: str
    term: Term | None
    place: str
    on: date


def said_hash(thing: models.Model) -> str:
    """SHA-256 over what was typed about a programme, a term or a session, so that two writers notice each other."""
    kind = type(thing)
    now = kind._default_manager.filter(pk=thing.pk).values_list(*_SAID[kind]).first()
    return text_hash(list(now or ()))


def add_programme(*, campaign: Campaign, unit: Unit, plan: ProgrammePlan, by: Person) -> Programme:
    """Set up a programme for the teams of a unit's whole subtree."""
    access.require(by, "study.manage", campaign=campaign, unit=unit)
    with transaction.atomic():
        made = Programme.objects.create(
            campaign=campaign, unit=unit, name=plan.name, name_en=plan.name_en, text=plan.text
        )
        _log("add_programme", made, made, by, None, {"said": said_hash(made)})
    return made


def edit_programme(*, programme: Programme, plan: ProgrammePlan, seen: str, by: Person) -> None:
    """Change its names and purpose; `seen` is `said_hash` of what the writer had before them."""
    access.require(by, "study.manage", campaign=programme.campaign_id, unit=programme.unit)
    values = {"name": plan.name, "name_en": plan.name_en, "text": plan.text}
    _edit("edit_programme", programme, programme, values, (seen, by))


def drop_programme(*, programme: Programme, by: Person) -> None:
    """Take an empty programme out."""
    access.require(by, "study.manage", campaign=programme.campaign_id, unit=programme.unit)
    n = programme.sessions.count() + programme.terms.count()
    _drop("drop_programme", programme, programme, n, by)


def add_term(*, programme: Programme, plan: TermPlan, by: Person) -> Term:
    """Plan a term; it takes the next number of its programme."""
    access.require(by, "study.manage", campaign=programme.campaign_id, unit=programme.unit)
    _check_days(plan)
    with transaction.atomic():
        Programme.objects.select_for_update().get(pk=programme.pk)
        last = programme.terms.aggregate(n=Max("number"))["n"] or 0
        made = Term.objects.create(
            programme=programme, number=last + 1, starts_on=plan.starts_on, ends_on=plan.ends_on, place=plan.place
        )
        _log("add_term", made, programme, by, None, {"number": made.number, "said": said_hash(made)})
    return made


def edit_term(*, term: Term, plan: TermPlan, seen: str, by: Person) -> None:
    """Change when and where it runs, as long as its sessions still lie in its days."""
    access.require(by, "study.manage", campaign=term.programme.campaign_id, unit=term.programme.unit)
    _check_days(plan)
    sessions = term.sessions.exclude(state=StudyState.CANCELLED)
    n_outside = sessions.count() - sessions.filter(on__gte=plan.starts_on, on__lte=plan.ends_on).count()
    if n_outside:
        raise Invalid("ends_on", _("%(n)d sessions of this term would lie outside its days.") % {"n": n_outside})
    values = {"starts_on": plan.starts_on, "ends_on": plan.ends_on, "place": plan.place}
    _edit("edit_term", term, term.programme, values, (seen, by))


def drop_term(*, term: Term, by: Person) -> None:
    """Take a term without sessions out."""
    access.require(by, "study.manage", campaign=term.programme.campaign_id, unit=term.programme.unit)
    _drop("drop_term", term, term.programme, term.sessions.count(), by)


def plan_session(*, programme: Programme, unit: Unit, plan: SessionPlan, by: Person) -> StudySession:
    """Plan a session for the teams of a unit's subtree; all who hold a post there today are expected.

    Raises
    ------
    Invalid
        When the unit lies outside the programme's, or the day outside the term's.
    """
    access.require(by, "study.manage", campaign=programme.campaign_id, unit=unit)
    if not unit.path.startswith(programme.unit.path):
        raise Invalid("unit", _("This unit does not belong to “%(name)s”.") % {"name": programme.unit.label})
    _check_session(programme, plan)
    with transaction.atomic():
        made = StudySession.objects.create(
            programme=programme, unit=unit, code=secrets.token_hex(16), **_session_fields(plan)
        )
        members = list(team_below(unit).values_list("pk", flat=True))
        Attendance.objects.bulk_create((Attendance(session=made, member_id=pk) for pk in members), batch_size=_CHUNK)
        after = {"state": made.state, "said": said_hash(made), "expected": text_hash(sorted(members))}
        _log("plan_session", made, made, by, None, after, len(members))
    return made


def edit_session(*, session: StudySession, plan: SessionPlan, seen: str, by: Person) -> None:
    """Change a planned session; who is expected stays."""
    access.require(by, "study.manage", campaign=session.programme.campaign_id, unit=session.unit)
    _check_session(session.programme, plan)
    if StudySession.objects.filter(pk=session.pk).exclude(state=StudyState.PLANNED).exists():
        raise Conflict(_("Only a planned session can be changed: this one is “%s”.") % session.get_state_display())
    _edit("edit_session", session, session, _session_fields(plan), (seen, by))


def hold_session(*, session: StudySession, by: Person) -> None:
    """Say that it is held: from now on it is recorded who came. Not before its day, nor with nobody expected."""
    access.require(by, "study.manage", campaign=session.programme.campaign_id, unit=session.unit)
    if session.on > timezone.localdate():
        raise Refused(_("It is planned for a later day: change the day if it is held today."))
    if not session.attendance.exists():
        raise Refused(_("Nobody is expected: choose who takes part first."))
    _move("hold_session", session, StudyState.PLANNED, StudyState.HELD, by)


def unhold_session(*, session: StudySession, by: Person) -> None:
    """Take “held” back, as long as nobody was recorded as present."""
    access.require(by, "study.manage", campaign=session.programme.campaign_id, unit=session.unit)
    if n := session.attendance.filter(is_present=True).count():
        raise Refused(_("%(n)d people are recorded as present: it was held.") % {"n": n})
    _move("unhold_session", session, StudyState.HELD, StudyState.PLANNED, by)


def cancel_session(*, session: StudySession, by: Person) -> None:
    """Cancel a planned session; it stays in the list and can be restored."""
    access.require(by, "study.manage", campaign=session.programme.campaign_id, unit=session.unit)
    _move("cancel_session", session, StudyState.PLANNED, StudyState.CANCELLED, by)


def restore_session(*, session: StudySession, by: Person) -> None:
    """Plan a cancelled session again."""
    access.require(by, "study.manage", campaign=session.programme.campaign_id, unit=session.unit)
    _move("restore_session", session, StudyState.CANCELLED, StudyState.PLANNED, by)


def _move(action: str, session: StudySession, start: StudyState, end: StudyState, by: Person) -> None:
    with transaction.atomic():
        move(session, (start,), state=end)
        _log(action, session, session, by, {"state": start.value}, {"state": end.value})


def _edit(
    action: str,
    thing: Programme | Term | StudySession,
    at: Programme | StudySession,
    values: dict[str, Any],
    seen_by: tuple[str, Person],
) -> None:
    """Write values where nobody else did since they were read."""
    seen, by = seen_by
    with transaction.atomic():
        type(thing)._default_manager.select_for_update().filter(pk=thing.pk).first()
        before = said_hash(thing)
        if before != seen:
            raise Conflict(
                _("Somebody changed this while you were writing. Yours is kept below; compare and save again.")
            )
        type(thing)._default_manager.filter(pk=thing.pk).update(**values)
        _log(action, thing, at, by, {"said": before}, {"said": said_hash(thing)})
    thing.refresh_from_db()


def _drop(action: str, thing: Programme | Term, at: Programme, n_inside: int, by: Person) -> None:
    if n_inside:
        raise Refused(_("It is not empty: %(n)d terms or sessions hang on it.") % {"n": n_inside})
    with transaction.atomic():
        _log(action, thing, at, by, {"said": said_hash(thing)}, {})
        type(thing)._default_manager.filter(pk=thing.pk).delete()


def _check_days(plan: TermPlan) -> None:
    if plan.ends_on < plan.starts_on:
        raise Invalid("ends_on", _("It ends before it begins."))


def _check_session(programme: Programme, plan: SessionPlan) -> None:
    term = plan.term
    if term is None:
        return
    if term.programme_id != programme.pk:
        raise Invalid("term", _("This term belongs to another programme."))
    if not term.starts_on <= plan.on <= term.ends_on:
        days = {"n": term.number, "start": in_full(term.starts_on), "end": in_full(term.ends_on)}
        raise Invalid("on", _("Term %(n)d runs from %(start)s to %(end)s.") % days)


def _session_fields(plan: SessionPlan) -> dict[str, Any]:
    kind = StudyKind.SESSION if plan.term else StudyKind.ACTIVITY
    return {
        "name": plan.name,
        "name_en": plan.name_en,
        "term_id": plan.term.pk if plan.term else None,
        "kind": kind,
        "place": plan.place,
        "on": plan.on,
    }


def _log(
    action: str,
    thing: models.Model,
    at: Programme | StudySession,
    by: Person,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    n: int | None = None,
) -> None:
    campaign_id = at.campaign_id if isinstance(at, Programme) else at.programme.campaign_id
    log.write(action, thing, by, log.About(campaign_id, at.unit_id), log.Change(before, after, n))
