"""What stands around every staff page: navigation by role, the campaign switch, who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from setright.campaign import access
from setright.campaign.enums import Role
from setright.campaign.models import Campaign, Person
from setright.campaign.queries.work import n_waiting


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the navigation; shown to whoever holds `right` in the campaign, and to nobody else."""

    name: str
    label: Any
    icon: str
    right: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the navigation and its lines."""

    label: Any
    items: tuple[Item, ...]


NAVIGATION: Final = (
    Section(
        _("Overview"),
        (
            Item("work", _("My work"), "inbox", "campaign.view"),
            Item("board", _("Board"), "grid-3x3-gap", "board.view"),
            Item("unit_list", _("Units and teams"), "diagram-3", "unit.view"),
            Item("notice_list", _("Notices"), "send", "notice.view"),
            Item("contact_list", _("Contact points"), "signpost-2", "contact.view"),
            Item("study_list", _("Study"), "mortarboard", "study.view"),
        ),
    ),
    Section(
        _("Campaign"),
        (
            Item("campaign_page", _("Set-up"), "list-check", "campaign.manage"),
            Item("grant_list", _("Roles"), "person", "grant.manage"),
            Item("log_page", _("Log"), "clock-history", "log.view"),
        ),
    ),
    Section(_("Accounts"), (Item("person_list", _("People"), "person", "person.manage"),)),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A navigation line as shown."""

    url: str
    label: Any
    icon: str
    is_current: bool
    n: int | None


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of every template; lazy, so that a page without a person asks nothing."""
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return {"nav": (), "campaign": None, "person": None}
    campaign = getattr(request, "campaign", None)
    return {
        "person": person,
        "campaign": campaign,
        "campaigns": SimpleLazyObject(lambda: list(access.campaigns_of(person))),
        "nav": SimpleLazyObject(lambda: _lines(request, person, campaign)),
        "roles": SimpleLazyObject(lambda: [Role(role).label for role in access.roles_in(person, campaign)]),
    }


def _lines(request: HttpRequest, person: Person, campaign: Campaign | None) -> list[tuple[Any, list[Line]]]:
    here = request.resolver_match.url_name if request.resolver_match else ""
    shown = []
    for section in NAVIGATION:
        lines = [
            _line(item, person, campaign, here)
            for item in section.items
            if access.may_somewhere(person, item.right, campaign) and (campaign or item.right == "person.manage")
        ]
        if lines:
            shown.append((section.label, lines))
    return shown


def _line(item: Item, person: Person, campaign: Campaign | None, here: str | None) -> Line:
    is_outside = item.right == "person.manage"
    url = reverse(item.name) if is_outside or campaign is None else reverse(item.name, args=(campaign.pk,))
    n = n_waiting(person, campaign) if item.name == "work" and campaign else None
    return Line(url, item.label, item.icon, here == item.name, n or None)
