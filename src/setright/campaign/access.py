"""Who may know and do what: the one place that decides, deny by default.

A person holds roles by grants: each for a campaign (or for none: an administrator's) and a unit's subtree (or the whole
campaign). `may` answers for one object, `scope` narrows a queryset to what may be known, `get` returns one object or
raises `Unknown`, which every page shows as “no such page”: what one may not know does not differ from what is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign.enums import Role
from setright.campaign.errors import CampaignError
from setright.campaign.models import Campaign, File, Grant, Person, TeamMember, Unit
from setright.campaign.rights import NEEDS_SECOND_FACTOR, RIGHTS
from setright.campaign.seal import unseal

_M = TypeVar("_M", bound=Model)


class Unknown(CampaignError):
    """There is no such thing, or it is not yours to see: the two are never told apart."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or _("There is no such page, or it is not yours to see."))


@dataclass(frozen=True, slots=True)
class Held:
    """One role held: in which campaign (None: in none, as an administrator's), over which subtree (None: all of it)."""

    role: Role
    campaign_id: int | None
    path: str | None

    def covers(self, campaign_id: int | None, path: str | None) -> bool:
        """Whether this role reaches a unit of a campaign; `path` None asks for the campaign as a whole."""
        if self.campaign_id is not None and self.campaign_id != campaign_id:
            return False
        return self.path is None or (path is not None and path.startswith(self.path))


def held(person: Person) -> tuple[Held, ...]:
    """Every role the person holds today; read once per request (kept on the person object)."""
    if not person.is_authenticated or not person.is_active:
        return ()
    kept: tuple[Held, ...] | None = getattr(person, "_held", None)
    if kept is None:
        today = timezone.localdate()
        grants = (
            Grant.objects.filter(person=person, since__lte=today)
            .filter(Q(until=None) | Q(until__gte=today))
            .values_list("role", "campaign_id", "unit__path")
        )
        kept = tuple(Held(Role(role), campaign, path) for role, campaign, path in grants)
        person._held = kept  # type: ignore[attr-defined]
    return kept


def _bearing(person: Person, right: str) -> list[Held]:
    roles = RIGHTS.get(right, frozenset())
    return [each for each in held(person) if each.role in roles]


def may(person: Person, right: str, *, campaign: Campaign | int | None = None, unit: Unit | None = None) -> bool:
    """Whether the person has the right over this unit of this campaign (over all of it where no unit is named)."""
    campaign_id = campaign.pk if isinstance(campaign, Campaign) else campaign
    path = unit.path if unit is not None else None
    return any(each.covers(campaign_id, path) for each in _bearing(person, right))


def may_somewhere(person: Person, right: str, campaign: Campaign | None = None) -> bool:
    """Whether the person has the right over any unit of the campaign: enough to open a page that is scoped itself."""
    return any(
        each.campaign_id is None or campaign is None or each.campaign_id == campaign.pk
        for each in _bearing(person, right)
    )


def require(person: Person, right: str, *, campaign: Campaign | int | None = None, unit: Unit | None = None) -> None:
    """Do nothing where the person has the right.

    Raises
    ------
    Unknown
        Otherwise.
    """
    if not may(person, right, campaign=campaign, unit=unit):
        raise Unknown


def scope(
    rows: QuerySet[_M], person: Person, right: str, *, unit: str = "unit", campaign: str = "campaign"
) -> QuerySet[_M]:
    """Only the rows whose unit lies in a subtree over which the person has the right.

    Parameters
    ----------
    unit, campaign
        Lookups from the row to its unit and its campaign; empty where rows have none (`unit=""` for whole-campaign
        rows, which only a whole-campaign role reaches).
    """
    parts = []
    for each in _bearing(person, right):
        wanted = Q()
        if each.campaign_id is not None and campaign:
            wanted &= Q(**{f"{campaign}_id" if campaign != "pk" else "pk": each.campaign_id})
        if each.path is not None:
            if not unit:
                continue
            lookup = "path__startswith" if unit == "self" else f"{unit}__path__startswith"
            wanted &= Q(**{lookup: each.path})
        if not wanted:
            return rows
        parts.append(wanted)
    return rows.filter(reduce(or_, parts)) if parts else rows.none()


def subtrees(person: Person, right: str, campaign: Campaign) -> tuple[str, ...]:
    """The paths of the subtrees over which the person has the right in a campaign; "" alone is all of it."""
    paths = {each.path or "" for each in _bearing(person, right) if each.campaign_id in (None, campaign.pk)}
    return tuple(sorted(p for p in paths if not any(p != other and p.startswith(other) for other in paths)))


def get(
    rows: QuerySet[_M], person: Person, right: str, *, unit: str = "unit", campaign: str = "campaign", **key: Any
) -> _M:
    """Return the one row with this key that the person may know.

    Raises
    ------
    Unknown
        When there is none, or it is not theirs to see.
    """
    found = scope(rows.filter(**key), person, right, unit=unit, campaign=campaign).first()
    if found is None:
        raise Unknown
    return found


def serves(person: Person, right: str, *, campaign: Campaign | int, unit: Unit) -> bool:
    """Whether the person holds the right for this very unit, not only through one above it: they act in its name."""
    campaign_id = campaign.pk if isinstance(campaign, Campaign) else campaign
    return unit.path in own_paths(person, right, campaign_id)


def own_paths(person: Person, right: str, campaign_id: int) -> frozenset[str]:
    """The units in whose own name the person has the right, by path."""
    return frozenset(each.path for each in _bearing(person, right) if each.campaign_id == campaign_id and each.path)


def campaigns_of(person: Person) -> QuerySet[Campaign]:
    """The campaigns the person has any role in, newest first."""
    roles = held(person)
    rows = Campaign.objects.order_by("-starts_on", "-pk")
    if any(each.campaign_id is None for each in roles):
        return rows
    return rows.filter(pk__in={each.campaign_id for each in roles})


def roles_in(person: Person, campaign: Campaign | None) -> tuple[Role, ...]:
    """The roles held in a campaign (and outside any), each once, in the order of `Role`."""
    found = {each.role for each in held(person) if each.campaign_id in (None, campaign.pk if campaign else None)}
    return tuple(role for role in Role if role in found)


def is_of_the_unit(person: Person, unit: Unit) -> bool:
    """Whether the person belongs to the leading team of this unit or of one below it: nobody supervises their own."""
    return TeamMember.objects.filter(person=person, until=None, unit__path__startswith=unit.path).exists()


def needs_second_factor(right: str) -> bool:
    """Whether the right is only used with a second factor."""
    return right in NEEDS_SECOND_FACTOR


def opened_copy(file: File) -> bytes:
    """The cleaned copy's plain bytes, for somebody whose right to the thing it proves was checked before."""
    path = Path(settings.CONFIG.home) / "files" / file.cleaned[:2] / file.cleaned
    return unseal(path.read_bytes(), settings.CONFIG.key_folder)
