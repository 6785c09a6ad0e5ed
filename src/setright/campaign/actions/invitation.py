"""Invite one person or three thousand by one-time links; accept such a link.

A link's token exists in two places only: where it is shown or mailed, and as a hash here. Whoever asks again gets a new
one, and the earlier stops working.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions.person import end_invitations
from setright.campaign.actions.transition import text_hash
from setright.campaign.enums import JobState
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.models import Invitation, Job, Person, TeamMember
from setright.campaign.models.person import token_hash
from setright.campaign.queries.invitation import NewPost, Row, unanswered

VALID: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What is typed to invite one person."""

    username: str
    name: str
    name_en: str
    email: str
    language: str


@dataclass(frozen=True, slots=True)
class Link:
    """A fresh link: for whom, and the token, which nobody can read again."""

    person: Person
    token: str


def invite_person(*, new: NewPerson, by: Person) -> Link:
    """Make an account and its one-time link."""
    access.require(by, "person.manage")
    if Person.objects.filter(username__iexact=new.username).exists():
        raise Invalid("username", _("This user name is taken."))
    if new.email and Person.objects.filter(email__iexact=new.email).exists():
        raise Invalid("email", _("This e-mail belongs to another account."))
    with transaction.atomic():
        person = _made(new)
        (link,) = _links([person], by)
        log.write("invite_person", person, by, log.About(), log.Change(after={"state": "invited"}))
    return link


def _made(new: NewPerson) -> Person:
    try:
        with transaction.atomic():
            return Person.objects.create_user(
                new.username, None, name=new.name, name_en=new.name_en, email=new.email, language=new.language
            )
    except IntegrityError as error:
        raise Invalid("username", _("This user name is taken.")) from error


def renew_invitation(*, person: Person, by: Person) -> Link:
    """Make a new link for somebody who lost theirs, or their password; earlier ones stop working."""
    access.require(by, "person.manage")
    if not person.is_active:
        raise Refused(_("This account has ended: take the person back first."))
    if person == by:
        raise Refused(_("Your own password is changed at “My account”."))
    with transaction.atomic():
        (link,) = _links([person], by)
        log.write("renew_invitation", person, by, log.About())
    return link


def fresh_token() -> str:
    """256 bits that nobody guesses."""
    return secrets.token_urlsafe(32)


def _links(people: list[Person], by: Person) -> list[Link]:
    today = timezone.localdate()
    end_invitations(people, today)
    links = [Link(person, fresh_token()) for person in people]
    Invitation.objects.bulk_create(
        Invitation(person=each.person, token_hash=token_hash(each.token), by=by, expires_on=today + VALID)
        for each in links
    )
    return links


def accept_invitation(*, token: str, password: str) -> Person:
    """Set the password by a one-time link and use it up; two at once: one wins.

    Raises
    ------
    Conflict
        When the link was used, ended or replaced.
    """
    today = timezone.localdate()
    with transaction.atomic():
        open_ones = Invitation.objects.filter(
            token_hash=token_hash(token), used_on=None, expires_on__gte=today, person__is_active=True
        )
        found = open_ones.select_related("person").first()
        if found is None or not Invitation.objects.filter(pk=found.pk, used_on=None).update(used_on=today):
            raise Conflict(_("This link no longer works."))
        person = found.person
        person.set_password(password)
        person.save(update_fields=["password"])
        log.write("accept_invitation", person, person, log.About(), log.Change(after={"state": "active"}))
    return person


# ------------------------------------------------------------------------------------------------------- from a list


def stage_people(*, run: Job, rows: list[Row]) -> None:
    """Make accounts that nobody sees yet; those that an earlier attempt of the same run made are left alone."""
    made = set(Person.objects.filter(run=run.pk).values_list("username", flat=True))
    with transaction.atomic():
        Person.objects.bulk_create(_staged(run, row) for row in rows if row.username not in made)


def _staged(run: Job, row: Row) -> Person:
    person = Person(
        username=row.username,
        name=row.name,
        name_en=row.name_en,
        email=row.email,
        language=row.language,
        is_active=False,
        run=run.pk,
    )
    person.set_unusable_password()
    return person


def sweep_runs() -> int:
    """Remove what runs that failed or were stopped left unseen; return how many accounts."""
    dead = Job.objects.filter(name="invite_people", state__in=(JobState.FAILED, JobState.CANCELLED)).values("pk")
    n, _kinds = Person.objects.filter(run__in=dead, is_active=False, left_on=None).delete()
    return n


def finish_run(*, run: Job, rows: list[Row], by: Person) -> int:
    """Switch the staged accounts on, give them their posts, and write the one entry; return how many people."""
    access.require(by, "person.manage")
    with transaction.atomic():
        people = {p.username: p for p in Person.objects.filter(run=run.pk, is_active=False, left_on=None)}
        n = Person.objects.filter(pk__in=[p.pk for p in people.values()]).update(
            is_active=True, joined_on=timezone.localdate()
        )
        _give_posts({people[row.username]: row.post for row in rows if row.post})
        digest = text_hash(sorted(row.username for row in rows))
        log.write("invite_people", run, by, log.About(), log.Change(after={"digest": digest}, n=n))
    return n


def _give_posts(wanted: dict[Person, NewPost]) -> None:
    """Fill a post that stands in the team under this name without an account, or make the post."""
    units = {post.unit for post in wanted.values()}
    waiting = {
        (m.unit_id, m.name): m
        for m in TeamMember.objects.filter(unit__in=units, person=None, until=None).order_by("-pk")
    }
    filled, made = [], []
    for person, post in wanted.items():
        member = waiting.pop((post.unit, person.name), None)
        if member is None:
            made.append(_post(person, post))
        else:
            member.person, member.is_head = person, member.is_head or post.is_head
            filled.append(member)
    TeamMember.objects.bulk_update(filled, ["person", "is_head"])
    TeamMember.objects.bulk_create(made)


def _post(person: Person, post: NewPost) -> TeamMember:
    return TeamMember(
        unit_id=post.unit,
        person=person,
        name=person.name,
        name_en=person.name_en,
        post=post.name,
        is_head=post.is_head,
        since=timezone.localdate(),
    )


def keep_mailed_link(*, person: Person, token: str, by: Person) -> None:
    """Keep the hash of a link that was just mailed in a run, whose one entry stands for it."""
    access.require(by, "person.manage")
    Invitation.objects.create(
        person=person, token_hash=token_hash(token), by=by, expires_on=timezone.localdate() + VALID
    )


def hand_out_links(*, run: Job, by: Person) -> list[Link]:
    """Make the links of everyone in the run who has none yet, to be saved as one file; they are never shown again.

    Raises
    ------
    Refused
        When all of them were handed out or mailed before.
    """
    access.require(by, "person.manage")
    with transaction.atomic():
        Job.objects.select_for_update().get(pk=run.pk)
        people = list(unanswered(run).order_by("username"))
        if not people:
            raise Refused(_("These links were handed out already. A lost one is made anew at the person’s page."))
        links = _links(people, by)
        digest = text_hash([link.person.username for link in links])
        log.write("hand_out_links", run, by, log.About(), log.Change(after={"digest": digest}, n=len(links)))
    return links
