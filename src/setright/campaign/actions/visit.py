"""A visit by a sponsor or a supervisor: planned, held with what was seen, reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions.point import count_duty, require_guide
from setright.campaign.actions.transition import move, text_hash
from setright.campaign.enums import HeldState, PointState
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.models import Campaign, ContactPoint, Person, PlanDuty, Unit, Visit


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
        _log("add_visit", visit, by, None)
    return visit


def hold_visit(*, visit: Visit, on: date, findings: str, duty: PlanDuty | None, by: Person) -> None:
    """Write down what was seen, or change it until it is reported."""
    _require_own(visit, by)
    if not findings.strip():
        raise Invalid("findings", _("Say what was seen."))
    with transaction.atomic():
        before = visit.state
        move(visit, (HeldState.PLANNED, HeldState.DONE), state=HeldState.DONE, on=on, findings=findings)
        count_held(visit, duty if before == HeldState.PLANNED else None, by)
        _log("hold_visit", visit, by, before)


def report_visit(*, visit: Visit, by: Person) -> None:
    """Hand the findings to the office and to the unit; from now on they stand as written."""
    _require_own(visit, by)
    with transaction.atomic():
        move(visit, (HeldState.DONE,), state=HeldState.REPORTED)
        _log("report_visit", visit, by, HeldState.DONE)


def unreport_visit(*, visit: Visit, by: Person) -> None:
    """Take one's own report back."""
    _require_own(visit, by)
    with transaction.atomic():
        move(visit, (HeldState.REPORTED,), state=HeldState.DONE)
        _log("unreport_visit", visit, by, HeldState.REPORTED)


def drop_visit(*, visit: Visit, by: Person) -> None:
    """Call a planned visit off."""
    _require_own(visit, by)
    with transaction.atomic():
        _log("drop_visit", visit, by, visit.state)
        if not Visit.objects.filter(pk=visit.pk, state=HeldState.PLANNED).delete()[0]:
            raise Conflict(_("It was held by now: it stays."))


def count_held(held: object, duty: PlanDuty | None, by: Person) -> None:
    """What was held lies in the past and, where wished, counts for a duty of its sponsor."""
    on: date = held.on  # type: ignore[attr-defined]  # a visit or a hearing
    unit: Unit = held.unit  # type: ignore[attr-defined]
    if on > timezone.localdate():
        raise Invalid("on", _("The day lies in the future: it was not held yet."))
    if duty is None:
        return
    points = ContactPoint.objects.filter(campaign=duty.plan.campaign_id, sponsor=by, state=PointState.ACTIVE)
    point = next((p for p in points.select_related("unit") if unit.path.startswith(p.unit.path)), None)
    if point is None:
        raise Refused(_("Only the unit’s sponsor has duties of the plan."))
    count_duty(point, duty, on, "", by)


def _require_own(visit: Visit, by: Person) -> None:
    access.require(by, "contact.act", campaign=visit.campaign_id, unit=visit.unit)
    if visit.by_id != by.pk:
        raise access.Unknown("There is no such page, or it is not yours to see.")


def _log(action: str, visit: Visit, by: Person, before: str | None) -> None:
    log.write(
        action,
        visit,
        by,
        log.About(visit.campaign_id, visit.unit_id),
        log.Change(
            {"state": before} if before else None,
            {"state": visit.state, "on": visit.on.isoformat(), "findings": text_hash(visit.findings)},
        ),
    )
