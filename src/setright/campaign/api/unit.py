"""The tree of units, level by level, and the acts on one unit."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema

from setright.campaign import access
from setright.campaign.actions.unit import (
    UnitDraft,
    UnitWords,
    add_unit,
    edit_unit,
    end_unit,
    merge_unit,
    move_unit,
    reopen_unit,
)
from setright.campaign.api.guard import Call, etag_of, reads, seen, writes
from setright.campaign.api.paging import Page, page
from setright.campaign.api.refs import unit as unit_of
from setright.campaign.api.typed import Code, Day, Id, In, Kind, Maybe, Name, Ref, Seen, Words
from setright.campaign.errors import Conflict
from setright.campaign.models import Unit
from setright.campaign.queries.unit import children_of, counted_on, found_by, tops, valid_on, visible_units

router = Router()
_ALL: Final = "/campaigns/{campaign}/units"
_AT: Final = "/campaigns/{campaign}/units/{pk}"


class UnitOut(Schema):
    """A unit on a day: `n_below` units below it, `n_team` members of its team."""

    id: int
    code: str
    name: str
    name_en: str
    kind: str
    depth: int
    valid_from: date
    valid_to: date | None
    merged_into: int | None
    n_below: int
    n_team: int


class UnitWish(Schema):
    """Units right below `under` (the tops of what the caller sees without it), or anywhere with the words `q`.

    Only those that exist on the day `on` (today), unless `all`.
    """

    under: Id | None = None
    q: Words = ""
    on: Day | None = None
    all: bool = False


class UnitIn(In):
    """A unit below `parent`; at the top without one."""

    parent: Ref | None = None
    code: Code
    name: Name
    name_en: Maybe = ""
    kind: Kind = ""
    valid_from: Day
    valid_to: Day | None = None


class NamesIn(In):
    """Other names and, where they are given, another code or kind.

    `seen` is the ETag of the unit as it was read, or send it as If-Match.
    """

    name: Name
    name_en: Maybe = ""
    code: Code | None = None
    kind: Kind | None = None
    seen: Seen = ""


class MoveIn(In):
    """Under which unit; to the top without one."""

    to: Ref | None


class MergeIn(In):
    into: Ref


class LastDayIn(In):
    """`on` is the last day."""

    on: Day


class MovedOut(Schema):
    """How many units moved."""

    n: int


def unit_for(request: Call, pk: int, right: str) -> Unit:
    """The unit of this number, where the caller has the right over it."""
    found = Unit.objects.filter(pk=pk).first()
    if found is None:
        raise access.Unknown
    access.require(request.user, right, campaign=request.campaign, unit=found)
    return found


def _out(row: Any) -> UnitOut:
    return UnitOut(
        id=row.pk,
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        kind=row.kind,
        depth=row.depth,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        merged_into=row.merged_into_id,
        n_below=row.n_below,
        n_team=row.n_team,
    )


def _now(pk: int) -> UnitOut:
    return _out(counted_on(Unit.objects.filter(pk=pk), timezone.localdate()).get())


def _rows(request: Call, wish: UnitWish) -> Any:
    under = unit_for(request, wish.under, "unit.view") if wish.under else None
    if wish.q:
        seen_units = visible_units(request.user, request.campaign)
        return found_by(seen_units.filter(path__range=under.below) if under else seen_units, wish.q)
    return children_of(under) if under else tops(request.user, request.campaign)


@reads(router, _ALL, "unit.view", Page[UnitOut])
def list_units(request: Call, wish: Query[UnitWish]) -> Any:
    """One level of the tree, or what was looked for, in the order of the tree."""
    day = wish.on or timezone.localdate()
    rows = _rows(request, wish)
    return page(request, counted_on(rows if wish.all else valid_on(rows, day), day), ("path",), _out)


@reads(router, _AT, "unit.view", UnitOut)
def read_unit(request: Call, pk: Id) -> UnitOut:
    """One unit as it is today."""
    return _now(unit_for(request, pk, "unit.view").pk)


@writes(router, _ALL, "unit.manage", UnitOut, status=201)
def make_unit(request: Call, body: UnitIn) -> UnitOut:
    """Add a unit below another, or at the top."""
    parent = unit_of(request, "parent", body.parent) if body.parent else None
    draft = UnitDraft(**body.model_dump(exclude={"parent"}))
    return _now(add_unit(draft=draft, parent=parent, campaign=request.campaign, by=request.user).pk)


@writes(router, _AT, "unit.manage", UnitOut, method="PATCH")
def give_unit_names(request: Call, pk: Id, body: NamesIn) -> UnitOut:
    """Give a unit other names, another code or kind; code and kind stay where they are left out."""
    unit = unit_for(request, pk, "unit.manage")
    shown = _now(pk)
    if seen(request, body.seen, shown, etag_of(shown)) != etag_of(shown):
        raise Conflict(_("Somebody changed this unit since you read it. Nothing of yours was changed."))
    words = UnitWords(
        code=unit.code if body.code is None else body.code,
        name=body.name,
        name_en=body.name_en,
        kind=unit.kind if body.kind is None else body.kind,
    )
    edit_unit(unit=unit, words=words, campaign=request.campaign, by=request.user)
    return _now(pk)


@writes(router, f"{_AT}/move", "unit.manage", MovedOut)
def carry_unit(request: Call, pk: Id, body: MoveIn) -> MovedOut:
    """Move a unit with everything below it."""
    unit = unit_for(request, pk, "unit.manage")
    to = unit_of(request, "to", body.to) if body.to else None
    return MovedOut(n=move_unit(unit=unit, to=to, campaign=request.campaign, by=request.user))


@writes(router, f"{_AT}/merge", "unit.manage", MovedOut)
def unite_units(request: Call, pk: Id, body: MergeIn) -> MovedOut:
    """Let a unit go up in another. This cannot be undone."""
    unit, into = unit_for(request, pk, "unit.manage"), unit_of(request, "into", body.into)
    return MovedOut(n=merge_unit(unit=unit, into=into, campaign=request.campaign, by=request.user))


@writes(router, f"{_AT}/end", "unit.manage", UnitOut)
def end_a_unit(request: Call, pk: Id, body: LastDayIn) -> UnitOut:
    """Give a unit its last day; can be taken back."""
    unit = unit_for(request, pk, "unit.manage")
    end_unit(unit=unit, on=body.on, campaign=request.campaign, by=request.user)
    return _now(pk)


@writes(router, f"{_AT}/reopen", "unit.manage", UnitOut)
def reopen_a_unit(request: Call, pk: Id) -> UnitOut:
    """Take an end back."""
    reopen_unit(unit=unit_for(request, pk, "unit.manage"), campaign=request.campaign, by=request.user)
    return _now(pk)
