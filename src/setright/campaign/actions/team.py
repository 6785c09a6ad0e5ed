"""A unit's leading team: members join, leave, and one of them is its head."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions.transition import text_hash
from setright.campaign.actions.unit import end_posts
from setright.campaign.days import in_full
from setright.campaign.errors import Conflict, Invalid
from setright.campaign.models import Campaign, File, Person, TeamMember, Unit
from setright.campaign.queries.unit_file import was_applied
from setright.campaign.queries.unit_line import MemberRow

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class MemberDraft:
    """What is typed to add a member."""

    name: str
    name_en: str
    post: str
    post_en: str
    since: date
    is_head: bool = False
    person: Person | None = None


def add_member(*, unit: Unit, draft: MemberDraft, campaign: Campaign, by: Person) -> TeamMember:
    """Add a member to the team; as its head only where there is none now."""
    access.require(by, "team.manage", campaign=campaign, unit=unit)
    if unit.valid_to and unit.valid_to < draft.since:
        raise Invalid("since", _("%(name)s ends before that day.") % {"name": unit.label})
    with transaction.atomic():
        Unit.objects.select_for_update().get(pk=unit.pk)
        head = unit.team.filter(is_head=True, until=None).first()
        if draft.is_head and head:
            raise Invalid("is_head", _("%(name)s is its head: change the head instead.") % {"name": head.label})
        member = TeamMember.objects.create(
            unit=unit,
            person=draft.person,
            name=draft.name,
            name_en=draft.name_en,
            post=draft.post,
            post_en=draft.post_en,
            is_head=draft.is_head,
            since=draft.since,
        )
        _log("add_member", member, campaign, by, log.Change(after={"head": member.is_head}))
    return member


def end_member(*, member: TeamMember, on: date, campaign: Campaign, by: Person) -> None:
    """End a post; `on` is its last day."""
    access.require(by, "team.manage", campaign=campaign, unit=member.unit)
    if on < member.since:
        raise Invalid(
            "on", _("The post began on %(day)s: its last day cannot lie before.") % {"day": in_full(member.since)}
        )
    with transaction.atomic():
        if not TeamMember.objects.filter(pk=member.pk, until=None).update(until=on):
            raise Conflict(_("This post has ended already. Nothing of yours was changed."))
        _log("end_member", member, campaign, by, log.Change({"until": None}, {"until": on.isoformat()}))
    member.until = on


def reopen_member(*, member: TeamMember, campaign: Campaign, by: Person) -> None:
    """Take the end of a post back."""
    access.require(by, "team.manage", campaign=campaign, unit=member.unit)
    with transaction.atomic():
        Unit.objects.select_for_update().get(pk=member.unit_id)
        if member.is_head and member.unit.team.filter(is_head=True, until=None).exists():
            raise Conflict(_("The team has another head by now: add the person anew."))
        if not TeamMember.objects.filter(pk=member.pk, until__isnull=False).update(until=None):
            raise Conflict(_("This post has no end to take back."))
        _log("reopen_member", member, campaign, by, log.Change(after={"until": None}))
    member.until = None


def change_head(*, member: TeamMember, post: str, post_en: str, campaign: Campaign, by: Person) -> TeamMember:
    """Make a member the head: both posts end, the member begins a new one as head; return it.

    The earlier head's post ends with it: who stays in the team is added again in the new post.
    """
    access.require(by, "team.manage", campaign=campaign, unit=member.unit)
    today = timezone.localdate()
    with transaction.atomic():
        Unit.objects.select_for_update().get(pk=member.unit_id)
        if member.is_head or not TeamMember.objects.filter(pk=member.pk, until=None).exists():
            raise Conflict(_("This member is the head already, or has left. Nothing of yours was changed."))
        before = list(member.unit.team.filter(is_head=True, until=None).values_list("pk", flat=True))
        end_posts([*before, member.pk], today)
        head = TeamMember.objects.create(
            unit=member.unit,
            person=member.person,
            name=member.name,
            name_en=member.name_en,
            post=post,
            post_en=post_en,
            is_head=True,
            since=today,
        )
        _log("change_head", head, campaign, by, log.Change({"head": before}, {"head": head.pk}))
    return head


def link_person(*, member: TeamMember, person: Person, campaign: Campaign, by: Person) -> None:
    """Say which user a member is, once they can sign in."""
    access.require(by, "team.manage", campaign=campaign, unit=member.unit)
    with transaction.atomic():
        before = member.person_id
        if not TeamMember.objects.filter(pk=member.pk, person=before).update(person=person):
            raise Conflict(_("Somebody linked this member meanwhile. Nothing of yours was changed."))
        _log("link_person", member, campaign, by, log.Change({"person": before}, {"person": person.pk}))
    member.person = person


def import_team(*, file: File, rows: list[MemberRow], campaign: Campaign, by: Person) -> int:
    """Add the members of a checked list in one act; asked twice for the same file, it adds them once.

    `rows` name units by `unit_id` (`queries.unit_import.check_team`).
    """
    access.require(by, "team.manage", campaign=campaign)
    with transaction.atomic():
        if was_applied(file):
            return 0
        TeamMember.objects.bulk_create((as_member(row, row.unit_id) for row in rows), batch_size=_CHUNK)
        digest = text_hash(sorted((row.code, row.name, row.post) for row in rows))
        log.write("import_team", file, by, log.About(campaign.pk), log.Change(None, {"digest": digest}, len(rows)))
    return len(rows)


def as_member(row: MemberRow, unit_id: int) -> TeamMember:
    """A line of a list as a member of this unit."""
    return TeamMember(
        unit_id=unit_id,
        person_id=row.person_id,
        name=row.name,
        name_en=row.name_en,
        post=row.post,
        post_en=row.post_en,
        is_head=row.is_head,
        since=row.since,
        until=row.until,
    )


def _log(action: str, member: TeamMember, campaign: Campaign, by: Person, change: log.Change) -> None:
    log.write(action, member, by, log.About(campaign.pk, member.unit_id), change)
