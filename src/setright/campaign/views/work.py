"""My work: what waits for me, oldest first; a supervisor decides beside the list."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from setright.campaign.models import Campaign, Step
from setright.campaign.queries.work import KINDS, steps_to_review, waiting_for
from setright.campaign.views.page import GET, page, paged
from setright.campaign.views.step import review_context


@page("campaign.view", *GET)
def work(request: Any, campaign: Campaign) -> HttpResponse:
    """The queue; with `?step=` the step to review stands beside it."""
    waiting = waiting_for(request.user, campaign)
    request.counted = {"work": len(waiting)}
    counts = Counter(each.kind for each in waiting)
    kind = request.GET.get("kind", "")
    shown = [each for each in waiting if not kind or each.kind == kind]
    chosen = _chosen(request, campaign)
    context = {
        "page": paged(request, shown),
        "kinds": [(key, label, counts[key]) for key, label in KINDS.items() if counts[key]],
        "kind": kind,
        "n": len(waiting),
        "oldest": next((each.since for each in shown if each.since), None),
        "step": chosen,
        "chosen_url": reverse("work", args=(campaign.pk,)) + f"?step={chosen.pk}" if chosen else "",
    }
    if chosen:
        context |= review_context(request, chosen)
    return render(request, "work/work.html", context)


def _chosen(request: Any, campaign: Campaign) -> Step | None:
    number = request.GET.get("step", "")
    queue = steps_to_review(request.user, campaign)
    if number.isdigit():
        return queue.filter(pk=number).first()
    return None


urlpatterns = [path("c/<int:campaign>/work/", work, name="work")]
