"""A unit's leading team: who is in it, who heads it, who was."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from ninja import Router, Schema

from setright.campaign import access
from setright.campaign.actions.team import (
    MemberDraft,
    add_member,
    change_head,
    end_member,
    link_person,
    reopen_member,
)
from setright.campaign.api.guard import Call, reads, writes
from setright.campaign.api.paging import Page, page
from setright.campaign.api.refs import PersonRef
from setright.campaign.api.refs import person as person_of
from setright.campaign.api.typed import Day, Flag, Id, In, MaybeShort, Ref, Short
from setright.campaign.api.unit import LastDayIn, unit_for
from setright.campaign.models import TeamMember

router = Router()
_OF: Final = "/campaigns/{campaign}/units/{pk}/team"
_AT: Final = "/campaigns/{campaign}/team/{pk}"


class MemberOut(Schema):
    """A post and who holds it; `person` is null until they can sign in."""

    id: int
    unit: int
    person: PersonRef | None
    name: str
    name_en: str
    post: str
    post_en: str
    is_head: bool
    since: date
    until: date | None


class MemberIn(In):
    name: Short
    name_en: MaybeShort = ""
    post: Short
    post_en: MaybeShort = ""
    since: Day
    is_head: Flag = False
    person: Ref | None = None


class HeadIn(In):
    """The post as head."""

    post: Short
    post_en: MaybeShort = ""


class LinkIn(In):
    person: Ref


def member_out(row: TeamMember) -> MemberOut:
    return MemberOut(
        id=row.pk,
        unit=row.unit_id,
        person=PersonRef.model_validate(row.person) if row.person else None,
        name=row.name,
        name_en=row.name_en,
        post=row.post,
        post_en=row.post_en,
        is_head=row.is_head,
        since=row.since,
        until=row.until,
    )


def _member(request: Call, pk: int) -> TeamMember:
    found = TeamMember.objects.select_related("unit", "person").filter(pk=pk).first()
    if found is None:
        raise access.Unknown
    access.require(request.user, "team.manage", campaign=request.campaign, unit=found.unit)
    return found


@reads(router, _OF, "unit.view", Page[MemberOut])
def list_team(request: Call, pk: Id) -> Any:
    """Everyone who holds or held a post in the team."""
    rows = unit_for(request, pk, "unit.view").team.select_related("person")
    return page(request, rows, ("pk",), member_out)


@writes(router, _OF, "team.manage", MemberOut, status=201)
def make_member(request: Call, pk: Id, body: MemberIn) -> MemberOut:
    """Add a member; as its head only where there is none now."""
    unit = unit_for(request, pk, "team.manage")
    person = person_of("person", body.person) if body.person else None
    draft = MemberDraft(**body.model_dump(exclude={"person"}), person=person)
    return member_out(add_member(unit=unit, draft=draft, campaign=request.campaign, by=request.user))


@writes(router, f"{_AT}/end", "team.manage", MemberOut)
def end_post(request: Call, pk: Id, body: LastDayIn) -> MemberOut:
    """Give a post its last day; can be taken back."""
    end_member(member=_member(request, pk), on=body.on, campaign=request.campaign, by=request.user)
    return member_out(_member(request, pk))


@writes(router, f"{_AT}/reopen", "team.manage", MemberOut)
def reopen_post(request: Call, pk: Id) -> MemberOut:
    """Take the end of a post back."""
    reopen_member(member=_member(request, pk), campaign=request.campaign, by=request.user)
    return member_out(_member(request, pk))


@writes(router, f"{_AT}/head", "team.manage", MemberOut)
def make_head(request: Call, pk: Id, body: HeadIn) -> MemberOut:
    """Make a member the head: both posts end, and theirs as head begins; the answer is the new post."""
    member = _member(request, pk)
    head = change_head(member=member, post=body.post, post_en=body.post_en, campaign=request.campaign, by=request.user)
    return member_out(head)


@writes(router, f"{_AT}/link", "team.manage", MemberOut)
def link_member(request: Call, pk: Id, body: LinkIn) -> MemberOut:
    """Say which user a member is."""
    member, person = _member(request, pk), person_of("person", body.person)
    link_person(member=member, person=person, campaign=request.campaign, by=request.user)
    return member_out(_member(request, pk))
