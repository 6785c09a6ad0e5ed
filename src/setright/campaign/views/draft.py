"""Texts kept while somebody pauses in writing: static/setright/app.js sends and asks for them."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from setright.campaign.actions.draft import keep_draft
from setright.campaign.errors import Invalid
from setright.campaign.queries.draft import draft_of
from setright.campaign.templatetags.parts import day
from setright.campaign.views.page import BOTH, page


@page("", *BOTH)
def draft(request: Any) -> HttpResponse:
    """The reader's own draft for `?place=`; posting keeps it, posting empty texts drops it."""
    if request.method == "POST":
        return _keep(request)
    found = draft_of(request.user, request.GET.get("place", ""))
    if found is None:
        return HttpResponse(status=204)
    at = timezone.localtime(found.at)
    values = {"day": day(at), "at": time_format(at, "H:i")}
    said = _("You typed this on %(day)s at %(at)s and have not sent it.") % values
    return JsonResponse({"fields": found.fields, "said": said, "drop": _("Take it out")})


def _keep(request: Any) -> HttpResponse:
    fields = _texts(request.POST.get("fields", ""))
    if fields is None:
        return HttpResponse(status=400)
    try:
        at = keep_draft(person=request.user, place=request.POST.get("place", ""), fields=fields)
    except Invalid as error:
        return JsonResponse({"said": str(error)}, status=422)
    return JsonResponse({"said": _("Kept at %(at)s") % {"at": time_format(timezone.localtime(at), "H:i")}})


def _texts(posted: str) -> dict[str, str] | None:
    try:
        found = json.loads(posted)
    except ValueError:
        return None
    is_right = isinstance(found, dict) and all(isinstance(text, str) for text in found.values())
    return found if is_right else None


urlpatterns = [path("me/draft/", draft, name="draft")]
