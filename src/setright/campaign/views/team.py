"""A unit's leading team: who is in it, who heads it, who was."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access
from setright.campaign.actions.team import (
    MemberDraft,
    add_member,
    change_head,
    end_member,
    link_person,
    reopen_member,
)
from setright.campaign.forms.unit import HeadForm, LastDayForm, LinkForm, MemberForm
from setright.campaign.models import Campaign, Enrolment, TeamMember
from setright.campaign.queries.unit import ancestors_of, team_of
from setright.campaign.views.page import BOTH, GET, POST, attempt, done, page
from setright.campaign.views.unit import unit_for


def _member(request: Any, campaign: Campaign, pk: int) -> TeamMember:
    found = TeamMember.objects.select_related("unit", "person").filter(pk=pk).first()
    if found is None:
        raise access.Unknown
    access.require(request.user, "team.manage", campaign=campaign, unit=found.unit)
    return found


def _at(campaign: Campaign, unit: int) -> str:
    return reverse("team_page", args=(campaign.pk, unit))


@page("unit.view", *GET)
def team_page(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Who is in the team now, and who was."""
    unit = unit_for(request, campaign, pk, "unit.view")
    today = timezone.localdate()
    team = team_of(unit)
    present = [each for each in team if each.until is None or each.until >= today]
    context = {
        "unit": unit,
        "above": ancestors_of(unit, request.user, campaign),
        "present": present,
        "past": [each for each in team if each not in present],
        "head": next((each for each in present if each.is_head and each.until is None), None),
        "enrolment": Enrolment.objects.filter(campaign=campaign, unit=unit).select_related("lead").first(),
        "may_manage": access.may(request.user, "team.manage", campaign=campaign, unit=unit),
    }
    return render(request, "unit/team.html", context)


@page("team.manage", *BOTH)
def member_add(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Add a member to a team."""
    unit = unit_for(request, campaign, pk, "team.manage")
    form = MemberForm(request.POST or None, initial={"since": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        draft = MemberDraft(**form.cleaned_data)
        if attempt(form, lambda: add_member(unit=unit, draft=draft, campaign=campaign, by=request.user)):
            return done(request, _("Added: %(name)s.") % {"name": draft.name}, _at(campaign, pk))
    return render(request, "unit/member_add.html", {"form": form, "unit": unit})


@page("team.manage", *BOTH)
def member_end(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Give a post its last day; can be taken back."""
    member = _member(request, campaign, pk)
    form = LastDayForm(request.POST or None, initial={"on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        on = form.cleaned_data["on"]
        if attempt(form, lambda: end_member(member=member, on=on, campaign=campaign, by=request.user)):
            undo = reverse("member_reopen", args=(campaign.pk, pk))
            return done(
                request, _("Ended: %(name)s.") % {"name": member.label}, _at(campaign, member.unit_id), undo=undo
            )
    return render(request, "unit/member_end.html", {"form": form, "member": member, "unit": member.unit})


@page("team.manage", *POST)
def member_reopen(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take the end of a post back."""
    member = _member(request, campaign, pk)
    reopen_member(member=member, campaign=campaign, by=request.user)
    return done(request, _("%(name)s goes on.") % {"name": member.label}, _at(campaign, member.unit_id))


@page("team.manage", *BOTH)
def head_change(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Make a member the head; the earlier head’s post ends with it."""
    member = _member(request, campaign, pk)
    head = member.unit.team.filter(is_head=True, until=None).first()
    initial = {"post": head.post if head else member.post, "post_en": head.post_en if head else member.post_en}
    form = HeadForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        if attempt(form, lambda: change_head(member=member, campaign=campaign, by=request.user, **typed)):
            sentence = _("%(name)s heads the team from today.") % {"name": member.label}
            return done(request, sentence, _at(campaign, member.unit_id))
    return render(request, "unit/head.html", {"form": form, "member": member, "unit": member.unit, "head": head})


@page("team.manage", *BOTH)
def member_link(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Say which user a member is."""
    member = _member(request, campaign, pk)
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = form.cleaned_data["person"]
        if attempt(form, lambda: link_person(member=member, person=person, campaign=campaign, by=request.user)):
            return done(request, _("Linked: %(name)s.") % {"name": member.label}, _at(campaign, member.unit_id))
    return render(request, "unit/member_link.html", {"form": form, "member": member, "unit": member.unit})


urlpatterns = [
    path("c/<int:campaign>/units/<int:pk>/team/", team_page, name="team_page"),
    path("c/<int:campaign>/units/<int:pk>/team/add/", member_add, name="member_add"),
    path("c/<int:campaign>/team/<int:pk>/end/", member_end, name="member_end"),
    path("c/<int:campaign>/team/<int:pk>/reopen/", member_reopen, name="member_reopen"),
    path("c/<int:campaign>/team/<int:pk>/head/", head_change, name="head_change"),
    path("c/<int:campaign>/team/<int:pk>/person/", member_link, name="member_link"),
]
