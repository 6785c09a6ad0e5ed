"""Rounds of listening: planned, opened, people reached entered, closed for good."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from annotated_types import Ge, Len
from ninja import Router, Schema

from setright.campaign import access
from setright.campaign.actions.round import (
    AudiencePlan,
    Reached,
    RoundPlan,
    close_round,
    drop_round,
    edit_round,
    enter_reached,
    open_round,
    plan_hash,
    plan_round,
    unopen_round,
)
from setright.campaign.api.enrolment import enrolment_for
from setright.campaign.api.guard import Call, reads, seen, writes
from setright.campaign.api.paging import Page, page
from setright.campaign.api.typed import Count, Day, Id, In, Maybe, Name, Ref, Seen, Text
from setright.campaign.enums import Method, RoundState
from setright.campaign.models import Round
from setright.campaign.queries.round import heard, rounds_of

router = Router()
_OF: Final = "/campaigns/{campaign}/enrolments/{pk}/rounds"
_AT: Final = "/campaigns/{campaign}/rounds/{pk}"
MOST: Final = 60


class AudienceOut(Schema):
    id: int
    name: str
    name_en: str
    n_invited: int
    n_reached: int


class RoundOut(Schema):
    """A round with its audiences."""

    id: int
    enrolment: int
    number: int
    method: Method
    starts_on: date
    ends_on: date
    opened_on: date | None
    closed_on: date | None
    state: RoundState
    note: str
    audiences: list[AudienceOut]


class OneRound(RoundOut):
    """`seen` is the hash of what is planned: an edit names it."""

    seen: str


class AudienceIn(In):
    name: Name
    name_en: Maybe = ""
    n_invited: Annotated[Count, Ge(1)]


class RoundIn(In):
    method: Method
    starts_on: Day
    ends_on: Day
    note: Text = ""
    audiences: Annotated[list[AudienceIn], Len(1, MOST)]

    def plan(self) -> RoundPlan:
        audiences = tuple(AudiencePlan(each.name, each.name_en, each.n_invited) for each in self.audiences)
        return RoundPlan(self.method, self.starts_on, self.ends_on, self.note, audiences)


class RoundEdit(RoundIn):
    seen: Seen = ""


class ReachedIn(In):
    """How many of an audience were reached (`n`), and the number that stood there when it was read (`seen`)."""

    audience: Ref
    seen: Count
    n: Count


class NumbersIn(In):
    reached: Annotated[list[ReachedIn], Len(1, MOST)]


class HeardOut(Schema):
    """What closed rounds amount to beside what gate 1 needs."""

    n_rounds: int
    need_rounds: int
    n_methods: int
    need_methods: int
    n_invited: int
    n_reached: int
    need_reached: int
    percent: int
    is_enough: bool


def _round(request: Call, pk: int, right: str = "round.view") -> Round:
    rows = Round.objects.select_related("enrolment__unit", "enrolment__campaign").prefetch_related("audiences")
    of = {"unit": "enrolment__unit", "campaign": "enrolment__campaign"}
    return access.get(rows, request.user, right, **of, pk=pk, enrolment__campaign=request.campaign)


def _values(row: Round) -> dict[str, Any]:
    return {
        "id": row.pk,
        "enrolment": row.enrolment_id,
        "number": row.number,
        "method": Method(row.method),
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "opened_on": row.opened_on,
        "closed_on": row.closed_on,
        "state": RoundState(row.state),
        "note": row.note,
        "audiences": [AudienceOut.model_validate(each) for each in row.audiences.all()],
    }


def _out(request: Call, pk: int) -> OneRound:
    row = _round(request, pk)
    return OneRound(**_values(row), seen=plan_hash(row))


@reads(router, _OF, "round.view", Page[RoundOut])
def list_rounds(request: Call, pk: Id, state: RoundState | None = None) -> Any:
    """Every round of an enrolment, by number."""
    rows = rounds_of(enrolment_for(request, pk, "round.view"))
    return page(
        request, rows.filter(state=state) if state else rows, ("number", "pk"), lambda r: RoundOut(**_values(r))
    )


@reads(router, "/campaigns/{campaign}/enrolments/{pk}/heard", "round.view", HeardOut)
def read_heard(request: Call, pk: Id) -> HeardOut:
    """How far the listening of an enrolment is from what gate 1 needs."""
    enrolment = enrolment_for(request, pk, "round.view")
    return HeardOut.model_validate(heard(enrolment, rounds_of(enrolment)))


@writes(router, _OF, "round.enter", OneRound, status=201)
def make_round(request: Call, pk: Id, body: RoundIn) -> OneRound:
    """Plan a round; it takes the next number."""
    enrolment = enrolment_for(request, pk, "round.enter")
    return _out(request, plan_round(enrolment=enrolment, plan=body.plan(), by=request.user).pk)


@reads(router, _AT, "round.view", OneRound)
def read_round(request: Call, pk: Id) -> OneRound:
    """One round."""
    return _out(request, pk)


@writes(router, _AT, "round.enter", OneRound, method="PATCH")
def change_round(request: Call, pk: Id, body: RoundEdit) -> OneRound:
    """Change a planned round; its audiences are replaced by those sent."""
    found, shown = _round(request, pk, "round.enter"), _out(request, pk)
    read = seen(request, body.seen, shown, shown.seen)
    edit_round(round=found, plan=body.plan(), seen=read, by=request.user)
    return _out(request, pk)


@writes(router, _AT, "round.enter", method="DELETE")
def drop_a_round(request: Call, pk: Id) -> None:
    """Take a planned round out for good."""
    drop_round(round=_round(request, pk, "round.enter"), by=request.user)


@writes(router, f"{_AT}/open", "round.enter", OneRound)
def begin_round(request: Call, pk: Id) -> OneRound:
    """Begin to listen."""
    open_round(round=_round(request, pk, "round.enter"), by=request.user)
    return _out(request, pk)


@writes(router, f"{_AT}/unopen", "round.enter", OneRound)
def unopen_a_round(request: Call, pk: Id) -> OneRound:
    """Take the opening back, as long as nobody was reached."""
    unopen_round(round=_round(request, pk, "round.enter"), by=request.user)
    return _out(request, pk)


@writes(router, f"{_AT}/reached", "round.enter", OneRound)
def enter_numbers(request: Call, pk: Id, body: NumbersIn) -> OneRound:
    """Say how many of each audience were reached so far; all or none is written."""
    reached = [Reached(each.audience, each.seen, each.n) for each in body.reached]
    enter_reached(round=_round(request, pk, "round.enter"), reached=reached, by=request.user)
    return _out(request, pk)


@writes(router, f"{_AT}/close", "round.close", OneRound)
def end_round(request: Call, pk: Id) -> OneRound:
    """Close a round for good: its numbers count at gate 1 and never change again."""
    close_round(round=_round(request, pk, "round.close"), by=request.user)
    return _out(request, pk)
