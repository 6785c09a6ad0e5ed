"""Supervision groups: who is in them, which units they watch."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from setright.campaign import access
from setright.campaign.actions.group import change_members, create_group
from setright.campaign.forms.campaign import GroupForm, MembersForm
from setright.campaign.models import Campaign, SupervisionGroup
from setright.campaign.queries.campaign import groups_of, units_of_group
from setright.campaign.views.page import BOTH, GET, attempt, done, page, paged


@page("enrolment.manage", *GET)
def group_list(request: Any, campaign: Campaign) -> HttpResponse:
    """Every group of the campaign with its members and how many units it watches."""
    access.require(request.user, "enrolment.manage", campaign=campaign)
    shown = paged(request, groups_of(campaign))
    return render(request, "group/list.html", {"page": shown})


@page("enrolment.manage", *BOTH)
def group_add(request: Any, campaign: Campaign) -> HttpResponse:
    """Make a group."""
    access.require(request.user, "enrolment.manage", campaign=campaign)
    form = GroupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        if attempt(form, lambda: create_group(campaign=campaign, by=request.user, **typed)):
            url = reverse("group_list", args=(campaign.pk,))
            return done(request, _("Made: %(name)s.") % {"name": typed["name"]}, url)
    return render(request, "group/add.html", {"form": form})


@page("enrolment.manage", *BOTH)
def group_page(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """A group's members, to be changed, and the units it watches."""
    access.require(request.user, "enrolment.manage", campaign=campaign)
    group = SupervisionGroup.objects.filter(campaign=campaign, pk=pk).first()
    if group is None:
        raise access.Unknown
    present = list(group.members.order_by("pk"))
    form = MembersForm(request.POST or None, initial={"members": "\n".join(each.username for each in present)})
    if request.method == "POST" and form.is_valid():
        members = form.cleaned_data["members"]
        if attempt(form, lambda: change_members(group=group, members=members, by=request.user)):
            return done(
                request, _("Saved. What they may review follows."), reverse("group_page", args=(campaign.pk, pk))
            )
    units = paged(request, units_of_group(group))
    return render(request, "group/page.html", {"form": form, "group": group, "present": present, "page": units})


urlpatterns = [
    path("c/<int:campaign>/groups/", group_list, name="group_list"),
    path("c/<int:campaign>/groups/add/", group_add, name="group_add"),
    path("c/<int:campaign>/groups/<int:pk>/", group_page, name="group_page"),
]
