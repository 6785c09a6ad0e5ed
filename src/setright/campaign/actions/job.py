"""Queue background work, claim it, keep it alive, end it. A worker killed at any moment loses nothing.

A job is claimed by a conditional UPDATE, so two workers never run one twice at once. While it runs its heart beats; the
reaper queues again what has not beaten for `SILENT`, up to `MOST_ATTEMPTS` times. Jobs are therefore written so that
doing them twice ends as doing them once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from setright.campaign.enums import JobState
from setright.campaign.models import Job, Person

SILENT: Final = timedelta(seconds=60)
MOST_ATTEMPTS: Final = 3


def enqueue(*, name: str, arguments: dict[str, Any], by: Person | None, key: str | None = None) -> Job:
    """Queue a job by name with ids; the same `key` twice gives the one job there is."""
    if key is None:
        return Job.objects.create(name=name, arguments=arguments, by=by)
    job, _made = Job.objects.get_or_create(key=key, defaults={"name": name, "arguments": arguments, "by": by})
    return job


def claim_job() -> Job | None:
    """Take the oldest queued job, or None when there is none."""
    while (job := Job.objects.filter(state=JobState.QUEUED).order_by("queued_at", "pk").first()) is not None:
        now = timezone.now()
        taken = Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(
            state=JobState.RUNNING, started_at=now, beat_at=now, n_attempts=F("n_attempts") + 1
        )
        if taken:
            job.refresh_from_db()
            return job
    return None


def beat(*, job: Job, doing: str, done: int, total: int) -> bool:
    """Say how far it is; return False when somebody asked to cancel (the job then stops at a safe point)."""
    Job.objects.filter(pk=job.pk).update(beat_at=timezone.now(), doing=doing[:100], done=done, total=total)
    return not Job.objects.filter(pk=job.pk, is_cancel_asked=True).exists()


def end_job(*, job: Job, state: JobState, result: dict[str, Any] | None = None, trouble: str = "") -> None:
    """Write how it ended, unless another worker took it over meanwhile."""
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING, n_attempts=job.n_attempts).update(
        state=state, result=result or {}, trouble=trouble, ended_at=timezone.now()
    )


def cancel_job(*, job: Job) -> None:
    """Ask it to stop: at once when it only waits, at its next safe point when it runs."""
    with transaction.atomic():
        waiting = Job.objects.filter(pk=job.pk, state=JobState.QUEUED)
        if not waiting.update(state=JobState.CANCELLED, ended_at=timezone.now()):
            Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(is_cancel_asked=True)


def reap_jobs() -> int:
    """Queue again what a dead worker left running; give up after `MOST_ATTEMPTS`. Return how many were found."""
    silent = Job.objects.filter(state=JobState.RUNNING, beat_at__lt=timezone.now() - SILENT)
    hopeless = list(silent.filter(n_attempts__gte=MOST_ATTEMPTS).select_related("by"))
    for job in hopeless:
        with override(language_of(job)):
            trouble = _("The worker stopped %(n)d times.") % {"n": job.n_attempts}
        end_job(job=job, state=JobState.FAILED, trouble=trouble)
    return len(hopeless) + silent.update(state=JobState.QUEUED)


def language_of(job: Job) -> str:
    """The language of whoever queued it: what it says is for them."""
    return str(job.by.language if job.by else settings.LANGUAGE_CODE)
