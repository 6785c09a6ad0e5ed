"""Notices as their senders see them: issued, whom they went to, who read and replied."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Final

from annotated_types import Len
from django.http import FileResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from setright.campaign import access
from setright.campaign.actions.notice import NoticeDraft, issue_notice, remind_units, withdraw_notice
from setright.campaign.api.file import sent
from setright.campaign.api.guard import Call, reads, writes
from setright.campaign.api.paging import Page, page
from setright.campaign.api.refs import FileRef, PersonRef, UnitRef, one, own_file, some
from setright.campaign.api.typed import Count, Day, Id, In, Maybe, Name, Ref, Text
from setright.campaign.enums import NoticeState
from setright.campaign.errors import Conflict, Invalid
from setright.campaign.models import Notice, NoticeUnit, Unit
from setright.campaign.queries.notice import (
    Choice,
    board_of,
    filtered,
    may_read,
    roots_of,
    sent_seen_by,
    units_chosen,
    with_counts,
)

router = Router()
_ALL: Final = "/campaigns/{campaign}/notices"
_AT: Final = f"{_ALL}/{{pk}}"
_PASSED: Final = "/campaigns/{campaign}/passed-notices/{pk}"


class NoticeText(Schema):
    """What a notice says. `source`: the received notice that it passes on; null for the office's own."""

    id: int
    source: int | None
    title: str
    title_en: str
    text: str
    text_en: str
    attachment: FileRef | None
    reply_by: date | None
    by: PersonRef
    issued_on: date


class NoticeOut(NoticeText):
    """With how many units it went to, and how many of them read it, replied, passed it on."""

    n_units: int
    n_read: int
    n_replied: int
    n_passed: int


class AddressedOut(Schema):
    """The notice at one unit."""

    id: int
    unit: UnitRef
    state: NoticeState
    read_at: datetime | None
    read_by: PersonRef | None
    replied_at: datetime | None
    replied_by: PersonRef | None
    reply: str
    reply_file: FileRef | None
    n_on: int
    n_on_read: int


class Whom(Enum):
    """Everyone taking part, a batch, a subtree, or units named one by one."""

    ALL = "all"
    BATCH = "batch"
    TREE = "tree"
    SOME = "some"


class ToIn(In):
    kind: Whom
    batch: Ref | None = None
    root: Ref | None = None
    units: Annotated[list[Ref], Len(0, 5_000)] = Field(default_factory=list)


class NoticeIn(In):
    """`attachment` is a file handed in at `/files`; with `n_units`, it goes out only if it is that many."""

    title: Name
    title_en: Maybe = ""
    text: Text
    text_en: Text = ""
    attachment: Ref | None = None
    reply_by: Day | None = None
    to: ToIn
    n_units: Count | None = None


class RemindedOut(Schema):
    """How many people were reminded."""

    people: int


class SentWish(Schema):
    """`passed`: also what units passed on."""

    passed: bool = False


class BoardWish(Schema):
    late: bool = False
    state: NoticeState | None = None


def notice_text(row: Notice) -> dict[str, Any]:
    return {
        "id": row.pk,
        "source": row.source_id,
        "title": row.title,
        "title_en": row.title_en,
        "text": row.text,
        "text_en": row.text_en,
        "attachment": FileRef.model_validate(row.attachment) if row.attachment else None,
        "reply_by": row.reply_by,
        "by": PersonRef.model_validate(row.by),
        "issued_on": row.issued_on,
    }


def notice_out(row: Any) -> NoticeOut:
    """A notice of `with_counts`."""
    counts = {name: getattr(row, name) for name in ("n_units", "n_read", "n_replied", "n_passed")}
    return NoticeOut(**notice_text(row), **counts)


def sent_notices(request: Call) -> Any:
    """What the caller sees the board of, with its counts."""
    rows = sent_seen_by(request.user, request.campaign).select_related("attachment", "campaign")
    return with_counts(rows)


def sent_notice(request: Call, pk: int) -> Any:
    found = sent_notices(request).filter(pk=pk).first()
    if found is None:
        raise access.Unknown
    return found


def _office(request: Call, pk: int) -> Notice:
    """A notice of the office itself."""
    access.require(request.user, "notice.issue", campaign=request.campaign)
    found: Notice = sent_notice(request, pk)
    if found.source_id is not None:
        raise access.Unknown
    return found


def _passed(request: Call, pk: int) -> Notice:
    """A notice that a unit passed on."""
    found: Notice = sent_notice(request, pk)
    if found.source_id is None:
        raise access.Unknown
    return found


@reads(router, _ALL, "notice.view", Page[NoticeOut])
def list_notices(request: Call, wish: Query[SentWish]) -> Any:
    """The office: what it sent. A unit: what it passed on. Newest first."""
    rows = sent_notices(request)
    if access.may(request.user, "notice.issue", campaign=request.campaign) and not wish.passed:
        rows = rows.filter(source=None)
    return page(request, rows, ("-issued_on", "-pk"), notice_out)


def _chosen(request: Call, to: ToIn) -> list[Unit]:
    campaign, kind = request.campaign, to.kind.value
    batch = one(campaign.batches.all(), "to.batch", to.batch) if kind == "batch" else None
    root = one(roots_of(campaign), "to.root", to.root) if kind == "tree" else None
    if kind == "some":
        some(Unit.objects.filter(enrolments__campaign=campaign), "to.units", to.units)
    return units_chosen(campaign, Choice(kind, batch, root, tuple(to.units)))


@writes(router, _ALL, "notice.issue", NoticeOut, status=201)
def send_notice(request: Call, body: NoticeIn) -> NoticeOut:
    """Send a notice to units that take part; each of their leads and clerks is told."""
    access.require(request.user, "notice.issue", campaign=request.campaign)
    if not body.text:
        raise Invalid("text", _("Needed."))
    units = _chosen(request, body.to)
    if body.n_units is not None and body.n_units != len(units):
        raise Conflict(_("It would go to %(n)d units now: look once more, then send.") % {"n": len(units)})
    file = own_file(request, "attachment", body.attachment)
    draft = NoticeDraft(body.title, body.text, body.title_en, body.text_en, file, body.reply_by)
    made = issue_notice(campaign=request.campaign, draft=draft, units=units, by=request.user)
    return notice_out(sent_notice(request, made.pk))


@reads(router, _AT, "notice.view", NoticeOut)
def read_a_notice(request: Call, pk: Id) -> NoticeOut:
    """A notice as its sender sees it."""
    return notice_out(sent_notice(request, pk))


def _addressed(row: Any) -> AddressedOut:
    return AddressedOut(
        id=row.pk,
        unit=UnitRef.model_validate(row.unit),
        state=NoticeState(row.state),
        read_at=row.read_at,
        read_by=PersonRef.model_validate(row.read_by) if row.read_by else None,
        replied_at=row.replied_at,
        replied_by=PersonRef.model_validate(row.replied_by) if row.replied_by else None,
        reply=row.reply if row.state == NoticeState.REPLIED else "",
        reply_file=FileRef.model_validate(row.reply_file) if row.reply_file and row.replied_at else None,
        n_on=row.n_on,
        n_on_read=row.n_on_read,
    )


@reads(router, f"{_AT}/units", "notice.view", Page[AddressedOut])
def list_addressed(request: Call, pk: Id, wish: Query[BoardWish]) -> Any:
    """Every unit it went to, in the order of the tree: who read it, what they replied, whether they passed it on."""
    rows = board_of(sent_notice(request, pk), "late" if wish.late else "")
    rows = filtered(rows, wish.state.value) if wish.state else rows
    return page(request, rows, ("unit__path", "pk"), _addressed)


@writes(router, _AT, "notice.issue", method="DELETE")
def take_notice_back(request: Call, pk: Id) -> None:
    """Take the office's own notice back while nobody has read it."""
    withdraw_notice(notice=_office(request, pk), by=request.user)


@writes(router, f"{_AT}/remind", "notice.issue", RemindedOut)
def remind_of_notice(request: Call, pk: Id) -> RemindedOut:
    """Remind every unit that still owes reading or a reply, once a day."""
    return RemindedOut(people=remind_units(notice=_office(request, pk), by=request.user))


@writes(router, _PASSED, "notice.pass", method="DELETE")
def take_passed_back(request: Call, pk: Id) -> None:
    """Take back what one's own unit passed on, while nobody has read it."""
    withdraw_notice(notice=_passed(request, pk), by=request.user)


@writes(router, f"{_PASSED}/remind", "notice.pass", RemindedOut)
def remind_of_passed(request: Call, pk: Id) -> RemindedOut:
    """Remind the units below that still owe reading or a reply, once a day."""
    return RemindedOut(people=remind_units(notice=_passed(request, pk), by=request.user))


@reads(router, f"{_AT}/file", "notice.view", None)
def read_attachment(request: Call, pk: Id) -> FileResponse:
    """The attachment, for whoever sent it, received it, or was passed it."""
    found = Notice.objects.filter(campaign=request.campaign, pk=pk).select_related("attachment").first()
    if found is None or found.attachment is None or not may_read(request.user, request.campaign, found):
        raise access.Unknown
    return sent(found.attachment)


def reply_file_of(at: NoticeUnit) -> FileResponse:
    """The file of a unit's reply."""
    if at.reply_file is None:
        raise access.Unknown
    return sent(at.reply_file)
