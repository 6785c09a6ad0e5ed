"""People, for administrators: who has an account, where it stands, what is held, ending and handing over."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from setright.campaign import access
from setright.campaign.actions.grant import RoleOver, end_role, give_role, restore_role
from setright.campaign.actions.handover import Handover, hand_over
from setright.campaign.actions.person import Details, deactivate_person, edit_person, reactivate_person
from setright.campaign.enums import Role
from setright.campaign.errors import Refused
from setright.campaign.forms.person import DetailsForm, HandoverForm, OfficeRoleForm
from setright.campaign.models import Grant, Person
from setright.campaign.queries.person import (
    STATES,
    counts_by_state,
    found_by,
    history_of_person,
    in_state,
    led_by,
    people,
    standing,
    who_waits_first,
    with_posts_and_roles,
)
from setright.campaign.views.page import BOTH, GET, POST, attempt, done, page, paged


def person_for(request: Any, pk: int) -> Person:
    """One account, for whoever keeps all of them."""
    access.require(request.user, "person.manage")
    found = with_posts_and_roles(people().filter(pk=pk)).first()
    if found is None:
        raise access.Unknown
    return found


@page("person.manage", *GET)
def person_list(request: Any) -> HttpResponse:
    """Everyone with an account, those whose link waits or expired first."""
    access.require(request.user, "person.manage")
    words, state = request.GET.get("q", ""), request.GET.get("state", "")
    found = found_by(people(), words)
    counts = counts_by_state(found)
    rows = with_posts_and_roles(who_waits_first(in_state(found, state)))
    shown = paged(request, rows)
    context = {
        "page": shown,
        "lines": [(person, standing(person)) for person in shown],
        "chips": [(key, word, counts[key]) for key, word in STATES.items() if counts[key]],
        "state": state,
        "words": words,
        "n": sum(counts.values()),
    }
    return render(request, "person/list.html", context)


@page("person.manage", *GET)
def person_page(request: Any, pk: int) -> HttpResponse:
    """One account: posts, roles, history, and what an administrator may do about it."""
    return _shown(request, person_for(request, pk), OfficeRoleForm())


def _shown(request: Any, person: Person, form: OfficeRoleForm, status: int = 200) -> HttpResponse:
    context = {
        "who": person,
        "standing": standing(person),
        "led": list(led_by(person)),
        "history": history_of_person(person)[:50],
        "form": form,
        "is_me": person == request.user,
        "offices": (Role.OFFICE, Role.ADMINISTRATOR),
    }
    return render(request, "person/page.html", context, status=status)


@page("person.manage", *BOTH)
def person_edit(request: Any, pk: int) -> HttpResponse:
    """Correct a name or an e-mail."""
    person = person_for(request, pk)
    initial = {"name": person.name, "name_en": person.name_en, "email": person.email}
    form = DetailsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        details = Details(**form.cleaned_data)
        if attempt(form, lambda: edit_person(person=person, details=details, by=request.user)):
            return done(request, _("Saved."), reverse("person_page", args=(pk,)))
    return render(request, "person/edit.html", {"form": form, "who": person})


@page("person.manage", *BOTH)
def person_end(request: Any, pk: int) -> HttpResponse:
    """Say what ends with an account, then end it."""
    person = person_for(request, pk)
    if request.method == "POST":
        deactivate_person(person=person, by=request.user)
        sentence = _("The account of %(name)s has ended.") % {"name": person.label}
        return done(request, sentence, reverse("person_page", args=(pk,)))
    return render(request, "person/end.html", {"who": person, "led": list(led_by(person))})


@page("person.manage", *POST)
def person_return(request: Any, pk: int) -> HttpResponse:
    """Take somebody back."""
    person = person_for(request, pk)
    reactivate_person(person=person, by=request.user)
    sentence = _("%(name)s is back, without password, roles or posts: make a link next.") % {"name": person.label}
    return done(request, sentence, reverse("person_page", args=(pk,)))


@page("person.manage", *BOTH)
def person_handover(request: Any, pk: int) -> HttpResponse:
    """Hand posts and roles to a successor."""
    person = person_for(request, pk)
    form = HandoverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        handover = Handover(**form.cleaned_data)
        if attempt(form, lambda: _hand_over(form, person, handover, request.user)):
            sentence = _("Handed over to %(name)s.") % {"name": handover.to.label}
            return done(request, sentence, reverse("person_page", args=(handover.to.pk,)))
    context = {"form": form, "who": person, "led": list(led_by(person))}
    return render(request, "person/handover.html", context)


def _hand_over(form: HandoverForm, person: Person, handover: Handover, by: Person) -> None:
    """Hand over; every reason of a refusal stands in the summary, not only its first sentence."""
    try:
        hand_over(person=person, handover=handover, by=by)
    except Refused as error:
        for reason in error.reasons:
            form.add_error(None, reason.title)
        raise


@page("grant.office", *POST)
def person_role(request: Any, pk: int) -> HttpResponse:
    """Name somebody to a campaign's office, or as an administrator."""
    person = person_for(request, pk)
    form = OfficeRoleForm(request.POST)
    if form.is_valid():
        over = RoleOver(Role(form.cleaned_data["role"]), form.cleaned_data["campaign"], None)
        made: list[Grant] = []
        if attempt(form, lambda: made.append(give_role(person=person, over=over, by=request.user))):
            undo = reverse("person_role_end", args=(pk, made[0].pk))
            return done(request, _("The role is given."), reverse("person_page", args=(pk,)), undo=undo)
    return _shown(request, person, form, status=422)


def _office_grant(request: Any, pk: int, grant: int) -> Grant:
    rows = Grant.objects.filter(role__in=(Role.OFFICE, Role.ADMINISTRATOR)).select_related("person", "campaign")
    return access.get(rows, request.user, "grant.office", pk=grant, person_id=pk)


@page("grant.office", *POST)
def person_role_end(request: Any, pk: int, grant: int) -> HttpResponse:
    """End an office's or an administrator's role."""
    found = _office_grant(request, pk, grant)
    end_role(grant=found, by=request.user)
    undo = reverse("person_role_restore", args=(pk, grant))
    return done(request, _("The role has ended."), reverse("person_page", args=(pk,)), undo=undo)


@page("grant.office", *POST)
def person_role_restore(request: Any, pk: int, grant: int) -> HttpResponse:
    """Take that end back."""
    restore_role(grant=_office_grant(request, pk, grant), by=request.user)
    return done(request, _("The role goes on."), reverse("person_page", args=(pk,)))


urlpatterns = [
    path("people/", person_list, name="person_list"),
    path("people/<int:pk>/", person_page, name="person_page"),
    path("people/<int:pk>/edit/", person_edit, name="person_edit"),
    path("people/<int:pk>/end/", person_end, name="person_end"),
    path("people/<int:pk>/return/", person_return, name="person_return"),
    path("people/<int:pk>/handover/", person_handover, name="person_handover"),
    path("people/<int:pk>/roles/", person_role, name="person_role"),
    path("people/<int:pk>/roles/<int:grant>/end/", person_role_end, name="person_role_end"),
    path("people/<int:pk>/roles/<int:grant>/restore/", person_role_restore, name="person_role_restore"),
]
