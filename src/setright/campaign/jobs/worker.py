"""The worker: claims jobs one after the other and runs them; started by `setright serve` and `setright work`."""

from __future__ import annotations

import logging
import threading
from typing import Final

from django.db import close_old_connections
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from setright.campaign.actions.job import claim_job, end_job, language_of, reap_jobs
from setright.campaign.enums import JobState
from setright.campaign.errors import CampaignError, in_words
from setright.campaign.jobs import all_jobs  # noqa: F401 - registers every job
from setright.campaign.jobs.registry import JOBS, Cancelled, Progress
from setright.campaign.jobs.reminder import queue_reminders
from setright.campaign.models import Job
from setright.intake.errors import InputError

_trouble: Final = logging.getLogger("setright.trouble")
_PAUSE: Final = 1.0
_MORNING: Final = 7


def work_once() -> bool:
    """Run the oldest queued job to its end; False when there was none."""
    reap_jobs()
    job = claim_job()
    if job is None:
        return False
    run(job)
    return True


def run(job: Job) -> None:
    """Run one claimed job and write how it ended, in the words of whoever queued it; no trouble stops the worker."""
    with translation.override(language_of(job)):
        _run(job)


def _run(job: Job) -> None:
    try:
        result = JOBS[job.name](Progress(job), **job.arguments)
    except Cancelled:
        end_job(job=job, state=JobState.CANCELLED)
    except CampaignError as error:
        end_job(job=job, state=JobState.FAILED, trouble=str(error))
    except InputError as error:
        end_job(job=job, state=JobState.FAILED, trouble=in_words(error))
    except Exception:
        _trouble.exception("job %s %s", job.pk, job.name)
        end_job(job=job, state=JobState.FAILED, trouble=_("It broke on our side; the server’s log says where."))
    else:
        end_job(job=job, state=JobState.DONE, result=result)


def work_until(stop: threading.Event) -> None:
    """Work until `stop` is set, pausing a second when nothing is queued; queue the day's reminders each morning."""
    reminded = None
    while not stop.is_set():
        close_old_connections()
        now = timezone.localtime()
        if now.date() != reminded and now.hour >= _MORNING:
            queue_reminders()
            reminded = now.date()
        if not work_once():
            stop.wait(_PAUSE)
