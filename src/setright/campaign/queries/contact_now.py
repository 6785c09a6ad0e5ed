"""“My contact unit now”: where it stands, what waits for its sponsor, what changed, what is late; across nouns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from setright.campaign.enums import TONES, HeldState, InstructionState, NoticeState, PointState, StepState, Verdict
from setright.campaign.models import (
    ContactPoint,
    Enrolment,
    Event,
    GateAttempt,
    Hearing,
    Instruction,
    NoticeUnit,
    Person,
    Round,
    Step,
    StudySession,
    Visit,
)
from setright.campaign.queries.board import Row, row_of
from setright.campaign.queries.contact import OWED
from setright.campaign.queries.plan import DutyLine

MOST: Final = 30
_QUIET_DAYS: Final = 30
_SHOWN: Final = {
    "step": "list-check",
    "enrolment": "signpost-split",
    "instruction": "pencil-square",
    "visit": "geo",
    "hearing": "telephone",
    "round": "megaphone",
    "studysession": "mortarboard",
    "teammember": "person",
    "noticeunit": "send",
    "contactpoint": "person",
}
_NAMED: Final[dict[str, tuple[type[Model], str]]] = {
    "step": (Step, "step_page"),
    "instruction": (Instruction, "instruction_page"),
    "visit": (Visit, "visit_page"),
    "hearing": (Hearing, "hearing_page"),
    "round": (Round, ""),
    "studysession": (StudySession, ""),
    "noticeunit": (NoticeUnit, ""),
}


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that waits for the sponsor: what to do, about what, where, since or until when."""

    act: str
    about: str
    url: str
    since: date | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened in the unit: an entry of the log, with what it was about."""

    event: Event
    about: str
    url: str
    icon: str
    tone: str
    detail: str


@dataclass(frozen=True, slots=True)
class Late:
    """Something past its day: what kind, what, since when."""

    kind: str
    about: str
    url: str
    due_on: date


def row_at(point: ContactPoint) -> Row | None:
    """The unit as the board shows it; None while it takes no part."""
    rows = Enrolment.objects.filter(campaign=point.campaign_id, unit=point.unit_id)
    enrolment = rows.select_related("unit", "lead", "rollup", "campaign", "group").first()
    return row_of(enrolment, point.campaign.rules, timezone.localdate()) if enrolment else None


def waiting_at(point: ContactPoint, duties: list[DutyLine]) -> list[Wait]:
    """What waits for the unit's sponsor: answers to judge, visits and hearings to write up, duties near their day."""
    found = [*_answers(point), *_to_write(point)]
    for line in duties:
        if line.is_late or line.is_soon:
            url = reverse("duty_record", args=(point.campaign_id, point.pk)) + f"?duty={line.duty.pk}"
            found.append(Wait(_("Duty"), line.duty.label, url, due_on=line.duty.due_on))
    return sorted(found, key=lambda wait: (wait.since or wait.due_on or date.max, wait.about))


def _answers(point: ContactPoint) -> list[Wait]:
    rows = Instruction.objects.filter(
        campaign=point.campaign_id,
        unit__path__startswith=point.unit.path,
        by=point.sponsor_id,
        state=InstructionState.ANSWERED,
    )
    return [
        Wait(
            _("Accept or return"),
            each.text,
            reverse("instruction_page", args=(point.campaign_id, each.pk)),
            since=timezone.localdate(each.answered_at) if each.answered_at else each.given_on,
        )
        for each in rows.order_by("answered_at", "pk")
    ]


def _to_write(point: ContactPoint) -> list[Wait]:
    today, mine = timezone.localdate(), {"campaign": point.campaign_id, "by": point.sponsor_id}
    below = {"unit__path__startswith": point.unit.path}
    found = []
    for held in Visit.objects.filter(**mine, **below).exclude(state=HeldState.REPORTED).order_by("on", "pk"):
        url = reverse("visit_page", args=(point.campaign_id, held.pk))
        found.append(_held(held, held.place or held.purpose or _("visit"), url, today))
    for hearing in Hearing.objects.filter(**mine, **below).exclude(state=HeldState.REPORTED).order_by("on", "pk"):
        url = reverse("hearing_page", args=(point.campaign_id, hearing.pk))
        found.append(_held(hearing, hearing.matter, url, today))
    return found


def _held(held: Visit | Hearing, about: str, url: str, today: date) -> Wait:
    is_visit = isinstance(held, Visit)
    if held.state == HeldState.DONE:
        return Wait(_("Report your visit") if is_visit else _("Report what you heard"), about, url, since=held.on)
    if held.on < today:
        return Wait(_("Write down what you saw") if is_visit else _("Write down what you heard"), about, url, held.on)
    return Wait(_("Visit") if is_visit else _("Hear"), about, url, due_on=held.on)


def changes_of(point: ContactPoint, since: datetime | None, reader: Person) -> tuple[list[Change], int]:
    """What others did in the unit since the reader last looked (in the last 30 days where they never did).

    Returns
    -------
    tuple
        The newest 30 entries in words, and how many there are in all.
    """
    since = since or timezone.now() - timedelta(days=_QUIET_DAYS)
    rows: QuerySet[Event] = Event.objects.filter(
        unit_id=point.unit_id, campaign_id__in=(point.campaign_id, None), at__gt=since, object_type__in=_SHOWN
    ).exclude(actor=reader)
    rows = rows.exclude(action="edit_step", after__voided=0)
    events = list(rows.select_related("actor").order_by("-seq")[:MOST])
    named = _labels(point, events)
    refused = _refused(events)
    return [_change(event, named, refused) for event in events], rows.count()


def _labels(point: ContactPoint, events: list[Event]) -> dict[tuple[str, int], tuple[str, str]]:
    found = {}
    for kind, (model, url_name) in _NAMED.items():
        keys = {event.object_id for event in events if event.object_type == kind}
        rows: Any = model._default_manager.filter(pk__in=keys)
        if kind == "noticeunit":
            rows = rows.select_related("notice")
        for thing in rows if keys else ():
            url = reverse(url_name, args=(point.campaign_id, thing.pk)) if url_name else ""
            found[kind, thing.pk] = (_label(thing), url)
    return found


def _label(thing: Any) -> str:
    if isinstance(thing, Round):
        return _("round %(n)d, %(how)s") % {"n": thing.number, "how": thing.get_method_display()}
    if isinstance(thing, Visit):
        return thing.place
    if isinstance(thing, NoticeUnit):
        return str(thing.notice.label)
    label = getattr(thing, "label", None) or str(thing)
    return str(label)


def _refused(events: list[Event]) -> dict[int, GateAttempt]:
    """The last attempt of each enrolment that asked, for the gate's name and its reasons."""
    keys = {event.object_id for event in events if event.action == "ask_gate"}
    rows = GateAttempt.objects.filter(enrolment__in=keys).order_by("at", "pk") if keys else ()
    return {row.enrolment_id or 0: row for row in rows}


def _change(event: Event, named: dict[tuple[str, int], tuple[str, str]], refused: dict[int, GateAttempt]) -> Change:
    about, url = named.get((event.object_type, event.object_id), ("", ""))
    tone = TONES[event.after["state"]].value if event.after.get("state") in TONES else ""
    icon, detail = _SHOWN[event.object_type], _decided(event)
    if event.after.get("voided"):
        tone, icon, detail = "late", "exclamation-circle-fill", _("an acceptance no longer holds")
    if event.action == "ask_gate":
        is_passed = bool(event.after.get("passed"))
        tone, icon = ("done", "check-circle") if is_passed else ("late", "x-octagon-fill")
        n = event.n or 0
        detail = _("passed") if is_passed else ngettext("refused, %(n)s unmet", "refused, %(n)s unmet", n) % {"n": n}
        attempt = refused.get(event.object_id)
        if attempt:
            url = reverse("gate_page", args=(event.campaign_id, event.object_id, attempt.number))
            about = attempt_label(attempt)
    return Change(event, about, url, icon, tone, detail)


def _decided(event: Event) -> str:
    """What a decision was, in a word."""
    if event.action not in ("review_step", "review_instruction"):
        return ""
    state = event.after.get("state", "")
    return str(Verdict(state).label) if state in Verdict.values else ""


def attempt_label(attempt: GateAttempt) -> str:
    """A gate by its number among the phases."""
    return _("gate %(n)d") % {"n": {1: 1, 4: 2, 7: 3}.get(attempt.number, attempt.number)}


def late_at(point: ContactPoint, row: Row | None, duties: list[DutyLine], *, is_mine: bool) -> list[Late]:
    """What is past its day in the unit: steps of the present phase, answers, replies, the sponsor's own duties.

    Only the sponsor (`is_mine`) is led to where a duty is recorded: for anybody else there is no such page.
    """
    today = timezone.localdate()
    found = [*_late_steps(point, row, today), *_late_answers(point, today), *_late_replies(point, today)]
    for line in duties:
        if line.is_late and line.duty.due_on:
            record = reverse("duty_record", args=(point.campaign_id, point.pk)) + f"?duty={line.duty.pk}"
            url = record if is_mine else ""
            found.append(Late(_("Duty"), line.duty.label, url, line.duty.due_on))
    return sorted(found, key=lambda late: (late.due_on, late.about))


def _late_steps(point: ContactPoint, row: Row | None, today: date) -> list[Late]:
    if row is None:
        return []
    steps = row.enrolment.steps.filter(
        phase=row.stage, state__in=(StepState.OPEN, StepState.RETURNED), due_on__lt=today, template__isnull=False
    )
    name = "step_page"
    return [Late(_("Step"), s.label, reverse(name, args=(point.campaign_id, s.pk)), s.due_on) for s in steps]


def _late_answers(point: ContactPoint, today: date) -> list[Late]:
    rows = Instruction.objects.filter(
        campaign=point.campaign_id, unit=point.unit_id, state__in=OWED, due_on__lt=today
    ).order_by("due_on", "pk")
    name = "instruction_page"
    return [Late(_("Answer"), i.text, reverse(name, args=(point.campaign_id, i.pk)), i.due_on) for i in rows]


def _late_replies(point: ContactPoint, today: date) -> list[Late]:
    """A sponsor sees that a reply is owed; the notice itself is between the office and the unit."""
    rows = NoticeUnit.objects.filter(
        notice__campaign=point.campaign_id, unit=point.unit_id, notice__reply_by__lt=today
    ).exclude(state=NoticeState.REPLIED)
    return [
        Late(_("Reply to a notice"), at.notice.label, "", at.notice.reply_by)
        for at in rows.select_related("notice")
        if at.notice.reply_by
    ]


def is_active(point: ContactPoint) -> bool:
    """Whether it is still held."""
    return point.state == PointState.ACTIVE
