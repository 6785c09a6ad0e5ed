"""Study: programmes and their terms, and how far each has come. Sessions are in `study_session`."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from ninja import Query, Router, Schema

from setright.campaign import access
from setright.campaign.actions.study import (
    ProgrammePlan,
    TermPlan,
    add_programme,
    add_term,
    drop_programme,
    drop_term,
    edit_programme,
    edit_term,
    said_hash,
)
from setright.campaign.api.guard import Call, reads, seen, writes
from setright.campaign.api.paging import Page, page, prepared
from setright.campaign.api.refs import UnitRef, one
from setright.campaign.api.team import MemberOut, member_out
from setright.campaign.api.typed import Day, Id, In, Maybe, Name, Ref, Seen, Text
from setright.campaign.models import Programme, Term, Unit
from setright.campaign.queries.study import (
    ProgrammeLine,
    Share,
    coverage,
    lines_of,
    missing,
    programmes_for,
    units_shown,
    units_to_manage,
)

router = Router()
_ALL: Final = "/campaigns/{campaign}/programmes"
_AT: Final = f"{_ALL}/{{pk}}"
_TERM: Final = "/campaigns/{campaign}/terms/{pk}"


class ShareOut(Schema):
    """So many (`got`) of so many people (`n`)."""

    got: int
    n: int


class ProgrammeRow(Schema):
    """A programme; `cover` counts people in sight who attended at least once."""

    id: int
    name: str
    name_en: str
    text: str
    unit: UnitRef
    cover: ShareOut
    n_terms: int
    n_held: int
    n_planned: int
    next_on: date | None


class TermOut(Schema):
    """A term; `seen` stands for what it says: an edit names it."""

    id: int
    programme: int
    number: int
    starts_on: date
    ends_on: date
    place: str
    seen: str


class ProgrammeOut(ProgrammeRow):
    """With its terms; `seen` stands for its names and text: an edit names it."""

    terms: list[TermOut]
    seen: str


class UnitShare(Schema):
    unit: UnitRef
    cover: ShareOut


class LevelShare(Schema):
    level: int
    n_units: int
    cover: ShareOut


class CoverageOut(Schema):
    """Who attended at least once: in all, by level below, by unit right below (the least covered first)."""

    whole: ShareOut
    levels: list[LevelShare]
    units: list[UnitShare]


class ProgrammeIn(In):
    """For the teams of the whole subtree of `unit`."""

    unit: Ref
    name: Name
    name_en: Maybe = ""
    text: Text = ""


class ProgrammeEdit(In):
    name: Name
    name_en: Maybe = ""
    text: Text = ""
    seen: Seen = ""


class TermIn(In):
    starts_on: Day
    ends_on: Day
    place: Maybe = ""


class TermEdit(TermIn):
    seen: Seen = ""


class BelowWish(Schema):
    """Below which unit; the programme's own where none is named."""

    unit: Id | None = None


def study_paths(request: Call) -> tuple[str, ...]:
    """The subtrees whose people the caller may see here."""
    return access.subtrees(request.user, "study.view", request.campaign)


def programme_for(request: Call, pk: int, right: str = "study.view") -> Programme:
    """A programme that concerns the caller; with another right, one of a unit over which they have it."""
    found = programmes_for(request.user, request.campaign).filter(pk=pk).first()
    if found is None:
        raise access.Unknown
    if right != "study.view":
        access.require(request.user, right, campaign=request.campaign, unit=found.unit)
    return found


def share(each: Share) -> ShareOut:
    return ShareOut(got=each.got, n=each.n)


def _values(line: ProgrammeLine) -> dict[str, Any]:
    row = line.programme
    return {
        "id": row.pk,
        "name": row.name,
        "name_en": row.name_en,
        "text": row.text,
        "unit": UnitRef.model_validate(row.unit),
        "cover": share(line.cover),
        "n_terms": line.n_terms,
        "n_held": line.n_held,
        "n_planned": line.n_planned,
        "next_on": line.next_on,
    }


def _out(request: Call, pk: int) -> ProgrammeOut:
    row = programme_for(request, pk)
    line = lines_of([row], study_paths(request))[0]
    terms = [_term_out(each) for each in row.terms.order_by("number")]
    return ProgrammeOut(**_values(line), terms=terms, seen=said_hash(row))


def _term_out(row: Term) -> TermOut:
    return TermOut(
        id=row.pk,
        programme=row.programme_id,
        number=row.number,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        place=row.place,
        seen=said_hash(row),
    )


@reads(router, _ALL, "study.view", Page[ProgrammeRow])
def list_programmes(request: Call) -> Any:
    """Every programme that concerns the caller's units."""
    paths = study_paths(request)
    rows = programmes_for(request.user, request.campaign)
    return prepared(request, rows, ("pk",), lambda some: lines_of(some, paths), lambda e: ProgrammeRow(**_values(e)))


@writes(router, _ALL, "study.manage", ProgrammeOut, status=201)
def make_programme(request: Call, body: ProgrammeIn) -> ProgrammeOut:
    """Set up a programme."""
    unit = one(units_to_manage(request.user, request.campaign), "unit", body.unit)
    plan = ProgrammePlan(body.name, body.name_en, body.text)
    return _out(request, add_programme(campaign=request.campaign, unit=unit, plan=plan, by=request.user).pk)


@reads(router, _AT, "study.view", ProgrammeOut)
def read_programme(request: Call, pk: Id) -> ProgrammeOut:
    """A programme with its terms."""
    return _out(request, pk)


@writes(router, _AT, "study.manage", ProgrammeOut, method="PATCH")
def change_programme(request: Call, pk: Id, body: ProgrammeEdit) -> ProgrammeOut:
    """Change names and purpose."""
    found, shown = programme_for(request, pk, "study.manage"), _out(request, pk)
    read = seen(request, body.seen, shown, shown.seen)
    plan = ProgrammePlan(body.name, body.name_en, body.text)
    edit_programme(programme=found, plan=plan, seen=read, by=request.user)
    return _out(request, pk)


@writes(router, _AT, "study.manage", method="DELETE")
def drop_a_programme(request: Call, pk: Id) -> None:
    """Take an empty programme out."""
    drop_programme(programme=programme_for(request, pk, "study.manage"), by=request.user)


@writes(router, f"{_AT}/terms", "study.manage", TermOut, status=201)
def make_term(request: Call, pk: Id, body: TermIn) -> TermOut:
    """Plan the next term."""
    programme = programme_for(request, pk, "study.manage")
    plan = TermPlan(body.starts_on, body.ends_on, body.place)
    return _term_out(add_term(programme=programme, plan=plan, by=request.user))


def _term(request: Call, pk: int) -> Term:
    rows = Term.objects.select_related("programme__unit", "programme__campaign")
    rows = rows.filter(programme__campaign=request.campaign)
    of = {"unit": "programme__unit", "campaign": "programme__campaign"}
    return access.get(rows, request.user, "study.manage", **of, pk=pk)


@writes(router, _TERM, "study.manage", TermOut, method="PATCH")
def change_term(request: Call, pk: Id, body: TermEdit) -> TermOut:
    """Change days and place of a term."""
    term = _term(request, pk)
    shown = _term_out(term)
    plan = TermPlan(body.starts_on, body.ends_on, body.place)
    edit_term(term=term, plan=plan, seen=seen(request, body.seen, shown, shown.seen), by=request.user)
    return _term_out(term)


@writes(router, _TERM, "study.manage", method="DELETE")
def drop_a_term(request: Call, pk: Id) -> None:
    """Take a term without sessions out."""
    drop_term(term=_term(request, pk), by=request.user)


def _root(request: Call, programme: Programme, pk: int | None) -> Unit:
    """The unit below which to look."""
    if pk is None:
        return programme.unit
    found = units_shown(programme, study_paths(request)).filter(pk=pk).first()
    if found is None:
        raise access.Unknown
    return found


@reads(router, f"{_AT}/coverage", "study.view", CoverageOut)
def read_coverage(request: Call, pk: Id, wish: Query[BelowWish]) -> CoverageOut:
    """How far a programme has come below a unit."""
    programme = programme_for(request, pk)
    found = coverage(programme, _root(request, programme, wish.unit), study_paths(request))
    return CoverageOut(
        whole=share(found.whole),
        levels=[LevelShare(level=e.level, n_units=e.n_units, cover=share(e.cover)) for e in found.levels],
        units=[UnitShare(unit=UnitRef.model_validate(e.unit), cover=share(e.cover)) for e in found.units],
    )


@reads(router, f"{_AT}/missing", "study.view", Page[MemberOut])
def list_missing(request: Call, pk: Id, wish: Query[BelowWish]) -> Any:
    """Everyone below a unit who has attended nothing of the programme so far."""
    programme = programme_for(request, pk)
    rows = missing(programme, _root(request, programme, wish.unit), study_paths(request)).select_related("person")
    return page(request, rows, ("unit__path", "pk"), member_out)
