"""Invite everyone of a list: seen by nobody until its last step, which is one act."""

from __future__ import annotations

from smtplib import SMTPException
from typing import Any, Final

from django.core.mail import get_connection
from django.urls import reverse
from django.utils.translation import gettext as _

from setright.campaign.actions.invitation import (
    finish_run,
    fresh_token,
    keep_mailed_link,
    stage_people,
    sweep_runs,
)
from setright.campaign.actions.mail import send_link
from setright.campaign.errors import Conflict
from setright.campaign.jobs.registry import Progress, job
from setright.campaign.models import File, Person
from setright.campaign.queries.invitation import Row, listed, preview, unanswered

_CHUNK: Final = 500
_MAILS: Final = 20


@job("invite_people")
def invite_people(progress: Progress, *, file: int, by: int, digest: str, mail: bool, base: str) -> dict[str, Any]:
    """Make the accounts of a previewed list; done again after a killed worker, it ends the same."""
    administrator = Person.objects.get(pk=by)
    if not Person.objects.filter(run=progress.job.pk, is_active=True).exists():
        _make(progress, File.objects.get(pk=file), digest, administrator)
    n_mailed = _mail(progress, administrator, base) if mail else 0
    people = Person.objects.filter(run=progress.job.pk)
    return {"people": people.count(), "mailed": n_mailed, "left": unanswered(progress.job).count()}


def _make(progress: Progress, file: File, digest: str, by: Person) -> None:
    sweep_runs()
    found = preview(listed(file), progress.job.pk)
    if found.digest != digest:
        raise Conflict(_("Something changed since the list was looked at: look at it again. Nobody was invited."))
    for start in range(0, len(found.rows), _CHUNK):
        progress.say("", start, len(found.rows))
        stage_people(run=progress.job, rows=_chunk(found.rows, start))
    progress.say("", len(found.rows), len(found.rows))
    finish_run(run=progress.job, rows=found.rows, by=by)


def _chunk(rows: list[Row], start: int) -> list[Row]:
    return rows[start : start + _CHUNK]


def _mail(progress: Progress, by: Person, base: str) -> int:
    """Mail whoever has an address and no link yet; who cannot be reached stays among the links to be saved."""
    people = list(unanswered(progress.job).exclude(email="").order_by("pk"))
    connection = get_connection()
    try:
        connection.open()
    except (OSError, SMTPException):
        return 0
    n_sent = 0
    for done, person in enumerate(people):
        if done % _MAILS == 0:
            progress.say("", done, len(people))
        n_sent += _mail_one(person, by, base, connection)
    connection.close()
    return n_sent


def _mail_one(person: Person, by: Person, base: str, connection: Any) -> bool:
    token = fresh_token()
    url = base + reverse("invitation_page", args=(token,))
    if not send_link(person=person, url=url, connection=connection):
        return False
    keep_mailed_link(person=person, token=token, by=by)
    return True
