"""Instructions: whom one may be given to, who sees which, what was decided."""

from __future__ import annotations

from typing import Final

from django.db.models import Case, Q, QuerySet, Value, When
from django.utils import timezone

from setright.campaign import access
from setright.campaign.enums import InstructionState
from setright.campaign.models import Campaign, Enrolment, Event, Grant, Instruction, Person, Review, Unit
from setright.campaign.rights import RIGHTS

OPEN: Final = (InstructionState.GIVEN, InstructionState.RETURNED)
"""States in which an answer is owed."""


def addressees_of(campaign: Campaign, unit: Unit) -> list[Person]:
    """The unit's team and its lead: those of them who can sign in and answer, heads first."""
    lead = Enrolment.objects.filter(campaign=campaign, unit=unit).values_list("lead_id", flat=True)
    able = _able(campaign, unit)
    rows = Person.objects.filter(Q(posts__unit=unit, posts__until=None) | Q(pk__in=lead), pk__in=able, is_active=True)
    return list(rows.distinct().order_by("pk"))


def people_to_answer(instruction: Instruction) -> QuerySet[Person]:
    """Everyone of the teams of its unit and those below it, and their leads: among them a new addressee is named."""
    below = instruction.unit.path
    posted = Q(posts__unit__path__startswith=below, posts__until=None)
    leading = Q(led__campaign=instruction.campaign_id, led__unit__path__startswith=below)
    return Person.objects.filter(posted | leading, is_active=True).distinct()


def unit_to_answer(instruction: Instruction, person: Person) -> Unit | None:
    """For which unit this person could answer it: its own, or the first one below it whose team has or who leads it."""
    posted = Q(team__person=person, team__until=None)
    leading = Q(enrolments__campaign=instruction.campaign_id, enrolments__lead=person)
    units = Unit.objects.filter(posted | leading, path__startswith=instruction.unit.path).distinct().order_by("path")
    return next((unit for unit in units if person in addressees_of(instruction.campaign, unit)), None)


def _able(campaign: Campaign, unit: Unit) -> QuerySet[Grant, int]:
    above = [unit.path[: n * unit.steplen] for n in range(1, unit.depth + 1)]
    today = timezone.localdate()
    grants = Grant.objects.filter(
        Q(unit=None) | Q(unit__path__in=above),
        Q(until=None) | Q(until__gte=today),
        role__in=RIGHTS["instruction.answer"],
        campaign=campaign,
        since__lte=today,
    )
    return grants.values_list("person_id", flat=True)


def instructions_seen_by(person: Person, campaign: Campaign) -> QuerySet[Instruction]:
    """Those over whose unit the person sees contact work, and those addressed to them; nobody else's."""
    rows = Instruction.objects.filter(campaign=campaign)
    over = access.scope(rows, person, "contact.view")
    mine = access.scope(rows.filter(addressee=person), person, "instruction.answer")
    return rows.filter(Q(pk__in=over.values("pk")) | Q(pk__in=mine.values("pk"))).select_related(
        "unit", "by", "addressee"
    )


def by_urgency(rows: QuerySet[Instruction]) -> QuerySet[Instruction]:
    """Answers that are owed first, then those to judge, then the rest; each by its day."""
    order = {InstructionState.GIVEN: 0, InstructionState.RETURNED: 0, InstructionState.ANSWERED: 1}
    turn = Case(*(When(state=state, then=Value(n)) for state, n in order.items()), default=Value(2))
    return rows.order_by(turn, "due_on", "pk")


def is_open(instruction: Instruction) -> bool:
    """Whether an answer is still owed: then the due day counts."""
    return instruction.state in OPEN


def reviews_of_instruction(instruction: Instruction) -> list[Review]:
    """Every decision about its answers, newest first."""
    rows = Review.objects.filter(object_type="instruction", object_id=instruction.pk)
    return list(rows.select_related("reviewer").order_by("-at", "-pk"))


def history_of_instruction(instruction: Instruction) -> QuerySet[Event]:
    """The log entries about it, newest first."""
    rows = Event.objects.filter(object_type="instruction", object_id=instruction.pk)
    return rows.select_related("actor").order_by("-seq")
