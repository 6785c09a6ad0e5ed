"""Supervision groups."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from setright.campaign import access, log
from setright.campaign.actions.enrolment import end_group_grants, grant_group, refuse_own
from setright.campaign.models import Campaign, Person, SupervisionGroup, Unit


def create_group(*, campaign: Campaign, name: str, name_en: str, members: list[Person], by: Person) -> SupervisionGroup:
    """Make a group; what it may review follows from the units it is given later."""
    access.require(by, "enrolment.manage", campaign=campaign)
    with transaction.atomic():
        group = SupervisionGroup.objects.create(campaign=campaign, name=name, name_en=name_en)
        group.members.set(members)
        log.write("create_group", group, by, log.About(campaign.pk), log.Change(None, {}, len(members)))
    return group


def change_members(*, group: SupervisionGroup, members: list[Person], by: Person) -> None:
    """Make these people the group: who joins may review its units from today, who leaves no longer may."""
    access.require(by, "enrolment.manage", campaign=group.campaign_id)
    today = timezone.localdate()
    with transaction.atomic():
        SupervisionGroup.objects.select_for_update().get(pk=group.pk)
        before = list(group.members.all())
        joining = [each for each in members if each not in before]
        leaving = [each for each in before if each not in members]
        units = list(group.enrolments.values_list("unit_id", flat=True))
        refuse_own(joining, Unit.objects.filter(pk__in=units))
        end_group_grants(group, leaving, today)
        grant_group(group, joining, units, today)
        group.members.set(members)
        change = log.Change(
            {"members": sorted(each.pk for each in before)}, {"members": sorted(each.pk for each in members)}
        )
        log.write("change_members", group, by, log.About(group.campaign_id), change)
