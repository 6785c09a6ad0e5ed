"""Rounds of an enrolment: plan, open, say who was reached, close for good."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from setright.campaign import access
from setright.campaign.actions.round import (
    close_round,
    drop_round,
    edit_round,
    enter_reached,
    open_round,
    plan_hash,
    plan_round,
    unopen_round,
)
from setright.campaign.enums import RoundState
from setright.campaign.errors import Conflict, Refused
from setright.campaign.forms.round import CloseForm, ReachedForm, RoundForm
from setright.campaign.models import Campaign, Enrolment, Round
from setright.campaign.queries.round import heard, history_of, line, rounds_of
from setright.campaign.views.page import BOTH, GET, POST, attempt, done, page, paged

_ROWS = 4
_MORE = 4


def _enrolment(request: Any, campaign: Campaign, pk: int, right: str) -> Enrolment:
    rows = Enrolment.objects.select_related("unit", "campaign")
    return access.get(rows, request.user, right, pk=pk, campaign_id=campaign.pk)


def _round(request: Any, campaign: Campaign, pk: int, right: str = "round.view") -> Round:
    rows = Round.objects.select_related("enrolment__unit", "enrolment__campaign").prefetch_related("audiences")
    keys = {"pk": pk, "enrolment__campaign": campaign}
    return access.get(rows, request.user, right, unit="enrolment__unit", campaign="enrolment__campaign", **keys)


@page("round.view", *GET)
def round_list(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Every round of an enrolment, and what is still missing at gate 1."""
    enrolment = _enrolment(request, campaign, pk, "round.view")
    rounds = list(rounds_of(enrolment))
    counts = Counter(each.state for each in rounds)
    state = request.GET.get("state", "")
    shown = [line(each) for each in rounds if not state or each.state == state]
    context = {
        "enrolment": enrolment,
        "heard": heard(enrolment, rounds),
        "page": paged(request, shown),
        "states": [(each.value, each.label, counts[each.value]) for each in RoundState if counts[each.value]],
        "state": state,
        "n": len(rounds),
        "may_enter": access.may(request.user, "round.enter", campaign=campaign, unit=enrolment.unit),
        "may_see_gate": access.may(request.user, "gate.view", campaign=campaign, unit=enrolment.unit),
    }
    return render(request, "round/list.html", context)


@page("round.enter", *BOTH)
def round_plan(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Plan the next round."""
    enrolment = _enrolment(request, campaign, pk, "round.enter")
    form = _plan_form(request, {})
    if _is_sent(request) and form.is_valid():
        made: list[Round] = []
        if attempt(form, lambda: made.append(plan_round(enrolment=enrolment, plan=form.plan(), by=request.user))):
            url = reverse("round_page", args=(campaign.pk, made[0].pk))
            return done(request, _("Planned: round %(n)d.") % {"n": made[0].number}, url)
    return render(request, "round/form.html", {"form": form, "enrolment": enrolment})


def _is_sent(request: Any) -> bool:
    """Whether the form was sent to be kept, not to be given more rows."""
    return request.method == "POST" and "more" not in request.POST


def _plan_form(request: Any, initial: dict[str, Any]) -> RoundForm:
    """The form with what was typed; asking for more rows checks nothing and loses nothing."""
    typed = request.POST.get("n_rows", "")
    n_rows = int(typed) if typed.isdecimal() and len(typed) < 4 else max(_ROWS, len(initial.get("audiences", ())) + 1)
    if request.method == "POST" and "more" in request.POST:
        return RoundForm(initial=request.POST.dict(), rows=n_rows + _MORE)
    if request.method == "POST":
        return RoundForm(request.POST, rows=n_rows)
    return RoundForm(initial=initial, rows=n_rows)


@page("round.enter", *BOTH)
def round_edit(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Change a planned round."""
    round = _round(request, campaign, pk, "round.enter")
    if round.state != RoundState.PLANNED:
        raise Refused(_("Only a planned round can be changed: this one is “%s”.") % round.get_state_display())
    form = _plan_form(request, _planned(round))
    if _is_sent(request) and form.is_valid() and attempt(form, lambda: _edit(request, round, form)):
        url = reverse("round_page", args=(campaign.pk, pk))
        return done(request, _("Changed: round %(n)d.") % {"n": round.number}, url)
    form.see(plan_hash(round))
    context = {"form": form, "enrolment": round.enrolment, "round": round, "line": line(round)}
    return render(request, "round/form.html", context)


def _planned(round: Round) -> dict[str, Any]:
    """A planned round as the form shows it."""
    audiences = list(round.audiences.all())
    values: dict[str, Any] = {name: getattr(round, name) for name in ("method", "starts_on", "ends_on", "note")}
    for at, each in enumerate(audiences):
        values |= {f"name_{at}": each.name, f"name_en_{at}": each.name_en, f"invited_{at}": each.n_invited}
    return values | {"audiences": audiences, "seen_hash": plan_hash(round)}


def _edit(request: Any, round: Round, form: RoundForm) -> None:
    edit_round(round=round, plan=form.plan(), seen=form.cleaned_data["seen_hash"], by=request.user)


@page("round.view", *BOTH)
def round_page(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """A round and its audiences; while it is open, the form for how many were reached."""
    round = _round(request, campaign, pk)
    unit = round.enrolment.unit
    may_enter = access.may(request.user, "round.enter", campaign=campaign, unit=unit)
    form = _reached_form(request, round) if may_enter and round.state == RoundState.OPEN else None
    if request.method == "POST":
        access.require(request.user, "round.enter", campaign=campaign, unit=unit)
        if form is None:
            raise Refused(_("Numbers are entered while a round is open: this one is “%s”.") % round.get_state_display())
        if form.is_valid() and attempt(form, lambda: _enter(request, round, form)):
            return done(request, _("Saved."), reverse("round_page", args=(campaign.pk, pk)))
    context = {
        "line": line(round),
        "round": round,
        "enrolment": round.enrolment,
        "form": form,
        "may_enter": may_enter,
        "may_close": access.may(request.user, "round.close", campaign=campaign, unit=unit),
        "history": history_of(round)[:50],
    }
    return render(request, "round/page.html", context)


def _reached_form(request: Any, round: Round) -> ReachedForm:
    return ReachedForm(request.POST if request.method == "POST" else None, audiences=round.audiences.all())


def _enter(request: Any, round: Round, form: ReachedForm) -> None:
    """Write the numbers; on a conflict the form has seen what stands now, so that saving again is a decision."""
    try:
        enter_reached(round=round, reached=form.reached(), by=request.user)
    except Conflict:
        form.see_again()
        raise


@page("round.enter", *POST)
def round_open(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Open it; can be taken back until somebody was reached."""
    round = _round(request, campaign, pk, "round.enter")
    open_round(round=round, by=request.user)
    undo = reverse("round_unopen", args=(campaign.pk, pk))
    url = reverse("round_page", args=(campaign.pk, pk))
    return done(request, _("Open: round %(n)d.") % {"n": round.number}, url, undo=undo)


@page("round.enter", *POST)
def round_unopen(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take the opening back."""
    round = _round(request, campaign, pk, "round.enter")
    unopen_round(round=round, by=request.user)
    url = reverse("round_page", args=(campaign.pk, pk))
    return done(request, _("Taken back: round %(n)d is planned again.") % {"n": round.number}, url)


@page("round.close", *BOTH)
def round_close(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Close it for good, once the page has said what that means."""
    round = _round(request, campaign, pk, "round.close")
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        close_round(round=round, by=request.user)
        url = reverse("round_list", args=(campaign.pk, round.enrolment_id))
        return done(request, _("Closed: round %(n)d.") % {"n": round.number}, url)
    context = {"form": form, "round": round, "line": line(round), "enrolment": round.enrolment}
    return render(request, "round/close.html", context)


@page("round.enter", *BOTH)
def round_drop(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take a planned round out, once asked."""
    round = _round(request, campaign, pk, "round.enter")
    if request.method == "POST":
        drop_round(round=round, by=request.user)
        url = reverse("round_list", args=(campaign.pk, round.enrolment_id))
        return done(request, _("Taken out: round %(n)d.") % {"n": round.number}, url)
    return render(request, "round/drop.html", {"round": round, "enrolment": round.enrolment, "line": line(round)})


urlpatterns = [
    path("c/<int:campaign>/enrolments/<int:pk>/rounds/", round_list, name="round_list"),
    path("c/<int:campaign>/enrolments/<int:pk>/rounds/plan/", round_plan, name="round_plan"),
    path("c/<int:campaign>/rounds/<int:pk>/", round_page, name="round_page"),
    path("c/<int:campaign>/rounds/<int:pk>/edit/", round_edit, name="round_edit"),
    path("c/<int:campaign>/rounds/<int:pk>/open/", round_open, name="round_open"),
    path("c/<int:campaign>/rounds/<int:pk>/unopen/", round_unopen, name="round_unopen"),
    path("c/<int:campaign>/rounds/<int:pk>/close/", round_close, name="round_close"),
    path("c/<int:campaign>/rounds/<int:pk>/drop/", round_drop, name="round_drop"),
]
