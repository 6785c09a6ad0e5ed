"""Tell people what to look at: in the app at once, by mail once a day in their language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.mail import send_mail
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import ngettext

from setright.campaign.models import Campaign, Person, Reminder
from setright.campaign.queries.reminder import sentence

_CHUNK = 400


@dataclass(frozen=True, slots=True)
class Matter:
    """What a reminder is about: which sentence, what fills it (in both languages), which page.

    Attributes
    ----------
    values
        Plain values; a text in Chinese under `name` has its English under `name_en`, a day is an ISO date.
    on
        The day it is about, today where none is named: each person is told of one thing once for a day.
    """

    code: str
    thing: models.Model
    campaign_id: int
    url: str
    values: dict[str, Any] = field(default_factory=dict)
    on: date | None = None

    def reminder(self, person_id: int) -> Reminder:
        """The row for one person, not written yet."""
        return Reminder(
            person_id=person_id,
            code=self.code,
            object_type=self.thing._meta.model_name or "",
            object_id=self.thing.pk,
            campaign_id=self.campaign_id,
            url=self.url,
            values=self.values,
            on=self.on or timezone.localdate(),
        )


def remind(*, told: Iterable[tuple[int, Matter]]) -> int:
    """Tell people of matters; return how many were not told before. Runs inside the action that causes it."""
    rows = {_key(row): row for row in (matter.reminder(person) for person, matter in told)}
    n, keys = 0, sorted(rows)
    for start in range(0, len(keys), _CHUNK):
        part = keys[start : start + _CHUNK]
        known = Reminder.objects.filter(
            person__in={key[0] for key in part}, on__in={key[4] for key in part}, object_id__in={key[3] for key in part}
        )
        before = {_key(row) for row in known}
        new = [rows[key] for key in part if key not in before]
        Reminder.objects.bulk_create(new, ignore_conflicts=True)
        n += len(new)
    return n


def _key(row: Reminder) -> tuple[int, str, str, int, date]:
    return (row.person_id, row.code, row.object_type, row.object_id, row.on)


def unremind(*, object_type: str, keys: Iterable[int], codes: tuple[str, ...]) -> None:
    """Take unmailed reminders back, since their matter was."""
    rows = Reminder.objects.filter(object_type=object_type, object_id__in=list(keys), code__in=codes, mailed_at=None)
    rows.delete()


def see_reminders(*, person: Person, campaign: Campaign) -> int:
    """Mark what was shown as seen; a matter of one's own list, so not logged."""
    mine = Reminder.objects.filter(person=person, campaign_id=campaign.pk, seen_at=None)
    return mine.update(seen_at=timezone.now())


def mail_reminders(*, person: Person, on: date) -> int:
    """Send the day's one mail with everything not seen and not mailed yet; return how many matters it names.

    Claimed in the transaction that sends it: called twice, or by two workers, it sends one mail; when sending fails,
    nothing is claimed and the next run tries again.
    """
    if not person.email or not person.is_active:
        return 0
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        mine = Reminder.objects.filter(person=person, on__lte=on)
        if mine.filter(mailed_at__date=on).exists():
            return 0
        waiting = list(mine.filter(mailed_at=None, seen_at=None).order_by("on", "pk"))
        if waiting:
            mine.filter(pk__in=[each.pk for each in waiting]).update(mailed_at=timezone.now())
            _send(person, waiting)
    return len(waiting)


def _send(person: Person, waiting: list[Reminder]) -> None:
    """No links on purpose: whoever gets this mail knows where Setright is, and learns to distrust mails with links."""
    with translation.override(person.language):
        subject = ngettext("Setright: %(n)d thing for you", "Setright: %(n)d things for you", len(waiting))
        text = render_to_string("reminder/mail.txt", {"to": person, "lines": [sentence(each) for each in waiting]})
        send_mail(subject % {"n": len(waiting)}, text, None, [person.email])
