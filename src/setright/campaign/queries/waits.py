"""What waits for whom in one unit: for those who review it, and for the unit itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils import timezone

from setright.campaign import access
from setright.campaign.enums import InstructionState, NoticeState, StepState
from setright.campaign.models import Campaign, Enrolment, Instruction, NoticeUnit, Person, Unit


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that waits: since when (for a reviewer), or until when (for the unit)."""

    label: str
    url: str
    state: str
    state_word: str
    since: date | None = None
    due_on: date | None = None

    @property
    def is_late(self) -> bool:
        return self.due_on is not None and self.due_on < timezone.localdate()


def for_reviewers(unit: Unit, campaign: Campaign, enrolment: Enrolment | None, reader: Person) -> list[Wait]:
    """Steps handed in and answers given that nobody has decided about, longest waiting first."""
    found = []
    if enrolment is not None and access.may(reader, "step.view", campaign=campaign, unit=unit):
        for step in enrolment.steps.filter(state=StepState.SUBMITTED).order_by("submitted_at", "pk"):
            since = timezone.localdate(step.submitted_at) if step.submitted_at else None
            url = reverse("step_page", args=(campaign.pk, step.pk))
            found.append(Wait(step.label, url, step.state, step.get_state_display(), since=since))
    for each in _instructions(unit, campaign, reader, InstructionState.ANSWERED):
        since = timezone.localdate(each.answered_at) if each.answered_at else None
        url = reverse("instruction_page", args=(campaign.pk, each.pk))
        found.append(Wait(each.text[:60], url, each.state, each.get_state_display(), since=since))
    return sorted(found, key=lambda wait: (wait.since or date.max, wait.label))


def for_the_unit(unit: Unit, campaign: Campaign, enrolment: Enrolment | None, reader: Person) -> list[Wait]:
    """Steps of the present phase that are owed, notices and instructions to answer; what is due first on top."""
    found = [*_owed_steps(unit, campaign, enrolment, reader), *_notices(unit, campaign, reader)]
    for each in _instructions(unit, campaign, reader, InstructionState.GIVEN, InstructionState.RETURNED):
        url = reverse("instruction_page", args=(campaign.pk, each.pk))
        found.append(Wait(each.text[:60], url, each.state, each.get_state_display(), due_on=each.due_on))
    return sorted(found, key=lambda wait: (wait.due_on or date.max, wait.state != StepState.RETURNED, wait.label))


def _owed_steps(unit: Unit, campaign: Campaign, enrolment: Enrolment | None, reader: Person) -> list[Wait]:
    if enrolment is None or not access.may(reader, "step.view", campaign=campaign, unit=unit):
        return []
    rows = enrolment.steps.filter(
        phase=enrolment.phase_number, state__in=(StepState.OPEN, StepState.RETURNED), template__isnull=False
    )
    return [
        Wait(
            step.label,
            reverse("step_page", args=(campaign.pk, step.pk)),
            step.state,
            step.get_state_display(),
            due_on=step.due_on,
        )
        for step in rows
    ]


def _instructions(unit: Unit, campaign: Campaign, reader: Person, *states: InstructionState) -> list[Instruction]:
    if not access.may(reader, "contact.view", campaign=campaign, unit=unit):
        return []
    return list(Instruction.objects.filter(campaign=campaign, unit=unit, state__in=states).order_by("due_on", "pk"))


def _notices(unit: Unit, campaign: Campaign, reader: Person) -> list[Wait]:
    if not access.may(reader, "notice.view", campaign=campaign, unit=unit):
        return []
    rows = NoticeUnit.objects.filter(notice__campaign=campaign, unit=unit).exclude(state=NoticeState.REPLIED)
    return [
        Wait(
            at.notice.label,
            reverse("notice_page", args=(campaign.pk, at.notice_id)) + f"?unit={unit.pk}",
            at.state,
            at.get_state_display(),
            due_on=at.notice.reply_by,
        )
        for at in rows.exclude(state=NoticeState.READ, notice__reply_by=None).select_related("notice")
    ]
