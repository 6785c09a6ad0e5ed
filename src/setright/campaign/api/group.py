"""Supervision groups."""

from __future__ import annotations

from typing import Annotated, Any, Final

from annotated_types import Len
from ninja import Router, Schema

from setright.campaign import access
from setright.campaign.actions.group import change_members, create_group
from setright.campaign.api.enrolment import EnrolmentOut, enrolment_out
from setright.campaign.api.guard import Call, reads, writes
from setright.campaign.api.paging import Page, page
from setright.campaign.api.refs import PersonRef, some
from setright.campaign.api.typed import Id, In, Maybe, Name, Ref
from setright.campaign.models import Person, SupervisionGroup
from setright.campaign.queries.campaign import groups_of, units_of_group

router = Router()
_PATH: Final = "/campaigns/{campaign}/groups"
Members = Annotated[list[Ref], Len(0, 200)]


class GroupOut(Schema):
    id: int
    name: str
    name_en: str
    members: list[PersonRef]
    n_units: int


class GroupIn(In):
    name: Name
    name_en: Maybe = ""
    members: Members


class MembersIn(In):
    members: Members


def _people(keys: list[int]) -> list[Person]:
    return some(Person.objects.filter(is_active=True), "members", keys)


def _groups(request: Call) -> Any:
    access.require(request.user, "enrolment.manage", campaign=request.campaign)
    return groups_of(request.campaign)


def _group(request: Call, pk: int) -> SupervisionGroup:
    found: SupervisionGroup | None = _groups(request).filter(pk=pk).first()
    if found is None:
        raise access.Unknown
    return found


def _out(row: Any) -> GroupOut:
    members = sorted(row.members.all(), key=lambda each: each.pk)
    return GroupOut(
        id=row.pk,
        name=row.name,
        name_en=row.name_en,
        members=[PersonRef.model_validate(each) for each in members],
        n_units=row.n_units,
    )


@reads(router, _PATH, "enrolment.manage", Page[GroupOut])
def list_groups(request: Call) -> Any:
    """Every group with its members and how many units it watches."""
    return page(request, _groups(request), ("pk",), _out)


@writes(router, _PATH, "enrolment.manage", GroupOut, status=201)
def add_group(request: Call, body: GroupIn) -> GroupOut:
    """Make a group; what it may review follows from the units it is given."""
    people = _people(body.members)
    made = create_group(
        campaign=request.campaign, name=body.name, name_en=body.name_en, members=people, by=request.user
    )
    return _out(_group(request, made.pk))


@reads(router, f"{_PATH}/{{pk}}", "enrolment.manage", GroupOut)
def read_group(request: Call, pk: Id) -> GroupOut:
    """One group."""
    return _out(_group(request, pk))


@writes(router, f"{_PATH}/{{pk}}/members", "enrolment.manage", GroupOut, method="PUT")
def set_members(request: Call, pk: Id, body: MembersIn) -> GroupOut:
    """Make these people the group: who joins may review its units from today, who leaves no longer may."""
    change_members(group=_group(request, pk), members=_people(body.members), by=request.user)
    return _out(_group(request, pk))


@reads(router, f"{_PATH}/{{pk}}/enrolments", "enrolment.manage", Page[EnrolmentOut])
def list_group_enrolments(request: Call, pk: Id) -> Any:
    """The units a group watches."""
    rows = units_of_group(_group(request, pk)).prefetch_related("phases")
    return page(request, rows, ("unit__path", "pk"), enrolment_out)
