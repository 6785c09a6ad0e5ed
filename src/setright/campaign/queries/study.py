"""Study as somebody may see it: programmes, terms and sessions that concern their units, and who was reached.

A programme of a province concerns its cities: whoever may see study of a city sees the programme, and of its people
those of the city alone. `paths` are always the subtrees of `access.subtrees`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import accumulate
from operator import or_
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Min, Q, QuerySet, Value, When
from django.utils import timezone

from setright.campaign import access
from setright.campaign.enums import StudyState
from setright.campaign.models import (
    Attendance,
    Campaign,
    Event,
    Person,
    Programme,
    StudySession,
    TeamMember,
    Term,
    Unit,
)
from setright.campaign.queries.unit import on_day, valid_on

_NOBODY = Q(pk__in=())
_LAST = "\uffff"


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many people."""

    got: int = 0
    n: int = 0

    @property
    def short(self) -> int:
        return self.n - self.got


@dataclass(frozen=True, slots=True)
class ProgrammeLine:
    """A programme as the list shows it; `cover` counts people who attended at least once."""

    programme: Programme
    cover: Share
    n_terms: int
    n_held: int
    n_planned: int
    next_on: date | None

    @property
    def n_all(self) -> int:
        """Sessions that were not cancelled."""
        return self.n_held + self.n_planned


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session and its attendance as far as the reader sees it."""

    session: StudySession
    present: Share


@dataclass(frozen=True, slots=True)
class UnitCover:
    """A unit with its whole subtree."""

    unit: Unit
    cover: Share


@dataclass(frozen=True, slots=True)
class LevelCover:
    """All teams of one level of the tree; 0 is the unit itself."""

    level: int
    n_units: int
    cover: Share


@dataclass(frozen=True, slots=True)
class Coverage:
    """Who attended a programme at least once: in all, by level, by unit right below (the least covered first)."""

    whole: Share
    levels: tuple[LevelCover, ...]
    units: tuple[UnitCover, ...]


def within(paths: Sequence[str], lookup: str = "unit__path") -> Q:
    """Rows whose unit (its path, by `lookup`) lies in one of these subtrees."""
    return reduce(or_, (Q(**{f"{lookup}__startswith": path}) for path in paths), _NOBODY)


def concerning(paths: Sequence[str], lookup: str = "unit__path") -> Q:
    """Rows whose unit lies in one of these subtrees or above one: what is held there is held for them too."""
    above = {path[:end] for path in paths for end in range(Unit.steplen, len(path), Unit.steplen)}
    return within(paths, lookup) | Q(**{f"{lookup}__in": above})


def units_to_manage(person: Person, campaign: Campaign, below: Unit | None = None) -> QuerySet[Unit]:
    """The units whose study this person manages, all of them or those below one."""
    paths = access.subtrees(person, "study.manage", campaign)
    rows: QuerySet[Unit] = valid_on(Unit.objects.filter(within(paths, "path")), timezone.localdate())
    return rows.filter(path__startswith=below.path) if below else rows


def units_shown(programme: Programme, paths: Sequence[str]) -> QuerySet[Unit]:
    """The units of a programme whose coverage somebody may look at."""
    rows: QuerySet[Unit] = Unit.objects.filter(concerning(paths, "path"), path__startswith=programme.unit.path)
    return rows


def programmes_for(person: Person, campaign: Campaign) -> QuerySet[Programme]:
    """The programmes that concern units of this person, with `next_on`, the day of the next planned session."""
    paths = access.subtrees(person, "study.view", campaign)
    next_on = Min("sessions__on", filter=Q(sessions__state=StudyState.PLANNED))
    rows = Programme.objects.filter(concerning(paths), campaign=campaign).annotate(next_on=next_on)
    return rows.select_related("unit", "campaign").order_by(F("next_on").asc(nulls_last=True), "unit__path", "pk")


def with_plan(programmes: QuerySet[Any], *, is_planned: bool) -> QuerySet[Programme]:
    """Those of `programmes_for` that have, or have not, a session still to come."""
    return programmes.exclude(next_on=None) if is_planned else programmes.filter(next_on=None)


def sessions_for(person: Person, campaign: Campaign) -> QuerySet[StudySession]:
    """The sessions that concern units of this person."""
    paths = access.subtrees(person, "study.view", campaign)
    rows = StudySession.objects.filter(concerning(paths), programme__campaign=campaign)
    return rows.select_related("programme__campaign", "programme__unit", "unit", "term")


def expected_of(person: Person, campaign: Campaign) -> QuerySet[StudySession]:
    """Sessions still to come at which the person themselves is expected, the next one first."""
    rows = StudySession.objects.filter(
        programme__campaign=campaign, attendance__member__person=person, on__gte=timezone.localdate()
    ).exclude(state=StudyState.CANCELLED)
    return rows.select_related("programme", "term").distinct().order_by("on", "pk")


def in_order(sessions: QuerySet[StudySession]) -> QuerySet[StudySession]:
    """Planned ones first, the most overdue on top; then held ones, the latest on top; then cancelled ones."""
    rank = Case(
        When(state=StudyState.PLANNED, then=Value(0)),
        When(state=StudyState.HELD, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    planned_on = Case(When(state=StudyState.PLANNED, then=F("on")))
    return sessions.order_by(rank, planned_on, "-on", "pk")


def present_members(paths: Sequence[str]) -> QuerySet[TeamMember]:
    """Everyone who holds a post today in a team of these subtrees."""
    return on_day(TeamMember.objects.filter(within(paths)), timezone.localdate())


def team_below(unit: Unit, paths: Sequence[str] = ("",)) -> QuerySet[TeamMember]:
    """Everyone who holds a post today in the teams of a unit's subtree, as far as `paths` reach."""
    return present_members(paths).filter(unit__path__startswith=unit.path).order_by("unit__path", "-is_head", "pk")


def attended(programme: Programme) -> QuerySet[Attendance, int]:
    """The ids of everyone who attended the programme at least once."""
    return Attendance.objects.filter(session__programme=programme, is_present=True).values_list("member_id", flat=True)


def lines_of(programmes: Sequence[Programme], paths: Sequence[str]) -> list[ProgrammeLine]:
    """Programmes with their figures, in five queries whatever their number."""
    covers = _covers(programmes, paths)
    terms = Counter(Term.objects.filter(programme__in=programmes).values_list("programme_id", flat=True))
    sessions = StudySession.objects.filter(concerning(paths), programme__in=programmes)
    states = Counter(sessions.order_by().values_list("programme_id", "state"))
    return [
        ProgrammeLine(
            each,
            covers[each.pk],
            terms[each.pk],
            states[each.pk, StudyState.HELD.value],
            states[each.pk, StudyState.PLANNED.value],
            getattr(each, "next_on", None),
        )
        for each in programmes
    ]


def _covers(programmes: Sequence[Programme], paths: Sequence[str]) -> dict[int, Share]:
    wanted = within([each.unit.path for each in programmes])
    teams = present_members(paths).filter(wanted).order_by("unit__path")
    sizes = list(teams.values_list("unit__path").annotate(n=Count("pk")))
    got = dict(
        Attendance.objects.filter(
            session__programme__in=programmes,
            is_present=True,
            member__in=present_members(paths),
            member__unit__path__startswith=F("session__programme__unit__path"),
        )
        .values_list("session__programme_id")
        .annotate(n=Count("member", distinct=True))
    )
    places = [path for path, _n in sizes]
    sums = [0, *accumulate(n for _path, n in sizes)]
    found = {}
    for each in programmes:
        start, end = bisect_left(places, each.unit.path), bisect_left(places, each.unit.path + _LAST)
        found[each.pk] = Share(got.get(each.pk, 0), sums[end] - sums[start])
    return found


def with_attendance(sessions: Sequence[StudySession], paths: Sequence[str]) -> list[SessionLine]:
    """Sessions with how many of the expected came, counting the reader's own people: one query."""
    rows = Attendance.objects.filter(within(paths, "member__unit__path"), session__in=sessions).values_list(
        "session_id"
    )
    found = {
        key: Share(got, n) for key, got, n in rows.annotate(got=Count("pk", filter=Q(is_present=True)), n=Count("pk"))
    }
    return [SessionLine(each, found.get(each.pk, Share())) for each in sessions]


def coverage(programme: Programme, root: Unit, paths: Sequence[str]) -> Coverage:
    """How far a programme has come below a unit: one grouped query over teams, one for the units' names."""
    teams = team_below(root, paths).order_by("unit__path").values_list("unit__path", "unit__depth")
    counted = teams.annotate(got=Count("pk", filter=Q(pk__in=attended(programme))), n=Count("pk"))
    by_level: dict[int, list[Share]] = {}
    by_child: dict[str, list[Share]] = {}
    for path, depth, got, n in counted:
        by_level.setdefault(depth - root.depth, []).append(Share(got, n))
        if depth > root.depth:
            by_child.setdefault(path[: len(root.path) + Unit.steplen], []).append(Share(got, n))
    children = Unit.objects.filter(path__startswith=root.path, depth=root.depth + 1, path__in=list(by_child))
    units = [UnitCover(child, _total(by_child[child.path])) for child in children]
    return Coverage(
        whole=_total(share for shares in by_level.values() for share in shares),
        levels=tuple(LevelCover(level, len(by_level[level]), _total(by_level[level])) for level in sorted(by_level)),
        units=tuple(sorted(units, key=lambda each: (each.cover.got / each.cover.n, -each.cover.n, each.unit.path))),
    )


def _total(shares: Iterable[Share]) -> Share:
    listed = list(shares)
    return Share(sum(each.got for each in listed), sum(each.n for each in listed))


def missing(programme: Programme, root: Unit, paths: Sequence[str]) -> QuerySet[TeamMember]:
    """Everyone below a unit who has attended nothing of the programme so far, heads of teams first."""
    rows = team_below(root, paths).exclude(pk__in=attended(programme)).select_related("unit")
    return rows.order_by("-is_head", "unit__path", "pk")


def history_of(session: StudySession) -> QuerySet[Event]:
    """The log entries about a session, newest first."""
    rows = Event.objects.filter(object_type="studysession", object_id=session.pk)
    return rows.select_related("actor").order_by("-seq")
