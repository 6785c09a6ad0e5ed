"""Lists of units and of teams: handed in, looked at with every line that cannot be, added in the background."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from setright.campaign import access
from setright.campaign.actions.file import keep_file
from setright.campaign.actions.job import enqueue
from setright.campaign.errors import Invalid, in_words
from setright.campaign.forms.unit import ListForm
from setright.campaign.models import Campaign, File, Job
from setright.campaign.models.named import headings
from setright.campaign.queries.unit_file import read_checked, was_applied
from setright.campaign.queries.unit_line import MEMBER_COLUMNS, TEAM_COLUMNS, UNIT_COLUMNS
from setright.campaign.views.page import BOTH, attempt, done, page, paged
from setright.intake.errors import InputError

_SHOWN = 20


def _kind(request: Any) -> str:
    return "team" if request.GET.get("kind") == "team" else "units"


def _columns(kind: str) -> list[tuple[str, ...]]:
    wanted = TEAM_COLUMNS if kind == "team" else {**UNIT_COLUMNS, **MEMBER_COLUMNS}
    return [tuple(each) for each in headings(wanted).values()]


@page("unit.manage", *BOTH)
def unit_import(request: Any, campaign: Campaign) -> HttpResponse:
    """Hand a list in (`?kind=team` for team members alone)."""
    access.require(request.user, "unit.manage", campaign=campaign)
    kind = _kind(request)
    form = ListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        kept: list[File] = []
        upload = form.cleaned_data["list"]
        if attempt(form, lambda: kept.append(_kept(request, upload))):
            return redirect(_check_url(campaign, kept[0].pk, kind))
    return render(request, "unit/import.html", {"form": form, "kind": kind, "columns": _columns(kind)})


def _kept(request: Any, upload: Any) -> File:
    if not (upload.name or "").lower().endswith((".csv", ".tsv", ".txt", ".xlsx")):
        raise Invalid(
            "list", _("“%(name)s” is neither CSV nor XLSX: save the list as one of them.") % {"name": upload.name}
        )
    return keep_file(upload=upload, by=request.user, field="list")


def _check_url(campaign: Campaign, file: int, kind: str) -> str:
    return reverse("unit_import_check", args=(campaign.pk, file)) + f"?kind={kind}"


@page("unit.manage", *BOTH)
def unit_import_check(request: Any, campaign: Campaign, file: int) -> HttpResponse:
    """What the list would add, and every line that cannot be; adding it is one act in the background."""
    access.require(request.user, "unit.manage", campaign=campaign)
    source = File.objects.filter(pk=file, by=request.user).first()
    if source is None:
        raise access.Unknown
    kind = _kind(request)
    context: dict[str, Any] = {"file": source, "kind": kind, "columns": _columns(kind)}
    if was_applied(source):
        return render(request, "unit/import_check.html", {**context, "is_applied": True})
    try:
        checked = read_checked(source, kind, campaign)
    except InputError as error:
        return render(request, "unit/import_check.html", {**context, "trouble": in_words(error)})
    is_empty = not checked.units and not checked.members
    if request.method == "POST" and not checked.wrong and not is_empty:
        job = _queued(request, campaign, source, kind)
        return done(request, _("The list is being added."), reverse("job_page", args=(job.pk,)))
    wrong = paged(request, checked.wrong)
    shown = (checked.members if kind == "team" else checked.units)[:_SHOWN]
    context |= {"checked": checked, "is_empty": is_empty, "page": wrong, "shown": shown}
    return render(request, "unit/import_check.html", context, status=422 if request.method == "POST" else 200)


def _queued(request: Any, campaign: Campaign, source: File, kind: str) -> Job:
    arguments = {"file": source.pk, "kind": kind, "campaign": campaign.pk, "by": request.user.pk}
    return enqueue(name="import_units", arguments=arguments, by=request.user, key=f"import_units:{source.pk}")


urlpatterns = [
    path("c/<int:campaign>/units/import/", unit_import, name="unit_import"),
    path("c/<int:campaign>/units/import/<int:file>/", unit_import_check, name="unit_import_check"),
]
