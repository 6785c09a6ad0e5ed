"""A unit's page: where it stands, what waits for whom, its story; a unit that takes no part shows team and place."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from setright.campaign import access
from setright.campaign.models import Campaign, Enrolment, Person, Unit
from setright.campaign.queries.board import nearest, phase_names, points_of, row_of
from setright.campaign.queries.formality import hints
from setright.campaign.queries.story import story, told
from setright.campaign.queries.unit import ancestors_of, children_of, counted_on, on_day, valid_on
from setright.campaign.queries.waits import for_reviewers, for_the_unit
from setright.campaign.views.page import GET, PER_PAGE, page, paged


@page("unit.view", *GET)
def unit_page(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """One unit in a campaign: how it fares and its story; where it takes no part, who leads it and where it stands."""
    unit = Unit.objects.filter(pk=pk).first()
    if unit is None:
        raise access.Unknown
    access.require(request.user, "unit.view", campaign=campaign, unit=unit)
    enrolment = _enrolment(request.user, campaign, unit)
    today = timezone.localdate()
    below = valid_on(children_of(unit), today)
    context: dict[str, Any] = {
        "unit": unit,
        "enrolment": enrolment,
        "above": ancestors_of(unit, request.user, campaign),
        "n_team": on_day(unit.team.all(), today).count(),
        "n_below": below.count(),
        "may_visit": access.may(request.user, "contact.act", campaign=campaign, unit=unit),
        "is_print": "print" in request.GET,
    }
    if enrolment is None:
        context |= {
            "team": on_day(unit.team.all(), today),
            "below": counted_on(below, today).order_by("path")[:PER_PAGE],
        }
    else:
        context |= {"page": _told(request, campaign, enrolment), **_standing(request.user, campaign, enrolment)}
    return render(request, "story/unit.html", context)


def _enrolment(person: Person, campaign: Campaign, unit: Unit) -> Enrolment | None:
    """How the unit takes part, where the reader may know it."""
    if not access.may(person, "enrolment.view", campaign=campaign, unit=unit):
        return None
    rows = Enrolment.objects.filter(campaign=campaign, unit=unit)
    return rows.select_related("unit", "campaign", "batch", "lead", "group", "rollup").first()


def _told(request: Any, campaign: Campaign, enrolment: Enrolment) -> Any:
    """One page of the story, in words."""
    listed = paged(request, story(enrolment, request.user))
    listed.object_list = told(listed.object_list, campaign)
    return listed


def _standing(person: Person, campaign: Campaign, enrolment: Enrolment) -> dict[str, Any]:
    """Phases, figures, what waits, hints: what stands above and beside the story."""
    unit = enrolment.unit
    row = row_of(enrolment, campaign.rules, timezone.localdate())
    planned = {phase.number: phase for phase in enrolment.phases.all()}
    may_look = access.may(person, "board.view", campaign=campaign, unit=unit)
    names = phase_names(campaign)
    return {
        "row": row,
        "phases": [(phase, planned.get(phase.number), names.get(phase.number, "")) for phase in row.phases],
        "present": row.present,
        "point": nearest(points_of(campaign), unit),
        "to_review": for_reviewers(unit, campaign, enrolment, person),
        "to_do": for_the_unit(unit, campaign, enrolment, person),
        "hints": hints(enrolment) if may_look else None,
        "may_steps": access.may(person, "step.view", campaign=campaign, unit=unit),
        "may_gate": access.may(person, "gate.view", campaign=campaign, unit=unit),
        "may_rounds": access.may(person, "round.view", campaign=campaign, unit=unit),
    }


urlpatterns = [path("c/<int:campaign>/units/<int:pk>/", unit_page, name="unit_page")]
