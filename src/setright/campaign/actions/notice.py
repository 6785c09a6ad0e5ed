"""Notices: issued by the office to chosen units, read, replied to, passed on level by level, reminded of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions.reminder import Matter, remind, unremind
from setright.campaign.actions.transition import move, text_hash
from setright.campaign.enums import CampaignState, NoticeState
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.models import Campaign, File, Notice, NoticeUnit, Person, Unit
from setright.campaign.queries.notice import people_of, still_owing, units_below

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """What is typed: in Chinese, in English, with an attachment, to be replied to by a day."""

    title: str
    text: str
    title_en: str = ""
    text_en: str = ""
    attachment: File | None = None
    reply_by: date | None = None


def issue_notice(*, campaign: Campaign, draft: NoticeDraft, units: list[Unit], by: Person) -> Notice:
    """Send a notice to units that take part; each of their leads and clerks is told."""
    access.require(by, "notice.issue", campaign=campaign)
    if campaign.state != CampaignState.RUNNING:
        raise Refused(_("The campaign does not run: no notice goes out."))
    _require_sound(draft, units, "to")
    strangers = {u.pk for u in units} - set(
        campaign.enrolments.filter(unit__in=units).values_list("unit_id", flat=True)
    )
    if strangers:
        raise Invalid("to", _("%(n)d of these units take no part in the campaign.") % {"n": len(strangers)})
    with transaction.atomic():
        notice = _sent(campaign, draft, units, by)
        _log_sent("issue_notice", notice, units, by)
    return notice


def pass_notice(*, at: NoticeUnit, draft: NoticeDraft, units: list[Unit], by: Person) -> Notice:
    """Pass a notice on to units directly below, with words of one's own; its text travels along unchanged."""
    _require_own(at, by, "notice.pass")
    _require_sound(draft, units, "units")
    below = set(units_below(at.unit).values_list("pk", flat=True))
    if not {unit.pk for unit in units} <= below:
        raise Invalid("units", _("A notice is passed on to units directly below alone."))
    already = set(NoticeUnit.objects.filter(notice__source=at, unit__in=units).values_list("unit__code", flat=True))
    if already:
        codes = ", ".join(sorted(already))
        raise Invalid("units", _("It was passed on to these before: %(codes)s.") % {"codes": codes})
    asked = at.notice.reply_by
    if asked and draft.reply_by and draft.reply_by > asked:
        raise Invalid("reply_by", _("You are asked to reply by then yourself: name an earlier day."))
    with transaction.atomic():
        notice = _sent(at.notice.campaign, draft, units, by, source=at)
        _log_sent("pass_notice", notice, units, by)
    return notice


def _require_sound(draft: NoticeDraft, units: list[Unit], field: str) -> None:
    if not units:
        raise Invalid(field, _("Choose at least one unit."))
    if draft.reply_by and draft.reply_by < timezone.localdate():
        raise Invalid("reply_by", _("The day is past."))


def _sent(
    campaign: Campaign, draft: NoticeDraft, units: list[Unit], by: Person, source: NoticeUnit | None = None
) -> Notice:
    notice = Notice.objects.create(
        campaign=campaign,
        source=source,
        title=draft.title,
        title_en=draft.title_en,
        text=draft.text,
        text_en=draft.text_en,
        attachment=draft.attachment,
        reply_by=draft.reply_by,
        by=by,
    )
    NoticeUnit.objects.bulk_create((NoticeUnit(notice=notice, unit=u) for u in units), batch_size=_CHUNK)
    _tell("notice_new", notice, units)
    return notice


def _tell(code: str, notice: Notice, units: list[Unit]) -> int:
    people = people_of(notice.campaign_id, units)
    at = {each.unit_id: each for each in notice.addressed.all()}
    matters = ((unit, _matter(code, at[unit.pk], notice, unit)) for unit in units)
    return remind(told=((person, matter) for unit, matter in matters for person in people.get(unit.pk, ())))


def _matter(code: str, at: NoticeUnit, notice: Notice, unit: Unit) -> Matter:
    url = reverse("notice_page", args=(notice.campaign_id, notice.pk)) + f"?unit={unit.pk}"
    values = {"title": notice.title, "title_en": notice.title_en, "unit": unit.name, "unit_en": unit.name_en}
    return Matter(code, at, notice.campaign_id, url, values)


def withdraw_notice(*, notice: Notice, by: Person) -> None:
    """Take one's own notice back while nobody has read it."""
    _require_sender(notice, by)
    with transaction.atomic():
        Notice.objects.select_for_update().get(pk=notice.pk)
        rows = NoticeUnit.objects.filter(notice=notice)
        if rows.filter(~Q(state=NoticeState.ISSUED) | Q(passed_on__isnull=False)).exists():
            raise Conflict(_("Somebody has read it by now: send a second notice that corrects it."))
        n = rows.count()
        about = log.About(notice.campaign_id, notice.source.unit_id if notice.source else None)
        log.write("withdraw_notice", notice, by, about, log.Change({"title": text_hash(notice.title)}, n=n))
        unremind(
            object_type="noticeunit", keys=rows.values_list("pk", flat=True), codes=("notice_new", "notice_remind")
        )
        notice.delete()


def read_notice(*, at: NoticeUnit, by: Person) -> bool:
    """Record that the unit opened it: once, by its lead or clerk; return whether this was the first time."""
    if at.state != NoticeState.ISSUED or not access.serves(
        by, "notice.reply", campaign=at.notice.campaign_id, unit=at.unit
    ):
        return False
    with transaction.atomic():
        fresh = NoticeUnit.objects.filter(pk=at.pk, state=NoticeState.ISSUED)
        is_first = bool(fresh.update(state=NoticeState.READ, read_at=timezone.now(), read_by=by))
        at.refresh_from_db(fields=("state", "read_at", "read_by"))
        if is_first:
            _log("read_notice", at, by, {"state": at.state}, NoticeState.ISSUED)
    return is_first


def reply_notice(*, at: NoticeUnit, reply: str, file: File | None, by: Person) -> None:
    """Reply in the unit's name, with a text, a file, or both."""
    _require_own(at, by, "notice.reply")
    if not reply.strip() and file is None:
        raise Invalid("reply", _("Write a reply or choose a file."))
    with transaction.atomic():
        before = at.state
        move(
            at,
            (NoticeState.ISSUED, NoticeState.READ),
            state=NoticeState.REPLIED,
            replied_at=timezone.now(),
            replied_by=by,
            reply=reply,
            reply_file=file or at.reply_file,
            read_at=at.read_at or timezone.now(),
            read_by=at.read_by or by,
        )
        after = {"state": at.state, "reply": text_hash(reply), "file": file.sha256 if file else None}
        _log("reply_notice", at, by, after, before)


def take_back_reply(*, at: NoticeUnit, by: Person) -> None:
    """Take the unit's reply back; its words stay as a draft."""
    _require_own(at, by, "notice.reply")
    with transaction.atomic():
        move(at, (NoticeState.REPLIED,), state=NoticeState.READ, replied_at=None, replied_by=None)
        _log("take_back_reply", at, by, {"state": at.state}, NoticeState.REPLIED)


def remind_units(*, notice: Notice, by: Person) -> int:
    """Tell leads and clerks of every unit that still owes reading or a reply, once a day; return how many people."""
    _require_sender(notice, by)
    with transaction.atomic():
        units = [each.unit for each in still_owing(notice).select_related("unit")]
        n = _tell("notice_remind", notice, units)
        about = log.About(notice.campaign_id, notice.source.unit_id if notice.source else None)
        digest = text_hash(sorted(unit.code for unit in units))
        log.write("remind_units", notice, by, about, log.Change(None, {"people": n, "digest": digest}, len(units)))
    return n


def _require_own(at: NoticeUnit, by: Person, right: str) -> None:
    """In the unit's own name: whoever holds the right only through a unit above is not meant."""
    if not access.serves(by, right, campaign=at.notice.campaign_id, unit=at.unit):
        raise access.Unknown


def _require_sender(notice: Notice, by: Person) -> None:
    if notice.source is None:
        access.require(by, "notice.issue", campaign=notice.campaign_id)
    else:
        _require_own(notice.source, by, "notice.pass")


def _log(action: str, at: NoticeUnit, by: Person, after: Mapping[str, object], before: str) -> None:
    about = log.About(at.notice.campaign_id, at.unit_id)
    log.write(action, at, by, about, log.Change({"state": before}, dict(after)))


def _log_sent(action: str, notice: Notice, units: list[Unit], by: Person) -> None:
    after = {
        "digest": text_hash(sorted(unit.code for unit in units)),
        "text": text_hash(notice.title, notice.text, notice.title_en, notice.text_en),
        "file": notice.attachment.sha256 if notice.attachment else None,
        "reply_by": notice.reply_by.isoformat() if notice.reply_by else None,
    }
    about = log.About(notice.campaign_id, notice.source.unit_id if notice.source else None)
    log.write(action, notice, by, about, log.Change(None, after, len(units)))
