"""Batches: planned, filled with units, begun. Gate 8 is in `gate`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from annotated_types import Len
from django.utils.translation import ngettext
from ninja import Router, Schema

from setright.campaign import access
from setright.campaign.actions.batch import add_batch
from setright.campaign.actions.enrolment import assign_group, begin_enrolments, enrol_units
from setright.campaign.actions.job import enqueue
from setright.campaign.api.guard import Call, reads, writes
from setright.campaign.api.job import JobOut, job_out
from setright.campaign.api.paging import Page, page
from setright.campaign.api.refs import one, some
from setright.campaign.api.typed import Day, Id, In, Ref, Short
from setright.campaign.enums import BatchState
from setright.campaign.errors import Reason, Refused
from setright.campaign.models import Batch, SupervisionGroup
from setright.campaign.queries.campaign import batches_of
from setright.campaign.queries.enrolment import Judged, judged_codes, tally

router = Router()
_AT_ONCE: Final = 300
_PATH: Final = "/campaigns/{campaign}/batches"


class BatchOut(Schema):
    """A batch, with how many of its units lack what."""

    id: int
    number: int
    predecessor: int | None
    starts_on: date
    state: BatchState
    n_units: int
    n_leaderless: int
    n_groupless: int
    n_waiting: int


class BatchRow(Schema):
    id: int
    number: int
    predecessor: int | None
    starts_on: date
    state: BatchState
    n_units: int


class BatchIn(In):
    starts_on: Day


class CodesIn(In):
    """Units by their codes."""

    codes: Annotated[list[Short], Len(1, 20_000)]


class TurnedOut(Schema):
    code: str
    name: str
    why: str


class JudgedOut(Schema):
    """How many of the units could join, how many of those have no head to lead them, and which cannot, and why."""

    n: int
    n_headless: int
    turned: list[TurnedOut]


class NumberOut(Schema):
    """How many it was."""

    n: int


class AssignIn(In):
    group: Ref
    enrolments: Annotated[list[Ref], Len(1, 5_000)]


def _batch(request: Call, pk: int) -> Batch:
    access.require(request.user, "enrolment.manage", campaign=request.campaign)
    found = request.campaign.batches.select_related("campaign", "predecessor").filter(pk=pk).first()
    if found is None:
        raise access.Unknown
    return found


def _row(row: Any) -> BatchRow:
    return BatchRow(
        id=row.pk,
        number=row.number,
        predecessor=row.predecessor_id,
        starts_on=row.starts_on,
        state=row.state,
        n_units=row.n_units,
    )


def _out(row: Batch) -> BatchOut:
    counts = tally(row.enrolments.all())
    return BatchOut(
        id=row.pk,
        number=row.number,
        predecessor=row.predecessor_id,
        starts_on=row.starts_on,
        state=BatchState(row.state),
        n_units=counts.n,
        n_leaderless=counts.n_leaderless,
        n_groupless=counts.n_groupless,
        n_waiting=counts.n_waiting,
    )


@reads(router, _PATH, "enrolment.manage", Page[BatchRow])
def list_batches(request: Call) -> Any:
    """Every batch, by number."""
    access.require(request.user, "enrolment.manage", campaign=request.campaign)
    return page(request, batches_of(request.campaign), ("number", "pk"), _row)


@writes(router, _PATH, "campaign.manage", BatchOut, status=201)
def plan_batch(request: Call, body: BatchIn) -> BatchOut:
    """Plan the next batch; it follows the last one there is."""
    return _out(add_batch(campaign=request.campaign, starts_on=body.starts_on, by=request.user))


@reads(router, f"{_PATH}/{{pk}}", "enrolment.manage", BatchOut)
def read_batch(request: Call, pk: Id) -> BatchOut:
    """One batch."""
    return _out(_batch(request, pk))


@writes(router, f"{_PATH}/{{pk}}/judge", "enrolment.manage", JudgedOut)
def judge_units(request: Call, pk: Id, body: CodesIn) -> JudgedOut:
    """Which of these units could join; nothing is done."""
    judged = judged_codes(_batch(request, pk), " ".join(body.codes))
    turned = [TurnedOut(code=each.code, name=each.name, why=each.why) for each in judged.turned]
    return JudgedOut(n=len(judged.units), n_headless=judged.n_headless, turned=turned)


@writes(router, f"{_PATH}/{{pk}}/enrol", "enrolment.manage", NumberOut, also=((202, JobOut),))
def enrol(request: Call, pk: Id, body: CodesIn) -> Any:
    """Enrol units by code, all or none; more than 300 are enrolled by a job (202)."""
    batch = _batch(request, pk)
    units = _able(judged_codes(batch, " ".join(body.codes))).units
    if len(units) > _AT_ONCE:
        arguments = {"batch": pk, "units": [unit.pk for unit in units], "by": request.user.pk}
        return 202, job_out(enqueue(name="enrol_units", arguments=arguments, by=request.user))
    return NumberOut(n=len(enrol_units(batch=batch, units=units, by=request.user)))


def _able(judged: Judged) -> Judged:
    if judged.turned:
        reasons = tuple(Reason("turned", f"{each.name or each.code}: {each.why}") for each in judged.turned)
        raise Refused(_sentence(len(reasons)), reasons)
    return judged


def _sentence(n: int) -> str:
    return ngettext("%(n)d unit cannot join. None was enrolled.", "%(n)d units cannot join. None was enrolled.", n) % {
        "n": n
    }


@writes(router, f"{_PATH}/{{pk}}/begin", "enrolment.manage", NumberOut)
def begin_batch(request: Call, pk: Id) -> NumberOut:
    """Put every waiting unit of a running batch into phase 1."""
    return NumberOut(n=begin_enrolments(batch=_batch(request, pk), by=request.user))


@writes(router, f"{_PATH}/{{pk}}/assign", "enrolment.manage", NumberOut)
def assign_units(request: Call, pk: Id, body: AssignIn) -> NumberOut:
    """Give units of the batch to a supervision group; no earlier group may review them any more."""
    batch = _batch(request, pk)
    group = one(SupervisionGroup.objects.filter(campaign=request.campaign), "group", body.group)
    chosen = some(batch.enrolments.select_related("unit"), "enrolments", body.enrolments)
    assign_group(enrolments=chosen, group=group, by=request.user)
    return NumberOut(n=len(chosen))
