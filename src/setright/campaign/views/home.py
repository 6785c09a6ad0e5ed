"""Where somebody lands, which campaigns there are, and their own settings."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from setright.campaign import access
from setright.campaign.actions.person import change_language, change_theme
from setright.campaign.enums import CampaignState, Role
from setright.campaign.views.page import GET, page


@login_required
def home(request: Any) -> HttpResponse:
    """The office to its board, everybody else to what waits; to the list where several campaigns run."""
    mine = list(access.campaigns_of(request.user))
    running = [each for each in mine if each.state == CampaignState.RUNNING]
    chosen = running if running else mine
    if len(chosen) == 1:
        is_office = Role.OFFICE in access.roles_in(request.user, chosen[0])
        return redirect("board" if is_office else "work", chosen[0].pk)
    return redirect("campaign_list")


@page("", *GET)
def more(request: Any) -> HttpResponse:
    """The whole navigation as a page, for phones."""
    number = request.GET.get("c", "")
    request.campaign = access.campaigns_of(request.user).filter(pk=number).first() if number.isdigit() else None
    return render(request, "home/more.html")


@require_POST
@login_required
def set_language(request: Any) -> HttpResponse:
    """Speak another language from now on."""
    change_language(person=request.user, language=request.POST.get("language", ""))
    return _back(request)


@require_POST
@login_required
def set_theme(request: Any) -> HttpResponse:
    """Use other colours from now on."""
    change_theme(person=request.user, theme=request.POST.get("theme", ""))
    return _back(request)


def _back(request: Any) -> HttpResponseRedirect:
    url = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(url, allowed_hosts=None) and url.startswith("/app/")
    return HttpResponseRedirect(url if is_ours else "/app/")


urlpatterns = [
    path("", home, name="home"),
    path("more/", more, name="more"),
    path("me/language/", set_language, name="set_language"),
    path("me/theme/", set_theme, name="set_theme"),
]
