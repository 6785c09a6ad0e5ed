"""Instructions: given, answered, accepted or returned."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from ninja import Router, Schema

from setright.campaign import access
from setright.campaign.actions.instruction import (
    InstructionDraft,
    answer_instruction,
    give_instruction,
    readdress_instruction,
    review_instruction,
    revoke_instruction_review,
    withdraw_instruction,
)
from setright.campaign.api.guard import Call, reads, seen, writes
from setright.campaign.api.held import guided
from setright.campaign.api.paging import Page, page
from setright.campaign.api.refs import PersonRef, ReviewOut, UnitRef, one, review_out
from setright.campaign.api.step import ReviewIn
from setright.campaign.api.typed import Day, Id, In, Ref, Seen, Text
from setright.campaign.enums import InstructionState
from setright.campaign.errors import Invalid
from setright.campaign.models import Instruction
from setright.campaign.queries.held import guided_by
from setright.campaign.queries.instruction import (
    addressees_of,
    instructions_seen_by,
    people_to_answer,
    reviews_of_instruction,
)

router = Router()
_ALL: Final = "/campaigns/{campaign}/instructions"
_AT: Final = f"{_ALL}/{{pk}}"


class InstructionRow(Schema):
    id: int
    unit: UnitRef
    by: PersonRef
    addressee: PersonRef
    text: str
    given_on: date
    due_on: date
    state: InstructionState


class InstructionOut(InstructionRow):
    """An instruction with its answer and what was decided; `seen` is the hash of the answer (empty before any)."""

    answer: str
    answered_at: datetime | None
    version: int
    seen: str
    reviews: list[ReviewOut]


class InstructionIn(In):
    unit: Ref
    addressee: Ref
    text: Text
    due_on: Day


class AnswerIn(In):
    """`seen` is that of the answer that stood there (empty before the first)."""

    answer: Text
    seen: Seen = ""


class ReaddressIn(In):
    addressee: Ref


class Addressees(Schema):
    items: list[PersonRef]


def _instruction(request: Call, pk: int) -> Instruction:
    rows = instructions_seen_by(request.user, request.campaign).select_related("campaign")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise access.Unknown
    return found


def _out(request: Call, pk: int) -> InstructionOut:
    found = _instruction(request, pk)
    row = InstructionRow.model_validate(found)
    return InstructionOut(
        **row.model_dump(),
        answer=found.answer,
        answered_at=found.answered_at,
        version=found.version,
        seen=found.version_hash,
        reviews=[review_out(each) for each in reviews_of_instruction(found)],
    )


@reads(router, _ALL, "instruction.view", Page[InstructionRow])
def list_instructions(request: Call, state: InstructionState | None = None) -> Any:
    """Every instruction the caller may see, by due day."""
    rows = instructions_seen_by(request.user, request.campaign)
    rows = rows.filter(state=state) if state else rows
    return page(request, rows, ("due_on", "pk"), InstructionRow.model_validate)


@reads(router, "/campaigns/{campaign}/units/{pk}/addressees", "contact.act", Addressees)
def list_addressees(request: Call, pk: Id) -> Addressees:
    """Whom of a unit an instruction may be given to."""
    enrolment = guided_by(request.user, request.campaign).filter(unit=pk).first()
    if enrolment is None:
        raise access.Unknown
    people = addressees_of(request.campaign, enrolment.unit)
    return Addressees(items=[PersonRef.model_validate(each) for each in people])


@writes(router, _ALL, "contact.act", InstructionOut, status=201)
def make_instruction(request: Call, body: InstructionIn) -> InstructionOut:
    """Give an instruction to somebody of the unit's team, or its lead, to be answered by a day."""
    unit = guided(request, body.unit)
    addressee = next((p for p in addressees_of(request.campaign, unit) if p.pk == body.addressee), None)
    if addressee is None:
        raise Invalid("addressee", _("Choose somebody of the unit’s team, or its lead."))
    if not body.text:
        raise Invalid("text", _("Needed."))
    draft = InstructionDraft(unit, addressee, body.text, body.due_on)
    return _out(request, give_instruction(campaign=request.campaign, draft=draft, by=request.user).pk)


@reads(router, _AT, "instruction.view", InstructionOut)
def read_instruction(request: Call, pk: Id) -> InstructionOut:
    """One instruction."""
    return _out(request, pk)


@writes(router, f"{_AT}/answer", "instruction.answer", InstructionOut)
def answer(request: Call, pk: Id, body: AnswerIn) -> InstructionOut:
    """Answer it, or answer it anew; an acceptance of an earlier answer no longer holds then."""
    found = _instruction(request, pk)
    read = seen(request, body.seen, _out(request, pk), found.version_hash)
    answer_instruction(instruction=found, answer=body.answer, seen_hash=read, by=request.user)
    return _out(request, pk)


@writes(router, f"{_AT}/readdress", "point.manage", InstructionOut)
def send_on(request: Call, pk: Id, body: ReaddressIn) -> InstructionOut:
    """Send an open instruction to somebody else of its unit or of one below it; who had it is told."""
    found = _instruction(request, pk)
    access.require(request.user, "point.manage", campaign=request.campaign, unit=found.unit)
    to = one(people_to_answer(found), "addressee", body.addressee)
    readdress_instruction(instruction=found, addressee=to, by=request.user)
    return _out(request, pk)


@writes(router, f"{_AT}/review", "contact.act", InstructionOut)
def decide_answer(request: Call, pk: Id, body: ReviewIn) -> InstructionOut:
    """Accept or return the answer that was read; only whoever gave the instruction judges it."""
    found = _instruction(request, pk)
    read = seen(request, body.seen, _out(request, pk), found.version_hash)
    review_instruction(instruction=found, verdict=body.verdict, comment=body.comment, seen_hash=read, by=request.user)
    return _out(request, pk)


@writes(router, f"{_AT}/revoke", "contact.act", InstructionOut)
def revoke_answer_decision(request: Call, pk: Id) -> InstructionOut:
    """Take one's own decision back: the answer waits again."""
    revoke_instruction_review(instruction=_instruction(request, pk), by=request.user)
    return _out(request, pk)


@writes(router, _AT, "contact.act", method="DELETE")
def withdraw(request: Call, pk: Id) -> None:
    """Take one's own instruction back while nobody has answered it."""
    withdraw_instruction(instruction=_instruction(request, pk), by=request.user)
