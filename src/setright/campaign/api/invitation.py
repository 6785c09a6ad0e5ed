"""Lists of people to invite: handed in at `/files`, looked at line by line, done as one act in the background."""

from __future__ import annotations

from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Router, Schema

from setright.campaign import access
from setright.campaign.actions.invitation import hand_out_links, sweep_runs
from setright.campaign.actions.job import enqueue
from setright.campaign.api.guard import Call, reads, writes
from setright.campaign.api.job import JobOut, job_out
from setright.campaign.api.typed import Flag, Id, In, Seen
from setright.campaign.errors import Conflict
from setright.campaign.models import File, Job
from setright.campaign.queries.invitation import listed, preview

router = Router()
_LIST: Final = "/people-lists/{file}"
_RUN: Final = "/people-runs/{pk}"


class RefusedOut(Schema):
    """A line that cannot be, and every reason."""

    number: int
    username: str
    reasons: list[str]


class PreviewOut(Schema):
    """What would be done with the lines that can be; `digest` names exactly that."""

    n_people: int
    n_posts: int
    n_mails: int
    digest: str
    refused: list[RefusedOut]


class ApplyIn(In):
    """`digest` is that of the preview; with `mail`, each link is mailed where there is an address."""

    digest: Seen
    mail: Flag = False


class LinkOut(Schema):
    username: str
    link: str


class LinksOut(Schema):
    """Each link is given out this once."""

    items: list[LinkOut]


def _file(request: Call, pk: int) -> File:
    access.require(request.user, "person.manage")
    found = File.objects.filter(pk=pk, by=request.user).first()
    if found is None:
        raise access.Unknown
    return found


@reads(router, _LIST, "person.manage", PreviewOut)
def preview_people(request: Call, file: Id) -> PreviewOut:
    """Every refused line with its reasons, and what would be done with the others."""
    found = preview(listed(_file(request, file)))
    return PreviewOut(
        n_people=len(found.rows),
        n_posts=found.n_posts,
        n_mails=found.n_mails,
        digest=found.digest,
        refused=[RefusedOut(number=e.number, username=e.username, reasons=list(e.reasons)) for e in found.refused],
    )


@writes(router, _LIST, "person.manage", JobOut, status=202)
def apply_people(request: Call, file: Id, body: ApplyIn) -> JobOut:
    """Invite everyone of the lines that can be, as previewed."""
    source = _file(request, file)
    sweep_runs()
    found = preview(listed(source))
    if body.digest != found.digest or not found.rows:
        raise Conflict(_("Something changed since you looked: look at the list again. Nothing was done."))
    arguments = {
        "file": source.pk,
        "by": request.user.pk,
        "digest": found.digest,
        "mail": body.mail,
        "base": request.build_absolute_uri("/")[:-1],
    }
    key = f"invite_people {source.pk}"
    return job_out(enqueue(name="invite_people", arguments=arguments, by=request.user, key=key))


def _run(request: Call, pk: int) -> Job:
    access.require(request.user, "person.manage")
    found = Job.objects.filter(pk=pk, name="invite_people").first()
    if found is None:
        raise access.Unknown
    return found


@writes(router, f"{_RUN}/links", "person.manage", LinksOut, is_secret=True)
def give_links_out(request: Call, pk: Id) -> LinksOut:
    """The one-time links of everyone in a run who has none yet."""
    links = hand_out_links(run=_run(request, pk), by=request.user)
    at = request.build_absolute_uri
    return LinksOut(
        items=[
            LinkOut(username=each.person.username, link=at(reverse("invitation_page", args=(each.token,))))
            for each in links
        ]
    )
