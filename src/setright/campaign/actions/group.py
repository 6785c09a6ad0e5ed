"""Supervision groups."""

from __future__ import annotations

from django.db import transaction

from setright.campaign import access, log
from setright.campaign.models import Campaign, Person, SupervisionGroup


def create_group(*, campaign: Campaign, name: str, name_en: str, members: list[Person], by: Person) -> SupervisionGroup:
    """Make a group; what it may review follows from the units it is given later."""
    access.require(by, "enrolment.manage", campaign=campaign)
    with transaction.atomic():
        group = SupervisionGroup.objects.create(campaign=campaign, name=name, name_en=name_en)
        group.members.set(members)
        log.write("create_group", group, by, log.About(campaign.pk), log.Change(None, {}, len(members)))
    return group
