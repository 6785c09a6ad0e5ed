"""A person's own settings, sessions and tokens; accounts made, corrected, ended and taken back."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.enums import Language, Scope, Theme
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.models import Grant, Invitation, Person, StaffSession, TeamMember, Token
from setright.campaign.models.person import token_hash

LONGEST_TOKEN: Final = timedelta(days=366)
PREFIX: Final = "setright_"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person chooses for themselves."""

    name: str
    name_en: str
    language: str
    theme: str
    has_keys: bool


@dataclass(frozen=True, slots=True)
class Details:
    """What an administrator may correct about a person."""

    name: str
    name_en: str
    email: str


@dataclass(frozen=True, slots=True)
class WantedToken:
    """A token to be made: what for, what it may do, until when."""

    name: str
    scopes: tuple[str, ...]
    expires_on: date


def change_language(*, person: Person, language: str) -> None:
    """Speak another language from now on; a matter of taste, so not logged."""
    if language not in Language.values:
        raise Invalid("language", _("There is no such language."))
    Person.objects.filter(pk=person.pk).update(language=language)


def change_theme(*, person: Person, theme: str) -> None:
    """Use other colours from now on; not logged either."""
    if theme not in Theme.values:
        raise Invalid("theme", _("There are no such colours."))
    Person.objects.filter(pk=person.pk).update(theme=theme)


def add_first_person(*, username: str, name: str, email: str, role: str, password: str) -> Person:
    """Make an account with a role over the whole site, from the command line: the first ones of a site."""
    if Person.objects.filter(username=username).exists():
        raise Invalid("username", _("This user name is taken."))
    with transaction.atomic():
        person = Person.objects.create_user(username, password, name=name, email=email)
        Grant.objects.create(person=person, role=role, campaign=None, since=timezone.localdate())
        log.write("add_first_person", person, None, log.About(), log.Change(after={"role": role}))
    return person


def change_own_settings(*, person: Person, wishes: Wishes) -> None:
    """Change one's own name and tastes. A name stands under decisions, so that its change is logged; tastes are not."""
    with transaction.atomic():
        before = Person.objects.select_for_update().get(pk=person.pk)
        renamed = [name for name in ("name", "name_en") if getattr(before, name) != getattr(wishes, name)]
        Person.objects.filter(pk=person.pk).update(
            name=wishes.name,
            name_en=wishes.name_en,
            language=Language(wishes.language),
            theme=Theme(wishes.theme),
            has_keys=wishes.has_keys,
        )
        if renamed:
            _log("edit_person", person, person, {"fields": renamed})


def edit_person(*, person: Person, details: Details, by: Person) -> None:
    """Correct a person's name or e-mail; the log keeps which fields, never what they say."""
    access.require(by, "person.manage")
    if details.email and Person.objects.filter(email__iexact=details.email).exclude(pk=person.pk).exists():
        raise Invalid("email", _("This e-mail belongs to another account."))
    names = [name for name in ("name", "name_en", "email") if getattr(person, name) != getattr(details, name)]
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(name=details.name, name_en=details.name_en, email=details.email)
        _log("edit_person", person, by, {"fields": names})


def deactivate_person(*, person: Person, by: Person) -> None:
    """End an account at once: sessions, roles, tokens, invitations and posts, all or nothing.

    Raises
    ------
    Conflict
        When it has ended already.
    """
    access.require(by, "person.manage")
    if person == by:
        raise Refused(_("Nobody ends their own account: ask another administrator."))
    today = timezone.localdate()
    with transaction.atomic():
        if not Person.objects.filter(pk=person.pk, is_active=True).update(is_active=False, left_on=today):
            raise Conflict(_("Somebody was quicker: this account has ended already."))
        ended = _end_everything(person, today)
        _log("deactivate_person", person, by, {"state": "left", **ended})
    person.refresh_from_db()


def _end_everything(person: Person, today: date) -> dict[str, Any]:
    lasting = Q(until=None) | Q(until__gte=today)
    sessions, _kinds = StaffSession.objects.filter(person=person).delete()
    return {
        "sessions": sessions,
        "roles": Grant.objects.filter(lasting, person=person).update(until=today - timedelta(days=1)),
        "tokens": Token.objects.filter(person=person, revoked_on=None).update(revoked_on=today),
        "invitations": end_invitations([person], today),
        "posts": TeamMember.objects.filter(person=person, until=None).update(until=today),
    }


def end_invitations(people: list[Person], today: date) -> int:
    """Let no link of these people's open anything any more; return how many could have."""
    open_ones = Invitation.objects.filter(person__in=people, used_on=None, expires_on__gte=today)
    return open_ones.update(expires_on=today - timedelta(days=1))


def reactivate_person(*, person: Person, by: Person) -> None:
    """Take a person back: the account lives again without password, roles or posts; those are given anew."""
    access.require(by, "person.manage")
    with transaction.atomic():
        person.set_unusable_password()
        back = Person.objects.filter(pk=person.pk, is_active=False).exclude(left_on=None)
        if not back.update(is_active=True, left_on=None, password=person.password):
            raise Conflict(_("Somebody was quicker: this account lives already."))
        _log("reactivate_person", person, by, {"state": "active"})
    person.refresh_from_db()


def record_sign_in_change(*, person: Person, act: str, kind: str = "") -> None:
    """Log that a person changed how they sign in (the sign-in library has done it); `kind` of second factor."""
    with transaction.atomic():
        _log(act, person, person, {"kind": kind} if kind else {})


# ------------------------------------------------------------------------------------------------------------ sessions


def session_mark(session_key: str) -> str:
    """What a page calls a session: a hash, since the key itself would let whoever reads it in."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:16]


def end_session(*, person: Person, mark: str) -> None:
    """End one of one's own sessions.

    Raises
    ------
    Conflict
        When it has ended already, or is none of theirs.
    """
    keys = StaffSession.objects.filter(person=person).values_list("session_key", flat=True)
    found = [key for key in keys if session_mark(key) == mark]
    with transaction.atomic():
        n, _kinds = StaffSession.objects.filter(person=person, session_key__in=found).delete()
        if not n:
            raise Conflict(_("This sign-in has ended already."))
        _log("end_sessions", person, person, n=n)


def end_other_sessions(*, person: Person, keep: str | None) -> int:
    """End every session of one's own but the one with this key; return how many."""
    with transaction.atomic():
        n, _kinds = StaffSession.objects.filter(person=person).exclude(session_key=keep).delete()
        _log("end_sessions", person, person, n=n)
    return n


# -------------------------------------------------------------------------------------------------------------- tokens


def create_token(*, person: Person, wanted: WantedToken) -> tuple[Token, str]:
    """Make a token for programs; return it with its secret, which is shown once and kept as a hash only."""
    today = timezone.localdate()
    if not wanted.scopes or not set(wanted.scopes) <= set(Scope.values):
        raise Invalid("scopes", _("Choose what it may do."))
    if not today <= wanted.expires_on <= today + LONGEST_TOKEN:
        raise Invalid("expires_on", _("Give a day from today on, at most a year ahead."))
    secret = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = Token.objects.create(
            person=person,
            name=wanted.name,
            token_hash=token_hash(secret),
            scopes=sorted(wanted.scopes),
            expires_on=wanted.expires_on,
        )
        log.write("create_token", token, person, log.About(), log.Change(after={"scopes": token.scopes}))
    return token, secret


def revoke_token(*, token: Token, by: Person) -> None:
    """End one of one's own tokens at once."""
    if token.person_id != by.pk:
        raise access.Unknown
    with transaction.atomic():
        if not Token.objects.filter(pk=token.pk, revoked_on=None).update(revoked_on=timezone.localdate()):
            raise Conflict(_("This token has ended already."))
        log.write("revoke_token", token, by, log.About())


def _log(action: str, person: Person, by: Person, after: dict[str, Any] | None = None, n: int | None = None) -> None:
    log.write(action, person, by, log.About(), log.Change(None, after, n))
