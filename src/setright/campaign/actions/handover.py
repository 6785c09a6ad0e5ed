"""Hand a person's posts and roles to a successor from a day on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.days import in_full
from setright.campaign.enums import InstructionState, Role
from setright.campaign.errors import Invalid, Reason, Refused
from setright.campaign.models import Enrolment, Grant, Instruction, Person, SupervisionGroup, TeamMember


@dataclass(frozen=True, slots=True)
class Handover:
    """To whom, and the first day that is theirs."""

    to: Person
    on: date


def hand_over(*, person: Person, handover: Handover, by: Person) -> dict[str, int]:
    """Give every present post, role, led unit, group and unanswered instruction to the successor.

    The day is today or earlier: what rights give, they give from the moment this is done, never before it was decided.
    Contact points stay, since a plan that a committee approved names their sponsors.

    Returns
    -------
    dict of str to int
        How many of each were handed over.

    Raises
    ------
    Refused
        With every reason at once.
    """
    access.require(by, "person.manage")
    if handover.on > timezone.localdate():
        raise Invalid("on", _("The day lies in the future: come back on that day."))
    with transaction.atomic():
        posts = list(TeamMember.objects.filter(person=person, until=None).select_related("unit"))
        grants = list(_lasting(person).select_related("unit", "campaign"))
        if reasons := tuple(_against(person, handover, posts, grants, by)):
            raise Refused(_("This cannot be handed over."), reasons)
        counts = {
            "posts": _move_posts(posts, handover),
            "roles": _move_grants(grants, handover),
            "led": Enrolment.objects.filter(lead=person).update(lead=handover.to),
            "groups": _move_groups(person, handover.to),
            "instructions": _open_instructions(person).update(addressee=handover.to),
        }
        log.write(
            "hand_over",
            person,
            by,
            log.About(),
            log.Change(None, {"to": handover.to.pk, "on": handover.on.isoformat(), **counts}),
        )
    return counts


def _lasting(person: Person) -> QuerySet[Grant]:
    return Grant.objects.filter(Q(until=None) | Q(until__gte=timezone.localdate()), person=person)


def _open_instructions(person: Person) -> QuerySet[Instruction]:
    return Instruction.objects.filter(addressee=person, state__in=(InstructionState.GIVEN, InstructionState.RETURNED))


def _against(
    person: Person, handover: Handover, posts: list[TeamMember], grants: list[Grant], by: Person
) -> Iterator[Reason]:
    to = handover.to
    if to == person:
        yield Reason("self", _("Nobody hands over to themselves."))
    if not to.is_active:
        yield Reason("left", _("The account of %(name)s has ended.") % {"name": to.label})
    if to == by and grants:
        yield Reason("own", _("Nobody gives a role to themselves: another administrator hands this over to you."))
    if not posts and not grants:
        yield Reason("nothing", _("%(name)s holds no post and no role.") % {"name": person.label})
    for post in posts:
        if post.since >= handover.on:
            yield Reason(
                "day",
                _("The post at %(unit)s began on %(day)s.") % {"unit": post.unit.label, "day": in_full(post.since)},
            )
    yield from _own_supervision(to, posts, grants)


def _own_supervision(to: Person, posts: list[TeamMember], grants: list[Grant]) -> Iterator[Reason]:
    """Nobody supervises their own unit: neither by what they receive nor together with what they have."""
    for grant in grants:
        if grant.role == Role.SUPERVISOR and grant.unit and access.is_of_the_unit(to, grant.unit):
            yield Reason(
                "own_unit",
                _("%(name)s belongs to %(unit)s and would supervise it.")
                % {"name": to.label, "unit": grant.unit.label},
            )
    for grant in _lasting(to).filter(role=Role.SUPERVISOR).exclude(unit=None).select_related("unit"):
        for post in posts:
            if grant.unit and post.unit.path.startswith(grant.unit.path):
                yield Reason(
                    "own_unit",
                    _("%(name)s supervises %(unit)s and would belong to it.")
                    % {"name": to.label, "unit": post.unit.label},
                )


def _move_posts(posts: list[TeamMember], handover: Handover) -> int:
    TeamMember.objects.filter(pk__in=[p.pk for p in posts]).update(until=handover.on - timedelta(days=1))
    TeamMember.objects.bulk_create(
        TeamMember(
            unit_id=post.unit_id,
            person=handover.to,
            name=handover.to.name,
            name_en=handover.to.name_en,
            post=post.post,
            post_en=post.post_en,
            is_head=post.is_head,
            since=handover.on,
        )
        for post in posts
    )
    return len(posts)


def _move_grants(grants: list[Grant], handover: Handover) -> int:
    """The successor's roles begin today at the earliest; those they hold already are not doubled."""
    today = timezone.localdate()
    held = {_over(each) for each in _lasting(handover.to)}
    Grant.objects.filter(pk__in=[g.pk for g in grants]).update(until=today - timedelta(days=1))
    Grant.objects.bulk_create(
        Grant(
            person=handover.to,
            role=each.role,
            campaign_id=each.campaign_id,
            unit_id=each.unit_id,
            group_id=each.group_id,
            since=max(today, each.since),
            until=each.until,
        )
        for each in grants
        if _over(each) not in held
    )
    return len(grants)


def _over(grant: Grant) -> tuple[str, int | None, int | None]:
    return grant.role, grant.campaign_id, grant.unit_id


def _move_groups(person: Person, to: Person) -> int:
    groups = list(SupervisionGroup.objects.filter(members=person))
    for group in groups:
        group.members.remove(person)
        group.members.add(to)
    return len(groups)
