"""The day's reminders: written for everyone who has something due, late or returned, and mailed once."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from setright.campaign import access
from setright.campaign.actions.draft import forget_drafts
from setright.campaign.actions.job import enqueue
from setright.campaign.actions.reminder import Matter, mail_reminders, remind
from setright.campaign.enums import CampaignState
from setright.campaign.jobs.registry import Progress, job
from setright.campaign.models import Job, Person
from setright.campaign.queries.due import Due, due_for

_EVERY = 20


def queue_reminders() -> Job:
    """Queue the day's reminders; asked again on the same day, it is the same job."""
    today = timezone.localdate().isoformat()
    return enqueue(name="send_reminders", arguments={"on": today}, by=None, key=f"send_reminders {today}")


@job("send_reminders")
def send_reminders(progress: Progress, on: str | None = None) -> dict[str, Any]:
    """One mail per person; running it again on the same day says nothing twice."""
    day = date.fromisoformat(on) if on else timezone.localdate()
    people = Person.objects.filter(is_active=True, grants__isnull=False).distinct().order_by("pk")
    keys = list(people.values_list("pk", flat=True))  # a cursor kept open would make SQLite refuse the writes between
    n_mails, total = 0, len(keys)
    for done, key in enumerate(keys):
        person = Person.objects.get(pk=key)
        if done % _EVERY == 0:
            progress.say("reminders", done, total)
        _gather(person, day)
        n_mails += mail_reminders(person=person, on=day) > 0
    forget_drafts()
    return {"people": total, "mails": n_mails}


def _gather(person: Person, day: date) -> None:
    for campaign in access.campaigns_of(person).filter(state=CampaignState.RUNNING):
        told = [(person.pk, _matter(due, campaign.pk)) for due in due_for(person, campaign, day)]
        with transaction.atomic():
            remind(told=told)


def _matter(due: Due, campaign_id: int) -> Matter:
    return Matter(due.code, due.thing, campaign_id, due.url, due.values, due.on)
