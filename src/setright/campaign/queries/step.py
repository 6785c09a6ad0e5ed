"""Steps with what was handed in and decided about them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from setright.campaign.models import Enrolment, Event, Review, Step, StepFile


@dataclass(frozen=True, slots=True)
class Repeated:
    """Evidence whose very bytes were handed in elsewhere too."""

    evidence: StepFile
    others: tuple[Step, ...]


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


def repeated_evidence(step: Step, evidence: list[StepFile]) -> list[Repeated]:
    """Which of this step's evidence also proves another step, here or in another unit of the campaign; one query."""
    uses = (
        StepFile.objects.filter(
            step__enrolment__campaign=step.enrolment.campaign_id,
            file__sha256__in={each.file.sha256 for each in evidence},
            dropped_in=None,
        )
        .exclude(step=step)
        .select_related("file", "step__enrolment__unit")
        .order_by("step_id")
    )
    others: dict[str, dict[int, Step]] = {}
    for use in uses:
        others.setdefault(use.file.sha256, {})[use.step_id] = use.step
    return [Repeated(each, tuple(others[each.file.sha256].values())) for each in evidence if each.file.sha256 in others]


def history_of(step: Step) -> QuerySet[Event]:
    """The log entries about a step, newest first."""
    return Event.objects.filter(object_type="step", object_id=step.pk).select_related("actor").order_by("-seq")
