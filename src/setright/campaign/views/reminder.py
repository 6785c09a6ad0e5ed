"""The bell: what is due soon, late or returned now, and what one was told."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign.actions.reminder import Matter, see_reminders
from setright.campaign.models import Campaign, Person
from setright.campaign.queries.due import due_for
from setright.campaign.queries.reminder import ICONS, n_unseen, reminders_of, sentence
from setright.campaign.views.page import GET, PER_PAGE, POST, done, page, paged

_DAILY: Final = ("late", "due_soon", "returned")


def _now(person: Person, campaign: Campaign) -> list[dict[str, Any]]:
    """What is due or late this minute, in the words of a reminder."""
    found = [
        (due, Matter(due.code, due.thing, campaign.pk, due.url, due.values, due.on).reminder(person.pk))
        for due in due_for(person, campaign)
    ]
    return [{"due": due, "text": sentence(row), "icon": ICONS[due.code]} for due, row in found]


@page("campaign.view", *GET)
def reminder_list(request: Any, campaign: Campaign) -> HttpResponse:
    """Due and late now; then what one was told, unseen first in weight."""
    told = reminders_of(request.user, campaign).exclude(code__in=_DAILY)
    pages = paged(request, told)
    now = _now(request.user, campaign)
    unseen = n_unseen(request.user, campaign)
    request.counted = {"reminder_list": unseen}
    context = {
        "now": now[:PER_PAGE],
        "n_now": len(now),
        "page": pages,
        "told": [{"row": row, "text": sentence(row), "icon": ICONS.get(row.code, "bell")} for row in pages],
        "n_unseen": unseen,
        "today": timezone.localdate(),
    }
    return render(request, "reminder/list.html", context)


@page("campaign.view", *POST)
def reminder_see(request: Any, campaign: Campaign) -> HttpResponse:
    """Mark everything as seen."""
    see_reminders(person=request.user, campaign=campaign)
    return done(request, _("All marked as seen."), reverse("reminder_list", args=(campaign.pk,)))


urlpatterns = [
    path("c/<int:campaign>/reminders/", reminder_list, name="reminder_list"),
    path("c/<int:campaign>/reminders/see/", reminder_see, name="reminder_see"),
]
