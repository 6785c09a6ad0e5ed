"""Gates: what each says, and asking one. The same conditions, texts and order as on its page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from ninja import Router, Schema

from setright.campaign import access
from setright.campaign.actions.batch import open_batch
from setright.campaign.actions.gate import ask_gate
from setright.campaign.api.guard import Call, reads, writes
from setright.campaign.api.paging import Page, page
from setright.campaign.api.refs import PersonRef
from setright.campaign.api.told import ReasonOut, reason_out
from setright.campaign.api.typed import Id
from setright.campaign.enums import BatchState, GateNumber
from setright.campaign.errors import Conflict, Refused
from setright.campaign.models import Batch, Enrolment, GateAttempt
from setright.campaign.queries.gate import Answer, gate_8, gate_of, next_gate

router = Router()


class GateOut(Schema):
    """What a gate says: every condition that fails (`reasons`), in the order of the page, and those that hold."""

    number: int
    is_open: bool
    is_next: bool
    reasons: list[ReasonOut]
    met: list[ReasonOut]


class AttemptOut(Schema):
    """Somebody asked, and what they were told."""

    by: PersonRef
    at: datetime
    has_passed: bool
    reasons: list[ReasonOut]


def _answer(number: int, answer: Answer, *, is_next: bool) -> GateOut:
    return GateOut(
        number=number,
        is_open=answer.is_open,
        is_next=is_next,
        reasons=[reason_out(each) for each in answer.unmet],
        met=[reason_out(each) for each in answer.met],
    )


def _told(answer: Answer) -> None:
    """Refuse as every rule does: with all reasons.

    Raises
    ------
    Refused
        Where a condition is unmet; the attempt is kept all the same.
    """
    if n := len(answer.unmet):
        sentence = ngettext("Not yet: %(n)d condition is not met", "Not yet: %(n)d conditions are not met", n)
        raise Refused(sentence % {"n": n}, answer.unmet)


def _attempt(row: GateAttempt) -> AttemptOut:
    reasons = [reason_out(each) for each in row.told]
    return AttemptOut(by=PersonRef.model_validate(row.by), at=row.at, has_passed=row.has_passed, reasons=reasons)


def _enrolment(request: Call, pk: int, right: str = "gate.view") -> Enrolment:
    rows = Enrolment.objects.select_related("unit", "campaign", "lead")
    return access.get(rows, request.user, right, pk=pk, campaign_id=request.campaign.pk)


def _gate(number: int) -> GateNumber:
    if number not in GateNumber.values:
        raise access.Unknown
    return GateNumber(number)


_PATH = "/campaigns/{campaign}/enrolments/{pk}/gates/{number}"


@reads(router, _PATH, "gate.view", GateOut)
def read_gate(request: Call, pk: Id, number: Id) -> GateOut:
    """What gate 1, 4 or 7 says of an enrolment now; nothing is kept."""
    enrolment, gate = _enrolment(request, pk), _gate(number)
    return _answer(gate, gate_of(enrolment, gate), is_next=next_gate(enrolment) == gate)


@writes(router, _PATH, "gate.ask", GateOut)
def ask_a_gate(request: Call, pk: Id, number: Id) -> GateOut:
    """Ask: where every condition is met the unit passes; otherwise 422 with every reason. The attempt is kept."""
    enrolment, gate = _enrolment(request, pk, "gate.ask"), _gate(number)
    answer = ask_gate(enrolment=enrolment, number=gate, by=request.user)
    _told(answer)
    return _answer(gate, answer, is_next=False)


@reads(router, f"{_PATH}/attempts", "gate.view", Page[AttemptOut])
def list_attempts(request: Call, pk: Id, number: Id) -> Any:
    """Who asked, newest first, and what they were told."""
    rows = _enrolment(request, pk).attempts.filter(number=_gate(number)).select_related("by")
    return page(request, rows, ("-at", "-pk"), _attempt)


def _batch(request: Call, pk: int) -> Batch:
    """A batch that follows another, for the campaign's office: the first opens with the campaign."""
    access.require(request.user, "batch.open", campaign=request.campaign)
    found = request.campaign.batches.select_related("campaign", "predecessor").filter(pk=pk).first()
    if found is None or found.predecessor_id is None:
        raise access.Unknown
    return found


@reads(router, "/campaigns/{campaign}/batches/{pk}/gate", "batch.open", GateOut)
def read_batch_gate(request: Call, pk: Id) -> GateOut:
    """What gate 8 says of a batch now."""
    batch = _batch(request, pk)
    return _answer(8, gate_8(batch), is_next=batch.state == BatchState.PLANNED)


@writes(router, "/campaigns/{campaign}/batches/{pk}/gate", "batch.open", GateOut)
def ask_batch_gate(request: Call, pk: Id) -> GateOut:
    """Ask gate 8: the batch runs, or 422 with every reason. The attempt is kept."""
    batch = _batch(request, pk)
    if batch.state != BatchState.PLANNED:
        raise Conflict(_("This batch is “%(state)s” already.") % {"state": batch.get_state_display()})
    answer = open_batch(batch=batch, by=request.user)
    _told(answer)
    return _answer(8, answer, is_next=False)
