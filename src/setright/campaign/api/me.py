"""Who I am to the API, and what I was told."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from ninja import Router, Schema

from setright.campaign.access import held
from setright.campaign.actions.reminder import Matter, see_reminders
from setright.campaign.api.guard import Call, reads, writes
from setright.campaign.api.paging import Page, page
from setright.campaign.enums import Role, Scope
from setright.campaign.models import Reminder
from setright.campaign.queries.due import Due, due_for
from setright.campaign.queries.person import present_grants
from setright.campaign.queries.reminder import reminders_of, sentence

router = Router()


class RoleOut(Schema):
    """A role held: in which campaign (none: in every one), over which unit's subtree (none: all of it)."""

    role: Role
    campaign: int | None
    unit: int | None


class MeOut(Schema):
    id: int
    username: str
    name: str
    name_en: str
    language: str
    scopes: list[Scope]
    expires_on: date
    roles: list[RoleOut]


class ReminderOut(Schema):
    """A sentence in the caller's language, and the page where the matter stands."""

    id: int
    text: str
    on: date
    url: str
    is_seen: bool


class DueOut(Schema):
    """Something that is due within three days, late or returned."""

    code: str
    text: str
    due_on: date | None
    url: str


class DueList(Schema):
    items: list[DueOut]


class SeenOut(Schema):
    n: int


@reads(router, "/me", "", MeOut)
def read_me(request: Call) -> MeOut:
    """Who the token belongs to, what it may do, and its owner's roles."""
    me, token = request.user, request.token
    known = {each.role for each in held(me)}
    roles = present_grants().filter(person=me, role__in=known, since__lte=timezone.localdate())
    return MeOut(
        id=me.pk,
        username=me.username,
        name=me.name,
        name_en=me.name_en,
        language=me.language,
        scopes=token.scopes,
        expires_on=token.expires_on,
        roles=[RoleOut(role=Role(r.role), campaign=r.campaign_id, unit=r.unit_id) for r in roles],
    )


def _reminder(row: Reminder) -> ReminderOut:
    return ReminderOut(id=row.pk, text=sentence(row), on=row.on, url=row.url, is_seen=row.seen_at is not None)


@reads(router, "/campaigns/{campaign}/reminders", "campaign.view", Page[ReminderOut])
def list_reminders(request: Call) -> Any:
    """What the caller was told, newest first."""
    return page(request, reminders_of(request.user, request.campaign), ("-on", "-pk"), _reminder)


@writes(router, "/campaigns/{campaign}/reminders/see", "campaign.view", SeenOut, scope=Scope.ENTER)
def see_all_reminders(request: Call) -> SeenOut:
    """Mark everything as seen."""
    return SeenOut(n=see_reminders(person=request.user, campaign=request.campaign))


@reads(router, "/campaigns/{campaign}/due", "campaign.view", DueList)
def list_due(request: Call) -> DueList:
    """What is due within three days, late or returned, soonest first."""
    return DueList(items=[_due(request, each) for each in due_for(request.user, request.campaign)])


def _due(request: Call, due: Due) -> DueOut:
    row = Matter(due.code, due.thing, request.campaign.pk, due.url, due.values, due.on).reminder(request.user.pk)
    return DueOut(code=due.code, text=sentence(row), due_on=due.due_on, url=due.url)
