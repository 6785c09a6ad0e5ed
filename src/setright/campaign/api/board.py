"""The board: where every unit stands, from the rollups alone."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Any

from ninja import Router, Schema

from setright.campaign.api.guard import Call, reads
from setright.campaign.api.paging import Page, listed
from setright.campaign.api.refs import PersonRef, UnitRef
from setright.campaign.api.typed import Id
from setright.campaign.enums import EnrolmentState
from setright.campaign.queries.board import SHOWN, PhaseOf, Row, figures_of, rows_of

router = Router()
Shown = Enum("Shown", {name.upper(): name for name in SHOWN})  # type: ignore[misc]


class BoardPhase(Schema):
    """A phase: `steps` has a letter for each mandatory step (o open, s submitted, r returned, a accepted, w waived).

    `gate` is y (passed `on` a day), n (refused with `n` reasons), d (not asked, `n` unmet) or empty (not reached).
    """

    number: int
    steps: str
    n_late: int
    gate: str
    n: int
    on: date | None


class BoardRow(Schema):
    """A unit; `point` is the contact point in whose subtree it lies."""

    enrolment: int
    unit: UnitRef
    lead: PersonRef | None
    batch: int
    state: EnrolmentState
    point: int | None
    is_contact: bool
    n_late: int
    days_late: int
    n_waiting: int
    waiting_since: date | None
    n_rounds_closed: int
    n_invited: int
    n_reached: int
    n_hints: int
    phases: list[BoardPhase]


class FiguresOut(Schema):
    """The figures over every unit in sight."""

    n: int
    n_refused: int
    n_late: int
    n_waiting: int
    waiting_since: date | None
    n_invited: int
    n_reached: int


def _rows(request: Call, batch: int | None) -> list[Row]:
    rows = rows_of(request.user, request.campaign)
    return [row for row in rows if not batch or row.enrolment.batch_id == batch]


def _phase(each: PhaseOf) -> BoardPhase:
    return BoardPhase(
        number=each.number,
        steps="".join(letter for letter, _is_late in each.steps),
        n_late=sum(is_late for _letter, is_late in each.steps),
        gate=each.mark.kind,
        n=each.mark.n,
        on=each.mark.on,
    )


@reads(router, "/campaigns/{campaign}/board", "board.view", Page[BoardRow])
def list_board(
    request: Call,
    show: Shown | None = None,
    batch: Id | None = None,
) -> Any:
    """Every unit in sight, in the order of the tree."""
    kept = [row for row in _rows(request, batch) if show is None or SHOWN[show.value](row)]
    return listed(request, kept, lambda row: [row.enrolment.unit.path], _out)


def _out(row: Row) -> BoardRow:
    enrolment, rollup, point = row.enrolment, row.rollup, row.point
    return BoardRow(
        enrolment=enrolment.pk,
        unit=UnitRef.model_validate(enrolment.unit),
        lead=PersonRef.model_validate(enrolment.lead) if enrolment.lead else None,
        batch=enrolment.batch_id,
        state=EnrolmentState(enrolment.state),
        point=point.pk if point else None,
        is_contact=row.is_contact,
        n_late=row.n_late,
        days_late=row.days_late,
        n_waiting=rollup.n_waiting,
        waiting_since=rollup.waiting_since,
        n_rounds_closed=rollup.n_rounds_closed,
        n_invited=rollup.n_invited,
        n_reached=rollup.n_reached,
        n_hints=row.n_hints,
        phases=[_phase(each) for each in row.phases],
    )


@reads(router, "/campaigns/{campaign}/board/figures", "board.view", FiguresOut)
def read_figures(request: Call, batch: Id | None = None) -> FiguresOut:
    """The figures over every unit in sight, or of one batch."""
    return FiguresOut.model_validate(figures_of(_rows(request, batch)))
