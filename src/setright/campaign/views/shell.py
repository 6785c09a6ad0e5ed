"""What stands around every staff page: navigation by role, the campaign switch, who is signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from setright.campaign import access
from setright.campaign.enums import Role
from setright.campaign.models import Campaign, Person
from setright.campaign.queries.reminder import n_unseen
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
            Item("reminder_list", _("Reminders"), "bell", "campaign.view"),
            Item("board", _("Board"), "grid-3x3-gap", "board.view"),
            Item("unit_list", _("Units and teams"), "diagram-3", "unit.view"),
            Item("notice_list", _("Notices"), "send", "notice.view"),
            Item("contact_list", _("Contact points"), "signpost-2", "contact.view"),
            Item("visit_list", _("Visits"), "geo", "contact.view"),
            Item("hearing_list", _("Hearings"), "telephone", "contact.view"),
            Item("instruction_list", _("Instructions"), "pencil-square", "instruction.view"),
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
    name: str = ""


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of every template; lazy, so that a page without a person asks nothing."""
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return {"nav": (), "bar": (), "campaign": None, "person": None}
    campaign = getattr(request, "campaign", None)
    nav: Any = SimpleLazyObject(lambda: _lines(request, person, campaign))
    return {
        "person": person,
        "campaign": campaign,
        "campaigns": SimpleLazyObject(lambda: list(access.campaigns_of(person))),
        "nav": nav,
        "bar": SimpleLazyObject(lambda: _bar(person, campaign, nav)),
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
    count = _COUNTS.get(item.name)
    n = count(person, campaign) if count and campaign else None
    return Line(url, item.label, item.icon, here == item.name, n or None, item.name)


def _bar(person: Person, campaign: Campaign | None, nav: Iterable[tuple[Any, list[Line]]]) -> list[Line]:
    """The three pages that somebody of this role opens most, for the foot of a phone."""
    lines = {line.name: line for _label, section in nav for line in section}
    roles = access.roles_in(person, campaign)
    wanted = next((names for role, names in _BAR.items() if role in roles), ())
    return [lines[name] for name in dict.fromkeys((*wanted, *lines)) if name in lines][:3]


_BAR: Final[dict[Role, tuple[str, ...]]] = {
    Role.OFFICE: ("board", "unit_list", "notice_list"),
    Role.SUPERVISOR: ("work", "board", "visit_list"),
    Role.SPONSOR: ("contact_list", "visit_list", "instruction_list"),
    Role.LEAD: ("work", "unit_list", "notice_list"),
    Role.CLERK: ("work", "unit_list", "notice_list"),
    Role.MEMBER: ("work", "unit_list", "study_list"),
    Role.ANALYST: ("board", "unit_list", "work"),
    Role.ADMINISTRATOR: ("person_list", "log_page", "unit_list"),
}
"""By the first role held, in this order; what one may not see falls out and the next page moves up."""


_COUNTS: Final[dict[str, Callable[[Person, Campaign], int]]] = {"work": n_waiting, "reminder_list": n_unseen}
"""What stands beside a line of the navigation."""
