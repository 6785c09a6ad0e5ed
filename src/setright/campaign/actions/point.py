"""Who sponsors which unit: assign, end, resume, hand over; and what a sponsor has done of the plan's duties."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions.transition import move, text_hash
from setright.campaign.enums import HeldState, InstructionState, PlanState, PointState, Role
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.models import (
    Campaign,
    ContactPoint,
    DutyRecord,
    Enrolment,
    Grant,
    Hearing,
    Instruction,
    Person,
    PlanDuty,
    Unit,
    Visit,
)

_UNFINISHED = (InstructionState.GIVEN, InstructionState.ANSWERED, InstructionState.RETURNED)


@dataclass(frozen=True, slots=True)
class PointDraft:
    """Who takes on which unit and, where wished, which field of work across units."""

    unit: Unit
    sponsor: Person
    field: str = ""
    field_en: str = ""


def assign_point(*, campaign: Campaign, draft: PointDraft, by: Person) -> ContactPoint:
    """Give a unit its sponsor from today: they see and guide its whole subtree."""
    access.require(by, "point.manage", campaign=campaign)
    _require_fit(campaign, draft)
    with transaction.atomic():
        point = _made(campaign, draft)
        _log("assign_point", point, by, {"sponsor": draft.sponsor.pk})
    return point


def end_point(*, point: ContactPoint, by: Person) -> None:
    """End a contact point today; the sponsor's right over the unit ends with it."""
    access.require(by, "point.manage", campaign=point.campaign_id)
    with transaction.atomic():
        _end(point)
        _log("end_point", point, by, {"state": point.state})


def resume_point(*, point: ContactPoint, by: Person) -> None:
    """Take an end back, as long as nobody else has taken the unit on."""
    access.require(by, "point.manage", campaign=point.campaign_id)
    taken = ContactPoint.objects.filter(campaign=point.campaign_id, unit=point.unit_id, state=PointState.ACTIVE)
    if taken.exists():
        raise Refused(_("The unit has a new sponsor by now: hand it over instead."))
    with transaction.atomic():
        move(point, (PointState.ENDED,), state=PointState.ACTIVE, until=None)
        _grant(point)
        _log("resume_point", point, by, {"state": point.state})


def hand_over_point(*, point: ContactPoint, sponsor: Person, by: Person) -> ContactPoint:
    """Another sponsor takes the unit on; open instructions, planned visits and hearings go along."""
    access.require(by, "point.manage", campaign=point.campaign_id)
    if sponsor == point.sponsor:
        raise Invalid("sponsor", _("They sponsor this unit already."))
    draft = PointDraft(point.unit, sponsor, point.field, point.field_en)
    with transaction.atomic():
        _end(point)
        _require_fit(point.campaign, draft)
        new = _made(point.campaign, draft)
        log.write(
            "hand_over_point",
            new,
            by,
            log.About(new.campaign_id, new.unit_id),
            log.Change({"sponsor": point.sponsor_id, "point": point.pk}, {"sponsor": sponsor.pk}),
        )
    return new


def look_at_point(*, point: ContactPoint, by: Person) -> None:
    """Remember that its sponsor looked just now; nothing else changes, so it is not logged."""
    ContactPoint.objects.filter(pk=point.pk, sponsor=by, state=PointState.ACTIVE).update(looked_at=timezone.now())


def record_duty(*, point: ContactPoint, duty: PlanDuty, on: date, note: str, by: Person) -> DutyRecord:
    """Note that a duty of the plan in force was done once; only the sponsor it binds says so."""
    _require_own(point, by)
    with transaction.atomic():
        record = count_duty(point, duty, on, note, by)
        _log("record_duty", point, by, {"duty": duty.pk, "on": on.isoformat(), "note": text_hash(note)})
    return record


def count_duty(point: ContactPoint, duty: PlanDuty, on: date, note: str, by: Person) -> DutyRecord:
    """The record itself, inside the action that makes it (a visit or a hearing may count for a duty)."""
    in_force = PlanDuty.objects.filter(pk=duty.pk, plan__campaign=point.campaign_id, plan__state=PlanState.APPROVED)
    if not in_force.exists():
        raise Invalid("duty", _("This duty is not part of the plan in force."))
    if on > timezone.localdate():
        raise Invalid("on", _("The day lies in the future."))
    return DutyRecord.objects.create(point=point, duty=duty, on=on, note=note, by=by)


def drop_duty_record(*, record: DutyRecord, by: Person) -> None:
    """Take one's own record back."""
    _require_own(record.point, by)
    with transaction.atomic():
        if not DutyRecord.objects.filter(pk=record.pk).delete()[0]:
            raise Conflict(_("It was taken back already."))
        _log("drop_duty_record", record.point, by, {"duty": record.duty_id, "on": record.on.isoformat()})


def _require_own(point: ContactPoint, by: Person) -> None:
    access.require(by, "duty.record", campaign=point.campaign_id, unit=point.unit)
    if point.sponsor_id != by.pk or point.state != PointState.ACTIVE:
        raise access.Unknown


def require_guide(*, campaign: Campaign | int, unit: Unit, by: Person) -> Role:
    """Who guides the unit, as sponsor or as supervisor; nobody guides their own."""
    access.require(by, "contact.act", campaign=campaign, unit=unit)
    if access.is_of_the_unit(by, unit):
        raise Refused(_("You belong to this unit: somebody else visits and instructs it."))
    key = campaign.pk if isinstance(campaign, Campaign) else campaign
    is_sponsor = any(each.role == Role.SPONSOR and each.covers(key, unit.path) for each in access.held(by))
    return Role.SPONSOR if is_sponsor else Role.SUPERVISOR


def _require_fit(campaign: Campaign, draft: PointDraft) -> None:
    if not Enrolment.objects.filter(campaign=campaign, unit=draft.unit).exists():
        raise Invalid("unit", _("This unit takes no part in the campaign."))
    if not draft.sponsor.is_active:
        raise Invalid("sponsor", _("This person has left."))
    if access.is_of_the_unit(draft.sponsor, draft.unit):
        raise Invalid("sponsor", _("This person belongs to that unit or one below it: nobody sponsors their own."))
    supervises = any(
        each.role == Role.SUPERVISOR and each.covers(campaign.pk, draft.unit.path)
        for each in access.held(draft.sponsor)
    )
    if supervises:
        raise Invalid("sponsor", _("This person supervises that unit: a sponsor never stands in for the supervisor."))
    taken = ContactPoint.objects.filter(campaign=campaign, unit=draft.unit, state=PointState.ACTIVE)
    if found := taken.select_related("sponsor").first():
        raise Invalid("unit", _("%(name)s sponsors this unit: hand it over instead.") % {"name": found.sponsor.label})


def _made(campaign: Campaign, draft: PointDraft) -> ContactPoint:
    today = timezone.localdate()
    try:
        with transaction.atomic():
            point = ContactPoint.objects.create(
                campaign=campaign,
                sponsor=draft.sponsor,
                unit=draft.unit,
                field=draft.field,
                field_en=draft.field_en,
                since=today,
            )
    except IntegrityError as error:
        raise Conflict(_("Somebody was quicker: the unit has a sponsor by now.")) from error
    _grant(point)
    _take_over(point)
    return point


def _take_over(point: ContactPoint) -> None:
    """What earlier sponsors of the unit left open is the new one's to judge and to hold."""
    earlier = ContactPoint.objects.filter(
        campaign=point.campaign_id, unit=point.unit_id, state=PointState.ENDED
    ).values_list("sponsor_id", flat=True)
    left = {"campaign": point.campaign_id, "unit": point.unit_id, "by__in": list(earlier)}
    Instruction.objects.filter(**left, state__in=_UNFINISHED).update(by=point.sponsor)
    Visit.objects.filter(**left, as_role=Role.SPONSOR, state=HeldState.PLANNED).update(by=point.sponsor)
    Hearing.objects.filter(**left, state=HeldState.PLANNED).update(by=point.sponsor)


def _grant(point: ContactPoint) -> None:
    Grant.objects.create(
        person=point.sponsor,
        role=Role.SPONSOR,
        campaign_id=point.campaign_id,
        unit_id=point.unit_id,
        since=timezone.localdate(),
    )


def _end(point: ContactPoint) -> None:
    """A grant of today is removed, since its days would end before they begin; an older one ends yesterday."""
    today = timezone.localdate()
    move(point, (PointState.ACTIVE,), state=PointState.ENDED, until=today)
    held = Grant.objects.filter(
        person=point.sponsor_id, role=Role.SPONSOR, campaign=point.campaign_id, unit=point.unit_id, until=None
    )
    held.filter(since__gte=today).delete()
    held.update(until=today - timedelta(days=1))


def _log(action: str, point: ContactPoint, by: Person, after: dict[str, object]) -> None:
    log.write(action, point, by, log.About(point.campaign_id, point.unit_id), log.Change(after=after))
