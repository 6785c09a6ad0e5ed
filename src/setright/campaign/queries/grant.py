"""Who holds what where in a campaign, and whom and where one could give a role."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from setright.campaign.enums import Role
from setright.campaign.models import Campaign, Grant, Person, TeamMember, Unit
from setright.campaign.queries.person import found_by

MOST_FOUND = 20


def grants_of(campaign: Campaign) -> QuerySet[Grant]:
    """Every role ever held in the campaign, the office's own among them."""
    rows = Grant.objects.filter(campaign=campaign).select_related("person", "unit", "group", "campaign")
    return rows.order_by("unit__path", "role", "person__name", "pk")


def that_last(rows: QuerySet[Grant], *, ended: bool = False) -> QuerySet[Grant]:
    """Roles that give something today or will; with `ended`, the others."""
    today = timezone.localdate()
    lasting = Q(until=None) | Q(until__gte=today)
    return rows.exclude(lasting) if ended else rows.filter(lasting)


def matching(rows: QuerySet[Grant], words: str) -> QuerySet[Grant]:
    """Roles whose person or unit has each of the words in its name, user name or code."""
    for word in words.split()[:5]:
        rows = rows.filter(
            Q(person__username__icontains=word)
            | Q(person__name__icontains=word)
            | Q(person__name_en__icontains=word)
            | Q(unit__name__icontains=word)
            | Q(unit__name_en__icontains=word)
            | Q(unit__code__iexact=word)
        )
    return rows


def counts_by_role(rows: QuerySet[Grant]) -> dict[str, int]:
    """How many of the rows are of each role, in the order of `Role`."""
    found = dict(rows.order_by().values_list("role").annotate(n=Count("pk")))
    return {role.value: found[role.value] for role in Role if found.get(role.value)}


def people_to_choose(words: str) -> list[Person]:
    """At most 20 people with living accounts whose name or user name has each of the words; none without words."""
    if not words.strip():
        return []
    rows = found_by(Person.objects.filter(is_active=True), words).order_by("name", "username")
    return list(rows[:MOST_FOUND])


def units_to_choose(words: str) -> list[Unit]:
    """At most 20 present units whose name or code has each of the words; none without words."""
    if not words.strip():
        return []
    today = timezone.localdate()
    rows = Unit.objects.filter(Q(valid_to=None) | Q(valid_to__gte=today))
    for word in words.split()[:5]:
        rows = rows.filter(Q(name__icontains=word) | Q(name_en__icontains=word) | Q(code__istartswith=word))
    return list(rows.order_by("depth", "path")[:MOST_FOUND])


def posts_of(people: list[Person]) -> dict[int, list[TeamMember]]:
    """Each person's present posts, to tell people of one name apart; in one question."""
    found: dict[int, list[TeamMember]] = {}
    for post in TeamMember.objects.filter(person__in=people, until=None).select_related("unit"):
        found.setdefault(post.person_id or 0, []).append(post)
    return found
