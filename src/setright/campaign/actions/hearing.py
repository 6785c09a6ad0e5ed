"""A unit reports to its sponsor or supervisor: on paper, in person, by telephone; planned, held, reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from setright.campaign.actions import held
from setright.campaign.actions.held import count_held, require_own, write_entry
from setright.campaign.actions.point import require_guide
from setright.campaign.enums import HearingWay, HeldState
from setright.campaign.errors import Invalid
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
        write_entry("add", hearing, by, None)
    return hearing


def hold_hearing(*, hearing: Hearing, on: date, summary: str, duty: PlanDuty | None, by: Person) -> None:
    """Write down what was reported, or change it until it is handed on."""
    require_own(hearing, by)
    if not summary.strip():
        raise Invalid("summary", _("Say what was reported."))
    held.hold(hearing, on, summary, duty, by)


def report_hearing(*, hearing: Hearing, by: Person) -> None:
    """Hand the summary to the office and to the unit; from now on it stands as written."""
    held.report(hearing, by)


def unreport_hearing(*, hearing: Hearing, by: Person) -> None:
    """Take one's own report back."""
    held.unreport(hearing, by)


def drop_hearing(*, hearing: Hearing, by: Person) -> None:
    """Call a planned hearing off."""
    held.drop(hearing, by)
