"""What waits for the caller, oldest first."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Any

from ninja import Router, Schema

from setright.campaign.api.guard import Call, reads
from setright.campaign.api.paging import Page, listed
from setright.campaign.queries.work import KINDS, Waiting, waiting_for

router = Router()
WaitKind = Enum("WaitKind", {name.upper(): name for name in KINDS})  # type: ignore[misc]


class WaitingOut(Schema):
    """One thing that waits: what, of which unit, since when or until when, and the page where it is done."""

    kind: WaitKind
    label: str
    unit: str
    since: date | None
    due_on: date | None
    state: str
    url: str


@reads(router, "/campaigns/{campaign}/work", "campaign.view", Page[WaitingOut])
def list_work(request: Call, kind: WaitKind | None = None) -> Any:
    """Everything that waits for the caller across nouns, longest waiting (or soonest due) first."""
    found = waiting_for(request.user, request.campaign)
    return listed(request, sorted((w for w in found if not kind or w.kind == kind.value), key=_place), _place, _out)


def _place(each: Waiting) -> list[str]:
    return [(each.since or each.due_on or date.max).isoformat(), each.unit, each.label, each.url]


def _out(each: Waiting) -> WaitingOut:
    return WaitingOut(
        kind=WaitKind(each.kind),
        label=each.label,
        unit=each.unit,
        since=each.since,
        due_on=each.due_on,
        state=each.state,
        url=each.url,
    )
