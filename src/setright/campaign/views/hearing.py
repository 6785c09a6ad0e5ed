"""Hearings: what a unit reports on paper, in person, by telephone."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access
from setright.campaign.actions.hearing import (
    HearingDraft,
    add_hearing,
    drop_hearing,
    hold_hearing,
    report_hearing,
    unreport_hearing,
)
from setright.campaign.enums import HearingWay, HeldState
from setright.campaign.forms.contact import HearingForm, HearingHeldForm
from setright.campaign.models import Campaign, Hearing, PlanDuty
from setright.campaign.queries.held import guided_by, hearings_seen_by, history_of_held, shows_words
from setright.campaign.views.page import BOTH, GET, POST, attempt, done, page
from setright.campaign.views.visit import duties_for, held_lists


def _hearing(request: Any, campaign: Campaign, pk: int, right: str = "contact.view") -> Hearing:
    rows = Hearing.objects.select_related("unit", "by", "campaign")
    return access.get(rows, request.user, right, pk=pk, campaign_id=campaign.pk)


@page("contact.view", *GET)
def hearing_list(request: Any, campaign: Campaign) -> HttpResponse:
    """Every hearing one may see, newest first."""
    may_act = access.may_somewhere(request.user, "contact.act", campaign)
    context = {**held_lists(request, hearings_seen_by(request.user, campaign)), "may_act": may_act}
    return render(request, "hearing/list.html", context)


@page("contact.act", *BOTH)
def hearing_add(request: Any, campaign: Campaign) -> HttpResponse:
    """Plan a hearing, or write one down that was held."""
    units = guided_by(request.user, campaign)
    initial = {"unit": request.GET.get("unit"), "way": request.GET.get("way"), "on": timezone.localdate()}
    form = HearingForm(request.POST or None, units=units, duties=duties_for(request, campaign), initial=initial)
    if request.method == "POST" and form.is_valid():
        typed, made = form.cleaned_data, []
        draft = HearingDraft(
            typed["unit"].unit,
            HearingWay(typed["way"]),
            typed["on"],
            typed["matter"],
            typed["summary"],
            form.chosen_duty,
        )
        if attempt(form, lambda: made.append(add_hearing(campaign=campaign, draft=draft, by=request.user))):
            hearing: Hearing = made[0]
            is_planned = hearing.state == HeldState.PLANNED
            said = _("Planned.") if is_planned else _("Written down. Only you can read it until you report it.")
            undo = reverse("hearing_drop", args=(campaign.pk, hearing.pk)) if is_planned else ""
            return done(request, said, reverse("hearing_page", args=(campaign.pk, hearing.pk)), undo=undo)
    return render(request, "hearing/add.html", {"form": form})


@page("contact.view", *BOTH)
def hearing_page(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """One hearing; whoever hears it writes down what was reported."""
    hearing = _hearing(request, campaign, pk)
    is_mine = hearing.by_id == request.user.pk and access.may(
        request.user, "contact.act", campaign=campaign, unit=hearing.unit
    )
    form = None
    if is_mine and hearing.state != HeldState.REPORTED:
        duties = duties_for(request, campaign) if hearing.state == HeldState.PLANNED else PlanDuty.objects.none()
        initial = {"on": hearing.on, "summary": hearing.summary}
        form = HearingHeldForm(request.POST or None, duties=duties, initial=initial)
    if request.method == "POST":
        access.require(request.user, "contact.act", campaign=campaign, unit=hearing.unit)
        if form is not None and form.is_valid() and attempt(form, lambda: _hold(request, hearing, form)):
            return done(request, _("Written down. Only you can read it until you report it."), request.path)
    context = {
        "hearing": hearing,
        "form": form,
        "is_mine": is_mine,
        "shows_words": shows_words(hearing, request.user),
        "history": history_of_held(hearing)[:50],
    }
    return render(request, "hearing/page.html", context)


def _hold(request: Any, hearing: Hearing, form: Any) -> None:
    typed = form.cleaned_data
    hold_hearing(hearing=hearing, on=typed["on"], summary=typed["summary"], duty=form.chosen_duty, by=request.user)


@page("contact.act", *POST)
def hearing_report(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Hand the summary on; can be taken back."""
    report_hearing(hearing=_hearing(request, campaign, pk, "contact.act"), by=request.user)
    undo = reverse("hearing_unreport", args=(campaign.pk, pk))
    url = reverse("hearing_page", args=(campaign.pk, pk))
    return done(request, _("Reported: the office and the unit can read it."), url, undo=undo)


@page("contact.act", *POST)
def hearing_unreport(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take a report back."""
    unreport_hearing(hearing=_hearing(request, campaign, pk, "contact.act"), by=request.user)
    return done(request, _("Taken back."), reverse("hearing_page", args=(campaign.pk, pk)))


@page("contact.act", *POST)
def hearing_drop(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Call a planned hearing off."""
    drop_hearing(hearing=_hearing(request, campaign, pk, "contact.act"), by=request.user)
    return done(request, _("Called off."), reverse("hearing_list", args=(campaign.pk,)))


urlpatterns = [
    path("c/<int:campaign>/hearings/", hearing_list, name="hearing_list"),
    path("c/<int:campaign>/hearings/add/", hearing_add, name="hearing_add"),
    path("c/<int:campaign>/hearings/<int:pk>/", hearing_page, name="hearing_page"),
    path("c/<int:campaign>/hearings/<int:pk>/report/", hearing_report, name="hearing_report"),
    path("c/<int:campaign>/hearings/<int:pk>/unreport/", hearing_unreport, name="hearing_unreport"),
    path("c/<int:campaign>/hearings/<int:pk>/drop/", hearing_drop, name="hearing_drop"),
]
