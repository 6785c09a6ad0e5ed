"""What looks like going through the motions: hints alone, from the records; a supervisor looks and decides.

Nothing here judges, blocks or counts towards a gate. Each hint says what was seen, with its n, and links to where it
stands. All finders work on many enrolments at once, so that a board of hundreds asks no more than one page does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from setright.campaign.days import in_full
from setright.campaign.enums import RoundState, StudyState
from setright.campaign.models import Attendance, Enrolment, Phase, Round, Step, StepFile, StudySession
from setright.campaign.models.named import in_language

BACK_DAYS: Final = 30
"""A step entered later than this after the day it names counts as back-dated."""
BURST_DAYS: Final = 2
BURST_PERCENT: Final = 60
BURST_STEPS: Final = 5
"""So many steps at least, and this share of them handed in within so many days."""
ROUNDS_DAYS: Final = 14
"""Too few rounds are said from so many days before the first phase should end."""
SAME_PEOPLE: Final = 3
"""Two lists are compared from so many people present on."""


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing that was seen: a code, a sentence, and the page that shows it."""

    code: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class _HandedIn:
    """A step that was handed in: the day it names, and the day it came."""

    pk: int
    phase: int
    label: str
    done_on: date | None
    came_on: date


def hints(enrolment: Enrolment) -> list[Hint]:
    """Every hint about one enrolment."""
    return hints_of([enrolment]).get(enrolment.pk, [])


def hints_of(enrolments: Sequence[Enrolment]) -> dict[int, list[Hint]]:
    """The hints about each enrolment of one campaign that has any, in five queries whatever their number."""
    if not enrolments:
        return {}
    found: dict[int, list[Hint]] = defaultdict(list)
    phases = _phases(enrolments)
    steps = _handed_in(enrolments)
    for finder in (
        _same_evidence(enrolments),
        _back_dated(enrolments, steps, phases),
        _bursts(enrolments, steps),
        _few_rounds(enrolments, phases),
        _same_lists(enrolments),
    ):
        for key, hint in finder:
            found[key].append(hint)
    return dict(found)


def touched(enrolments: Sequence[Enrolment], units: Collection[int]) -> list[Enrolment]:
    """Those whose hints may change when something is done in these units: their own, and those with the same file."""
    if not units or not enrolments:
        return []
    proofs = StepFile.objects.filter(step__enrolment__campaign=enrolments[0].campaign_id)  # dropped ones as well
    theirs = proofs.filter(step__enrolment__unit__in=units).values("file__sha256")
    shared = set(proofs.filter(file__sha256__in=theirs).values_list("step__enrolment", flat=True))
    return [each for each in enrolments if each.unit_id in units or each.pk in shared]


def _phases(enrolments: Sequence[Enrolment]) -> dict[tuple[int, int], Phase]:
    rows = Phase.objects.filter(enrolment__in=[e.pk for e in enrolments])
    return {(phase.enrolment_id, phase.number): phase for phase in rows}


def _handed_in(enrolments: Sequence[Enrolment]) -> dict[int, list[_HandedIn]]:
    rows = (
        Step.objects.filter(enrolment__in=[e.pk for e in enrolments], submitted_at__isnull=False)
        .order_by("phase", "position", "pk")
        .values_list("enrolment_id", "pk", "phase", "name", "name_en", "done_on", "submitted_at")
    )
    found: dict[int, list[_HandedIn]] = defaultdict(list)
    for key, pk, phase, name, name_en, done_on, at in rows:
        found[key].append(_HandedIn(pk, phase, in_language(name, name_en), done_on, timezone.localdate(at)))
    return found


def _step_url(enrolment: Enrolment, pk: int) -> str:
    return reverse("step_page", args=(enrolment.campaign_id, pk))


def _same_evidence(enrolments: Sequence[Enrolment]) -> Iterator[tuple[int, Hint]]:
    """The same file, byte for byte, proves two steps: of this unit, or of this one and another's."""
    present = StepFile.objects.filter(dropped_in=None, step__enrolment__campaign=enrolments[0].campaign_id)
    asked = {e.pk: e for e in enrolments}
    near = present.filter(file__sha256__in=present.filter(step__enrolment__in=list(asked)).values("file__sha256"))
    repeated = near.values("file__sha256").annotate(n=Count("step", distinct=True)).filter(n__gt=1)
    rows = present.filter(file__sha256__in=repeated.values("file__sha256")).order_by("file__sha256", "pk")
    uses: dict[str, dict[int, list[StepFile]]] = defaultdict(lambda: defaultdict(list))
    for each in rows.select_related("file", "step"):
        uses[each.file.sha256][each.step.enrolment_id].append(each)
    for by_enrolment in uses.values():
        for key, mine in by_enrolment.items():
            if key in asked:
                yield key, _repeated(asked[key], mine, len(by_enrolment) - 1)


def _repeated(enrolment: Enrolment, mine: list[StepFile], n_others: int) -> Hint:
    steps = {each.step_id: each.step.label for each in mine}
    values = {"file": mine[0].file.name, "steps": _(" and ").join(_("“%s”") % label for label in [*steps.values()][:3])}
    if len(steps) > 1:
        text = _("“%(file)s” is the evidence of %(steps)s (same sha256).") % values
    else:
        text = ngettext(
            "“%(file)s”, evidence of %(steps)s, was handed in by %(n)d other unit too (same sha256).",
            "“%(file)s”, evidence of %(steps)s, was handed in by %(n)d other units too (same sha256).",
            n_others,
        ) % {**values, "n": n_others}
    return Hint("same_evidence", text, _step_url(enrolment, mine[-1].step_id))


def _back_dated(
    enrolments: Sequence[Enrolment], steps: dict[int, list[_HandedIn]], phases: dict[tuple[int, int], Phase]
) -> Iterator[tuple[int, Hint]]:
    """A step that names a day long before it was handed in, or a day before the gate though it came after it."""
    for enrolment in enrolments:
        for step in steps.get(enrolment.pk, ()):
            if step.done_on is None:
                continue
            phase = phases.get((enrolment.pk, step.phase))
            gate = phase.closed_on if phase else None
            days = (step.came_on - step.done_on).days
            values = {"step": step.label, "days": days}
            if gate and step.done_on <= gate < step.came_on:
                text = _("“%(step)s” names a day before the gate, but came %(days)d days later, after it.") % values
            elif days > BACK_DAYS:
                text = _("“%(step)s” was handed in %(days)d days after the day it names.") % values
            else:
                continue
            yield enrolment.pk, Hint("back_dated", text, _step_url(enrolment, step.pk))


def _bursts(enrolments: Sequence[Enrolment], steps: dict[int, list[_HandedIn]]) -> Iterator[tuple[int, Hint]]:
    """Most steps of a phase handed in within a day or two."""
    for enrolment in enrolments:
        by_phase: dict[int, list[date]] = defaultdict(list)
        for step in steps.get(enrolment.pk, ()):
            by_phase[step.phase].append(step.came_on)
        for phase, days in by_phase.items():
            first, n = _densest(days)
            if len(days) >= BURST_STEPS and n * 100 >= BURST_PERCENT * len(days):
                yield enrolment.pk, _burst(enrolment, phase, first, (n, len(days)))


def _densest(days: list[date]) -> tuple[date, int]:
    """The first day of the window that holds the most, the latest where there are several, and how many."""
    counts = {day: sum(day <= other < day + timedelta(days=BURST_DAYS) for other in days) for day in days}
    day = max(counts, key=lambda each: (counts[each], each))
    return day, counts[day]


def _burst(enrolment: Enrolment, phase: int, first: date, share: tuple[int, int]) -> Hint:
    n, whole = share
    values = {
        "n": n,
        "whole": whole,
        "phase": phase,
        "days": BURST_DAYS,
        "day": in_full(first),
        "percent": round(100 * n / whole),
    }
    if whole < 20:
        text = _("Phase %(phase)d: %(n)d of %(whole)d steps came within %(days)d days from %(day)s.") % values
    else:
        text = (
            _("Phase %(phase)d: %(percent)d%% of the steps came within %(days)d days from %(day)s, n = %(whole)d.")
            % values
        )
    return Hint("burst", text, reverse("step_list", args=(enrolment.campaign_id, enrolment.pk)))


def _few_rounds(enrolments: Sequence[Enrolment], phases: dict[tuple[int, int], Phase]) -> Iterator[tuple[int, Hint]]:
    """Fewer closed rounds than needed when the phase nears its end; or every round for one and the same audience."""
    rows = Round.objects.filter(enrolment__in=[e.pk for e in enrolments], state=RoundState.CLOSED)
    heard: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    named = rows.values_list("enrolment_id", "pk", "audiences__name", "audiences__name_en")
    for key, pk, name, name_en in named:
        heard[key][pk].add(in_language(name or "", name_en or ""))
    for enrolment in enrolments:
        rounds = heard.get(enrolment.pk, {})
        if text := _thin(enrolment, rounds, phases.get((enrolment.pk, 1))):
            yield enrolment.pk, Hint("rounds", text, reverse("round_list", args=(enrolment.campaign_id, enrolment.pk)))


def _thin(enrolment: Enrolment, rounds: dict[int, set[str]], phase: Phase | None) -> str:
    audiences = set().union(*rounds.values()) - {""}
    need = enrolment.campaign.rules.get("min_rounds", 0)
    if len(rounds) > 1 and len(audiences) == 1:
        values = {"n": len(rounds), "name": audiences.pop()}
        return _("All %(n)d closed rounds heard one audience alone: %(name)s.") % values
    if phase is None or phase.opened_on is None or len(rounds) >= need:
        return ""
    left = (phase.planned_to - timezone.localdate()).days
    if left > ROUNDS_DAYS:
        return ""
    if left < 0:
        return _("%(n)d of %(need)d rounds are closed; the phase should have ended %(left)d days ago.") % {
            "n": len(rounds),
            "need": need,
            "left": -left,
        }
    return _("%(n)d of %(need)d rounds are closed, %(left)d days before the phase should end.") % {
        "n": len(rounds),
        "need": need,
        "left": left,
    }


def _same_lists(enrolments: Sequence[Enrolment]) -> Iterator[tuple[int, Hint]]:
    """Two sessions of a unit with the very same people present, though not everybody was."""
    asked = {e.unit_id: e for e in enrolments}
    rows = Attendance.objects.filter(
        session__programme__campaign=enrolments[0].campaign_id,
        session__unit__in=list(asked),
        session__state=StudyState.HELD,
    ).order_by("session__on", "session_id", "member_id")
    lists: dict[tuple[int, int], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for unit, session, member, came in rows.values_list("session__unit_id", "session_id", "member_id", "is_present"):
        lists[unit, session][0 if came else 1].append(member)
    alike: dict[tuple[int, tuple[int, ...]], list[int]] = defaultdict(list)
    for (unit, session), (present, missing) in lists.items():
        if len(present) >= SAME_PEOPLE and missing:
            alike[unit, tuple(present)].append(session)
    yield from _twins({who: keys for who, keys in alike.items() if len(keys) > 1}, asked)


def _twins(
    alike: dict[tuple[int, tuple[int, ...]], list[int]], asked: dict[int, Enrolment]
) -> Iterator[tuple[int, Hint]]:
    if not alike:
        return
    named = StudySession.objects.in_bulk([key for keys in alike.values() for key in keys])
    for (unit, present), keys in alike.items():
        names = _(" and ").join(_("“%s”") % named[key].label for key in keys[:3])
        text = _("%(names)s list the very same people, with the same ones missing, n = %(n)d.")
        url = reverse("study_session", args=(asked[unit].campaign_id, keys[-1]))
        yield asked[unit].pk, Hint("same_list", text % {"names": names, "n": len(present)}, url)
