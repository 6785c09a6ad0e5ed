"""What a visit and a hearing share: planned, held with words, reported; each step by whoever makes it, and by no other.

`actions/visit.py` and `actions/hearing.py` give these their own names, so that the log and the callers speak of the
noun. An act is logged as its verb and the noun: `report_visit`, `report_hearing`.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions.point import count_duty
from setright.campaign.actions.transition import move, text_hash
from setright.campaign.enums import HeldState, PointState
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.models import ContactPoint, Hearing, Person, PlanDuty, Unit, Visit

Held = Visit | Hearing


def hold(held: Held, on: date, words: str, duty: PlanDuty | None, by: Person) -> None:
    """Write down what was seen or reported, or change it until it is handed on; the words are not empty."""
    with transaction.atomic():
        before = held.state
        written = {_words_field(held): words}
        move(held, (HeldState.PLANNED, HeldState.DONE), state=HeldState.DONE, on=on, **written)
        count_held(held, duty if before == HeldState.PLANNED else None, by)
        write_entry("hold", held, by, before)


def report(held: Held, by: Person) -> None:
    """Hand the words to the office and to the unit; from now on they stand as written."""
    require_own(held, by)
    with transaction.atomic():
        move(held, (HeldState.DONE,), state=HeldState.REPORTED)
        write_entry("report", held, by, HeldState.DONE)


def unreport(held: Held, by: Person) -> None:
    """Take one's own report back."""
    require_own(held, by)
    with transaction.atomic():
        move(held, (HeldState.REPORTED,), state=HeldState.DONE)
        write_entry("unreport", held, by, HeldState.REPORTED)


def drop(held: Held, by: Person) -> None:
    """Call a planned one off."""
    require_own(held, by)
    with transaction.atomic():
        write_entry("drop", held, by, held.state)
        planned = type(held)._default_manager.filter(pk=held.pk, state=HeldState.PLANNED)
        if not planned.delete()[0]:
            raise Conflict(_("It was held by now: it stays."))


def count_held(held: Held, duty: PlanDuty | None, by: Person) -> None:
    """What was held lies in the past and, where wished, counts for a duty of its sponsor."""
    on: date = held.on
    unit: Unit = held.unit
    if on > timezone.localdate():
        raise Invalid("on", _("The day lies in the future: it was not held yet."))
    if duty is None:
        return
    points = ContactPoint.objects.filter(campaign=duty.plan.campaign_id, sponsor=by, state=PointState.ACTIVE)
    point = next((p for p in points.select_related("unit") if unit.path.startswith(p.unit.path)), None)
    if point is None:
        raise Refused(_("Only the unit’s sponsor has duties of the plan."))
    count_duty(point, duty, on, "", by)


def require_own(held: Held, by: Person) -> None:
    """Whoever makes it still may, and nobody else does."""
    access.require(by, "contact.act", campaign=held.campaign_id, unit=held.unit)
    if held.by_id != by.pk:
        raise access.Unknown


def write_entry(verb: str, held: Held, by: Person, before: str | None) -> None:
    """Log an act; of the words only their hash."""
    field = _words_field(held)
    log.write(
        f"{verb}_{held._meta.model_name}",
        held,
        by,
        log.About(held.campaign_id, held.unit_id),
        log.Change(
            {"state": before} if before else None,
            {"state": held.state, "on": held.on.isoformat(), field: text_hash(getattr(held, field))},
        ),
    )


def _words_field(held: Held) -> str:
    return "findings" if isinstance(held, Visit) else "summary"
