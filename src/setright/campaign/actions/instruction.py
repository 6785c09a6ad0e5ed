"""A written instruction: given, answered by its addressee, accepted or returned by its giver."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions.point import require_guide
from setright.campaign.actions.reminder import Matter, remind, unremind
from setright.campaign.actions.review import record_review, void_reviews
from setright.campaign.actions.transition import move, text_hash
from setright.campaign.enums import InstructionState, Verdict
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.models import Campaign, Instruction, Person, Review, Unit
from setright.campaign.queries.instruction import OPEN, addressees_of, unit_to_answer

_OWED: Final = ("instruction_new", "instruction_returned", "due_soon", "late")
"""What an addressee was told of an answer that is owed."""


@dataclass(frozen=True, slots=True)
class InstructionDraft:
    """What is typed to give one."""

    unit: Unit
    addressee: Person
    text: str
    due_on: date


def give_instruction(*, campaign: Campaign, draft: InstructionDraft, by: Person) -> Instruction:
    """Give it to somebody of the unit's team, or its lead, to be answered by a day."""
    require_guide(campaign=campaign, unit=draft.unit, by=by)
    if draft.due_on < timezone.localdate():
        raise Invalid("due_on", _("The day is past."))
    if draft.addressee not in addressees_of(campaign, draft.unit):
        raise Invalid("addressee", _("Choose somebody of the unit’s team, or its lead."))
    with transaction.atomic():
        given = Instruction.objects.create(
            campaign=campaign,
            unit=draft.unit,
            by=by,
            addressee=draft.addressee,
            text=draft.text,
            due_on=draft.due_on,
        )
        _tell(given, "instruction_new", given.addressee_id)
        after = {"state": given.state, "to": given.addressee_id, "due": given.due_on.isoformat()}
        _log("give_instruction", given, by, after | {"text": text_hash(given.text)})
    return given


def withdraw_instruction(*, instruction: Instruction, by: Person) -> None:
    """Take one's own instruction back while nobody has answered it."""
    _require_giver(instruction, by)
    with transaction.atomic():
        _log("withdraw_instruction", instruction, by, {"text": text_hash(instruction.text)})
        unremind(object_type="instruction", keys=[instruction.pk], codes=("instruction_new",))
        fresh = Instruction.objects.filter(pk=instruction.pk, state=InstructionState.GIVEN)
        if not fresh.delete()[0]:
            raise Conflict(_("It was answered by now: accept the answer or return it."))


def readdress_instruction(*, instruction: Instruction, addressee: Person, by: Person) -> None:
    """Send an open instruction to somebody else of its unit, or of one below it, which it then is about.

    Whoever had it is told that no answer is owed any longer; the day to answer by stays.
    """
    access.require(by, "point.manage", campaign=instruction.campaign_id, unit=instruction.unit)
    unit, before = new_place(instruction, addressee), instruction.addressee_id
    was, now = {"to": before}, {"to": addressee.pk}
    if unit.pk != instruction.unit_id:
        was["unit"], now["unit"] = instruction.unit_id, unit.pk
    with transaction.atomic():
        same = Instruction.objects.filter(pk=instruction.pk, addressee=before, state__in=OPEN)
        if not same.update(addressee=addressee, unit=unit):
            raise Conflict(_("It was answered or sent on meanwhile. Nothing of yours was changed."))
        log.write(
            "readdress_instruction",
            instruction,
            by,
            log.About(instruction.campaign_id, instruction.unit_id),
            log.Change(was, now),
        )
        unremind(object_type="instruction", keys=[instruction.pk], codes=_OWED)
        _tell(instruction, "instruction_moved", before, reverse("instruction_list", args=(instruction.campaign_id,)))
        instruction.addressee, instruction.unit = addressee, unit
        _tell(instruction, "instruction_new", addressee.pk)


def new_place(instruction: Instruction, addressee: Person) -> Unit:
    """The unit for which this person would answer it.

    Raises
    ------
    Refused, Invalid
        Where it no longer waits for an answer, is theirs already, or they may answer for none of these units.
    """
    if instruction.state not in OPEN:
        sentence = _("Only one that waits for its answer is sent on: this one is “%(state)s”.")
        raise Refused(sentence % {"state": instruction.get_state_display()})
    if addressee.pk == instruction.addressee_id:
        raise Invalid("addressee", _("It is addressed to them already."))
    unit = unit_to_answer(instruction, addressee)
    if unit is None:
        raise Invalid("addressee", _("Choose somebody of the unit, or of one below it, who may answer for it."))
    return unit


def answer_instruction(*, instruction: Instruction, answer: str, seen_hash: str, by: Person) -> None:
    """Answer it, or answer it anew: each answer is a version, and an acceptance of an earlier one no longer holds.

    Parameters
    ----------
    seen_hash
        The hash of the answer that stood on the page (empty before the first).
    """
    access.require(by, "instruction.answer", campaign=instruction.campaign_id, unit=instruction.unit)
    if instruction.addressee_id != by.pk:
        raise access.Unknown
    if not answer.strip():
        raise Invalid("answer", _("Say what was done."))
    with transaction.atomic():
        before = instruction.state
        version = instruction.version + 1 if seen_hash else 1
        _answer(instruction, answer, seen_hash, version)
        n_voided = void_reviews(instruction, version)
        _tell(instruction, "instruction_answered", instruction.by_id)
        after = {"state": instruction.state, "version": version, "hash": instruction.version_hash, "voided": n_voided}
        _log("answer_instruction", instruction, by, after, before)


def _answer(instruction: Instruction, answer: str, seen_hash: str, version: int) -> None:
    same = Instruction.objects.filter(pk=instruction.pk, version_hash=seen_hash)
    fields = {
        "answer": answer,
        "version": version,
        "version_hash": text_hash(instruction.text, answer, version),
        "answered_at": timezone.now(),
        "state": InstructionState.ANSWERED,
    }
    if not same.update(**fields):
        raise Conflict(_("The answer changed while you were writing. Yours is kept below; compare and send again."))
    instruction.refresh_from_db()


def review_instruction(*, instruction: Instruction, verdict: Verdict, comment: str, seen_hash: str, by: Person) -> None:
    """Accept or return the answer that was read; only whoever gave the instruction judges it."""
    _require_giver(instruction, by)
    if verdict == Verdict.RETURNED and not comment.strip():
        raise Invalid("comment", _("Needed when returning: say what to change."))
    with transaction.atomic():
        _decide(instruction, verdict, seen_hash)
        record_review(thing=instruction, verdict=verdict, comment=comment, by=by)
        _tell(instruction, f"instruction_{verdict.value}", instruction.addressee_id)
        after = {"state": instruction.state, "version": instruction.version, "hash": instruction.version_hash}
        _log("review_instruction", instruction, by, after, InstructionState.ANSWERED)


def _decide(instruction: Instruction, verdict: Verdict, seen_hash: str) -> None:
    state = InstructionState.ACCEPTED if verdict == Verdict.ACCEPTED else InstructionState.RETURNED
    waiting = Instruction.objects.filter(
        pk=instruction.pk, state=InstructionState.ANSWERED, version_hash=seen_hash, by=instruction.by_id
    )
    changed = waiting.update(state=state)
    instruction.refresh_from_db()
    if not changed and instruction.version_hash != seen_hash:
        raise Conflict(_("The answer changed since you opened it: read the new one first. Nothing was decided."))
    if not changed:
        raise Conflict(
            _("Somebody was quicker: it is “%(state)s” by now. Nothing of yours was changed.")
            % {"state": instruction.get_state_display()}
        )


def revoke_instruction_review(*, instruction: Instruction, by: Person) -> None:
    """Take back one's own standing decision: the answer waits again."""
    _require_giver(instruction, by)
    standing = Review.objects.filter(
        object_type="instruction",
        object_id=instruction.pk,
        reviewer=by,
        version=instruction.version,
        revoked_at=None,
        voided_at=None,
    )
    with transaction.atomic():
        before = instruction.state
        if not standing.update(revoked_at=timezone.now()):
            raise Refused(_("There is no standing decision of yours to take back."))
        move(instruction, (InstructionState.ACCEPTED, InstructionState.RETURNED), state=InstructionState.ANSWERED)
        unremind(
            object_type="instruction", keys=[instruction.pk], codes=("instruction_accepted", "instruction_returned")
        )
        _log("revoke_instruction_review", instruction, by, {"state": instruction.state}, before)


def _require_giver(instruction: Instruction, by: Person) -> None:
    access.require(by, "contact.act", campaign=instruction.campaign_id, unit=instruction.unit)
    if instruction.by_id != by.pk:
        raise access.Unknown


def _tell(instruction: Instruction, code: str, person_id: int, url: str = "") -> None:
    """The text itself is not repeated: mail is not sealed."""
    unit = instruction.unit
    values = {"unit": unit.name, "unit_en": unit.name_en, "due": instruction.due_on.isoformat()}
    url = url or reverse("instruction_page", args=(instruction.campaign_id, instruction.pk))
    remind(told=[(person_id, Matter(code, instruction, instruction.campaign_id, url, values))])


def _log(action: str, thing: Instruction, by: Person, after: dict[str, object], before: str | None = None) -> None:
    change = log.Change({"state": before} if before else None, after)
    log.write(action, thing, by, log.About(thing.campaign_id, thing.unit_id), change)
