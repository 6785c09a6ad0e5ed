"""Attendance: who is expected at a session, who came, from a list, by ticking or by their own word at the QR code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions.transition import move, text_hash
from setright.campaign.days import in_full
from setright.campaign.enums import StudyState
from setright.campaign.errors import Refused
from setright.campaign.models import Attendance, Person, StudySession
from setright.campaign.queries.attendance import belongs, of_person, to_choose

_CHUNK: Final = 500
BY_LIST: Final = "list"
BY_CODE: Final = "code"


@dataclass(frozen=True, slots=True)
class Marks:
    """Ids to switch on and ids to switch off; the rest is left alone, so that two who work at once do not collide."""

    on: tuple[int, ...] = ()
    off: tuple[int, ...] = ()


def expect_members(*, session: StudySession, members: Marks, by: Person) -> Marks:
    """Change who is expected (ids of team members); return what really changed.

    Raises
    ------
    Refused
        When somebody who was recorded as present would be taken off; nobody is then.
    """
    access.require(by, "study.manage", campaign=session.programme.campaign_id, unit=session.unit)
    could = set(to_choose(session).values_list("pk", flat=True))
    with transaction.atomic():
        _lock(session, StudyState.PLANNED, StudyState.HELD)
        have = set(session.attendance.values_list("member_id", flat=True))
        new = sorted((set(members.on) & could) - have)
        gone = sorted(set(members.off) & have)
        rows = [session.attendance.filter(member__in=chunk) for chunk in _chunks(gone)]
        if n := sum(each.filter(is_present=True).count() for each in rows):
            raise Refused(_("%(n)d of those taken off are recorded as present: nobody was taken off.") % {"n": n})
        for each in rows:
            each.delete()
        Attendance.objects.bulk_create((Attendance(session=session, member_id=pk) for pk in new), batch_size=_CHUNK)
        after = {"added": len(new), "removed": len(gone), "digest": text_hash(new, gone)}
        _log("expect_members", session, by, after, len(have) + len(new) - len(gone))
    return Marks(tuple(new), tuple(gone))


def record_attendance(*, session: StudySession, came: Marks, by: Person, how: str | None = BY_LIST) -> Marks:
    """Record who came and who did not (ids of attendance rows of a held session); return what really changed.

    Parameters
    ----------
    how
        What is kept as the way it became known; None leaves that as it was (an undo).
    """
    access.require(by, "study.manage", campaign=session.programme.campaign_id, unit=session.unit)
    with transaction.atomic():
        _lock(session, StudyState.HELD)
        on = _switch(session, came.on, {"is_present": True} | ({"how": how} if how else {}))
        off = _switch(session, came.off, {"is_present": False})
        n_present = session.attendance.filter(is_present=True).count()
        after = {"came": len(on), "not": len(off), "present": n_present, "digest": text_hash(on, off)}
        _log("record_attendance", session, by, after, len(on) + len(off))
    return Marks(on, off)


def _switch(session: StudySession, keys: tuple[int, ...], values: dict[str, Any]) -> tuple[int, ...]:
    """Set rows that stand otherwise, and say which those were."""
    changed: list[int] = []
    for chunk in _chunks(sorted(set(keys))):
        other = session.attendance.filter(pk__in=chunk, is_present=not values["is_present"])
        found = list(other.order_by("pk").values_list("pk", flat=True))
        session.attendance.filter(pk__in=found).update(**values)
        changed += found
    return tuple(changed)


def attend_session(*, session: StudySession, by: Person) -> bool:
    """Say “I am here”; only for somebody expected, on the day, while it is held. False where that was known already."""
    _require_here(session, by)
    with transaction.atomic():
        _lock(session, StudyState.HELD)
        changed = of_person(session, by.pk).filter(is_present=False).update(is_present=True, how=BY_CODE)
        if changed:
            _log("attend_session", session, by, {"how": BY_CODE}, changed)
    return bool(changed)


def leave_session(*, session: StudySession, by: Person) -> None:
    """Take one's own “I am here” back, on the same day."""
    _require_here(session, by)
    with transaction.atomic():
        _lock(session, StudyState.HELD)
        changed = of_person(session, by.pk).filter(is_present=True, how=BY_CODE).update(is_present=False)
        if not changed:
            raise Refused(_("There is nothing of yours to take back: who came was recorded by the organisers."))
        _log("leave_session", session, by, {"how": BY_CODE}, changed)


def _require_here(session: StudySession, by: Person) -> None:
    """Only who belongs there may know of it; then every reason why it is not the moment."""
    if not belongs(session, by.pk):
        raise access.Unknown
    if why := not_now(session):
        raise Refused(why)
    if not of_person(session, by.pk).exists():
        raise Refused(_("You are not on the list of this session: ask whoever runs it to add you."))


def not_now(session: StudySession) -> str:
    """Why nobody can say “I am here” at this moment; empty where they can."""
    today = timezone.localdate()
    if session.state == StudyState.CANCELLED:
        return _("This session was cancelled.")
    if session.on != today:
        return (
            _("This session is on %(day)s: come back then.")
            if today < session.on
            else _("This session was on %(day)s: ask whoever ran it to record that you were there.")
        ) % {"day": in_full(session.on)}
    if session.state != StudyState.HELD:
        return _("This session has not begun: whoever runs it opens it in a moment.")
    return ""


def _lock(session: StudySession, *states: StudyState) -> None:
    """Hold the session's row in one of these states; whoever comes too late is told where it stands."""
    now = StudySession.objects.select_for_update().filter(pk=session.pk, state__in=states).first()
    move(session, states, state=now.state if now else session.state)


def _chunks(keys: list[int]) -> list[list[int]]:
    return [keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK)]


def _log(action: str, session: StudySession, by: Person, after: dict[str, Any], n: int) -> None:
    about = log.About(session.programme.campaign_id, session.unit_id)
    log.write(action, session, by, about, log.Change(None, after, n))
