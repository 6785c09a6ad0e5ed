"""Background work: only for whoever queued it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Router, Schema

from setright.campaign.access import Unknown
from setright.campaign.actions.job import cancel_job
from setright.campaign.api.guard import Call, reads, writes
from setright.campaign.api.typed import Id
from setright.campaign.enums import JobState, Scope
from setright.campaign.models import Job

router = Router()


class JobOut(Schema):
    """How far it is, and what came of it."""

    id: int
    name: str
    state: JobState
    doing: str
    done: int
    total: int
    is_cancel_asked: bool
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    result: dict[str, Any]
    trouble: str


def job_out(row: Job) -> JobOut:
    return JobOut.model_validate(row)


def _job(request: Call, pk: int) -> Job:
    found = Job.objects.filter(pk=pk, by=request.user).first()
    if found is None:
        raise Unknown
    return found


@reads(router, "/jobs/{pk}", "", JobOut)
def read_job(request: Call, pk: Id) -> JobOut:
    """How far a job is."""
    return job_out(_job(request, pk))


@writes(router, "/jobs/{pk}/cancel", "", JobOut, scope=Scope.ENTER)
def stop_job(request: Call, pk: Id) -> JobOut:
    """Ask it to stop: at once while it waits, at its next safe point while it runs."""
    cancel_job(job=_job(request, pk))
    return job_out(_job(request, pk))
