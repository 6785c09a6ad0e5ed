"""The board: every unit of a campaign by contact unit, how far it is, what waits and what is late.

All of it comes from the rollups: one query for the units and one for the contact points, whatever their number. Late
follows from the day, so it is worked out here and stored nowhere. A process keeps what it read until the log grows or
the day ends: whatever shows on the board changes by an action, and every action makes an entry.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from threading import Lock
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.enums import EnrolmentState, GateNumber, PointState
from setright.campaign.models import Campaign, ContactPoint, Enrolment, Person, Rollup, Unit
from setright.campaign.queries.formality import hints_of, touched
from setright.campaign.queries.template import templates

GATES: Final = {1: GateNumber.FIRST, 2: GateNumber.SECOND, 3: GateNumber.SEAL}
"""The gate at the end of each phase."""
OTHERS: Final = "others"
"""The last group: units that neither a contact unit's subtree nor a branch holds."""
MANY: Final = 50
"""With more units outside all contact units than this, they stand by branch of the tree."""
_SETTLED: Final = frozenset("aw")
_OWED: Final = frozenset("or")
_NOT_COUNTED: Final = {1: 1, 2: 1, 3: 1}
"""Conditions of each gate that no rollup counts, since their noun is not built yet: they are never met."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A gate in a table: passed on a day (y), refused with n reasons (n), not asked, n unmet (d), or not reached."""

    kind: str = ""
    n: int = 0
    on: date | None = None


@dataclass(frozen=True, slots=True)
class PhaseOf:
    """One phase of one unit: its mandatory steps as (letter, late?), and the gate at its end."""

    number: int
    when: str  # past, now, next (the first phase of a unit that has not begun), future
    steps: tuple[tuple[str, bool], ...]
    mark: Mark

    @property
    def n_settled(self) -> int:
        return sum(letter in _SETTLED for letter, _is_late in self.steps)

    @property
    def gate(self) -> int:
        return int(GATES[self.number])


@dataclass(frozen=True, slots=True)
class Row:
    """One unit as the board shows it."""

    enrolment: Enrolment
    rollup: Rollup
    stage: int
    phases: tuple[PhaseOf, ...]
    n_late: int
    days_late: int
    n_hints: int
    point: ContactPoint | None

    @property
    def is_contact(self) -> bool:
        """Whether the unit is a contact unit itself."""
        return self.point is not None and self.point.unit_id == self.enrolment.unit_id

    @property
    def present(self) -> PhaseOf | None:
        return next((p for p in self.phases if p.when in ("now", "next")), None)

    @property
    def is_refused(self) -> bool:
        return self.present is not None and self.present.mark.kind == "n"

    @property
    def progress(self) -> tuple[int, int]:
        return self.stage, self.present.n_settled if self.present else 0

    @property
    def urgency(self) -> tuple[Any, ...]:
        """Sorts most urgent first: the contact unit itself, then late, refused, waiting long, then how far it is."""
        since = self.rollup.waiting_since or date.max
        return not self.is_contact, -self.days_late, not self.is_refused, self.stage, since, self.enrolment.unit.path


@dataclass(frozen=True, slots=True)
class Group:
    """The units of one contact unit's subtree or of one branch; the last group holds the others."""

    key: str
    label: str
    sponsor: str
    rows: tuple[Row, ...]

    @property
    def stages(self) -> list[tuple[int, int]]:
        """How many units stand at each stage, furthest first; empty stages left out."""
        counts = Counter(row.stage for row in self.rows)
        return [(stage, counts[stage]) for stage in range(4, -1, -1) if counts[stage]]

    @property
    def n_waiting(self) -> int:
        return sum(row.rollup.n_waiting for row in self.rows)

    @property
    def n_late(self) -> int:
        return sum(row.n_late > 0 for row in self.rows)

    @property
    def by_progress(self) -> list[Row]:
        return sorted(self.rows, key=lambda row: (-row.progress[0], -row.progress[1], row.enrolment.unit.path))


@dataclass(frozen=True, slots=True)
class Figures:
    """The five figures on top, over every unit that is shown."""

    n: int
    n_refused: int
    n_late: int
    n_waiting: int
    waiting_since: date | None
    n_invited: int
    n_reached: int


@dataclass(frozen=True, slots=True)
class Whole:
    """Every unit of a campaign and every contact point in force, in the order of the tree. Shared: not to change."""

    rows: tuple[Row, ...]
    points: tuple[ContactPoint, ...]


def whole(campaign: Campaign) -> Whole:
    """Where all units stand, whoever asks: narrow it by `rows_of` before it is shown."""
    return _KEPT[campaign.pk].whole(campaign)


class _Kept:
    """What one process keeps of one campaign's board until the log grows or the day ends.

    Rows are quickly read; hints are not, so only those of units are worked out again that entries since then name.
    One thread reads, those that ask meanwhile wait for it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._as_of: tuple[tuple[int, str], date] | None = None
        self._whole = Whole((), ())
        self._n_hints: dict[int, int] = {}

    def whole(self, campaign: Campaign) -> Whole:
        with self._lock:
            as_of = log.head(), timezone.localdate()
            if as_of != self._as_of or not as_of[0][0]:  # of a log without entries nothing can be told
                self._read(campaign, as_of[1])
                self._as_of = as_of
            return self._whole

    def _read(self, campaign: Campaign, today: date) -> None:
        listed = list(
            Enrolment.objects.filter(campaign=campaign)
            .select_related("unit", "lead", "batch", "rollup")
            .order_by("unit__path")
        )
        for each in listed:
            each.campaign = campaign  # rather than one of its own for every unit
        points = points_of(campaign)
        self._count_hints(campaign, listed, today)
        rows = [
            row_of(each, campaign.rules, today, (nearest(points, each.unit), self._n_hints.get(each.pk, 0)))
            for each in listed
        ]
        self._whole = Whole(tuple(rows), tuple(points))

    def _count_hints(self, campaign: Campaign, listed: list[Enrolment], today: date) -> None:
        since = self._as_of[0] if self._as_of and self._as_of[1] == today else None
        units = log.units_since(since, campaign.pk) if since else None
        stale = listed if units is None else touched(listed, units)
        found = hints_of(stale)
        fresh = {each.pk: len(found.get(each.pk, ())) for each in stale}
        self._n_hints = fresh if units is None else self._n_hints | fresh


_KEPT: Final[dict[int, _Kept]] = defaultdict(_Kept)


def rows_of(person: Person, campaign: Campaign) -> list[Row]:
    """Every unit of the campaign that the person may see on the board, in the order of the tree."""
    paths = access.subtrees(person, "board.view", campaign)
    return [row for row in whole(campaign).rows if row.enrolment.unit.path.startswith(paths)]


def row_of(
    enrolment: Enrolment, rules: dict[str, Any], today: date, extra: tuple[ContactPoint | None, int] = (None, 0)
) -> Row:
    """One enrolment as the board shows it; its rollup must be at hand. `extra`: nearest contact point, n of hints."""
    rollup = getattr(enrolment, "rollup", None) or Rollup(enrolment=enrolment)
    stage = enrolment.phase_number
    now = today.isoformat()
    steps: dict[int, list[tuple[str, bool]]] = {1: [], 2: [], 3: []}
    due: list[str] = []
    for phase, letter, day in rollup.cells:
        is_late = phase == stage and letter in _OWED and day < now
        steps[phase].append((letter, is_late))
        if is_late:
            due.append(day)
    phases = tuple(_phase(enrolment, rollup, rules, number, tuple(steps[number])) for number in (1, 2, 3))
    days_late = (today - date.fromisoformat(min(due))).days if due else 0
    point, n_hints = extra
    return Row(enrolment, rollup, stage, phases, len(due), days_late, n_hints, point)


def _phase(
    enrolment: Enrolment, rollup: Rollup, rules: dict[str, Any], number: int, steps: tuple[tuple[str, bool], ...]
) -> PhaseOf:
    stage = enrolment.phase_number
    if stage == 0:
        return PhaseOf(number, "next" if number == 1 else "future", steps, Mark())
    when = "past" if number < stage else "now" if number == stage else "future"
    return PhaseOf(number, when, steps, _mark(rollup, rules, number, when))


def _mark(rollup: Rollup, rules: dict[str, Any], number: int, when: str) -> Mark:
    asked = rollup.gates.get(str(int(GATES[number])))
    if when == "future":
        return Mark()
    if when == "past":
        return Mark("y", on=date.fromisoformat(asked["on"]) if asked else None)
    if asked and not asked["passed"]:
        return Mark("n", asked["n"], date.fromisoformat(asked["on"]))
    return Mark("d", n_unmet(rollup, rules, number))


def n_unmet(rollup: Rollup, rules: dict[str, Any], number: int) -> int:
    """How many conditions of the gate after this phase are unmet, from the rollup alone: as many as the gate says."""
    steps = any(phase == number and letter not in _SETTLED for phase, letter, _day in rollup.cells)
    n = steps + _NOT_COUNTED[number]
    if number == 1:
        n += rollup.n_rounds_closed < rules["min_rounds"] or rollup.n_methods < rules["min_methods"]
        n += not rollup.n_invited or rollup.n_reached * 100 < rollup.n_invited * rules["reach_percent"]
    return n


def points_of(campaign: Campaign) -> list[ContactPoint]:
    """The contact points in force, each with its unit and sponsor, in the order of the tree."""
    rows = ContactPoint.objects.filter(campaign=campaign, state=PointState.ACTIVE)
    return list(rows.select_related("unit", "sponsor").order_by("unit__path", "pk"))


def nearest(points: Iterable[ContactPoint], unit: Unit) -> ContactPoint | None:
    """The contact point whose subtree holds the unit; the deepest one where several do."""
    above = [point for point in points if unit.path.startswith(point.unit.path)]
    return max(above, key=lambda point: len(point.unit.path), default=None)


def figures_of(rows: Iterable[Row]) -> Figures:
    """The figures over these rows."""
    listed = list(rows)
    return Figures(
        n=len(listed),
        n_refused=sum(row.is_refused for row in listed),
        n_late=sum(row.n_late > 0 for row in listed),
        n_waiting=sum(row.rollup.n_waiting for row in listed),
        waiting_since=min((row.rollup.waiting_since for row in listed if row.rollup.waiting_since), default=None),
        n_invited=sum(row.rollup.n_invited for row in listed),
        n_reached=sum(row.rollup.n_reached for row in listed),
    )


def branches_of(rows: Iterable[Row]) -> list[Unit]:
    """The units below which those stand that no contact unit holds: one level under what they have in common.

    Empty where they are few enough for one list.
    """
    paths = [str(row.enrolment.unit.path) for row in rows if row.point is None]
    if len(paths) <= MANY:
        return []
    in_common = takewhile(lambda pair: pair[0] == pair[1], zip(min(paths), max(paths), strict=False))
    shared = len(list(in_common)) // Unit.steplen * Unit.steplen
    counts = Counter(path[: shared + Unit.steplen] for path in paths)
    return list(Unit.objects.filter(path__in=[path for path, n in counts.items() if n > 1]).order_by("path"))


def grouped(
    rows: Iterable[Row], points: Iterable[ContactPoint], branches: Iterable[Unit] = (), *, is_by_tree: bool = False
) -> list[Group]:
    """Rows by the nearest contact unit above them, then by branch, the others last; empty groups left out."""
    names = {str(p.pk): (p.unit.label, p.sponsor.label) for p in points}
    names |= {f"u{unit.pk}": (unit.label, "") for unit in branches}
    names[OTHERS] = (_("Other units") if len(names) else _("All units"), "")
    by_path = {str(unit.path): f"u{unit.pk}" for unit in branches}
    length = len(next(iter(by_path), ""))
    held: dict[str, list[Row]] = {key: [] for key in names}
    for row in rows:
        held[str(row.point.pk) if row.point else by_path.get(str(row.enrolment.unit.path)[:length], OTHERS)].append(row)
    return [
        Group(key, *names[key], tuple(kept if is_by_tree else sorted(kept, key=lambda row: row.urgency)))
        for key, kept in held.items()
        if kept
    ]


SHOWN: Final = {
    "late": lambda row: row.n_late > 0,
    "refused": lambda row: row.is_refused,
    "waiting": lambda row: row.rollup.n_waiting > 0,
    "formal": lambda row: row.n_hints > 0,
    "remedial": lambda row: row.enrolment.state == EnrolmentState.REMEDIAL,
}
"""What each filter keeps."""


def matches(row: Row, sought: str) -> bool:
    """Whether a unit's name, code or lead holds what was typed."""
    unit, lead = row.enrolment.unit, row.enrolment.lead
    held = (unit.name, unit.name_en, unit.code, *((lead.name, lead.name_en) if lead else ()))
    return any(sought.casefold() in each.casefold() for each in held)


def phase_names(campaign: Campaign) -> dict[int, str]:
    """The phases' names as the campaign's template has them."""
    used = templates().get(campaign.template)
    return {phase.number: phase.label for phase in used.phases} if used else {}
