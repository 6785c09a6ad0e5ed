"""Study: programmes, their terms and sessions, and how far each unit has come."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from setright.campaign import access
from setright.campaign.actions.study import (
    add_programme,
    add_term,
    drop_programme,
    drop_term,
    edit_programme,
    edit_term,
    said_hash,
)
from setright.campaign.enums import StudyState
from setright.campaign.forms.study import ProgrammeForm, TermForm
from setright.campaign.models import Campaign, Programme, StudySession, Term, Unit
from setright.campaign.queries.study import (
    coverage,
    expected_of,
    in_order,
    lines_of,
    missing,
    programmes_for,
    sessions_for,
    units_shown,
    units_to_manage,
    with_attendance,
    with_plan,
)
from setright.campaign.views.page import BOTH, GET, attempt, done, page, paged

_NEXT = 5


def shown_programme(request: Any, campaign: Campaign, pk: int, right: str = "study.view") -> Programme:
    """A programme that concerns the reader; with another right, one of a unit over which they have it."""
    programme = programmes_for(request.user, campaign).filter(pk=pk).first()
    if programme is None:
        raise access.Unknown
    if right != "study.view":
        access.require(request.user, right, campaign=campaign, unit=programme.unit)
    return programme


def _paths(request: Any, campaign: Campaign) -> tuple[str, ...]:
    return access.subtrees(request.user, "study.view", campaign)


@page("study.view", *GET)
def study_list(request: Any, campaign: Campaign) -> HttpResponse:
    """Every programme that concerns the reader's units; the one with the next session first."""
    programmes = programmes_for(request.user, campaign)
    chosen = {"planned": with_plan(programmes, is_planned=True), "none": with_plan(programmes, is_planned=False)}
    state = request.GET.get("state", "")
    shown = paged(request, chosen.get(state, programmes))
    shown.object_list = lines_of(list(shown.object_list), _paths(request, campaign))
    context = {
        "page": shown,
        "states": [
            ("planned", _("something planned"), chosen["planned"].count()),
            ("none", _("nothing planned"), chosen["none"].count()),
        ],
        "state": state,
        "n": programmes.count(),
        "mine": expected_of(request.user, campaign)[:_NEXT],
        "may_add": access.may_somewhere(request.user, "study.manage", campaign),
    }
    return render(request, "study/list.html", context)


@page("study.manage", *BOTH)
def programme_add(request: Any, campaign: Campaign) -> HttpResponse:
    """Set up a programme for a unit's subtree."""
    form = ProgrammeForm(request.POST or None, units=units_to_manage(request.user, campaign))
    if request.method == "POST" and form.is_valid():
        made: list[Programme] = []
        if attempt(form, lambda: made.append(_add(request, campaign, form))):
            url = reverse("programme_page", args=(campaign.pk, made[0].pk))
            return done(request, _("Set up: %(name)s.") % {"name": made[0].label}, url)
    return render(request, "study/programme_form.html", {"form": form})


def _add(request: Any, campaign: Campaign, form: ProgrammeForm) -> Programme:
    return add_programme(campaign=campaign, unit=form.cleaned_data["unit"], plan=form.plan(), by=request.user)


@page("study.view", *GET)
def programme_page(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """A programme: how far it has come, its terms, its sessions."""
    programme = shown_programme(request, campaign, pk)
    sessions = sessions_for(request.user, campaign).filter(programme=programme)
    states = Counter(sessions.order_by().values_list("state", flat=True))
    shown = paged(request, in_order(_filtered(request, sessions)))
    paths = _paths(request, campaign)
    shown.object_list = with_attendance(list(shown.object_list), paths)
    context = {
        "programme": programme,
        "line": lines_of([programme], paths)[0],
        "terms": list(programme.terms.order_by("number")),
        "page": shown,
        "states": [(each.value, each.label, states[each.value]) for each in StudyState if states[each.value]],
        "state": request.GET.get("state", ""),
        "term": request.GET.get("term", ""),
        "n": sum(states.values()),
        "may_manage": access.may(request.user, "study.manage", campaign=campaign, unit=programme.unit),
        "may_add_session": units_to_manage(request.user, campaign, programme.unit).exists(),
    }
    return render(request, "study/programme.html", context)


def _filtered(request: Any, sessions: Any) -> Any:
    """The sessions of the state and the term that the address names; 0 stands for activities without a term."""
    state, term = request.GET.get("state", ""), request.GET.get("term", "")
    if state in StudyState.values:
        sessions = sessions.filter(state=state)
    if term == "0":
        return sessions.filter(term=None)
    return sessions.filter(term__number=term) if term.isdecimal() and len(term) < 9 else sessions


@page("study.manage", *BOTH)
def programme_edit(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Change names and purpose."""
    programme = shown_programme(request, campaign, pk, "study.manage")
    initial = {"name": programme.name, "name_en": programme.name_en, "text": programme.text}
    initial["seen_hash"] = said_hash(programme)
    form = ProgrammeForm(request.POST or None, initial=initial, units=None)
    url = reverse("programme_page", args=(campaign.pk, pk))
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen_hash"]
        if attempt(form, lambda: edit_programme(programme=programme, plan=form.plan(), seen=seen, by=request.user)):
            return done(request, _("Changed: %(name)s.") % {"name": programme.label}, url)
    form.see(said_hash(programme))
    return render(request, "study/programme_form.html", {"form": form, "programme": programme, "now_url": url})


@page("study.manage", *BOTH)
def programme_drop(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take an empty programme out, once asked."""
    programme = shown_programme(request, campaign, pk, "study.manage")
    if request.method == "POST":
        drop_programme(programme=programme, by=request.user)
        url = reverse("study_list", args=(campaign.pk,))
        return done(request, _("Taken out: %(name)s.") % {"name": programme.label}, url)
    return render(request, "study/drop.html", {"programme": programme, "what": programme.label})


def _term(request: Any, campaign: Campaign, pk: int) -> Term:
    rows = Term.objects.select_related("programme__unit", "programme__campaign")
    rows = rows.filter(programme__campaign=campaign)
    unit, of = "programme__unit", "programme__campaign"
    return access.get(rows, request.user, "study.manage", unit=unit, campaign=of, pk=pk)


@page("study.manage", *BOTH)
def term_add(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Plan the next term."""
    programme = shown_programme(request, campaign, pk, "study.manage")
    form = TermForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made: list[Term] = []
        if attempt(form, lambda: made.append(add_term(programme=programme, plan=form.plan(), by=request.user))):
            url = reverse("programme_page", args=(campaign.pk, pk))
            return done(request, _("Planned: term %(n)d.") % {"n": made[0].number}, url)
    return render(request, "study/term_form.html", {"form": form, "programme": programme})


@page("study.manage", *BOTH)
def term_edit(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Change days and place of a term."""
    term = _term(request, campaign, pk)
    initial = {"starts_on": term.starts_on, "ends_on": term.ends_on, "place": term.place}
    form = TermForm(request.POST or None, initial=initial | {"seen_hash": said_hash(term)})
    url = reverse("programme_page", args=(campaign.pk, term.programme_id))
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen_hash"]
        if attempt(form, lambda: edit_term(term=term, plan=form.plan(), seen=seen, by=request.user)):
            return done(request, _("Changed: term %(n)d.") % {"n": term.number}, url)
    form.see(said_hash(term))
    context = {"form": form, "programme": term.programme, "term": term, "now_url": url}
    return render(request, "study/term_form.html", context)


@page("study.manage", *BOTH)
def term_drop(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take a term without sessions out, once asked."""
    term = _term(request, campaign, pk)
    if request.method == "POST":
        drop_term(term=term, by=request.user)
        url = reverse("programme_page", args=(campaign.pk, term.programme_id))
        return done(request, _("Taken out: term %(n)d.") % {"n": term.number}, url)
    context = {"programme": term.programme, "what": _("term %(n)d") % {"n": term.number}}
    return render(request, "study/drop.html", context)


def _root(request: Any, programme: Programme, paths: tuple[str, ...]) -> Unit:
    """The unit below which to look: the one the address names, else the programme's."""
    number = request.GET.get("unit", "")
    if not number:
        return programme.unit
    found = units_shown(programme, paths).filter(pk=number).first() if number.isdecimal() and len(number) < 18 else None
    if found is None:
        raise access.Unknown
    return found


def _above(programme: Programme, root: Unit, paths: tuple[str, ...]) -> list[Unit]:
    places = [root.path[:end] for end in range(len(programme.unit.path), len(root.path), root.steplen)]
    return list(units_shown(programme, paths).filter(path__in=places).order_by("path"))


@page("study.view", *GET)
def coverage_page(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Who attended at least once, by level and by unit, the least covered first; a click goes one level down."""
    programme = shown_programme(request, campaign, pk)
    paths = _paths(request, campaign)
    root = _root(request, programme, paths)
    found = coverage(programme, root, paths)
    context = {
        "programme": programme,
        "root": root,
        "above": _above(programme, root, paths),
        "found": found,
        "page": paged(request, found.units),
    }
    return render(request, "study/coverage.html", context)


@page("study.view", *GET)
def coverage_missing(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Everyone who has attended nothing so far."""
    programme = shown_programme(request, campaign, pk)
    paths = _paths(request, campaign)
    root = _root(request, programme, paths)
    rows = missing(programme, root, paths)
    heads = rows.filter(is_head=True)
    is_heads = request.GET.get("who") == "heads"
    context = {
        "programme": programme,
        "root": root,
        "above": _above(programme, root, paths),
        "page": paged(request, heads if is_heads else rows),
        "n": rows.count(),
        "n_heads": heads.count(),
        "is_heads": is_heads,
    }
    return render(request, "study/missing.html", context)


def shown_session(request: Any, campaign: Campaign, pk: int, right: str = "study.view") -> StudySession:
    """A session that concerns the reader; with another right, one of a unit over which they have it."""
    session = sessions_for(request.user, campaign).filter(pk=pk).first()
    if session is None:
        raise access.Unknown
    if right != "study.view":
        access.require(request.user, right, campaign=campaign, unit=session.unit)
    return session


urlpatterns = [
    path("c/<int:campaign>/study/", study_list, name="study_list"),
    path("c/<int:campaign>/study/add/", programme_add, name="programme_add"),
    path("c/<int:campaign>/study/<int:pk>/", programme_page, name="programme_page"),
    path("c/<int:campaign>/study/<int:pk>/edit/", programme_edit, name="programme_edit"),
    path("c/<int:campaign>/study/<int:pk>/drop/", programme_drop, name="programme_drop"),
    path("c/<int:campaign>/study/<int:pk>/terms/add/", term_add, name="term_add"),
    path("c/<int:campaign>/study/<int:pk>/coverage/", coverage_page, name="coverage_page"),
    path("c/<int:campaign>/study/<int:pk>/missing/", coverage_missing, name="coverage_missing"),
    path("c/<int:campaign>/terms/<int:pk>/edit/", term_edit, name="term_edit"),
    path("c/<int:campaign>/terms/<int:pk>/drop/", term_drop, name="term_drop"),
]
