"""A visit by a sponsor or a supervisor: planned, held with what was seen, reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from setright.campaign.actions import held
from setright.campaign.actions.held import count_held, require_own, write_entry
from setright.campaign.actions.point import require_guide
from setright.campaign.enums import HeldState
from setright.campaign.errors import Invalid
from setright.campaign.models import Campaign, Person, PlanDuty, Unit, Visit


@dataclass(frozen=True, slots=True)
class VisitDraft:
    """What is typed about a visit; without `findings` it is still to come."""

    unit: Unit
    on: date
    place: str = ""
    purpose: str = ""
    findings: str = ""
    duty: PlanDuty | None = None


def add_visit(*, campaign: Campaign, draft: VisitDraft, by: Person) -> Visit:
    """Plan a visit, or record one that was held."""
    role = require_guide(campaign=campaign, unit=draft.unit, by=by)
    is_held = bool(draft.findings.strip())
    with transaction.atomic():
        visit = Visit.objects.create(
            campaign=campaign,
            unit=draft.unit,
            by=by,
            as_role=role,
            on=draft.on,
            place=draft.place,
            purpose=draft.purpose,
            findings=draft.findings,
            state=HeldState.DONE if is_held else HeldState.PLANNED,
        )
        if is_held:
            count_held(visit, draft.duty, by)
        write_entry("add", visit, by, None)
    return visit


def hold_visit(*, visit: Visit, on: date, findings: str, duty: PlanDuty | None, by: Person) -> None:
    """Write down what was seen, or change it until it is reported."""
    require_own(visit, by)
    if not findings.strip():
        raise Invalid("findings", _("Say what was seen."))
    held.hold(visit, on, findings, duty, by)


def report_visit(*, visit: Visit, by: Person) -> None:
    """Hand the findings to the office and to the unit; from now on they stand as written."""
    held.report(visit, by)


def unreport_visit(*, visit: Visit, by: Person) -> None:
    """Take one's own report back."""
    held.unreport(visit, by)


def drop_visit(*, visit: Visit, by: Person) -> None:
    """Call a planned visit off."""
    held.drop(visit, by)
