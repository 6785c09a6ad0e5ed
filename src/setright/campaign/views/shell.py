"""What stands around every staff page: navigation by role, the campaign switch, who is signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from setright.campaign import access
from setright.campaign.enums import CampaignState, Role
from setright.campaign.models import Campaign, Person
from setright.campaign.queries.reminder import n_unseen
from setright.campaign.queries.work import n_waiting
from setright.campaign.views.page import LAST_CAMPAIGN


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
    around: Any = cache(lambda: _around(request, person))
    nav: Any = SimpleLazyObject(lambda: _lines(request, person, around()))
    return {
        "person": person,
        "campaign": getattr(request, "campaign", None),
        "around": SimpleLazyObject(around),
        "nav": nav,
        "bar": SimpleLazyObject(lambda: _bar(request, around(), nav)),
        "roles": SimpleLazyObject(lambda: [Role(role).label for role in access.roles_in(person, around())]),
    }


def _around(request: Any, person: Person) -> Campaign | None:
    """The campaign whose pages the navigation leads to: the page's own, or the one last looked at.

    That one only where it is still open to the person; otherwise the newest that runs.
    """
    here: Campaign | None = getattr(request, "campaign", None)
    if here is not None:
        return here
    mine = list(access.campaigns_of(person))
    last = [each for each in mine if str(each.pk) == request.COOKIES.get(LAST_CAMPAIGN)]
    running = [each for each in mine if each.state == CampaignState.RUNNING]
    return next(iter([*last, *running, *mine]), None)


def _lines(request: HttpRequest, person: Person, campaign: Campaign | None) -> list[tuple[Any, list[Line]]]:
    shown = []
    for section in NAVIGATION:
        lines = [
            _line(request, item, campaign)
            for item in section.items
            if access.may_somewhere(person, item.right, campaign) and (campaign or item.right == "person.manage")
        ]
        if lines:
            shown.append((section.label, lines))
    return shown


def _line(request: Any, item: Item, campaign: Campaign | None) -> Line:
    is_outside = item.right == "person.manage"
    url = reverse(item.name) if is_outside or campaign is None else reverse(item.name, args=(campaign.pk,))
    n = _count(request, item.name, campaign) if campaign else None
    return Line(url, item.label, item.icon, _is_here(request, item.name), n or None, item.name)


def _is_here(request: Any, name: str) -> bool:
    return bool(request.resolver_match) and request.resolver_match.url_name == name


def _count(request: Any, name: str, campaign: Campaign) -> int | None:
    """What stands beside a line; a page that shows the very things has counted them already (`request.counted`)."""
    told: dict[str, int] = getattr(request, "counted", {})
    if name in told:
        return told[name]
    count = _COUNTS.get(name)
    return count(request.user, campaign) if count else None


def _bar(request: Any, campaign: Campaign | None, nav: Iterable[tuple[Any, list[Line]]]) -> list[Line]:
    """The three pages that somebody of this role opens most, for the foot of a phone; what is left without one."""
    lines = {line.name: line for _label, section in nav for line in section}
    if campaign is None:
        rest = (("campaign_list", _("Campaigns"), "flag"), ("me", _("My account"), "person"))
        return [
            *lines.values(),
            *(Line(reverse(name), label, icon, _is_here(request, name), None, name) for name, label, icon in rest),
        ][:3]
    roles = access.roles_in(request.user, campaign)
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
