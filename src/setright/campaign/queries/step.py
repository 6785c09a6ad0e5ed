"""Steps with what was handed in and decided about them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from setright.campaign import access
from setright.campaign.models import Enrolment, Event, Person, Review, Step, StepFile


@dataclass(frozen=True, slots=True)
class Repeated:
    """Evidence whose very bytes were handed in elsewhere too; what the reader may not see is counted, never named."""

    evidence: StepFile
    others: tuple[Step, ...]
    n_unseen: int


def steps_of(enrolment: Enrolment) -> QuerySet[Step]:
    """Every step of an enrolment in order, mandatory ones before the unit's own."""
    return enrolment.steps.select_related("template").order_by("phase", "position", "pk")


def evidence_of(step: Step) -> list[StepFile]:
    """The files that count now; dropped ones are in the history."""
    return list(step.evidence.filter(dropped_in=None).select_related("file").order_by("pk"))


def reviews_of(step: Step) -> list[Review]:
    """Every decision about a step, newest first: standing, revoked and voided ones."""
    rows = Review.objects.filter(object_type="step", object_id=step.pk)
    return list(rows.select_related("reviewer").order_by("-at", "-pk"))


def repeated_evidence(step: Step, evidence: list[StepFile], reader: Person) -> list[Repeated]:
    """Which of this step's evidence also proves another step, here or in another unit of the campaign."""
    uses = StepFile.objects.filter(
        step__enrolment__campaign=step.enrolment.campaign_id,
        file__sha256__in={each.file.sha256 for each in evidence},
        dropped_in=None,
    ).exclude(step=step)
    seen = access.scope(uses, reader, "step.view", unit="step__enrolment__unit", campaign="step__enrolment__campaign")
    named: dict[str, dict[int, Step]] = {}
    for use in seen.select_related("file", "step__enrolment__unit").order_by("step_id"):
        named.setdefault(use.file.sha256, {})[use.step_id] = use.step
    counts = dict(uses.values_list("file__sha256").annotate(n=Count("step", distinct=True)).order_by())
    found = []
    for each in evidence:
        others = tuple(named.get(each.file.sha256, {}).values())
        if n := counts.get(each.file.sha256, 0):
            found.append(Repeated(each, others, n - len(others)))
    return found


def history_of(step: Step) -> QuerySet[Event]:
    """The log entries about a step, newest first."""
    return Event.objects.filter(object_type="step", object_id=step.pk).select_related("actor").order_by("-seq")
