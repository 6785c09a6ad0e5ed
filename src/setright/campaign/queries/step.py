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


def repeated_evidence(step: Step) -> list[Repeated]:
    """Files of this step that also prove another step, here or in another unit of the campaign."""
    found = []
    for evidence in evidence_of(step):
        others = (
            Step.objects.filter(
                enrolment__campaign=step.enrolment.campaign_id,
                evidence__file__sha256=evidence.file.sha256,
                evidence__dropped_in=None,
            )
            .exclude(pk=step.pk)
            .select_related("enrolment__unit")
            .distinct()
            .order_by("pk")
        )
        if others:
            found.append(Repeated(evidence, tuple(others)))
    return found


def history_of(step: Step) -> QuerySet[Event]:
    """The log entries about a step, newest first."""
    return Event.objects.filter(object_type="step", object_id=step.pk).select_related("actor").order_by("-seq")
