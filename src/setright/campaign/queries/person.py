"""People as an administrator sees them, and what is one's own: sessions and tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from setright.campaign.models import Enrolment, Event, Grant, Invitation, Person, StaffSession, TeamMember, Token

STATES: Final = {"active": _("active"), "invited": _("invited"), "expired": _("link expired"), "left": _("left")}
"""Where an account stands; derived, never stored."""

_MARKS: Final = {"active": "running", "invited": "submitted", "expired": "failed", "left": "ended"}


@dataclass(frozen=True, slots=True)
class Standing:
    """An account's state and how it looks."""

    state: str

    @property
    def mark(self) -> str:
        return _MARKS[self.state]

    @property
    def word(self) -> str:
        return str(STATES[self.state])


def people() -> QuerySet[Person]:
    """Every account there is, without those that a running import has not switched on yet."""
    waiting = Invitation.objects.filter(person=OuterRef("pk"), used_on=None, expires_on__gte=timezone.localdate())
    return Person.objects.exclude(is_active=False, left_on=None).annotate(has_link=Exists(waiting))


def who_waits_first(rows: QuerySet[Person]) -> QuerySet[Person]:
    """Those who have not accepted yet, then everyone else, those who left last; by user name within each."""
    is_waiting = ExpressionWrapper(Q(password__startswith=UNUSABLE_PASSWORD_PREFIX), BooleanField())
    return rows.annotate(is_waiting=is_waiting).order_by("-is_active", "-is_waiting", "username")


def in_state(rows: QuerySet[Person], state: str) -> QuerySet[Person]:
    """The people of one state; all of them for a state that is none."""
    without_password = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    parts = {
        "active": Q(is_active=True) & ~without_password,
        "invited": Q(is_active=True, has_link=True) & without_password,
        "expired": Q(is_active=True, has_link=False) & without_password,
        "left": Q(is_active=False),
    }
    return rows.filter(parts[state]) if state in parts else rows


def standing(person: Person) -> Standing:
    """The state of one account from `people`."""
    if not person.is_active:
        return Standing("left")
    if person.has_usable_password():
        return Standing("active")
    return Standing("invited" if getattr(person, "has_link", False) else "expired")


def found_by(rows: QuerySet[Person], words: str) -> QuerySet[Person]:
    """People whose user name, name or e-mail contains each of the words."""
    for word in words.split()[:5]:
        rows = rows.filter(
            Q(username__icontains=word)
            | Q(name__icontains=word)
            | Q(name_en__icontains=word)
            | Q(email__icontains=word)
        )
    return rows


def counts_by_state(rows: QuerySet[Person]) -> dict[str, int]:
    """How many of the rows stand in each state, in one question."""
    without_password = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    found = rows.aggregate(
        active=Count("pk", filter=Q(is_active=True) & ~without_password),
        invited=Count("pk", filter=Q(is_active=True, has_link=True) & without_password),
        expired=Count("pk", filter=Q(is_active=True, has_link=False) & without_password),
        left=Count("pk", filter=Q(is_active=False)),
    )
    return {state: found[state] for state in STATES}


def with_posts_and_roles(rows: QuerySet[Person]) -> QuerySet[Person]:
    """The same people with their present posts (`shown_posts`) and roles (`shown_grants`) at hand."""
    posts = TeamMember.objects.filter(until=None).select_related("unit")
    return rows.prefetch_related(
        Prefetch("posts", queryset=posts, to_attr="shown_posts"),
        Prefetch("grants", queryset=present_grants(), to_attr="shown_grants"),
    )


def present_grants() -> QuerySet[Grant]:
    """Roles held today or from a later day on, with their campaign and unit."""
    lasting = Q(until=None) | Q(until__gte=timezone.localdate())
    return Grant.objects.filter(lasting).select_related("campaign", "unit").order_by("role", "pk")


def led_by(person: Person) -> QuerySet[Enrolment]:
    """The units whose campaign work the person leads."""
    return Enrolment.objects.filter(lead=person).select_related("unit", "campaign")


def history_of_person(person: Person) -> QuerySet[Event]:
    """The log entries about the account, newest first."""
    return Event.objects.filter(object_type="person", object_id=person.pk).select_related("actor").order_by("-seq")


def sessions_of(person: Person) -> QuerySet[StaffSession]:
    """The sign-ins that live, newest first."""
    return StaffSession.objects.filter(person=person, expire_date__gt=timezone.now()).order_by("-expire_date")


def tokens_of(person: Person) -> QuerySet[Token]:
    """Tokens that live first, then ended ones."""
    return Token.objects.filter(person=person).order_by("revoked_on", "-expires_on", "-pk")
