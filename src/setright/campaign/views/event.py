"""The log as a page: what was done, by whom, about what; and whether it still is what was written."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

from setright.campaign import access
from setright.campaign.forms.event import LogForm
from setright.campaign.models import Campaign, Event
from setright.campaign.queries.event import (
    Wanted,
    counts_by_kind,
    entries,
    head,
    of_campaign,
    of_kind,
    shown,
)
from setright.campaign.views.page import GET, page, paged
from setright.campaign.words import OBJECTS


@page("log.view", *GET)
def log_page(request: Any, campaign: Campaign) -> HttpResponse:
    """The entries of one campaign, newest first."""
    return _page(request, campaign)


@page("log.view", *GET)
def site_log(request: Any) -> HttpResponse:
    """The entries of every campaign in sight; for administrators those about accounts too."""
    return _page(request, None)


def _page(request: Any, campaign: Campaign | None) -> HttpResponse:
    form = LogForm(request.GET or None)
    typed = form.cleaned_data if form.is_bound and form.is_valid() else {}
    wanted = Wanted(**{name: value for name, value in typed.items() if value not in (None, "")})
    mine = access.scope(Event.objects.select_related("actor"), request.user, "log.view", unit="")
    found = entries(of_campaign(mine, campaign), wanted)
    counts = counts_by_kind(found)
    page_ = paged(request, of_kind(found, wanted.kind))
    context = {
        "form": form,
        "wanted": wanted,
        "is_filtered": any(typed.values()),
        "page": page_,
        "rows": shown(list(page_)),
        "chips": [(kind, OBJECTS.get(kind, kind), n) for kind, n in counts.items()],
        "objects": OBJECTS,
        "n": sum(counts.values()),
        "head": head(),
    }
    return render(request, "event/log.html", context)


urlpatterns = [
    path("log/", site_log, name="site_log"),
    path("c/<int:campaign>/log/", log_page, name="log_page"),
]
