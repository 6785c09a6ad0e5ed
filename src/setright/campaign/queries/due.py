"""What will soon be due, is late or was returned, for one person: what the daily mail and the bell say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from setright.campaign.enums import InstructionState, StepState, Verdict
from setright.campaign.models import Campaign, Instruction, NoticeUnit, Person, Review, Step
from setright.campaign.queries.notice import to_answer
from setright.campaign.queries.work import instructions_for, steps_to_enter

SOON: Final = timedelta(days=3)
_AGAIN: Final = 7


@dataclass(frozen=True, slots=True)
class Due:
    """One matter and the day it is said for, so that saying it again on the next morning is not saying it twice.

    A late thing is said on the first late day and every seventh after it.
    """

    code: str
    thing: Model
    url: str
    values: dict[str, str]
    on: date
    due_on: date | None


def due_for(person: Person, campaign: Campaign, today: date | None = None) -> list[Due]:
    """Everything due within three days, late or returned, soonest due first."""
    today = today or timezone.localdate()
    found = [*_steps(person, campaign, today), *_notices(person, campaign, today)]
    found += _instructions(person, campaign, today)
    return sorted(found, key=lambda due: (due.due_on or date.max, due.code, due.url))


def _when(due_on: date | None, today: date) -> tuple[str, date] | None:
    if due_on is None or due_on > today + SOON:
        return None
    if due_on >= today:
        return "due_soon", due_on - SOON
    days = (today - due_on).days - 1
    return "late", today - timedelta(days=days % _AGAIN)


def _steps(person: Person, campaign: Campaign, today: date) -> list[Due]:
    steps = list(steps_to_enter(person, campaign))
    returned = {step.pk for step in steps if step.state == StepState.RETURNED}
    days = {
        key: timezone.localdate(at)
        for key, at in Review.objects.filter(object_type="step", object_id__in=returned, verdict=Verdict.RETURNED)
        .order_by("at")
        .values_list("object_id", "at")
    }
    found = []
    for step in steps:
        if step.pk in returned:
            found.append(_step(campaign, step, "returned", days.get(step.pk, today)))
        if when := _when(step.due_on, today):
            found.append(_step(campaign, step, *when))
    return found


def _step(campaign: Campaign, step: Step, code: str, on: date) -> Due:
    unit = step.enrolment.unit
    values = {"title": step.name, "title_en": step.name_en, "unit": unit.name, "unit_en": unit.name_en}
    values["due"] = step.due_on.isoformat()
    return Due(code, step, reverse("step_page", args=(campaign.pk, step.pk)), values, on, step.due_on)


def _notices(person: Person, campaign: Campaign, today: date) -> list[Due]:
    rows = [(at, _when(at.notice.reply_by, today)) for at in to_answer(person, campaign)]
    return [_notice(campaign, at, *when) for at, when in rows if when]


def _notice(campaign: Campaign, at: NoticeUnit, code: str, on: date) -> Due:
    notice, unit = at.notice, at.unit
    url = reverse("notice_page", args=(campaign.pk, notice.pk)) + f"?unit={unit.pk}"
    values = {"title": notice.title, "title_en": notice.title_en, "unit": unit.name, "unit_en": unit.name_en}
    values["due"] = notice.reply_by.isoformat() if notice.reply_by else ""
    return Due(code, at, url, values, on, notice.reply_by)


def _instructions(person: Person, campaign: Campaign, today: date) -> list[Due]:
    rows = [
        (each, _when(each.due_on, today))
        for each in instructions_for(person, campaign)
        if each.addressee_id == person.pk and each.state != InstructionState.ANSWERED
    ]
    return [_instruction(campaign, each, *when) for each, when in rows if when]


def _instruction(campaign: Campaign, each: Instruction, code: str, on: date) -> Due:
    """Its words stay on its page: what is said here may travel by mail."""
    values = {"title": "批示", "title_en": "an instruction", "unit": each.unit.name, "unit_en": each.unit.name_en}
    values["due"] = each.due_on.isoformat()
    return Due(code, each, reverse("instruction_page", args=(campaign.pk, each.pk)), values, on, each.due_on)
