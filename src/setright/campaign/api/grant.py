"""Roles in a campaign: who holds what where; give and end them."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Any, Final

from ninja import Router, Schema

from setright.campaign import access
from setright.campaign.actions.grant import RoleOver, end_role, give_role, restore_role
from setright.campaign.api.guard import Call, reads, writes
from setright.campaign.api.paging import Page, page
from setright.campaign.api.refs import PersonRef, UnitRef, one, person
from setright.campaign.api.typed import Id, In, Ref, Words
from setright.campaign.enums import Role
from setright.campaign.forms.grant import GIVEN_HERE
from setright.campaign.models import Grant, Unit
from setright.campaign.queries.grant import grants_of, matching, people_to_choose, posts_of, that_last

router = Router()
_PATH: Final = "/campaigns/{campaign}/grants"
GivenRole = Enum("GivenRole", {role.name: role.value for role in GIVEN_HERE})  # type: ignore[misc]


class GrantOut(Schema):
    """A role somebody holds over a unit's subtree (over the whole campaign where `unit` is null)."""

    id: int
    person: PersonRef
    role: Role
    unit: UnitRef | None
    group: int | None
    since: date
    until: date | None


class GrantIn(In):
    person: Ref
    role: GivenRole
    unit: Ref


class FoundPerson(Schema):
    """A person with the units of their posts, to tell people of one name apart."""

    id: int
    username: str
    name: str
    name_en: str
    units: list[UnitRef]


class FoundPeople(Schema):
    items: list[FoundPerson]


def _out(row: Grant) -> GrantOut:
    return GrantOut(
        id=row.pk,
        person=PersonRef.model_validate(row.person),
        role=Role(row.role),
        unit=UnitRef.model_validate(row.unit) if row.unit else None,
        group=row.group_id,
        since=row.since,
        until=row.until,
    )


@reads(router, _PATH, "grant.manage", Page[GrantOut])
def list_grants(
    request: Call,
    role: Role | None = None,
    q: Words = "",
    ended: bool = False,
) -> Any:
    """Roles that last (or, with `ended`, those that ended), by number."""
    mine = access.scope(grants_of(request.campaign), request.user, "grant.manage")
    rows = that_last(matching(mine, q), ended=ended)
    return page(request, rows.filter(role=role) if role else rows, ("pk",), _out)


@reads(router, "/campaigns/{campaign}/people", "grant.manage", FoundPeople)
def find_people(request: Call, q: Words) -> FoundPeople:
    """At most 20 people whose name or user name has each of the words."""
    people = people_to_choose(q)
    posts = posts_of(people)
    return FoundPeople(
        items=[
            FoundPerson(
                id=each.pk,
                username=each.username,
                name=each.name,
                name_en=each.name_en,
                units=[UnitRef.model_validate(post.unit) for post in posts.get(each.pk, [])],
            )
            for each in people
        ]
    )


@writes(router, _PATH, "grant.manage", GrantOut, status=201)
def add_grant(request: Call, body: GrantIn) -> GrantOut:
    """Give a role from today, over a unit and everything below it."""
    over = RoleOver(Role(body.role.value), request.campaign, one(Unit.objects.all(), "unit", body.unit))
    return _out(give_role(person=person("person", body.person), over=over, by=request.user))


def _grant(request: Call, pk: int) -> Grant:
    rows = Grant.objects.filter(role__in=GIVEN_HERE).select_related("person", "campaign", "unit")
    return access.get(rows, request.user, "grant.manage", pk=pk, campaign_id=request.campaign.pk)


@writes(router, f"{_PATH}/{{pk}}/end", "grant.manage", GrantOut)
def end_grant(request: Call, pk: Id) -> GrantOut:
    """End a role: from now on it gives nothing. It can be taken back the same day."""
    end_role(grant=_grant(request, pk), by=request.user)
    return _out(_grant(request, pk))


@writes(router, f"{_PATH}/{{pk}}/restore", "grant.manage", GrantOut)
def restore_grant(request: Call, pk: Id) -> GrantOut:
    """Take the end of a role back."""
    restore_role(grant=_grant(request, pk), by=request.user)
    return _out(_grant(request, pk))
