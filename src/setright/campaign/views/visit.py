"""Visits: planned, held, reported."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access
from setright.campaign.actions.visit import VisitDraft, add_visit, drop_visit, hold_visit, report_visit, unreport_visit
from setright.campaign.enums import HeldState
from setright.campaign.forms.contact import VisitForm, VisitHeldForm
from setright.campaign.models import Campaign, PlanDuty, Visit
from setright.campaign.queries.contact import points_of_sponsor
from setright.campaign.queries.held import guided_by, history_of_held, shows_words, visits_seen_by
from setright.campaign.views.page import BOTH, GET, POST, attempt, done, page, paged


def duties_for(request: Any, campaign: Campaign) -> Any:
    """The duties that this person, as a sponsor, may count something for."""
    if not points_of_sponsor(request.user, campaign).exists():
        return PlanDuty.objects.none()
    return PlanDuty.objects.filter(plan__campaign=campaign, plan__state="approved").select_related("plan")


def held_lists(request: Any, seen: Any) -> dict[str, Any]:
    """One page of visits or hearings, with chips by state."""
    only = request.GET.get("state", "")
    counts = Counter(seen.order_by().values_list("state", flat=True))
    shown = seen.filter(state=only) if only in HeldState.values else seen
    return {
        "page": paged(request, shown),
        "states": [(value, label, counts[value]) for value, label in HeldState.choices if counts[value]],
        "only": only,
        "n": sum(counts.values()),
        "today": timezone.localdate(),
    }


def _visit(request: Any, campaign: Campaign, pk: int, right: str = "contact.view") -> Visit:
    rows = Visit.objects.select_related("unit", "by", "campaign")
    return access.get(rows, request.user, right, pk=pk, campaign_id=campaign.pk)


@page("contact.view", *GET)
def visit_list(request: Any, campaign: Campaign) -> HttpResponse:
    """Every visit one may see, newest first."""
    may_act = access.may_somewhere(request.user, "contact.act", campaign)
    context = {**held_lists(request, visits_seen_by(request.user, campaign)), "may_act": may_act}
    return render(request, "visit/list.html", context)


@page("contact.act", *BOTH)
def visit_add(request: Any, campaign: Campaign) -> HttpResponse:
    """Plan a visit, or write one down that was held."""
    units = guided_by(request.user, campaign)
    initial = {"unit": request.GET.get("unit"), "on": timezone.localdate()}
    form = VisitForm(request.POST or None, units=units, duties=duties_for(request, campaign), initial=initial)
    if request.method == "POST" and form.is_valid():
        typed, made = form.cleaned_data, []
        draft = VisitDraft(
            typed["unit"].unit, typed["on"], typed["place"], typed["purpose"], typed["findings"], form.chosen_duty
        )
        if attempt(form, lambda: made.append(add_visit(campaign=campaign, draft=draft, by=request.user))):
            visit: Visit = made[0]
            is_planned = visit.state == HeldState.PLANNED
            said = _("Planned.") if is_planned else _("Written down. Only you can read it until you report it.")
            undo = reverse("visit_drop", args=(campaign.pk, visit.pk)) if is_planned else ""
            return done(request, said, reverse("visit_page", args=(campaign.pk, visit.pk)), undo=undo)
    return render(request, "visit/add.html", {"form": form})


@page("contact.view", *BOTH)
def visit_page(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """One visit; whoever makes it writes down what was seen."""
    visit = _visit(request, campaign, pk)
    is_mine = visit.by_id == request.user.pk and access.may(
        request.user, "contact.act", campaign=campaign, unit=visit.unit
    )
    form = None
    if is_mine and visit.state != HeldState.REPORTED:
        duties = duties_for(request, campaign) if visit.state == HeldState.PLANNED else PlanDuty.objects.none()
        initial = {"on": visit.on, "findings": visit.findings}
        form = VisitHeldForm(request.POST or None, duties=duties, initial=initial)
    if request.method == "POST":
        access.require(request.user, "contact.act", campaign=campaign, unit=visit.unit)
        if form is not None and form.is_valid() and attempt(form, lambda: _hold(request, visit, form)):
            return done(request, _("Written down. Only you can read it until you report it."), request.path)
    context = {
        "visit": visit,
        "form": form,
        "is_mine": is_mine,
        "shows_words": shows_words(visit, request.user),
        "history": history_of_held(visit)[:50],
    }
    return render(request, "visit/page.html", context)


def _hold(request: Any, visit: Visit, form: Any) -> None:
    typed = form.cleaned_data
    hold_visit(visit=visit, on=typed["on"], findings=typed["findings"], duty=form.chosen_duty, by=request.user)


@page("contact.act", *POST)
def visit_report(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Hand the findings on; can be taken back."""
    report_visit(visit=_visit(request, campaign, pk, "contact.act"), by=request.user)
    undo = reverse("visit_unreport", args=(campaign.pk, pk))
    url = reverse("visit_page", args=(campaign.pk, pk))
    return done(request, _("Reported: the office and the unit can read it."), url, undo=undo)


@page("contact.act", *POST)
def visit_unreport(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take a report back."""
    unreport_visit(visit=_visit(request, campaign, pk, "contact.act"), by=request.user)
    return done(request, _("Taken back."), reverse("visit_page", args=(campaign.pk, pk)))


@page("contact.act", *POST)
def visit_drop(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Call a planned visit off."""
    drop_visit(visit=_visit(request, campaign, pk, "contact.act"), by=request.user)
    return done(request, _("Called off."), reverse("visit_list", args=(campaign.pk,)))


urlpatterns = [
    path("c/<int:campaign>/visits/", visit_list, name="visit_list"),
    path("c/<int:campaign>/visits/add/", visit_add, name="visit_add"),
    path("c/<int:campaign>/visits/<int:pk>/", visit_page, name="visit_page"),
    path("c/<int:campaign>/visits/<int:pk>/report/", visit_report, name="visit_report"),
    path("c/<int:campaign>/visits/<int:pk>/unreport/", visit_unreport, name="visit_unreport"),
    path("c/<int:campaign>/visits/<int:pk>/drop/", visit_drop, name="visit_drop"),
]
