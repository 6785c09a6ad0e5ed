"""The event log: what was done, by whom, about what; and whether each entry still is what was written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema

from setright.campaign import access
from setright.campaign.api.guard import Call, reads
from setright.campaign.api.paging import Page, prepared
from setright.campaign.api.refs import PersonRef
from setright.campaign.api.typed import Day, Id, Words
from setright.campaign.models import Event
from setright.campaign.queries.event import Shown, Wanted, entries, head, of_campaign, of_kind, shown

router = Router()


class EntryOut(Schema):
    """One entry: states, field names and hashes, never free text. `is_sound`: it is what was written."""

    seq: int
    at: datetime
    actor: PersonRef | None
    action: str
    object_type: str
    object_id: int
    campaign: int | None
    unit: int | None
    before: dict[str, Any]
    after: dict[str, Any]
    n: int | None
    previous: str
    hash: str
    is_sound: bool


class LogWish(Schema):
    """What is looked for; empty fields ask for everything. `until` is the last day."""

    act: Words = ""
    who: Words = ""
    unit: Words = ""
    kind: Words = ""
    number: Id | None = None
    since: Day | None = None
    until: Day | None = None


class HeadOut(Schema):
    """The end of the chain; keep it elsewhere to notice that the log was cut."""

    n: int
    hash: str
    is_sound: bool


def _out(each: Shown) -> EntryOut:
    event = each.event
    return EntryOut(
        seq=event.seq,
        at=event.at,
        actor=PersonRef.model_validate(event.actor) if event.actor else None,
        action=event.action,
        object_type=event.object_type,
        object_id=event.object_id,
        campaign=event.campaign_id,
        unit=event.unit_id,
        before=event.before,
        after=event.after,
        n=event.n,
        previous=event.previous,
        hash=event.hash,
        is_sound=each.is_sound,
    )


def _entries(request: Call, wanted: Wanted, campaign: Any) -> Page[EntryOut]:
    mine = access.scope(Event.objects.select_related("actor"), request.user, "log.view", unit="")
    found = of_kind(entries(of_campaign(mine, campaign), wanted), wanted.kind)
    return prepared(request, found, ("-seq",), shown, _out)


@reads(router, "/campaigns/{campaign}/log", "log.view", Page[EntryOut])
def list_log(request: Call, wish: Query[LogWish]) -> Any:
    """The entries of one campaign, newest first."""
    return _entries(request, Wanted(**wish.model_dump()), request.campaign)


@reads(router, "/log", "log.view", Page[EntryOut])
def list_site_log(request: Call, wish: Query[LogWish]) -> Any:
    """The entries of every campaign in sight, for administrators those about accounts too; newest first."""
    return _entries(request, Wanted(**wish.model_dump()), None)


@reads(router, "/log/head", "log.view", HeadOut)
def read_log_head(request: Call) -> HeadOut:
    """How many entries there are, and the last hash."""
    return HeadOut.model_validate(head())
