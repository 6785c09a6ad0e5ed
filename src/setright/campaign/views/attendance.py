"""A study session's pages: plan and hold it, who is expected, who came, from a list, by ticking, by QR code."""

from __future__ import annotations

from typing import Any, Final

from django.core import signing
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from setright.campaign import access
from setright.campaign.actions.attendance import (
    Marks,
    attend_session,
    expect_members,
    leave_session,
    not_now,
    record_attendance,
)
from setright.campaign.actions.study import (
    cancel_session,
    edit_session,
    hold_session,
    plan_session,
    restore_session,
    said_hash,
    unhold_session,
)
from setright.campaign.enums import StudyState
from setright.campaign.errors import Refused
from setright.campaign.forms.study import ListForm, SessionForm
from setright.campaign.models import Campaign, StudySession
from setright.campaign.queries.attendance import (
    Matched,
    attendance_of,
    belongs,
    matched,
    of_person,
    read_list,
    to_choose,
    to_tick,
)
from setright.campaign.queries.study import history_of, units_to_manage, with_attendance
from setright.campaign.reports.study import qr_of
from setright.campaign.views.page import BOTH, GET, POST, attempt, done, page, paged
from setright.campaign.views.study import shown_programme, shown_session

_TICKS: Final = 500  # names on one page of ticks; far below the limit of fields in a form
_UNDOABLE: Final = 300  # changes that still fit into an address
_SALT: Final = "attendance"
_DAY: Final = 86_400


@page("study.manage", *BOTH)
def session_add(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Plan a session of a term, or a themed activity."""
    programme = shown_programme(request, campaign, pk)
    units = units_to_manage(request.user, campaign, programme.unit)
    initial: dict[str, Any] = {"term": programme.terms.filter(number=_number(request.GET.get("term")) or 0).first()}
    if units.filter(pk=programme.unit_id).exists():
        initial["unit"] = programme.unit.code
    form = SessionForm(request.POST or None, programme=programme, units=units, initial=initial)
    if request.method == "POST" and form.is_valid():
        made: list[StudySession] = []
        unit = form.cleaned_data["unit"]
        if attempt(
            form, lambda: made.append(plan_session(programme=programme, unit=unit, plan=form.plan(), by=request.user))
        ):
            return done(request, _("Planned: %(name)s.") % {"name": made[0].label}, _url(made[0]))
    return render(request, "study/session_form.html", {"form": form, "programme": programme})


def _number(typed: str | None) -> int | None:
    return int(typed) if typed and typed.isdecimal() and len(typed) < 9 else None


def _url(session: StudySession, name: str = "study_session") -> str:
    return reverse(name, args=(session.programme.campaign_id, session.pk))


@page("study.view", *GET)
def study_session(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """A session: what waits to be done, who is expected and who came."""
    session = shown_session(request, campaign, pk)
    paths = access.subtrees(request.user, "study.view", campaign)
    rows = attendance_of(session, paths)
    who = request.GET.get("who", "")
    shown = rows.filter(is_present=who == "came") if who in ("came", "not") else rows
    may_manage = access.may(request.user, "study.manage", campaign=campaign, unit=session.unit)
    context = {
        "session": session,
        "present": with_attendance([session], paths)[0].present,
        "n_could": to_choose(session).count() if may_manage else 0,
        "page": paged(request, shown),
        "who": who,
        "may_manage": may_manage,
        "history": history_of(session)[:20],
    }
    return render(request, "study/session.html", context)


@page("study.manage", *BOTH)
def session_edit(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Change a planned session."""
    session = shown_session(request, campaign, pk, "study.manage")
    if session.state != StudyState.PLANNED:
        raise Refused(_("Only a planned session can be changed: this one is “%s”.") % session.get_state_display())
    names = ("name", "name_en", "term", "place", "on")
    initial = {name: getattr(session, name) for name in names} | {"seen_hash": said_hash(session)}
    form = SessionForm(request.POST or None, programme=session.programme, units=None, initial=initial)
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen_hash"]
        if attempt(form, lambda: edit_session(session=session, plan=form.plan(), seen=seen, by=request.user)):
            return done(request, _("Changed: %(name)s.") % {"name": session.label}, _url(session))
    form.see(said_hash(session))
    context = {"form": form, "programme": session.programme, "session": session, "now_url": _url(session)}
    return render(request, "study/session_form.html", context)


@page("study.manage", *POST)
def session_hold(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """It is held now: attendance can be recorded."""
    session = shown_session(request, campaign, pk, "study.manage")
    hold_session(session=session, by=request.user)
    return done(request, _("Held: now record who came."), _url(session), undo=_url(session, "session_unhold"))


@page("study.manage", *POST)
def session_unhold(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take that back."""
    session = shown_session(request, campaign, pk, "study.manage")
    unhold_session(session=session, by=request.user)
    return done(request, _("Taken back: it is planned again."), _url(session))


@page("study.manage", *POST)
def session_cancel(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Cancel a planned session."""
    session = shown_session(request, campaign, pk, "study.manage")
    cancel_session(session=session, by=request.user)
    return done(request, _("Cancelled."), _url(session), undo=_url(session, "session_restore"))


@page("study.manage", *POST)
def session_restore(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Plan a cancelled one again."""
    session = shown_session(request, campaign, pk, "study.manage")
    restore_session(session=session, by=request.user)
    return done(request, _("Planned again."), _url(session))


@page("study.manage", *BOTH)
def session_expect(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Choose who is expected."""
    session = shown_session(request, campaign, pk, "study.manage")
    shown = paged(request, to_choose(session), per_page=_TICKS)
    if request.method == "POST":
        members = _all(session) if "all" in request.POST else _ticked(request)
        changed = expect_members(session=session, members=members, by=request.user)
        values = {"on": len(changed.on), "off": len(changed.off)}
        return done(request, _("Expected: %(on)d added, %(off)d taken off.") % values, _next(request, session))
    on = set(session.attendance.values_list("member_id", flat=True))
    rows = [(member.pk, member, member.pk in on) for member in shown]
    return render(request, "study/expect.html", {"session": session, "page": shown, "rows": rows, "n_on": len(on)})


def _all(session: StudySession) -> Marks:
    return Marks(on=tuple(to_choose(session).values_list("pk", flat=True)))


def _ticked(request: Any) -> Marks:
    """What was switched on a page of ticks, compared with what stood there when it was opened."""
    seen = _ids(request.POST.get("seen", "").split(","))
    on = _ids(request.POST.getlist("on"))
    return Marks(on=tuple(sorted(on - seen)), off=tuple(sorted(seen - on)))


def _ids(typed: list[str]) -> set[int]:
    return {int(each) for each in typed if each.isdecimal() and len(each) < 18}


def _next(request: Any, session: StudySession, name: str = "session_expect") -> str:
    """The next page of ticks where that button was pressed; else the session."""
    number = _number(request.POST.get("next"))
    return f"{_url(session, name)}?page={number}" if number else _url(session)


@page("study.manage", *BOTH)
def session_tick(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Tick who came, hundreds on one page; two people may tick at once."""
    session = shown_session(request, campaign, pk, "study.manage")
    if session.state != StudyState.HELD:
        raise Refused(_("Attendance is recorded once the session is held: it is “%s”.") % session.get_state_display())
    if request.method == "POST":
        return _recorded(request, session, _ticked(request), _next(request, session, "session_tick"))
    shown = paged(request, to_tick(session), per_page=_TICKS)
    rows = [(each.pk, each.member, each.is_present) for each in shown]
    n_on = session.attendance.filter(is_present=True).count()
    return render(request, "study/tick.html", {"session": session, "page": shown, "rows": rows, "n_on": n_on})


def _recorded(request: Any, session: StudySession, came: Marks, url: str) -> HttpResponse:
    """Record, and offer to take back exactly what was changed."""
    changed = record_attendance(session=session, came=came, by=request.user)
    n = len(changed.on) + len(changed.off)
    undo = ""
    if 0 < n <= _UNDOABLE:
        undo = _url(session, "session_undo") + "?was=" + _signed(session, Marks(on=changed.off, off=changed.on))
    values = {"on": len(changed.on), "off": len(changed.off)}
    return done(request, _("Recorded: %(on)d came, %(off)d no longer.") % values, url, undo=undo)


def _signed(session: StudySession, marks: Marks) -> str:
    return signing.dumps([session.pk, marks.on, marks.off], salt=_SALT, compress=True)


def _unsigned(session: StudySession, token: str) -> Marks:
    try:
        pk, on, off = signing.loads(token, salt=_SALT, max_age=_DAY)
    except signing.BadSignature as error:
        raise Refused(_("This page is older than a day: begin again.")) from error
    if pk != session.pk:
        raise access.Unknown
    return Marks(tuple(on), tuple(off))


@page("study.manage", *POST)
def session_undo(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take back what was recorded last, and nothing that somebody else recorded since."""
    session = shown_session(request, campaign, pk, "study.manage")
    came = _unsigned(session, request.GET.get("was", ""))
    record_attendance(session=session, came=came, by=request.user, how=None)
    return done(request, _("Taken back."), _url(session))


@page("study.manage", *BOTH)
def session_import(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Read a list of who came: first what it would change and every refused line, then do it."""
    session = shown_session(request, campaign, pk, "study.manage")
    if session.state != StudyState.HELD:
        raise Refused(_("Attendance is recorded once the session is held: it is “%s”.") % session.get_state_display())
    if request.method == "POST" and "list" in request.POST:
        return _recorded(request, session, _unsigned(session, request.POST["list"]), _url(session))
    form = ListForm(request.POST, request.FILES) if request.method == "POST" else ListForm()
    found: list[Matched] = []
    if request.method == "POST" and form.is_valid():
        attempt(form, lambda: found.append(_read(session, form.cleaned_data["file"])))
    context: dict[str, Any] = {"session": session, "form": form}
    if found:
        marks = Marks(on=found[0].present, off=found[0].absent)
        context |= {"found": found[0], "list": _signed(session, marks), "name": form.cleaned_data["file"].name}
        context["n_taken"] = len(marks.on) + len(marks.off)
    return render(request, "study/import.html", context)


def _read(session: StudySession, upload: Any) -> Matched:
    return matched(session, read_list(upload.read(), upload.name))


@page("study.manage", *GET)
def session_poster(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """A page to print and hang up: those in the room scan it and say that they are there."""
    session = shown_session(request, campaign, pk, "study.manage")
    url = request.build_absolute_uri(reverse("attend", args=(session.code,)))
    return render(request, "study/poster.html", {"session": session, "url": url, "picture": qr_of(url)})


def _by_code(request: Any, code: str) -> StudySession:
    """The session of a poster, for whoever belongs to its units; for anybody else there is none."""
    rows = StudySession.objects.select_related("programme__campaign", "unit", "term")
    session = rows.filter(code=code).first()
    if session is None or not belongs(session, request.user.pk):
        raise access.Unknown
    request.campaign = session.programme.campaign
    return session


@page("", *BOTH)
def attend(request: Any, code: str) -> HttpResponse:
    """“I am here”: for a signed-in member of a team, on the day, while the session is held."""
    session = _by_code(request, code)
    url = reverse("attend", args=(code,))
    if request.method == "POST":
        is_new = attend_session(session=session, by=request.user)
        sentence = _("Recorded: you are here.") if is_new else _("You were recorded as present already.")
        return done(request, sentence, url, undo=reverse("attend_undo", args=(code,)) if is_new else "")
    mine = of_person(session, request.user.pk)
    context = {
        "session": session,
        "why": not_now(session),
        "is_expected": mine.exists(),
        "is_present": mine.filter(is_present=True).exists(),
    }
    return render(request, "study/attend.html", context)


@page("", *POST)
def attend_undo(request: Any, code: str) -> HttpResponse:
    """Take “I am here” back."""
    session = _by_code(request, code)
    leave_session(session=session, by=request.user)
    return done(request, _("Taken back: you are not recorded as present."), reverse("attend", args=(code,)))


urlpatterns = [
    path("c/<int:campaign>/study/<int:pk>/sessions/add/", session_add, name="session_add"),
    path("c/<int:campaign>/study/sessions/<int:pk>/", study_session, name="study_session"),
    path("c/<int:campaign>/study/sessions/<int:pk>/edit/", session_edit, name="session_edit"),
    path("c/<int:campaign>/study/sessions/<int:pk>/hold/", session_hold, name="session_hold"),
    path("c/<int:campaign>/study/sessions/<int:pk>/unhold/", session_unhold, name="session_unhold"),
    path("c/<int:campaign>/study/sessions/<int:pk>/cancel/", session_cancel, name="session_cancel"),
    path("c/<int:campaign>/study/sessions/<int:pk>/restore/", session_restore, name="session_restore"),
    path("c/<int:campaign>/study/sessions/<int:pk>/expect/", session_expect, name="session_expect"),
    path("c/<int:campaign>/study/sessions/<int:pk>/tick/", session_tick, name="session_tick"),
    path("c/<int:campaign>/study/sessions/<int:pk>/undo/", session_undo, name="session_undo"),
    path("c/<int:campaign>/study/sessions/<int:pk>/import/", session_import, name="session_import"),
    path("c/<int:campaign>/study/sessions/<int:pk>/poster/", session_poster, name="session_poster"),
    path("attend/<slug:code>/", attend, name="attend"),
    path("attend/<slug:code>/undo/", attend_undo, name="attend_undo"),
]
