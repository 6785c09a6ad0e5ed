"""Enrolling many units in the background."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from setright.campaign.actions.enrolment import enrol_units
from setright.campaign.jobs.registry import Progress, job
from setright.campaign.models import Batch, Person, Unit
from setright.campaign.queries.enrolment import judged_units


@job("enrol_units")
def run_enrol(progress: Progress, *, batch: int, units: list[int], by: int) -> dict[str, Any]:
    """Enrol those that can join as one act; run twice, the second time finds them taking part."""
    joined = Batch.objects.select_related("campaign").get(pk=batch)
    progress.say(_("Enrolling units"), 0, len(units))
    chosen = list(Unit.objects.filter(pk__in=units).order_by("path"))
    able = judged_units(joined, chosen).units
    if able:
        enrol_units(batch=joined, units=able, by=Person.objects.get(pk=by))
    return {"units": len(able)}
