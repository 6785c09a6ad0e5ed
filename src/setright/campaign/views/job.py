"""A background job's page: what it does, how far it is, how to stop it, what came of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from setright.campaign.access import Unknown
from setright.campaign.actions.job import cancel_job
from setright.campaign.enums import JobState
from setright.campaign.models import Job
from setright.campaign.views.page import BOTH, page


@page("", *BOTH)
def job_page(request: Any, pk: int) -> HttpResponse:
    """Only for whoever queued it; `?next=` is where its result is shown."""
    job = Job.objects.filter(pk=pk, by=request.user).first()
    if job is None:
        raise Unknown
    if request.method == "POST":
        cancel_job(job=job)
        return redirect("job_page", pk)
    is_going = job.state in (JobState.QUEUED, JobState.RUNNING)
    percent = 100 * job.done // job.total if job.total else None
    return render(request, "job/page.html", {"job": job, "is_going": is_going, "percent": percent})


urlpatterns = [path("jobs/<int:pk>/", job_page, name="job_page")]
