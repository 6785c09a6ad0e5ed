"""Visits and hearings, which are seen alike: planned, held, reported."""

from __future__ import annotations

from django.db.models import QuerySet

from setright.campaign import access
from setright.campaign.enums import HeldState
from setright.campaign.models import Campaign, Enrolment, Event, Hearing, Person, Visit


def visits_seen_by(person: Person, campaign: Campaign) -> QuerySet[Visit]:
    """Visits to units over which the person sees contact work, newest first."""
    rows = access.scope(Visit.objects.filter(campaign=campaign), person, "contact.view")
    return rows.select_related("unit", "by").order_by("-on", "-pk")


def hearings_seen_by(person: Person, campaign: Campaign) -> QuerySet[Hearing]:
    """Hearings of units over which the person sees contact work, newest first."""
    rows = access.scope(Hearing.objects.filter(campaign=campaign), person, "contact.view")
    return rows.select_related("unit", "by").order_by("-on", "-pk")


def shows_words(held: Visit | Hearing, person: Person) -> bool:
    """Until it is reported, what was written is its writer's alone."""
    return held.state == HeldState.REPORTED or held.by_id == person.pk


def guided_by(person: Person, campaign: Campaign) -> QuerySet[Enrolment]:
    """The units taking part that the person may visit, hear and instruct."""
    rows = access.scope(Enrolment.objects.filter(campaign=campaign), person, "contact.act")
    own = person.posts.filter(until=None).values("unit_id")
    return rows.exclude(unit__in=own).select_related("unit").order_by("unit__path")


def history_of_held(held: Visit | Hearing) -> QuerySet[Event]:
    """The log entries about a visit or a hearing, newest first."""
    rows = Event.objects.filter(object_type=held._meta.model_name, object_id=held.pk)
    return rows.select_related("actor").order_by("-seq")
