"""Notices: what was sent and what came, one notice at a unit, its board, writing one, passing one on."""

from __future__ import annotations

from typing import Any, Final

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from setright.campaign import access
from setright.campaign.actions.file import keep_file
from setright.campaign.actions.notice import (
    NoticeDraft,
    issue_notice,
    pass_notice,
    read_notice,
    remind_units,
    reply_notice,
    take_back_reply,
    withdraw_notice,
)
from setright.campaign.enums import NoticeState
from setright.campaign.errors import Invalid
from setright.campaign.forms.notice import NoticeForm, PassForm, ReplyForm
from setright.campaign.models import Campaign, Notice, NoticeUnit, Unit
from setright.campaign.queries.notice import (
    board_of,
    chips,
    filtered,
    levels_above,
    may_read,
    received_by,
    sent_seen_by,
    shows_reply,
    still_owing,
    units_below,
    units_chosen,
    with_counts,
)
from setright.campaign.views.file import shown_file
from setright.campaign.views.page import BOTH, GET, POST, attempt, done, page, paged

_NAMED: Final = 12


@page("notice.view", *GET)
def notice_list(request: Any, campaign: Campaign) -> HttpResponse:
    """The office: what it sent, with how many read and replied. A unit: what came, and what it passed on."""
    may_issue = access.may(request.user, "notice.issue", campaign=campaign)
    only = request.GET.get("state", "")
    received = received_by(request.user, campaign) if not may_issue else NoticeUnit.objects.none()
    came = filtered(received, only).order_by("state", "notice__reply_by", "-notice__issued_on", "-pk")
    sent = sent_seen_by(request.user, campaign)
    if may_issue and request.GET.get("level") != "all":
        sent = sent.filter(source=None)
    context = {
        "may_issue": may_issue,
        "came": paged(request, came) if not may_issue else None,
        "sent": paged(request, with_counts(sent).order_by("-issued_on", "-pk"), "page" if may_issue else "sent"),
        "chips": chips(received) if not may_issue else [],
        "only": only,
        "level": request.GET.get("level", ""),
        "n_came": received.count() if not may_issue else 0,
        "n_passed": Notice.objects.filter(campaign=campaign).exclude(source=None).count() if may_issue else 0,
        "today": timezone.localdate(),
    }
    return render(request, "notice/list.html", context)


@page("notice.view", *BOTH)
def notice_page(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Whoever sent it sees its board; a unit it went to reads it (once recorded) and replies."""
    number = request.GET.get("unit", "")
    if not number.isdigit():
        sent = sent_seen_by(request.user, campaign).select_related("attachment").filter(pk=pk).first()
        if sent is not None:
            return _board(request, campaign, sent)
    return _at_unit(request, campaign, _at(request, campaign, pk, number))


def _at(request: Any, campaign: Campaign, pk: int, number: str = "") -> NoticeUnit:
    """The notice at the unit named, or at the first of the person's own units it went to."""
    rows = received_by(request.user, campaign).filter(notice=pk)
    rows = rows.select_related("unit", "notice__by", "notice__attachment", "notice__campaign", "reply_file", "read_by")
    if number.isdigit():
        rows = rows.filter(unit=int(number))
    own = access.own_paths(request.user, "notice.view", campaign.pk)
    found = rows.filter(unit__path__in=own).order_by("unit__path").first() or rows.order_by("unit__path").first()
    if found is None:
        raise access.Unknown
    return found


def _may_send_again(request: Any, campaign: Campaign, notice: Notice) -> bool:
    if notice.source is None:
        return access.may(request.user, "notice.issue", campaign=campaign)
    return access.serves(request.user, "notice.pass", campaign=campaign, unit=notice.source.unit)


def _board(request: Any, campaign: Campaign, notice: Notice) -> HttpResponse:
    if request.method == "POST":
        raise access.Unknown
    only = request.GET.get("state", "")
    rows = notice.addressed.all()
    counted: Any = with_counts(Notice.objects.filter(pk=notice.pk)).get()
    context = {
        "notice": notice,
        "page": paged(request, board_of(notice, only)),
        "chips": chips(rows),
        "only": only,
        "counted": counted,
        "n_owing": still_owing(notice).count(),
        "above": levels_above(notice),
        "is_sender": _may_send_again(request, campaign, notice),
        "may_withdraw": counted.n_read == 0 and _may_send_again(request, campaign, notice),
    }
    return render(request, "notice/board.html", context)


def _at_unit(request: Any, campaign: Campaign, at: NoticeUnit) -> HttpResponse:
    serves = access.serves(request.user, "notice.reply", campaign=campaign, unit=at.unit)
    if request.method == "GET":
        read_notice(at=at, by=request.user)
    form = _reply_form(request, at) if serves and at.state != NoticeState.REPLIED else None
    if request.method == "POST":
        if not serves:
            raise access.Unknown
        if form is not None and form.is_valid() and attempt(form, lambda: _reply(request, at, form)):
            undo = reverse("notice_unreply", args=(campaign.pk, at.pk))
            return done(request, _("Replied."), request.get_full_path(), undo=undo)
    n_below = units_below(at.unit).count()
    passed = with_counts(Notice.objects.filter(source=at)).order_by("-issued_on", "-pk")
    context = {
        "at": at,
        "notice": at.notice,
        "above": levels_above(at.notice),
        "form": form,
        "serves": serves,
        "kept": form.shown_file() if form else None,
        "n_below": n_below,
        "passed": passed,
        "may_take_back": serves and at.state == NoticeState.REPLIED,
    }
    return render(request, "notice/page.html", context)


def _reply_form(request: Any, at: NoticeUnit) -> ReplyForm:
    if request.method == "POST":
        return ReplyForm(request.POST, request.FILES, by=request.user)
    return ReplyForm(by=request.user, initial={"reply": at.reply})


def _reply(request: Any, at: NoticeUnit, form: ReplyForm) -> None:
    reply_notice(at=at, reply=form.cleaned_data["reply"], file=_kept(request, form), by=request.user)


def _kept(request: Any, form: Any) -> Any:
    """The file handed in now, or the one handed in before; kept by reference from here on."""
    upload = form.cleaned_data.get("file")
    file = keep_file(upload=upload, by=request.user, field="file") if upload else form.kept_file()
    form.keep(file)
    return file


@page("notice.issue", *BOTH)
def notice_add(request: Any, campaign: Campaign) -> HttpResponse:
    """Write a notice and choose whom it goes to; it says how many before anything goes out."""
    access.require(request.user, "notice.issue", campaign=campaign)
    form = NoticeForm(
        request.POST or None,
        request.FILES or None,
        by=request.user,
        campaign=campaign,
        initial={"to": "all"},
    )
    units: list[Unit] = []
    if request.method == "POST" and form.is_valid():
        units = units_chosen(campaign, form.choice())
        made: list[Notice] = []
        if attempt(form, lambda: _issue(request, campaign, form, units, made)) and made:
            said = ngettext("Sent to %(n)d unit.", "Sent to %(n)d units.", len(units)) % {"n": len(units)}
            undo = reverse("notice_withdraw", args=(campaign.pk, made[0].pk))
            return done(request, said, reverse("notice_page", args=(campaign.pk, made[0].pk)), undo=undo)
    context = {
        "form": form,
        "units": units[:_NAMED],
        "n": len(units),
        "n_more": max(0, len(units) - _NAMED),
        "has_preview": bool(units) and not form.errors,
        "kept": form.shown_file(),
    }
    return render(request, "notice/add.html", context)


def _issue(request: Any, campaign: Campaign, form: NoticeForm, units: list[Unit], made: list[Notice]) -> None:
    """Send, when what was previewed is still what would be sent; otherwise show how many it would reach."""
    file = _kept(request, form)
    if "send" not in request.POST:
        return
    if request.POST["send"] != str(len(units)):
        raise Invalid("to", _("It would go to %(n)d units now: look once more, then send.") % {"n": len(units)})
    typed = form.cleaned_data
    draft = NoticeDraft(typed["title"], typed["text"], typed["title_en"], typed["text_en"], file, typed["reply_by"])
    made.append(issue_notice(campaign=campaign, draft=draft, units=units, by=request.user))


@page("notice.pass", *BOTH)
def notice_pass(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Pass a notice on to units directly below."""
    at = _own(request, campaign, pk)
    form = _pass_form(request, at)
    if request.method == "POST" and form.is_valid():
        made: list[Notice] = []
        if attempt(form, lambda: made.append(_pass_on(request, at, form))):
            n = len(form.cleaned_data["units"])
            said = ngettext("Passed on to %(n)d unit.", "Passed on to %(n)d units.", n) % {"n": n}
            undo = reverse("notice_withdraw", args=(campaign.pk, made[0].pk))
            return done(request, said, reverse("notice_page", args=(campaign.pk, made[0].pk)), undo=undo)
    context = {"form": form, "at": at, "notice": at.notice, "kept": form.shown_file()}
    return render(request, "notice/pass.html", context)


def _pass_form(request: Any, at: NoticeUnit) -> PassForm:
    if request.method == "POST":
        return PassForm(request.POST, request.FILES, by=request.user, unit=at.unit)
    taken = Unit.objects.filter(notices__notice__source=at).values_list("pk", flat=True)
    rest = units_below(at.unit).exclude(pk__in=list(taken)).values_list("pk", flat=True)
    return PassForm(by=request.user, unit=at.unit, initial={"units": list(rest)})


def _pass_on(request: Any, at: NoticeUnit, form: PassForm) -> Notice:
    typed = form.cleaned_data
    draft = NoticeDraft(
        title=at.notice.title,
        title_en=at.notice.title_en,
        text=typed["text"],
        text_en=typed["text_en"],
        attachment=_kept(request, form),
        reply_by=typed["reply_by"],
    )
    return pass_notice(at=at, draft=draft, units=list(typed["units"]), by=request.user)


def _own(request: Any, campaign: Campaign, pk: int) -> NoticeUnit:
    """A notice at a unit in whose own name the person acts."""
    rows = NoticeUnit.objects.select_related("unit", "notice__campaign", "notice__by")
    found = access.get(
        rows, request.user, "notice.reply", campaign="notice__campaign", pk=pk, notice__campaign=campaign
    )
    if not access.serves(request.user, "notice.reply", campaign=campaign, unit=found.unit):
        raise access.Unknown
    return found


@page("notice.reply", *POST)
def notice_unreply(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take the unit's reply back; its words stay in the form."""
    at = _own(request, campaign, pk)
    take_back_reply(at=at, by=request.user)
    url = reverse("notice_page", args=(campaign.pk, at.notice_id)) + f"?unit={at.unit_id}"
    return done(request, _("Taken back: change it and reply again."), url)


def _sent(request: Any, campaign: Campaign, pk: int) -> Notice:
    found = sent_seen_by(request.user, campaign).select_related("campaign").filter(pk=pk).first()
    if found is None:
        raise access.Unknown
    return found


@page("notice.view", *POST)
def notice_withdraw(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take a notice back that nobody has read."""
    withdraw_notice(notice=_sent(request, campaign, pk), by=request.user)
    return done(request, _("Taken back: nobody had read it."), reverse("notice_list", args=(campaign.pk,)))


@page("notice.view", *POST)
def notice_remind(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Remind every unit that still owes reading or a reply."""
    notice = _sent(request, campaign, pk)
    n = remind_units(notice=notice, by=request.user)
    said = ngettext("%(n)d person is reminded.", "%(n)d people are reminded.", n) % {"n": n}
    if n == 0:
        said = _("Everybody was reminded today already, or nobody acts for these units yet.")
    return done(request, said, reverse("notice_page", args=(campaign.pk, pk)))


@page("notice.view", *GET)
def notice_file(request: Any, campaign: Campaign, pk: int) -> FileResponse:
    """The attachment of a notice that was sent to, or by, one's own; also of the notice that one passes on."""
    notice = Notice.objects.filter(campaign=campaign, pk=pk).select_related("attachment").first()
    if notice is None or notice.attachment is None or not may_read(request.user, campaign, notice):
        raise access.Unknown
    return shown_file(notice.attachment)


@page("notice.view", *GET)
def reply_file(request: Any, campaign: Campaign, pk: int) -> FileResponse:
    """The file of a unit's reply, for the unit and for whoever the reply goes to."""
    rows = NoticeUnit.objects.filter(pk=pk, notice__campaign=campaign)
    at = rows.select_related("notice", "unit", "reply_file").first()
    if at is None or at.reply_file is None or not shows_reply(at, request.user):
        raise access.Unknown
    is_sender = sent_seen_by(request.user, campaign).filter(pk=at.notice_id).exists()
    if not is_sender and not received_by(request.user, campaign).filter(pk=pk).exists():
        raise access.Unknown
    return shown_file(at.reply_file)


urlpatterns = [
    path("c/<int:campaign>/notices/", notice_list, name="notice_list"),
    path("c/<int:campaign>/notices/add/", notice_add, name="notice_add"),
    path("c/<int:campaign>/notices/<int:pk>/", notice_page, name="notice_page"),
    path("c/<int:campaign>/notices/<int:pk>/withdraw/", notice_withdraw, name="notice_withdraw"),
    path("c/<int:campaign>/notices/<int:pk>/remind/", notice_remind, name="notice_remind"),
    path("c/<int:campaign>/notices/<int:pk>/file/", notice_file, name="notice_file"),
    path("c/<int:campaign>/received/<int:pk>/pass/", notice_pass, name="notice_pass"),
    path("c/<int:campaign>/received/<int:pk>/unreply/", notice_unreply, name="notice_unreply"),
    path("c/<int:campaign>/received/<int:pk>/file/", reply_file, name="reply_file"),
]
