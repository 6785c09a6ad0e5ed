"""A unit reports to its sponsor or supervisor: on paper, in person, by telephone; planned, held, reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions.point import require_guide
from setright.campaign.actions.transition import move, text_hash
from setright.campaign.actions.visit import count_held
from setright.campaign.enums import HearingWay, HeldState
from setright.campaign.errors import Conflict, Invalid
from setright.campaign.models import Campaign, Hearing, Person, PlanDuty, Unit


@dataclass(frozen=True, slots=True)
class HearingDraft:
    """What is typed about a hearing; without `summary` it is still to come."""

    unit: Unit
    way: HearingWay
    on: date
    matter: str
    summary: str = ""
    duty: PlanDuty | None = None


def add_hearing(*, campaign: Campaign, draft: HearingDraft, by: Person) -> Hearing:
    """Plan a hearing, or record one that was held, such as a telephone call."""
    require_guide(campaign=campaign, unit=draft.unit, by=by)
    is_held = bool(draft.summary.strip())
    with transaction.atomic():
        hearing = Hearing.objects.create(
            campaign=campaign,
            unit=draft.unit,
            by=by,
            way=draft.way,
            on=draft.on,
            matter=draft.matter,
            summary=draft.summary,
            state=HeldState.DONE if is_held else HeldState.PLANNED,
        )
        if is_held:
            count_held(hearing, draft.duty, by)
        _log("add_hearing", hearing, by, None)
    return hearing


def hold_hearing(*, hearing: Hearing, on: date, summary: str, duty: PlanDuty | None, by: Person) -> None:
    """Write down what was reported, or change it until it is handed on."""
    _require_own(hearing, by)
    if not summary.strip():
        raise Invalid("summary", _("Say what was reported."))
    with transaction.atomic():
        before = hearing.state
        move(hearing, (HeldState.PLANNED, HeldState.DONE), state=HeldState.DONE, on=on, summary=summary)
        count_held(hearing, duty if before == HeldState.PLANNED else None, by)
        _log("hold_hearing", hearing, by, before)


def report_hearing(*, hearing: Hearing, by: Person) -> None:
    """Hand the summary to the office and to the unit; from now on it stands as written."""
    _require_own(hearing, by)
    with transaction.atomic():
        move(hearing, (HeldState.DONE,), state=HeldState.REPORTED)
        _log("report_hearing", hearing, by, HeldState.DONE)


def unreport_hearing(*, hearing: Hearing, by: Person) -> None:
    """Take one's own report back."""
    _require_own(hearing, by)
    with transaction.atomic():
        move(hearing, (HeldState.REPORTED,), state=HeldState.DONE)
        _log("unreport_hearing", hearing, by, HeldState.REPORTED)


def drop_hearing(*, hearing: Hearing, by: Person) -> None:
    """Call a planned hearing off."""
    _require_own(hearing, by)
    with transaction.atomic():
        _log("drop_hearing", hearing, by, hearing.state)
        if not Hearing.objects.filter(pk=hearing.pk, state=HeldState.PLANNED).delete()[0]:
            raise Conflict(_("It was held by now: it stays."))


def _require_own(hearing: Hearing, by: Person) -> None:
    access.require(by, "contact.act", campaign=hearing.campaign_id, unit=hearing.unit)
    if hearing.by_id != by.pk:
        raise access.Unknown("There is no such page, or it is not yours to see.")


def _log(action: str, hearing: Hearing, by: Person, before: str | None) -> None:
    log.write(
        action,
        hearing,
        by,
        log.About(hearing.campaign_id, hearing.unit_id),
        log.Change(
            {"state": before} if before else None,
            {"state": hearing.state, "on": hearing.on.isoformat(), "summary": text_hash(hearing.summary)},
        ),
    )
