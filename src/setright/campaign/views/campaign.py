"""Campaigns: which there are, a new one from a template, what of one is ready, its start and its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from setright.campaign import access
from setright.campaign.actions.campaign import (
    CampaignDraft,
    archive_campaign,
    close_campaign,
    create_campaign,
    start_campaign,
)
from setright.campaign.enums import CampaignState, EnrolmentState
from setright.campaign.forms.campaign import CampaignForm, WordForm
from setright.campaign.forms.fields import Base
from setright.campaign.models import Campaign
from setright.campaign.queries.campaign import batches_of, campaigns_for, groups_of, setup_of
from setright.campaign.queries.template import templates
from setright.campaign.views.page import BOTH, GET, attempt, done, page, paged


@page("", *GET)
def campaign_list(request: Any) -> HttpResponse:
    """Every campaign the person has a role in, newest first; `?state=` keeps one kind."""
    rows = campaigns_for(request.user)
    counts = dict(access.campaigns_of(request.user).order_by().values_list("state").annotate(n=Count("pk")))
    chosen = request.GET.get("state", "")
    shown = rows.filter(state=chosen) if chosen in CampaignState.values else rows
    context = {
        "page": paged(request, shown),
        "n": sum(counts.values()),
        "states": [(state, state.label, counts[state]) for state in CampaignState if counts.get(state)],
        "chosen": chosen,
        "may_create": access.may(request.user, "campaign.manage"),
        "managed": {each.campaign_id for each in access.held(request.user) if each.role == "office"},
    }
    return render(request, "campaign/list.html", context)


@page("campaign.manage", *BOTH)
def campaign_new(request: Any) -> HttpResponse:
    """Choose a template, say what it is called and when it runs."""
    access.require(request.user, "campaign.manage")
    form = CampaignForm(request.POST or None, initial={"template": next(iter(templates()))})
    if request.method == "POST" and form.is_valid():
        draft = CampaignDraft(**form.cleaned_data)
        made: list[Campaign] = []
        if attempt(form, lambda: made.append(create_campaign(draft=draft, by=request.user))):
            url = reverse("campaign_page", args=(made[0].pk,))
            return done(request, _("Made: %(name)s. Next: what is missing below.") % {"name": draft.name}, url)
    chosen = form["template"].value()
    return render(
        request, "campaign/new.html", {"form": form, "templates": list(templates().values()), "chosen": chosen}
    )


@page("campaign.manage", *GET)
def campaign_page(request: Any, campaign: Campaign) -> HttpResponse:
    """What is ready and what is missing, each with the page where it is done."""
    items = setup_of(campaign)
    missing = [item for item in items if not item.is_ready]
    context = {
        "items": items,
        "n_ready": len(items) - len(missing),
        "next": missing[0] if missing else None,
        "batches": batches_of(campaign),
        "groups": groups_of(campaign),
        "made_from": templates().get(campaign.template),
    }
    return render(request, "campaign/page.html", context)


@dataclass(frozen=True, slots=True)
class Turn:
    """A change of a campaign's state: from where, by which action, in which words."""

    start: CampaignState
    title: str
    effect: str
    button: str
    word: str
    sentence: str


def _turns() -> dict[str, Turn]:
    return {
        "start": Turn(
            CampaignState.DRAFT,
            _("Start the campaign"),
            _("The first batch starts with it; then each unit’s phase 1 can begin."),
            _("Start"),
            "",
            _("Started: %(name)s."),
        ),
        "close": Turn(
            CampaignState.RUNNING,
            _("Close the campaign"),
            _("Nothing more is entered from then on. This cannot be undone."),
            _("Close"),
            _("close"),
            _("Closed: %(name)s."),
        ),
        "archive": Turn(
            CampaignState.CLOSED,
            _("Archive the campaign"),
            _("It is kept for reading alone. This cannot be undone."),
            _("Archive"),
            _("archive"),
            _("Archived: %(name)s."),
        ),
    }


_ACTIONS = {"start": start_campaign, "close": close_campaign, "archive": archive_campaign}


def _turned(request: Any, campaign: Campaign, name: str) -> HttpResponse:
    turn = _turns()[name]
    typed = request.POST if request.method == "POST" else None
    form = WordForm(typed, wanted=turn.word) if turn.word else Base(typed)
    is_sure = form.is_bound and form.is_valid()
    if is_sure and attempt(form, lambda: _ACTIONS[name](campaign=campaign, by=request.user)):
        sentence = turn.sentence % {"name": campaign.label}
        return done(request, sentence, reverse("campaign_page", args=(campaign.pk,)))
    going = campaign.enrolments.exclude(state=EnrolmentState.SEALED)
    context = {"form": form, "turn": turn, "n": campaign.enrolments.count(), "n_going": going.count()}
    return render(request, "campaign/turn.html", context)


@page("campaign.manage", *BOTH)
def campaign_start(request: Any, campaign: Campaign) -> HttpResponse:
    """From draft to running."""
    return _turned(request, campaign, "start")


@page("campaign.manage", *BOTH)
def campaign_close(request: Any, campaign: Campaign) -> HttpResponse:
    """From running to closed."""
    return _turned(request, campaign, "close")


@page("campaign.manage", *BOTH)
def campaign_archive(request: Any, campaign: Campaign) -> HttpResponse:
    """From closed to archived."""
    return _turned(request, campaign, "archive")


urlpatterns = [
    path("campaigns/", campaign_list, name="campaign_list"),
    path("campaigns/new/", campaign_new, name="campaign_new"),
    path("c/<int:campaign>/", campaign_page, name="campaign_page"),
    path("c/<int:campaign>/start/", campaign_start, name="campaign_start"),
    path("c/<int:campaign>/close/", campaign_close, name="campaign_close"),
    path("c/<int:campaign>/archive/", campaign_archive, name="campaign_archive"),
]
