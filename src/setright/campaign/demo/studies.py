"""Study: one programme per contact unit and sector in terms, each member expected in one; themed activities beside."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

from django.utils import timezone

from setright.campaign.actions.attendance import Marks, expect_members, record_attendance
from setright.campaign.actions.study import (
    ProgrammePlan,
    SessionPlan,
    TermPlan,
    add_programme,
    add_term,
    hold_session,
    plan_session,
)
from setright.campaign.demo import texts
from setright.campaign.demo.stage import Stage, Story
from setright.campaign.demo.world import Party, World
from setright.campaign.models import Attendance, Programme, StudySession, Unit

_CAME: Final = 88
"""Of a hundred expected."""


def begin(world: World, stage: Stage) -> None:
    """Begin each programme's story."""
    for unit in Unit.objects.filter(depth=1).order_by("path"):
        stage.add(_programme(world, stage, unit))


def _programme(world: World, stage: Stage, unit: Unit) -> Story:
    rng = world.luck("programme", unit.code)
    yield world.moment(4, rng)
    name = texts.PROGRAMME
    plan = ProgrammePlan(name.zh, name.en, world.say(texts.PROGRAMME_FOR))
    programme = add_programme(campaign=world.campaign, unit=unit, plan=plan, by=world.office)
    yield world.moment(6, rng)
    days = [int(12 + at * 84 / world.size.n_terms) for at in range(world.size.n_terms)]
    for number, day in enumerate(days):
        start = world.day(day)
        term_plan = TermPlan(start, start + timedelta(days=6), world.say(texts.HALL))
        term = add_term(programme=programme, plan=term_plan, by=world.office)
        said = texts.TERM
        session = SessionPlan(
            said.zh.format(n=number + 1), said.en.format(n=number + 1), term, world.say(texts.HALL), start
        )
        planned = plan_session(programme=programme, unit=unit, plan=session, by=world.office)
        _only_share(planned, number, world)
        stage.add(_held(world, planned, rng=world.luck("term", unit.code, number), by=None))
    for party in world.parties:
        is_chosen = party.is_contact or party.number % 5 == 4
        if is_chosen and party.enrolment.unit.path.startswith(unit.path):
            stage.add(_activities(world, programme, party))


def _only_share(session: StudySession, number: int, world: World) -> None:
    """Each member is expected in one term alone, so that work goes on."""
    members = list(session.attendance.order_by("member_id").values_list("member_id", flat=True))
    off = [member for at, member in enumerate(members) if at % world.size.n_terms != number]
    if len(off) < len(members):
        expect_members(session=session, members=Marks(off=tuple(off)), by=world.office)


def _held(world: World, session: StudySession, *, rng: random.Random, by: Party | None) -> Story:
    who = by.clerk if by else world.office
    yield world.moment((session.on - world.first).days, rng)
    hold_session(session=session, by=who)
    yield world.soon(rng)
    rows = list(Attendance.objects.filter(session=session).order_by("pk").values_list("pk", flat=True))
    came = [pk for pk in rows if rng.randrange(100) < _CAME]
    record_attendance(session=session, came=Marks(on=tuple(came)), by=who)


def _activities(world: World, programme: Programme, party: Party) -> Story:
    """Three themed activities of one unit; some hand in the same list of people twice, to be noticed."""
    rng = world.luck("activities", party.number)
    is_copied = party.number % 15 == 9
    for number, day in enumerate((22, 44, 86)):
        yield world.moment(day - 4 if day < 80 else 72, rng)
        name = texts.ACTIVITIES[number]
        plan = SessionPlan(name.zh, name.en, None, world.say(rng.choice(texts.PLACES)), world.day(day))
        session = plan_session(programme=programme, unit=party.enrolment.unit, plan=plan, by=party.clerk)
        luck = world.luck("activity", party.number, 0 if is_copied else number)
        yield from _held(world, session, rng=luck, by=party)
        yield timezone.now()
