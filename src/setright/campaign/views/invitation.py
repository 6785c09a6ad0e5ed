"""Inviting people, one or a whole list, and the page where an invitation is accepted."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from setright.campaign import access
from setright.campaign.actions.file import keep_file
from setright.campaign.actions.invitation import (
    Link,
    NewPerson,
    accept_invitation,
    hand_out_links,
    invite_person,
    renew_invitation,
    sweep_runs,
)
from setright.campaign.actions.job import enqueue
from setright.campaign.actions.mail import send_link
from setright.campaign.enums import JobState
from setright.campaign.errors import Conflict
from setright.campaign.forms.invitation import AcceptForm, ApplyForm, InviteForm, ListForm
from setright.campaign.models import File, Job
from setright.campaign.queries.invitation import COLUMNS, listed, open_invitation, preview, unanswered
from setright.campaign.views.page import BOTH, GET, POST, attempt, csv_file, page, paged
from setright.campaign.views.person import person_for


@page("person.manage", *BOTH)
def person_invite(request: Any) -> HttpResponse:
    """Invite one person; the link is on the answer's page and nowhere else."""
    access.require(request.user, "person.manage")
    form = InviteForm(request.POST or None)
    made: list[Link] = []
    if request.method == "POST" and form.is_valid():
        new = NewPerson(**form.cleaned_data)
        if attempt(form, lambda: made.append(invite_person(new=new, by=request.user))):
            return _link(request, made[0])
    return render(request, "invitation/invite.html", {"form": form})


@page("person.manage", *POST)
def person_renew(request: Any, pk: int) -> HttpResponse:
    """Make a new link; the earlier one stops working."""
    return _link(request, renew_invitation(person=person_for(request, pk), by=request.user))


def _link(request: Any, link: Link) -> HttpResponse:
    url = _address(request, link)
    is_sent = send_link(person=link.person, url=url)
    return render(request, "invitation/link.html", {"who": link.person, "url": url, "is_sent": is_sent})


@page("person.manage", *BOTH)
def people_import(request: Any) -> HttpResponse:
    """Take a list in; the next page says what would come of it."""
    access.require(request.user, "person.manage")
    form = ListForm(request.POST or None, request.FILES or None)
    kept: list[File] = []
    if request.method == "POST" and form.is_valid():
        attempt(form, lambda: kept.append(_kept(request, form.cleaned_data["file"])))
    if kept:
        return redirect("people_preview", kept[0].pk)
    return render(request, "invitation/import.html", {"form": form, "columns": COLUMNS})


def _kept(request: Any, upload: Any) -> File:
    """Keep the list where it can be read as one; what an earlier run left half done is swept first."""
    sweep_runs()
    file = keep_file(upload=upload, by=request.user, field="file")
    listed(file)
    return file


@page("person.manage", *BOTH)
def people_preview(request: Any, pk: int) -> HttpResponse:
    """Every refused line with its reasons, what would be done with the others, and the button that does it."""
    access.require(request.user, "person.manage")
    file = File.objects.filter(pk=pk, by=request.user).first()
    if file is None:
        raise access.Unknown
    found = preview(listed(file))
    form = ApplyForm(request.POST or None, initial={"digest": found.digest})
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["digest"] == found.digest and found.rows:
            return redirect("people_run", _queued(request, file, form.cleaned_data).pk)
        form.add_error(None, _("Something changed since you looked: look again below. Nothing was done."))
        form.data = {**form.data, "digest": found.digest}
    context = {
        "file": file,
        "found": found,
        "form": form,
        "page": paged(request, found.rows),
    }
    return render(request, "invitation/preview.html", context)


def _queued(request: Any, file: File, typed: dict[str, Any]) -> Job:
    arguments = {
        "file": file.pk,
        "by": request.user.pk,
        "digest": typed["digest"],
        "mail": typed["mail"],
        "base": request.build_absolute_uri("/")[:-1],
    }
    return enqueue(name="invite_people", arguments=arguments, by=request.user, key=f"invite_people {file.pk}")


def _run(request: Any, pk: int) -> Job:
    access.require(request.user, "person.manage")
    found = Job.objects.filter(pk=pk, name="invite_people").first()
    if found is None:
        raise access.Unknown
    return found


@page("person.manage", *GET)
def people_run(request: Any, pk: int) -> HttpResponse:
    """How far the run is; when it is done, the links that can be saved, once."""
    run = _run(request, pk)
    is_going = run.state in (JobState.QUEUED, JobState.RUNNING)
    n_links = unanswered(run).count() if run.state == JobState.DONE else 0
    return render(request, "invitation/run.html", {"run": run, "is_going": is_going, "n_links": n_links})


@page("person.manage", *POST)
def people_links(request: Any, pk: int) -> HttpResponse:
    """The links of a run as a file that a spreadsheet opens; each is given out this once."""
    links = hand_out_links(run=_run(request, pk), by=request.user)
    rows = [(link.person.username, link.person.name, link.person.email, _address(request, link)) for link in links]
    return csv_file("links", (_("user name"), _("name"), _("e-mail"), _("one-time link")), rows)


def _address(request: Any, link: Link) -> str:
    return str(request.build_absolute_uri(reverse("invitation_page", args=(link.token,))))


@sensitive_post_parameters()
def invitation_page(request: Any, token: str) -> HttpResponseBase:
    """Set a first password by a one-time link; nobody is signed in here."""
    if request.method not in BOTH:
        return HttpResponse(status=405, headers={"Allow": ", ".join(BOTH)})
    invitation = open_invitation(token)
    if invitation is None:
        return render(request, "invitation/gone.html", status=404)
    form = AcceptForm(request.POST or None, person=invitation.person)
    if request.method == "POST" and form.is_valid():
        try:
            accept_invitation(token=token, password=form.cleaned_data["password1"])
        except Conflict:
            return render(request, "invitation/gone.html", status=409)
        return redirect("invitation_accepted")
    return render(request, "invitation/accept.html", {"form": form, "who": invitation.person})


def invitation_accepted(request: Any) -> HttpResponse:
    """Says that the password holds, and leads to the ordinary sign-in."""
    return render(request, "invitation/accepted.html")


urlpatterns = [
    path("people/invite/", person_invite, name="person_invite"),
    path("people/<int:pk>/link/", person_renew, name="person_renew"),
    path("people/import/", people_import, name="people_import"),
    path("people/import/<int:pk>/", people_preview, name="people_preview"),
    path("people/runs/<int:pk>/", people_run, name="people_run"),
    path("people/runs/<int:pk>/links/", people_links, name="people_links"),
    path("invitation/accepted/", invitation_accepted, name="invitation_accepted"),
    path("invitation/<str:token>/", invitation_page, name="invitation_page"),
]
