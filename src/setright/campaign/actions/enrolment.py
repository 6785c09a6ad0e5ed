"""Enrol units into a batch, with their phases and mandatory steps; change who leads and who supervises."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions.transition import text_hash
from setright.campaign.enums import BatchState, EnrolmentState, Role
from setright.campaign.errors import Invalid, Refused
from setright.campaign.models import (
    Batch,
    Enrolment,
    Grant,
    Person,
    Phase,
    Rollup,
    Step,
    StepTemplate,
    SupervisionGroup,
    TeamMember,
    Unit,
)
from setright.campaign.queries.rollup import counted

_CHUNK = 200


def enrol_units(*, batch: Batch, units: list[Unit], by: Person) -> list[Enrolment]:
    """Enrol each unit once: phases planned from the batch's start, every mandatory step with its due day.

    The head of the unit's team leads it. One log entry for the whole act, with the count and a digest of the codes.

    Raises
    ------
    Invalid
        When a unit takes part already; nothing is enrolled then.
    """
    access.require(by, "enrolment.manage", campaign=batch.campaign_id)
    if batch.state == BatchState.CLOSED:
        raise Refused(_("This batch is closed: nobody can join it."))
    taken = Enrolment.objects.filter(campaign=batch.campaign_id, unit__in=units).select_related("unit")
    if names := [e.unit.label for e in taken[:3]]:
        raise Invalid("units", _("Already taking part: %(names)s.") % {"names": ", ".join(names)})
    with transaction.atomic():
        heads = {
            member.unit_id: member.person_id
            for member in TeamMember.objects.filter(unit__in=units, is_head=True, until=None)
        }
        made = Enrolment.objects.bulk_create(
            [
                Enrolment(campaign_id=batch.campaign_id, batch=batch, unit=unit, lead_id=heads.get(unit.pk))
                for unit in units
            ],
            batch_size=_CHUNK,
        )
        _plan(batch, made)
        _grant_leads(made)
        digest = text_hash(sorted(unit.code for unit in units))
        log.write(
            "enrol_units", batch, by, log.About(batch.campaign_id), log.Change(None, {"digest": digest}, len(made))
        )
    return made


def _plan(batch: Batch, made: list[Enrolment]) -> None:
    starts = _phase_starts(batch)
    _insert(
        Phase(enrolment=e, number=number, planned_from=start, planned_to=end)
        for e in made
        for number, (start, end) in starts.items()
    )
    templates = list(StepTemplate.objects.filter(campaign=batch.campaign_id))
    _insert(
        Step(
            enrolment=e,
            template=t,
            name=t.name,
            name_en=t.name_en,
            phase=t.phase,
            position=t.position,
            due_on=starts[t.phase][0] + timedelta(days=t.due_days),
        )
        for e in made
        for t in templates
    )
    figures = counted(Enrolment.objects.filter(pk__in=[e.pk for e in made]))
    _insert(Rollup(enrolment_id=key, **each.fields()) for key, each in figures.items())


def _insert(rows: object) -> None:
    listed: list[Model] = list(rows)  # type: ignore[call-overload]
    if listed:
        type(listed[0])._default_manager.bulk_create(listed, batch_size=_CHUNK)


def _phase_starts(batch: Batch) -> dict[int, tuple[date, date]]:
    """Planned first and last day of each phase, one after the other from the batch's start."""
    start, found = batch.starts_on, {}
    for number, days in enumerate(batch.campaign.rules["phase_days"], 1):
        found[number] = (start, start + timedelta(days=days - 1))
        start += timedelta(days=days)
    return found


def _grant_leads(made: list[Enrolment]) -> None:
    today = timezone.localdate()
    Grant.objects.bulk_create(
        Grant(person_id=e.lead_id, role=Role.LEAD, campaign_id=e.campaign_id, unit_id=e.unit_id, since=today)
        for e in made
        if e.lead_id
    )


def begin_enrolment(*, enrolment: Enrolment, by: Person) -> None:
    """From not started to phase 1; the batch must run."""
    access.require(by, "enrolment.manage", campaign=enrolment.campaign_id, unit=enrolment.unit)
    if enrolment.batch.state != BatchState.RUNNING:
        raise Refused(_("The batch does not run yet."))
    begin_enrolments(batch=enrolment.batch, by=by, only=[enrolment.pk])


def begin_enrolments(*, batch: Batch, by: Person, only: list[int] | None = None) -> int:
    """Put every waiting unit of a running batch (or only some) into phase 1; return how many were."""
    access.require(by, "enrolment.manage", campaign=batch.campaign_id)
    if batch.state != BatchState.RUNNING:
        raise Refused(_("The batch does not run yet."))
    with transaction.atomic():
        waiting = Enrolment.objects.filter(batch=batch, state=EnrolmentState.WAITING)
        if only is not None:
            waiting = waiting.filter(pk__in=only)
        keys = list(waiting.values_list("pk", flat=True))
        n = Enrolment.objects.filter(pk__in=keys, state=EnrolmentState.WAITING).update(state=EnrolmentState.P1)
        Phase.objects.filter(enrolment__in=keys, number=1).update(opened_on=timezone.localdate())
        log.write("begin_enrolments", batch, by, log.About(batch.campaign_id), log.Change(None, {"state": "p1"}, n))
    return n


def change_lead(*, enrolment: Enrolment, person: Person, by: Person) -> None:
    """Hand the lead over: the earlier lead's grant ends today, the new one's begins."""
    access.require(by, "enrolment.manage", campaign=enrolment.campaign_id, unit=enrolment.unit)
    today = timezone.localdate()
    with transaction.atomic():
        before = enrolment.lead_id
        _end_grants(enrolment, Role.LEAD, today)
        Enrolment.objects.filter(pk=enrolment.pk).update(lead=person)
        enrolment.lead = person
        Grant.objects.create(
            person=person, role=Role.LEAD, campaign_id=enrolment.campaign_id, unit_id=enrolment.unit_id, since=today
        )
        about = log.About(enrolment.campaign_id, enrolment.unit_id)
        log.write("change_lead", enrolment, by, about, log.Change({"lead": before}, {"lead": person.pk}))


def _end_grants(enrolment: Enrolment, role: Role, today: date) -> None:
    """A grant of today is removed, since its days would end before they begin; an older one ends yesterday."""
    held = Grant.objects.filter(
        role=role,
        campaign_id=enrolment.campaign_id,
        unit_id=enrolment.unit_id,
        until=None,
        group__isnull=role != Role.SUPERVISOR,
    )
    held.filter(since__gte=today).delete()
    held.update(until=today - timedelta(days=1))


def assign_group(*, enrolments: list[Enrolment], group: SupervisionGroup, by: Person) -> None:
    """Give units to a supervision group: each of its members may review them from today."""
    access.require(by, "enrolment.manage", campaign=group.campaign_id)
    today = timezone.localdate()
    members = list(group.members.all())
    with transaction.atomic():
        for enrolment in enrolments:
            _end_grants(enrolment, Role.SUPERVISOR, today)
        Enrolment.objects.filter(pk__in=[e.pk for e in enrolments]).update(group=group)
        Grant.objects.bulk_create(
            Grant(
                person=person,
                role=Role.SUPERVISOR,
                campaign_id=group.campaign_id,
                unit_id=e.unit_id,
                group=group,
                since=today,
            )
            for e in enrolments
            for person in members
        )
        log.write(
            "assign_group",
            group,
            by,
            log.About(group.campaign_id),
            log.Change(None, {"digest": text_hash(sorted(e.pk for e in enrolments))}, len(enrolments)),
        )
