"""A unit's story in a campaign: what happened to it, newest first, from the log and from what has a day of its own.

Steps, gates, notices and instructions are told from the log, since only it knows when each was decided. Rounds,
visits, hearings and study have their days in their own rows, and a step that came due and was not handed in has no
entry at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from setright.campaign import access
from setright.campaign.enums import GateNumber, HeldState, StepState, StudyState
from setright.campaign.models import (
    Campaign,
    Enrolment,
    Event,
    GateAttempt,
    Hearing,
    Instruction,
    NoticeUnit,
    Person,
    Review,
    Step,
    StudySession,
    TeamMember,
    Unit,
    Visit,
)
from setright.campaign.words import ACTS

_RIGHT: Final = {
    "step": "step.view",
    "enrolment": "gate.view",
    "instruction": "contact.view",
    "contactpoint": "contact.view",
    "notice": "notice.view",
    "noticeunit": "notice.view",
    "teammember": "unit.view",
    "unit": "unit.view",
}
"""Who may read which entries of the log in a story; entries about anything else are told from their own rows."""
_QUIET: Final = frozenset({"edit_step", "add_own_step"})
"""Acts that fill the log but tell nothing; an edit that voids a decision is told all the same."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the story. `tone` colours its dot: done, back, late or nothing."""

    at: datetime
    icon: str
    tone: str
    title: str
    text: str = ""
    who: str = ""
    note: str = ""
    url: str = ""

    @property
    def day(self) -> date:
        return timezone.localdate(self.at)

    @property
    def month(self) -> date:
        return self.day.replace(day=1)


def story(enrolment: Enrolment, reader: Person) -> Sequence[Event | Moment]:
    """Everything that happened and the reader may know, newest first; pages turn entries into words by `told`."""
    unit, campaign = enrolment.unit, enrolment.campaign

    def may(right: str) -> bool:
        return access.may(reader, right, campaign=campaign, unit=unit)

    kinds = [kind for kind, right in _RIGHT.items() if may(right)]
    found: list[Event | Moment] = [*_entries(unit, campaign, kinds), *_phases(enrolment)]
    found += _overdue(enrolment) if may("step.view") else ()
    found += _rounds(enrolment) if may("round.view") else ()
    found += _visits(unit, campaign) if may("contact.view") else ()
    found += _study(unit, campaign) if may("study.view") else ()
    return sorted(found, key=lambda each: each.at, reverse=True)


def _entries(unit: Unit, campaign: Campaign, kinds: list[str]) -> Iterable[Event]:
    rows = Event.objects.filter(unit_id=unit.pk, object_type__in=kinds)
    rows = rows.filter(Q(campaign_id=campaign.pk) | Q(campaign_id=None))
    loud = ~Q(action__in=_QUIET) | Q(after__voided__gt=0)
    return rows.filter(loud).select_related("actor").order_by("-seq")


def _at(day: date, clock: time = time(23, 59)) -> datetime:
    """A day without a time stands at its end, after what is timed; what begins stands at its start."""
    return timezone.make_aware(datetime.combine(day, clock))


def _phases(enrolment: Enrolment) -> list[Moment]:
    opened = enrolment.phases.filter(number=1, opened_on__isnull=False)
    days = [phase.opened_on for phase in opened if phase.opened_on]
    return [Moment(_at(day, time.min), "play-circle", "", _("Phase 1 began")) for day in days]


def _overdue(enrolment: Enrolment) -> list[Moment]:
    """Steps of the present phase that came due and were not handed in."""
    rows = enrolment.steps.filter(
        phase=enrolment.phase_number,
        state__in=(StepState.OPEN, StepState.RETURNED),
        due_on__lt=timezone.localdate(),
        template__isnull=False,
    )
    return [
        Moment(
            _at(step.due_on),
            "exclamation-circle-fill",
            "late",
            _("“%(step)s” came due and is not handed in") % {"step": step.label},
            url=reverse("step_page", args=(enrolment.campaign_id, step.pk)),
        )
        for step in rows
    ]


def _rounds(enrolment: Enrolment) -> list[Moment]:
    rows = enrolment.rounds.annotate(n_invited=Sum("audiences__n_invited"), n_reached=Sum("audiences__n_reached"))
    url = reverse("round_list", args=(enrolment.campaign_id, enrolment.pk))
    found = []
    for each in rows:
        values = {
            "number": each.number,
            "method": each.get_method_display(),
            "invited": each.n_invited or 0,
            "reached": each.n_reached or 0,
        }
        if each.opened_on:
            text = _("%(invited)d invited") % values
            title = _("Round %(number)d of listening began: %(method)s") % values
            found.append(Moment(_at(each.opened_on, time.min), "megaphone", "", title, text, url=url))
        if each.closed_on:
            text = _("%(reached)d of %(invited)d people reached") % values
            title = _("Round %(number)d of listening ended: %(method)s") % values
            found.append(Moment(_at(each.closed_on), "pause-circle", "", title, text, url=url))
    return found


def _visits(unit: Unit, campaign: Campaign) -> list[Moment]:
    held = (HeldState.DONE, HeldState.REPORTED)
    mine = {"campaign": campaign, "unit": unit, "state__in": held}
    found = []
    for visit in Visit.objects.filter(**mine).select_related("by"):
        title = _("%(name)s came to visit") % {"name": visit.by.label}
        url = reverse("visit_page", args=(campaign.pk, visit.pk))
        found.append(Moment(_at(visit.on), "geo", "", title, visit.place, note=visit.purpose, url=url))
    for hearing in Hearing.objects.filter(**mine).select_related("by"):
        values = {"name": hearing.by.label, "way": hearing.get_way_display()}
        title = _("Reported to %(name)s, %(way)s") % values
        url = reverse("hearing_page", args=(campaign.pk, hearing.pk))
        found.append(Moment(_at(hearing.on), "telephone", "", title, hearing.matter, url=url))
    return found


def _study(unit: Unit, campaign: Campaign) -> list[Moment]:
    rows = StudySession.objects.filter(programme__campaign=campaign, unit=unit, state=StudyState.HELD)
    counted = rows.annotate(n=Count("attendance"), came=Count("attendance", filter=Q(attendance__is_present=True)))
    return [
        Moment(
            _at(each.on),
            "mortarboard",
            "done",
            _("“%(name)s” held") % {"name": each.label},
            _("%(came)d of %(n)d present") % {"came": each.came, "n": each.n} if each.n else "",
            url=reverse("study_session", args=(campaign.pk, each.pk)),
        )
        for each in counted
    ]


# ----------------------------------------------------------------------------------------------------- entries in words


@dataclass(frozen=True, slots=True)
class _Known:
    """What the entries of one page are about, fetched at once."""

    things: dict[str, dict[int, Any]]
    reviews: dict[tuple[int, int], Review]
    attempts: dict[int, list[GateAttempt]]


def told(entries: Iterable[Event | Moment], campaign: Campaign) -> list[Moment]:
    """Entries of the log in words, beside moments that are words already; five queries whatever their number."""
    listed = list(entries)
    known = _known([each for each in listed if isinstance(each, Event)])
    return [_worded(each, campaign, known) if isinstance(each, Event) else each for each in listed]


def _known(events: list[Event]) -> _Known:
    keys: dict[str, set[int]] = defaultdict(set)
    for event in events:
        keys[event.object_type].add(event.object_id)
    things: dict[str, dict[int, Any]] = {
        "step": Step.objects.in_bulk(keys["step"]),
        "instruction": Instruction.objects.in_bulk(keys["instruction"]),
        "noticeunit": NoticeUnit.objects.select_related("notice").in_bulk(keys["noticeunit"]),
        "teammember": TeamMember.objects.in_bulk(keys["teammember"]),
    }
    decided = Review.objects.filter(object_type="step", object_id__in=keys["step"]).order_by("at", "pk")
    attempts: dict[int, list[GateAttempt]] = defaultdict(list)
    for attempt in GateAttempt.objects.filter(enrolment__in=keys["enrolment"]).order_by("at", "pk"):
        attempts[attempt.enrolment_id or 0].append(attempt)
    return _Known(things, {(r.object_id, r.version): r for r in decided}, dict(attempts))


def _worded(event: Event, campaign: Campaign, known: _Known) -> Moment:
    if event.action == "ask_gate":
        return _gate(event, campaign, known.attempts.get(event.object_id, []))
    thing = known.things.get(event.object_type, {}).get(event.object_id)
    if event.object_type == "step" and thing is not None:
        return _step(event, campaign, thing, known.reviews)
    return _other(event, campaign, thing)


def _who(event: Event) -> str:
    return event.actor.label if event.actor else ""


def _gate(event: Event, campaign: Campaign, attempts: list[GateAttempt]) -> Moment:
    gate = GateNumber(event.after["gate"]).label
    url = reverse("gate_page", args=(campaign.pk, event.object_id, event.after["gate"]))
    if event.after["passed"]:
        return Moment(
            event.at, "check-circle", "done", _("Passed: %(gate)s") % {"gate": gate}, who=_who(event), url=url
        )
    n = event.n or 0
    title = ngettext("Asked and refused: %(n)d unmet", "Asked and refused: %(n)d unmet", n) % {"n": n}
    asked = [a for a in attempts if a.number == event.after["gate"] and a.at <= event.at]
    reasons = _("; ").join(reason.title for reason in asked[-1].told) if asked else ""
    return Moment(event.at, "x-octagon-fill", "late", title, str(gate), _who(event), reasons, url)


def _step_words() -> dict[str, tuple[str, str, str]]:
    """Icon, tone and sentence of each act on a step that is not a decision."""
    return {
        "submit_step": ("send", "", _("“%s” handed in")),
        "revoke_review": ("arrow-counterclockwise", "", _("Decision about “%s” taken back")),
        "waive_step": ("slash-circle", "", _("“%s” waived in public")),
        "edit_step": ("exclamation-circle-fill", "late", _("“%s” was changed: the decision no longer holds")),
    }


def _step(event: Event, campaign: Campaign, step: Step, reviews: dict[tuple[int, int], Review]) -> Moment:
    url = reverse("step_page", args=(campaign.pk, step.pk))
    note = step.waiver_reason if event.action == "waive_step" else ""
    if event.action != "review_step":
        if event.action not in (words := _step_words()):
            return _other(event, campaign, step)
        icon, tone, sentence = words[event.action]
        return Moment(event.at, icon, tone, sentence % step.label, who=_who(event), note=note, url=url)
    review = reviews.get((step.pk, event.after.get("version", 0)))
    note = review.comment if review else ""
    if event.after["state"] == StepState.ACCEPTED:
        return Moment(event.at, "check-circle", "done", _("“%s” accepted") % step.label, "", _who(event), note, url)
    return Moment(event.at, "arrow-return-left", "back", _("“%s” returned") % step.label, "", _who(event), note, url)


_OTHER: Final = {"instruction": "pencil-square", "noticeunit": "send", "notice": "send", "teammember": "person"}


def _other(event: Event, campaign: Campaign, thing: Any) -> Moment:
    """An act without a sentence of its own: its words, and what it is about."""
    act = str(ACTS.get(event.action, event.action))
    about = ""
    url = ""
    if isinstance(thing, Instruction):
        about, url = thing.text[:80], reverse("instruction_page", args=(campaign.pk, thing.pk))
    elif isinstance(thing, NoticeUnit):
        about, url = thing.notice.label, reverse("notice_page", args=(campaign.pk, thing.notice_id))
    elif thing is not None:
        about = thing.label
    icon = _OTHER.get(event.object_type, "circle")
    return Moment(event.at, icon, "", act[:1].upper() + act[1:], about, _who(event), "", url)
