"""Notices as units receive them: read, replied to, passed on."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final

from annotated_types import Len
from django.http import FileResponse
from ninja import Router, Schema

from setright.campaign import access
from setright.campaign.actions.notice import (
    NoticeDraft,
    pass_notice,
    read_notice,
    reply_notice,
    take_back_reply,
)
from setright.campaign.api.guard import Call, reads, writes
from setright.campaign.api.notice import NoticeOut, NoticeText, notice_out, notice_text, reply_file_of, sent_notice
from setright.campaign.api.paging import Page, page
from setright.campaign.api.refs import FileRef, PersonRef, UnitRef, own_file, some
from setright.campaign.api.typed import Day, Id, In, Ref, Text
from setright.campaign.enums import NoticeState
from setright.campaign.models import NoticeUnit
from setright.campaign.queries.notice import (
    filtered,
    levels_above,
    received_by,
    sent_seen_by,
    shows_reply,
    units_below,
)

router = Router()
_ALL: Final = "/campaigns/{campaign}/received"
_AT: Final = f"{_ALL}/{{pk}}"


class ReceivedRow(Schema):
    """A notice at one unit."""

    id: int
    notice: int
    unit: UnitRef
    title: str
    title_en: str
    issued_on: date
    reply_by: date | None
    state: NoticeState


class ReceivedOut(Schema):
    """With its text, the notices it passes on (nearest first), and the unit's reply (a draft is the unit's alone)."""

    id: int
    unit: UnitRef
    state: NoticeState
    notice: NoticeText
    above: list[NoticeText]
    read_at: datetime | None
    read_by: PersonRef | None
    replied_at: datetime | None
    reply: str
    reply_file: FileRef | None


class ReplyIn(In):
    """A text, a file handed in at `/files`, or both."""

    reply: Text = ""
    file: Ref | None = None


class PassIn(In):
    """To which units directly below, with words of one's own."""

    units: Annotated[list[Ref], Len(1, 2_000)]
    text: Text = ""
    text_en: Text = ""
    attachment: Ref | None = None
    reply_by: Day | None = None


def _received(request: Call, pk: int) -> NoticeUnit:
    rows = received_by(request.user, request.campaign)
    rows = rows.select_related("notice__attachment", "notice__campaign", "reply_file", "read_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise access.Unknown
    return found


def _own(request: Call, pk: int) -> NoticeUnit:
    """A notice at a unit in whose own name the caller acts."""
    found = _received(request, pk)
    if not access.serves(request.user, "notice.reply", campaign=request.campaign, unit=found.unit):
        raise access.Unknown
    return found


def _row(at: NoticeUnit) -> ReceivedRow:
    notice = at.notice
    return ReceivedRow(
        id=at.pk,
        notice=notice.pk,
        unit=UnitRef.model_validate(at.unit),
        title=notice.title,
        title_en=notice.title_en,
        issued_on=notice.issued_on,
        reply_by=notice.reply_by,
        state=NoticeState(at.state),
    )


def _out(request: Call, pk: int) -> ReceivedOut:
    at = _received(request, pk)
    is_shown = shows_reply(at, request.user)
    return ReceivedOut(
        id=at.pk,
        unit=UnitRef.model_validate(at.unit),
        state=NoticeState(at.state),
        notice=NoticeText(**notice_text(at.notice)),
        above=[NoticeText(**notice_text(each)) for each in levels_above(at.notice)],
        read_at=at.read_at,
        read_by=PersonRef.model_validate(at.read_by) if at.read_by else None,
        replied_at=at.replied_at,
        reply=at.reply if is_shown else "",
        reply_file=FileRef.model_validate(at.reply_file) if at.reply_file and is_shown else None,
    )


@reads(router, _ALL, "notice.view", Page[ReceivedRow])
def list_received(request: Call, state: NoticeState | None = None) -> Any:
    """What reached units over which the caller may see notices, newest first."""
    rows = filtered(received_by(request.user, request.campaign), state.value if state else "")
    return page(request, rows, ("-notice__issued_on", "-pk"), _row)


@reads(router, _AT, "notice.view", ReceivedOut)
def read_received(request: Call, pk: Id) -> ReceivedOut:
    """A notice at a unit. Asking does not count as reading: say so at `read`."""
    return _out(request, pk)


@writes(router, f"{_AT}/read", "notice.reply", ReceivedOut)
def mark_read(request: Call, pk: Id) -> ReceivedOut:
    """Record that the unit has read it, once."""
    read_notice(at=_own(request, pk), by=request.user)
    return _out(request, pk)


@writes(router, f"{_AT}/reply", "notice.reply", ReceivedOut)
def reply(request: Call, pk: Id, body: ReplyIn) -> ReceivedOut:
    """Reply in the unit's name."""
    at, file = _own(request, pk), own_file(request, "file", body.file)
    reply_notice(at=at, reply=body.reply, file=file, by=request.user)
    return _out(request, pk)


@writes(router, f"{_AT}/unreply", "notice.reply", ReceivedOut)
def unreply(request: Call, pk: Id) -> ReceivedOut:
    """Take the unit's reply back; its words stay as a draft."""
    take_back_reply(at=_own(request, pk), by=request.user)
    return _out(request, pk)


@writes(router, f"{_AT}/pass", "notice.pass", NoticeOut, status=201)
def pass_on(request: Call, pk: Id, body: PassIn) -> NoticeOut:
    """Pass it on to units directly below; its text travels along unchanged."""
    at = _own(request, pk)
    units = some(units_below(at.unit), "units", body.units)
    draft = NoticeDraft(
        title=at.notice.title,
        title_en=at.notice.title_en,
        text=body.text,
        text_en=body.text_en,
        attachment=own_file(request, "attachment", body.attachment),
        reply_by=body.reply_by,
    )
    made = pass_notice(at=at, draft=draft, units=units, by=request.user)
    return notice_out(sent_notice(request, made.pk))


@reads(router, f"{_AT}/file", "notice.view", None)
def read_reply_file(request: Call, pk: Id) -> FileResponse:
    """The file of a reply, for the unit and for whoever the reply goes to."""
    rows = NoticeUnit.objects.filter(pk=pk, notice__campaign=request.campaign)
    at = rows.select_related("notice", "unit", "reply_file").first()
    if at is None or not shows_reply(at, request.user):
        raise access.Unknown
    is_sender = sent_seen_by(request.user, request.campaign).filter(pk=at.notice_id).exists()
    if not is_sender and not received_by(request.user, request.campaign).filter(pk=pk).exists():
        raise access.Unknown
    return reply_file_of(at)
