"""Roles in a campaign: who holds what where; give and end them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from setright.campaign import access
from setright.campaign.actions.grant import RoleOver, end_role, give_role, restore_role
from setright.campaign.enums import Role
from setright.campaign.forms.grant import GIVEN_HERE, GrantForm
from setright.campaign.models import Campaign, Grant
from setright.campaign.queries.grant import (
    counts_by_role,
    grants_of,
    matching,
    people_to_choose,
    posts_of,
    that_last,
    units_to_choose,
)
from setright.campaign.views.page import BOTH, GET, POST, attempt, done, page, paged


@page("grant.manage", *GET)
def grant_list(request: Any, campaign: Campaign) -> HttpResponse:
    """Every role of the campaign, by unit."""
    words, role = request.GET.get("q", ""), request.GET.get("role", "")
    is_ended = request.GET.get("ended") == "1"
    mine = access.scope(grants_of(campaign), request.user, "grant.manage")
    found = that_last(matching(mine, words), ended=is_ended)
    counts = counts_by_role(found)
    rows = found.filter(role=role) if role in counts else found
    context = {
        "page": paged(request, rows),
        "chips": [(key, Role(key).label, n) for key, n in counts.items()],
        "role": role,
        "words": words,
        "is_ended": is_ended,
        "n": sum(counts.values()),
        "given_here": GIVEN_HERE,
        "may_see_groups": access.may(request.user, "enrolment.manage", campaign=campaign),
    }
    return render(request, "grant/list.html", context)


@page("grant.manage", *BOTH)
def grant_add(request: Any, campaign: Campaign) -> HttpResponse:
    """Find a person and a unit, then give the role; works without a script."""
    who, where = request.GET.get("who", ""), request.GET.get("where", "")
    people, units = people_to_choose(who), units_to_choose(where)
    posts = posts_of(people)
    form = GrantForm(
        request.POST or None,
        people={p.pk: _told_apart(p.label, p.username, [m.unit.label for m in posts.get(p.pk, [])]) for p in people},
        units={u.pk: f"{u.label} · {u.code}" for u in units},
    )
    made: list[Grant] = []
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        over = RoleOver(Role(typed["role"]), campaign, typed["unit"])
        if attempt(form, lambda: made.append(give_role(person=typed["person"], over=over, by=request.user))):
            sentence = _("%(name)s is %(role)s at %(unit)s from today.") % {
                "name": typed["person"].label,
                "role": over.role.label,
                "unit": typed["unit"].label,
            }
            undo = reverse("grant_end", args=(campaign.pk, made[0].pk))
            return done(request, sentence, reverse("grant_list", args=(campaign.pk,)), undo=undo)
    context = {"form": form, "who": who, "where": where, "people": people, "units": units}
    return render(request, "grant/add.html", context)


def _told_apart(name: str, username: str, units: list[str]) -> str:
    return " · ".join((name, username, *units))


def _grant(request: Any, campaign: Campaign, pk: int) -> Grant:
    rows = Grant.objects.filter(role__in=GIVEN_HERE).select_related("person", "campaign", "unit")
    return access.get(rows, request.user, "grant.manage", pk=pk, campaign_id=campaign.pk)


@page("grant.manage", *POST)
def grant_end(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """End a role; can be undone the same day."""
    found = _grant(request, campaign, pk)
    end_role(grant=found, by=request.user)
    sentence = _("%(name)s is no longer %(role)s.") % {"name": found.person.label, "role": Role(found.role).label}
    undo = reverse("grant_restore", args=(campaign.pk, pk))
    return done(request, sentence, reverse("grant_list", args=(campaign.pk,)), undo=undo)


@page("grant.manage", *POST)
def grant_restore(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take the end of a role back."""
    restore_role(grant=_grant(request, campaign, pk), by=request.user)
    return done(request, _("The role goes on."), reverse("grant_list", args=(campaign.pk,)))


urlpatterns = [
    path("c/<int:campaign>/roles/", grant_list, name="grant_list"),
    path("c/<int:campaign>/roles/add/", grant_add, name="grant_add"),
    path("c/<int:campaign>/roles/<int:pk>/end/", grant_end, name="grant_end"),
    path("c/<int:campaign>/roles/<int:pk>/restore/", grant_restore, name="grant_restore"),
]
