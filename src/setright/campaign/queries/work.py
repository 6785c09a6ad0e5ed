"""What waits for a person, across nouns: the queue that every role lands on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from setright.campaign import access
from setright.campaign.enums import CampaignState, EnrolmentState, InstructionState, StepState
from setright.campaign.models import Campaign, Instruction, NoticeUnit, Person, Step
from setright.campaign.queries.notice import to_answer


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits: what, of which unit, since when or until when, and where to do it."""

    kind: str
    label: str
    unit: str
    since: date | None
    due_on: date | None
    url: str
    state: str
    state_word: str


KINDS = {
    "review": _("To review"),
    "returned": _("Returned to you"),
    "enter": _("To hand in"),
    "notice": _("Notices"),
    "instruction": _("Instructions"),
}


def steps_to_review(person: Person, campaign: Campaign) -> QuerySet[Step]:
    """Steps handed in to this supervisor, oldest first; never those of their own unit."""
    own = person.posts.filter(until=None).values("unit_id")
    rows = Step.objects.filter(enrolment__campaign=campaign, state=StepState.SUBMITTED).exclude(enrolment__unit__in=own)
    scoped = access.scope(rows, person, "step.review", unit="enrolment__unit", campaign="enrolment__campaign")
    return scoped.select_related("enrolment__unit", "template").order_by("submitted_at", "pk")


def steps_to_enter(person: Person, campaign: Campaign) -> QuerySet[Step]:
    """Steps of the present phase that the units in whose name this person enters still owe, by due day.

    What units below owe is theirs: it stands on the board, not among one's own work.
    """
    own = access.own_paths(person, "step.enter", campaign.pk)
    rows = Step.objects.filter(
        enrolment__campaign=campaign,
        enrolment__unit__path__in=own,
        state__in=(StepState.OPEN, StepState.RETURNED),
        template__isnull=False,
    )
    present = _of_present_phase(rows)
    return present.select_related("enrolment__unit", "template").order_by("due_on", "pk")


def _of_present_phase(rows: QuerySet[Step]) -> QuerySet[Step]:
    parts = [
        rows.filter(enrolment__state=state, phase=number)
        for state, number in ((EnrolmentState.P1, 1), (EnrolmentState.P2, 2), (EnrolmentState.P3, 3))
    ]
    return parts[0] | parts[1] | parts[2]


def notices_to_answer(person: Person, campaign: Campaign) -> QuerySet[NoticeUnit]:
    """Notices at this person's own units that are not read, or not replied to where a reply is asked."""
    return to_answer(person, campaign)


def instructions_for(person: Person, campaign: Campaign) -> QuerySet[Instruction]:
    """Instructions this person must answer, or whose answer waits for them."""
    rows = Instruction.objects.filter(campaign=campaign)
    to_answer = rows.filter(addressee=person, state__in=(InstructionState.GIVEN, InstructionState.RETURNED))
    to_judge = rows.filter(by=person, state=InstructionState.ANSWERED)
    return (to_answer | to_judge).select_related("unit", "by").order_by("due_on", "pk")


def waiting_for(person: Person, campaign: Campaign) -> list[Waiting]:
    """Everything that waits for the person, longest waiting (or soonest due) first; nothing once it is closed."""
    if _is_over(campaign):
        return []
    found = [_review(campaign, s) for s in steps_to_review(person, campaign)]
    found += [_enter(campaign, s) for s in steps_to_enter(person, campaign)]
    found += [_notice(campaign, n) for n in notices_to_answer(person, campaign)]
    found += [_instruction(campaign, i, person) for i in instructions_for(person, campaign)]
    return sorted(found, key=_age)


def _is_over(campaign: Campaign) -> bool:
    return campaign.state in (CampaignState.CLOSED, CampaignState.ARCHIVED)


def _age(each: Waiting) -> tuple[date, str, str]:
    return (each.since or each.due_on or date.max, each.unit, each.label)


def _review(campaign: Campaign, step: Step) -> Waiting:
    since = timezone.localdate(step.submitted_at) if step.submitted_at else None
    url = reverse("work", args=(campaign.pk,)) + f"?step={step.pk}"
    unit = step.enrolment.unit.label
    return Waiting("review", step.label, unit, since, step.due_on, url, step.state, step.get_state_display())


def _enter(campaign: Campaign, step: Step) -> Waiting:
    kind = "returned" if step.state == StepState.RETURNED else "enter"
    url = reverse("step_page", args=(campaign.pk, step.pk))
    unit = step.enrolment.unit.label
    return Waiting(kind, step.label, unit, None, step.due_on, url, step.state, step.get_state_display())


def _notice(campaign: Campaign, at: NoticeUnit) -> Waiting:
    url = reverse("notice_page", args=(campaign.pk, at.notice_id)) + f"?unit={at.unit_id}"
    notice = at.notice
    return Waiting(
        "notice", notice.label, at.unit.label, notice.issued_on, notice.reply_by, url, at.state, at.get_state_display()
    )


def _instruction(campaign: Campaign, each: Instruction, person: Person) -> Waiting:
    since = timezone.localdate(each.answered_at) if each.by_id == person.pk and each.answered_at else each.given_on
    url = reverse("instruction_page", args=(campaign.pk, each.pk))
    word = each.get_state_display()
    return Waiting("instruction", each.text[:60], each.unit.label, since, each.due_on, url, each.state, word)


def n_waiting(person: Person, campaign: Campaign) -> int:
    """How many things wait, in one question: the figure in the navigation of every page."""
    if _is_over(campaign):
        return 0
    parts: tuple[QuerySet[Any], ...] = (
        steps_to_review(person, campaign),
        steps_to_enter(person, campaign),
        notices_to_answer(person, campaign),
        instructions_for(person, campaign),
    )
    first, *others = (rows.order_by().values("pk") for rows in parts)
    return first.union(*others, all=True).count()
