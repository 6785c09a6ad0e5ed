"""Give and end roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions.transition import text_hash
from setright.campaign.enums import Role
from setright.campaign.errors import Conflict, Refused
from setright.campaign.models import Campaign, Grant, Person, Unit

_CHUNK: Final = 500


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
    """Give a role from today; nobody gives one to themselves, and none twice."""
    access.require(by, _right(over.role), campaign=over.campaign, unit=over.unit)
    if person == by:
        raise Refused(_("Nobody gives a role to themselves: ask another person who may."))
    if not person.is_active:
        raise Refused(_("The account of this person has ended."))
    if over.role == Role.SUPERVISOR and over.unit is not None and access.is_of_the_unit(person, over.unit):
        raise Refused(_("This person belongs to that unit: nobody supervises their own."))
    today = timezone.localdate()
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        held = Grant.objects.filter(person=person, role=over.role, campaign=over.campaign, unit=over.unit)
        if held.filter(Q(until=None) | Q(until__gte=today)).exists():
            raise Conflict(_("This person holds that role already."))
        grant = Grant.objects.create(person=person, role=over.role, campaign=over.campaign, unit=over.unit, since=today)
        _log("give_role", grant, by)
    return grant


@dataclass(frozen=True, slots=True)
class NewRole:
    """A role to give to somebody over a unit of the campaign (over all of it where none is named)."""

    person: Person
    role: Role
    unit: Unit | None


def give_roles(*, campaign: Campaign, given: list[NewRole], by: Person) -> int:
    """Give many roles of one campaign at once, from today: all or none, by the rules of `give_role`, as one act."""
    for each in given:
        access.require(by, _right(each.role), campaign=campaign, unit=each.unit)
    today = timezone.localdate()
    with transaction.atomic():
        _require_givable(campaign, given, by)
        Grant.objects.bulk_create(
            (Grant(person=n.person, role=n.role, campaign=campaign, unit=n.unit, since=today) for n in given),
            batch_size=_CHUNK,
        )
        digest = text_hash(sorted(_key(each) for each in given))
        log.write("give_roles", campaign, by, log.About(campaign.pk), log.Change(None, {"digest": digest}, len(given)))
    return len(given)


def _key(new: NewRole) -> tuple[int, str, int]:
    return new.person.pk, new.role.value, new.unit.pk if new.unit else 0


def _require_givable(campaign: Campaign, given: list[NewRole], by: Person) -> None:
    people = sorted({each.person.pk for each in given})
    if by.pk in people:
        raise Refused(_("Nobody gives a role to themselves: ask another person who may."))
    held: set[tuple[int, str, int]] = set()
    for start in range(0, len(people), _CHUNK):
        part = people[start : start + _CHUNK]
        if Person.objects.filter(pk__in=part, is_active=False).exists():
            raise Refused(_("The account of this person has ended."))
        lasting = Grant.objects.filter(Q(until=None) | Q(until__gte=timezone.localdate()), campaign=campaign)
        rows = lasting.filter(person__in=part).values_list("person_id", "role", "unit_id")
        held.update((person, role, unit or 0) for person, role, unit in rows)
    wanted = [_key(each) for each in given]
    if held.intersection(wanted) or len(set(wanted)) < len(wanted):
        raise Conflict(_("This person holds that role already."))
    for each in given:
        if each.role == Role.SUPERVISOR and each.unit and access.is_of_the_unit(each.person, each.unit):
            raise Refused(_("This person belongs to that unit: nobody supervises their own."))


def end_role(*, grant: Grant, by: Person) -> None:
    """End a role: from now on it gives nothing. One given today ends before it began, and stays to be read."""
    access.require(by, _right(Role(grant.role)), campaign=grant.campaign, unit=grant.unit)
    if grant.person == by:
        raise Refused(_("Nobody ends their own role: ask another person who may."))
    _refuse_of_group(grant)
    today = timezone.localdate()
    with transaction.atomic():
        lasting = Grant.objects.filter(Q(until=None) | Q(until__gte=today), pk=grant.pk)
        if not lasting.update(until=today - timedelta(days=1)):
            raise Conflict(_("Somebody was quicker: this role has ended already."))
        _log("end_role", grant, by)


def restore_role(*, grant: Grant, by: Person) -> None:
    """Take the end of a role back, on the day it was ended; later it is given anew."""
    access.require(by, _right(Role(grant.role)), campaign=grant.campaign, unit=grant.unit)
    _refuse_of_group(grant)
    yesterday = timezone.localdate() - timedelta(days=1)
    with transaction.atomic():
        if not Grant.objects.filter(pk=grant.pk, until=yesterday, person__is_active=True).update(until=None):
            raise Conflict(_("This end can no longer be taken back: give the role anew."))
        _log("restore_role", grant, by)


def _refuse_of_group(grant: Grant) -> None:
    if grant.group is not None:
        sentence = _("This role comes from “%(group)s”: change who is in the group, or give the unit to another.")
        raise Refused(sentence % {"group": grant.group.label})


def _log(action: str, grant: Grant, by: Person) -> None:
    log.write(
        action,
        grant,
        by,
        log.About(grant.campaign_id, grant.unit_id),
        log.Change(after={"role": grant.role, "person": grant.person_id}),
    )
