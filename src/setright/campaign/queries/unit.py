"""Units as somebody may see them: level by level, searched, with what lies below; and what an act on one touches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat

from setright.campaign import access
from setright.campaign.enums import CampaignState, EnrolmentState
from setright.campaign.models import Campaign, Enrolment, Grant, Person, TeamMember, Unit
from setright.campaign.models.unit import below
from setright.campaign.rights import RIGHTS

_LONGEST = "Z" * 60


def visible_units(person: Person, campaign: Campaign) -> QuerySet[Unit]:
    """Every unit the person may see by a role in this campaign."""
    rows = access.scope(Unit.objects.all(), person, "unit.view", unit="self", campaign="")
    paths = _seen_from(person, campaign)
    if paths is None:
        return rows
    return rows.filter(reduce(or_, (Q(path=path) | Q(path__range=below(path)) for path in paths), Q(pk=None)))


def tops(person: Person, campaign: Campaign) -> QuerySet[Unit]:
    """Where the person's view of the tree begins: its roots, or the tops of the subtrees they hold a role over."""
    paths = _seen_from(person, campaign)
    return Unit.objects.filter(depth=1) if paths is None else Unit.objects.filter(path__in=paths)


def _seen_from(person: Person, campaign: Campaign) -> list[str] | None:
    """Tops of the subtrees the person sees, none of them below another; None where they see everything."""
    roles = [
        each
        for each in access.held(person)
        if each.role in RIGHTS["unit.view"] and each.campaign_id in (None, campaign.pk)
    ]
    if any(each.path is None for each in roles):
        return None
    paths = sorted({each.path for each in roles if each.path})
    return [path for path in paths if not any(path != other and path.startswith(other) for other in paths)]


def children_of(unit: Unit) -> QuerySet[Unit]:
    """Units right below this one."""
    return Unit.objects.filter(depth=unit.depth + 1, path__range=unit.below)


def subtree_of(unit: Unit) -> QuerySet[Unit]:
    """A unit and everything below it."""
    return Unit.objects.filter(Q(pk=unit.pk) | Q(path__range=unit.below))


def level_below(unit: Unit, levels: int) -> QuerySet[Unit]:
    """Units exactly so many levels below this one."""
    return Unit.objects.filter(depth=unit.depth + levels, path__range=unit.below)


def valid_on(rows: QuerySet[Unit], day: date) -> QuerySet[Unit]:
    """Only the units that exist on this day."""
    return rows.filter(valid_from__lte=day).filter(Q(valid_to=None) | Q(valid_to__gte=day))


def found_by(rows: QuerySet[Unit], words: str) -> QuerySet[Unit]:
    """Units whose code begins with the words, or whose name holds them, in either language."""
    return rows.filter(Q(code__istartswith=words) | Q(name__icontains=words) | Q(name_en__icontains=words))


def n_on(rows: QuerySet[Unit], day: date) -> tuple[int, int]:
    """How many of the units there are, and how many of them exist on this day; the rows are read once."""
    exists = Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gte=day))
    found = rows.order_by().aggregate(n=Count("pk"), there=Count("pk", filter=exists))
    return found["n"], found["there"]


def counted_on(rows: QuerySet[Unit], day: date) -> QuerySet[Unit]:
    """Each unit with `n_below` (units below it on this day) and `n_team` (members of its team on this day)."""
    lower = valid_on(
        Unit.objects.filter(path__gt=OuterRef("path"), path__lte=Concat(OuterRef("path"), Value(_LONGEST))).order_by(),
        day,
    )
    team = on_day(TeamMember.objects.filter(unit=OuterRef("pk")), day).order_by()
    return rows.select_related("merged_into").annotate(n_below=_counted(lower), n_team=_counted(team))


def _counted(rows: QuerySet[Any]) -> Coalesce:
    one = rows.annotate(one=Value(1)).values("one").annotate(n=Count("*")).values("n")
    return Coalesce(Subquery(one, output_field=IntegerField()), 0)


def ancestors_of(unit: Unit, person: Person, campaign: Campaign) -> list[Unit]:
    """The units above this one that the person may see, from the top."""
    paths = [unit.path[:end] for end in range(unit.steplen, len(unit.path), unit.steplen)]
    return list(visible_units(person, campaign).filter(path__in=paths).order_by("path"))


def on_day(rows: QuerySet[TeamMember], day: date) -> QuerySet[TeamMember]:
    """Members who hold their post on this day."""
    return rows.filter(since__lte=day).filter(Q(until=None) | Q(until__gte=day))


def team_of(unit: Unit) -> list[TeamMember]:
    """Everyone who holds or held a post in the team: present ones first, the head on top."""
    rows = unit.team.select_related("person")
    return list(rows.order_by(F("until").desc(nulls_first=True), "-is_head", "since", "pk"))


def by_codes(codes: list[str]) -> dict[str, Unit]:
    """Units by their codes; those that are unknown are left out. Asks in chunks, whatever the number."""
    found: dict[str, Unit] = {}
    for start in range(0, len(codes), 500):
        found.update({u.code: u for u in Unit.objects.filter(code__in=codes[start : start + 500])})
    return found


@dataclass(frozen=True, slots=True)
class Touched:
    """What lies below a unit and hangs on it: said before anybody moves, ends or merges it."""

    n_units: int
    n_below: int
    n_team: int
    n_grants: int
    enrolled: tuple[Enrolment, ...]


def touched_by(unit: Unit, day: date) -> Touched:
    """What an act on this unit would touch."""
    n_below = Unit.objects.filter(path__range=unit.below).count()
    return Touched(
        n_units=n_below + 1,
        n_below=n_below,
        n_team=on_day(unit.team.all(), day).count(),
        n_grants=Grant.objects.filter(unit=unit, until=None).count(),
        enrolled=tuple(running_enrolments(unit)),
    )


def running_enrolments(unit: Unit) -> QuerySet[Enrolment]:
    """Where this unit takes part in a campaign that is being prepared or runs, and is not sealed."""
    rows = unit.enrolments.filter(campaign__state__in=(CampaignState.DRAFT, CampaignState.RUNNING))
    return rows.exclude(state=EnrolmentState.SEALED).select_related("campaign")


def still_valid_below(unit: Unit, day: date) -> QuerySet[Unit]:
    """Units below this one that would outlive it."""
    return Unit.objects.filter(path__range=unit.below).filter(Q(valid_to=None) | Q(valid_to__gt=day))


def enrolled_in(campaign: Campaign, units: list[Unit]) -> dict[int, Enrolment]:
    """The enrolment of each of these units in the campaign, by unit."""
    return {e.unit_id: e for e in Enrolment.objects.filter(campaign=campaign, unit__in=units)}
