"""Enrol units into a batch, with their phases and mandatory steps; change who leads and who supervises."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions.transition import text_hash
from setright.campaign.enums import BatchState, EnrolmentState, Role
from setright.campaign.errors import Conflict, Invalid, Reason, Refused
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
from setright.campaign.queries.enrolment import judged_units
from setright.campaign.queries.rollup import counted

_CHUNK = 200


def enrol_units(*, batch: Batch, units: list[Unit], by: Person) -> list[Enrolment]:
    """Enrol each unit once: phases planned from the batch's start, every mandatory step with its due day.

    The head of the unit's team leads it. One log entry for the whole act, with the count and a digest of the codes.

    Raises
    ------
    Invalid
        When one of them cannot join, with the reason; nothing is enrolled then.
    """
    access.require(by, "enrolment.manage", campaign=batch.campaign_id)
    if batch.state == BatchState.CLOSED:
        raise Refused(_("This batch is closed: nobody can join it."))
    if turned := judged_units(batch, units).turned:
        named = _("; ").join(f"{each.name}: {each.why}" for each in turned[:3])
        more = _(" and %(n)d more") % {"n": len(turned) - 3} if len(turned) > 3 else ""
        raise Invalid("units", _("These cannot join: %(names)s%(more)s.") % {"names": named, "more": more})
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
    before, today = enrolment.lead_id, timezone.localdate()
    if before == person.pk:
        raise Invalid("person", _("%(name)s leads this unit already.") % {"name": person.label})
    with transaction.atomic():
        if not Enrolment.objects.filter(pk=enrolment.pk, lead=before).update(lead=person):
            raise Conflict(_("Somebody handed the lead over meanwhile. Nothing of yours was changed."))
        leading = Grant.objects.filter(
            role=Role.LEAD, campaign_id=enrolment.campaign_id, unit_id=enrolment.unit_id, until=None
        )
        _end_grants(leading.filter(person__in=[key for key in (before, person.pk) if key]), today)
        enrolment.lead = person
        Grant.objects.create(
            person=person, role=Role.LEAD, campaign_id=enrolment.campaign_id, unit_id=enrolment.unit_id, since=today
        )
        about = log.About(enrolment.campaign_id, enrolment.unit_id)
        log.write("change_lead", enrolment, by, about, log.Change({"lead": before}, {"lead": person.pk}))


def _end_grants(grants: QuerySet[Grant], today: date) -> None:
    """A grant of today is removed, since its days would end before they begin; an older one ends yesterday."""
    grants.filter(since__gte=today).delete()
    grants.update(until=today - timedelta(days=1))


def assign_group(*, enrolments: list[Enrolment], group: SupervisionGroup, by: Person) -> None:
    """Give units to a supervision group: each of its members may review them from today, and no earlier group's.

    Raises
    ------
    Refused
        Where members of the group belong to the units themselves: nobody supervises their own.
    """
    access.require(by, "enrolment.manage", campaign=group.campaign_id)
    today, units = timezone.localdate(), [each.unit_id for each in enrolments]
    members = list(group.members.all())
    refuse_own(members, Unit.objects.filter(pk__in=units))
    with transaction.atomic():
        _end_grants(_group_grants(group.campaign_id).filter(unit__in=units), today)
        Enrolment.objects.filter(pk__in=[e.pk for e in enrolments], campaign=group.campaign_id).update(group=group)
        grant_group(group, members, units, today)
        digest = text_hash(sorted(e.pk for e in enrolments))
        change = log.Change(None, {"digest": digest}, len(enrolments))
        log.write("assign_group", group, by, log.About(group.campaign_id), change)


def _group_grants(campaign: int) -> QuerySet[Grant]:
    return Grant.objects.filter(role=Role.SUPERVISOR, campaign=campaign, group__isnull=False, until=None)


def grant_group(group: SupervisionGroup, members: list[Person], units: list[int], today: date) -> None:
    """Give each member the supervisor's role over each of the units."""
    Grant.objects.bulk_create(
        (
            Grant(
                person=person,
                role=Role.SUPERVISOR,
                campaign_id=group.campaign_id,
                unit_id=unit,
                group=group,
                since=today,
            )
            for unit in units
            for person in members
        ),
        batch_size=_CHUNK,
    )


def end_group_grants(group: SupervisionGroup, members: list[Person], today: date) -> None:
    """Take the supervisor's role that members hold by this group."""
    _end_grants(_group_grants(group.campaign_id).filter(group=group, person__in=members), today)


def refuse_own(members: list[Person], units: QuerySet[Unit]) -> None:
    """Do nothing where no member belongs to one of the units, or to one below it.

    Raises
    ------
    Refused
        Otherwise, naming each of them.
    """
    posts = TeamMember.objects.filter(person__in=members, until=None).select_related("person", "unit")
    paths = list(units.values_list("path", flat=True))
    own = [post for post in posts if any(post.unit.path.startswith(path) for path in paths)]
    if own:
        reasons = tuple(
            Reason("own", f"{post.person}: {post.unit}", _("Take them out of the group first.")) for post in own
        )
        raise Refused(_("Nobody supervises their own unit."), reasons)
