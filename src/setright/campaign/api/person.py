"""People, for administrators: who has an account, where it stands, ending it, handing it over."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Router, Schema

from setright.campaign import access
from setright.campaign.actions.grant import RoleOver, end_role, give_role, restore_role
from setright.campaign.actions.handover import Handover, hand_over
from setright.campaign.actions.invitation import Link, NewPerson, invite_person, renew_invitation
from setright.campaign.actions.mail import send_link
from setright.campaign.actions.person import Details, deactivate_person, edit_person, reactivate_person
from setright.campaign.api.guard import Call, reads, writes
from setright.campaign.api.me import RoleOut
from setright.campaign.api.paging import Page, page
from setright.campaign.api.refs import UnitRef, one
from setright.campaign.api.refs import person as person_of
from setright.campaign.api.typed import Day, Id, In, MaybeShort, Ref, Short, Username, Words
from setright.campaign.enums import Language, Role
from setright.campaign.errors import Invalid
from setright.campaign.models import Campaign, Grant
from setright.campaign.queries.person import STATES, found_by, in_state, people, standing, with_posts_and_roles

router = Router()
_AT: Final = "/people/{pk}"
AccountState = Enum("AccountState", {name.upper(): name for name in STATES})  # type: ignore[misc]
OfficeRole = Enum("OfficeRole", {r.name: r.value for r in (Role.OFFICE, Role.ADMINISTRATOR)})  # type: ignore[misc]


class PostOut(Schema):
    unit: UnitRef
    post: str
    post_en: str
    is_head: bool
    since: date


class HeldRole(RoleOut):
    id: int
    since: date
    until: date | None


class AccountOut(Schema):
    """An account, where it stands, its present posts and roles."""

    id: int
    username: str
    name: str
    name_en: str
    email: str
    state: AccountState
    joined_on: date
    left_on: date | None
    posts: list[PostOut]
    roles: list[HeldRole]


class InvitedOut(Schema):
    """A one-time link, shown this once; `is_sent`: it was mailed too."""

    person: int
    link: str
    is_sent: bool


class NewPersonIn(In):
    username: Username
    name: Short
    name_en: MaybeShort = ""
    email: MaybeShort = ""
    language: Language = Language.ZH


class DetailsIn(In):
    name: Short
    name_en: MaybeShort = ""
    email: MaybeShort = ""


class HandoverIn(In):
    """To whom, and the first day that is theirs: today or earlier."""

    to: Ref
    on: Day


class HandedOver(Schema):
    """How many of each were handed over."""

    posts: int
    roles: int
    led: int
    groups: int
    instructions: int


class OfficeIn(In):
    """The two roles that an administrator gives; without a campaign, over the whole site."""

    role: OfficeRole
    campaign: Ref | None = None


def _person(request: Call, pk: int) -> Any:
    access.require(request.user, "person.manage")
    found = with_posts_and_roles(people().filter(pk=pk)).first()
    if found is None:
        raise access.Unknown
    return found


def _out(row: Any) -> AccountOut:
    return AccountOut(
        id=row.pk,
        username=row.username,
        name=row.name,
        name_en=row.name_en,
        email=row.email,
        state=AccountState(standing(row).state),
        joined_on=row.joined_on,
        left_on=row.left_on,
        posts=[PostOut.model_validate(each) for each in row.shown_posts],
        roles=[_role(each) for each in row.shown_grants],
    )


def _role(row: Grant) -> HeldRole:
    return HeldRole(
        id=row.pk, role=Role(row.role), campaign=row.campaign_id, unit=row.unit_id, since=row.since, until=row.until
    )


def _mail(typed: str) -> str:
    """An e-mail address, or none.

    Raises
    ------
    Invalid
        When it is no address.
    """
    try:
        if typed:
            validate_email(typed)
    except ValidationError as error:
        raise Invalid("email", _("This is no e-mail address.")) from error
    return typed


@reads(router, "/people", "person.manage", Page[AccountOut])
def list_people(request: Call, q: Words = "", state: AccountState | None = None) -> Any:
    """Everyone with an account, by user name."""
    access.require(request.user, "person.manage")
    rows = in_state(found_by(people(), q), state.value if state else "")
    return page(request, with_posts_and_roles(rows), ("username",), _out)


@writes(router, "/people", "person.manage", InvitedOut, status=201, is_secret=True)
def invite(request: Call, body: NewPersonIn) -> InvitedOut:
    """Make an account and its one-time link."""
    access.require(request.user, "person.manage")
    new = NewPerson(body.username, body.name, body.name_en, _mail(body.email), body.language)
    return _invited(request, invite_person(new=new, by=request.user))


@writes(router, f"{_AT}/link", "person.manage", InvitedOut, status=201, is_secret=True)
def renew_link(request: Call, pk: Id) -> InvitedOut:
    """Make a new one-time link; the earlier one stops working."""
    return _invited(request, renew_invitation(person=_person(request, pk), by=request.user))


def _invited(request: Call, link: Link) -> InvitedOut:
    url = request.build_absolute_uri(reverse("invitation_page", args=(link.token,)))
    return InvitedOut(person=link.person.pk, link=url, is_sent=send_link(person=link.person, url=url))


@reads(router, _AT, "person.manage", AccountOut)
def read_person(request: Call, pk: Id) -> AccountOut:
    """One account."""
    return _out(_person(request, pk))


@writes(router, _AT, "person.manage", AccountOut, method="PATCH")
def correct_person(request: Call, pk: Id, body: DetailsIn) -> AccountOut:
    """Correct a name or an e-mail address."""
    details = Details(body.name, body.name_en, _mail(body.email))
    edit_person(person=_person(request, pk), details=details, by=request.user)
    return _out(_person(request, pk))


@writes(router, f"{_AT}/end", "person.manage", AccountOut)
def end_account(request: Call, pk: Id) -> AccountOut:
    """End an account at once: sessions, roles, tokens, invitations and posts."""
    deactivate_person(person=_person(request, pk), by=request.user)
    return _out(_person(request, pk))


@writes(router, f"{_AT}/return", "person.manage", AccountOut)
def take_back(request: Call, pk: Id) -> AccountOut:
    """Take somebody back, without password, roles or posts."""
    reactivate_person(person=_person(request, pk), by=request.user)
    return _out(_person(request, pk))


@writes(router, f"{_AT}/handover", "person.manage", HandedOver)
def hand_everything_over(request: Call, pk: Id, body: HandoverIn) -> HandedOver:
    """Give every present post, role, led unit, group and unanswered instruction to a successor."""
    handover = Handover(person_of("to", body.to), body.on)
    return HandedOver(**hand_over(person=_person(request, pk), handover=handover, by=request.user))


@writes(router, f"{_AT}/grants", "grant.office", AccountOut, status=201)
def give_office(request: Call, pk: Id, body: OfficeIn) -> AccountOut:
    """Name somebody to a campaign's office, or as an administrator of the whole site."""
    role = Role(body.role.value)
    if role == Role.ADMINISTRATOR and body.campaign:
        raise Invalid("campaign", _("An administrator’s role is over the whole site."))
    campaign = one(Campaign.objects.all(), "campaign", body.campaign) if body.campaign else None
    give_role(person=_person(request, pk), over=RoleOver(role, campaign, None), by=request.user)
    return _out(_person(request, pk))


def _grant(request: Call, pk: int, grant: int) -> Grant:
    rows = Grant.objects.filter(role__in=(Role.OFFICE, Role.ADMINISTRATOR)).select_related("person", "campaign")
    return access.get(rows, request.user, "grant.office", pk=grant, person_id=pk)


@writes(router, f"{_AT}/grants/{{grant}}/end", "grant.office", AccountOut)
def end_office(request: Call, pk: Id, grant: Id) -> AccountOut:
    """End an office's or an administrator's role."""
    end_role(grant=_grant(request, pk, grant), by=request.user)
    return _out(_person(request, pk))


@writes(router, f"{_AT}/grants/{{grant}}/restore", "grant.office", AccountOut)
def restore_office(request: Call, pk: Id, grant: Id) -> AccountOut:
    """Take that end back, the same day."""
    restore_role(grant=_grant(request, pk, grant), by=request.user)
    return _out(_person(request, pk))
