"""Give and end roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.enums import Role
from setright.campaign.errors import Refused
from setright.campaign.models import Campaign, Grant, Person, Unit


@dataclass(frozen=True, slots=True)
class RoleOver:
    """A role, in which campaign, over which subtree."""

    role: Role
    campaign: Campaign | None
    unit: Unit | None


def _right(role: Role) -> str:
    """The administrator names offices and administrators; the office names everyone else."""
    return "grant.office" if role in (Role.OFFICE, Role.ADMINISTRATOR) else "grant.manage"


def give_role(*, person: Person, over: RoleOver, by: Person) -> Grant:
    """Give a role from today; nobody gives one to themselves."""
    access.require(by, _right(over.role), campaign=over.campaign, unit=over.unit)
    if person == by:
        raise Refused(_("Nobody gives a role to themselves: ask another person who may."))
    if over.role == Role.SUPERVISOR and over.unit is not None and access.is_of_the_unit(person, over.unit):
        raise Refused(_("This person belongs to that unit: nobody supervises their own."))
    with transaction.atomic():
        grant = Grant.objects.create(
            person=person, role=over.role, campaign=over.campaign, unit=over.unit, since=timezone.localdate()
        )
        _log("give_role", grant, by)
    return grant


def end_role(*, grant: Grant, by: Person) -> None:
    """End a role: from now on it gives nothing."""
    access.require(by, _right(Role(grant.role)), campaign=grant.campaign, unit=grant.unit)
    today = timezone.localdate()
    with transaction.atomic():
        _log("end_role", grant, by)
        if grant.since >= today:
            grant.delete()
        else:
            Grant.objects.filter(pk=grant.pk, until=None).update(until=today - timedelta(days=1))


def _log(action: str, grant: Grant, by: Person) -> None:
    log.write(
        action,
        grant,
        by,
        log.About(grant.campaign_id, grant.unit_id),
        log.Change(after={"role": grant.role, "person": grant.person_id}),
    )
