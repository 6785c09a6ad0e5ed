"""My account: name and tastes, how I sign in, where I am signed in, keys for programs."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from setright.campaign.access import Unknown
from setright.campaign.actions.person import (
    WantedToken,
    Wishes,
    change_own_settings,
    create_token,
    end_other_sessions,
    end_session,
    revoke_token,
    session_mark,
)
from setright.campaign.forms.person import OwnForm, TokenForm
from setright.campaign.models import Person, Token
from setright.campaign.queries.person import present_grants, sessions_of, tokens_of
from setright.campaign.views.page import BOTH, POST, attempt, done, page


@page("", *BOTH)
def me(request: Any) -> HttpResponse:
    """What is mine, and a form for what I may choose."""
    person = request.user
    form = _own_form(request, person)
    if request.method == "POST" and form.is_valid():
        wishes = Wishes(**form.cleaned_data)
        if attempt(form, lambda: change_own_settings(person=person, wishes=wishes)):
            return done(request, _("Saved."), reverse("me"))
    here = request.session.session_key
    sessions = [(each, session_mark(each.session_key), each.session_key == here) for each in sessions_of(person)]
    context = {
        "form": form,
        "sessions": sessions,
        "tokens": tokens_of(person)[:50],
        "grants": present_grants().filter(person=person),
        "has_factor": is_mfa_enabled(person),
    }
    return render(request, "person/me.html", context)


def _own_form(request: Any, person: Person) -> OwnForm:
    initial = {
        "name": person.name,
        "name_en": person.name_en,
        "language": person.language,
        "theme": person.theme,
        "has_keys": int(person.has_keys),
    }
    return OwnForm(request.POST or None, initial=initial)


@page("", *POST)
def session_end(request: Any, mark: str) -> HttpResponse:
    """End one of my sign-ins."""
    end_session(person=request.user, mark=mark)
    return done(request, _("That sign-in has ended."), reverse("me"))


@page("", *POST)
def sessions_end(request: Any) -> HttpResponse:
    """End all of my sign-ins but this one."""
    n = end_other_sessions(person=request.user, keep=request.session.session_key)
    sentence = ngettext("%(n)d other sign-in has ended.", "%(n)d other sign-ins have ended.", n) % {"n": n}
    return done(request, sentence, reverse("me"))


@page("", *BOTH)
@reauthentication_required  # type: ignore[untyped-decorator]
def token_add(request: Any) -> HttpResponse:
    """Make a token; its secret is on the answer's page and nowhere else, the session included."""
    form = TokenForm(request.POST or None)
    made: list[tuple[Token, str]] = []
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        wanted = WantedToken(typed["name"], tuple(typed["scopes"]), typed["expires_on"])
        if attempt(form, lambda: made.append(create_token(person=request.user, wanted=wanted))):
            return render(request, "person/token.html", {"token": made[0][0], "secret": made[0][1]})
    return render(request, "person/token_add.html", {"form": form})


@page("", *POST)
def token_end(request: Any, pk: int) -> HttpResponse:
    """End one of my tokens."""
    token = Token.objects.filter(pk=pk, person=request.user).first()
    if token is None:
        raise Unknown
    revoke_token(token=token, by=request.user)
    return done(request, _("The token has ended."), reverse("me"))


urlpatterns = [
    path("me/", me, name="me"),
    path("me/sessions/end/", sessions_end, name="sessions_end"),
    path("me/sessions/<slug:mark>/end/", session_end, name="session_end"),
    path("me/tokens/add/", token_add, name="token_add"),
    path("me/tokens/<int:pk>/end/", token_end, name="token_end"),
]
