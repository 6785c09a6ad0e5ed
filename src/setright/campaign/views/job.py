"""A background job's page: what it does, how far it is, how to stop it, what came of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from setright.campaign import access
from setright.campaign.actions.job import cancel_job
from setright.campaign.enums import JobState
from setright.campaign.models import Batch, Campaign, Job
from setright.campaign.views.page import BOTH, page

_COUNTED = {"units": _("Units"), "members": _("Members")}


@page("", *BOTH)
def job_page(request: Any, pk: int) -> HttpResponse:
    """Only for whoever queued it; once done, it leads to what it made."""
    job = Job.objects.filter(pk=pk, by=request.user).first()
    if job is None:
        raise access.Unknown
    if request.method == "POST":
        cancel_job(job=job)
        return redirect("job_page", pk)
    is_going = job.state in (JobState.QUEUED, JobState.RUNNING)
    percent = 100 * job.done // job.total if job.total else None
    request.campaign, url, label = _onward(request, job)
    context = {
        "job": job,
        "is_going": is_going,
        "percent": percent,
        "counted": [(word, job.result[name]) for name, word in _COUNTED.items() if name in job.result],
        "onward_url": url,
        "onward": label,
    }
    return render(request, "job/page.html", context)


def _onward(request: Any, job: Job) -> tuple[Campaign | None, str, Any]:
    """The campaign a job is about, and where its result is seen."""
    mine = access.campaigns_of(request.user)
    if job.name == "import_units":
        campaign = mine.filter(pk=job.arguments["campaign"]).first()
        return campaign, reverse("unit_list", args=(campaign.pk,)) if campaign else "", _("Units and teams")
    if job.name == "enrol_units":
        batch = Batch.objects.filter(pk=job.arguments["batch"], campaign__in=mine).select_related("campaign").first()
        url = reverse("batch_page", args=(batch.campaign_id, batch.pk)) if batch else ""
        return batch.campaign if batch else None, url, _("Back to the batch")
    return None, "", ""


urlpatterns = [path("jobs/<int:pk>/", job_page, name="job_page")]
