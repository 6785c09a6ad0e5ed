"""Rounds of listening: three per unit by different methods; most closed, some still open, a few only planned."""

from __future__ import annotations

import random
from typing import Final

from setright.campaign.actions.round import (
    AudiencePlan,
    Reached,
    RoundPlan,
    close_round,
    enter_reached,
    open_round,
    plan_round,
)
from setright.campaign.demo import texts
from setright.campaign.demo.stage import Stage, Story
from setright.campaign.demo.world import Party, World
from setright.campaign.enums import Method
from setright.campaign.models import Audience, Round

_WINDOWS: Final = ((8, 20), (26, 45), (50, 70))
_DELAYED: Final = {4: 32, 5: 14}
"""Units whose third round is planned for after today, and is open, at every size; the rest is luck."""
_LAST_PLANNED: Final = 75
_SHARES: Final = (55, 95)
"""Fewest and most of a hundred invited who come."""


def begin(world: World, stage: Stage) -> None:
    """Begin the stories of every unit's rounds, one after the other."""
    for party in world.parties:
        stage.add(_rounds(world, party))


def _rounds(world: World, party: Party) -> Story:
    rng = world.luck("rounds", party.number)
    delay = rng.choice((0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 5, 6, 9, 14, 32)) if not party.is_contact else 2
    audiences = rng.sample(texts.AUDIENCES, 5 if rng.random() < 0.95 else 1)
    methods = rng.sample(tuple(Method), 3)
    if rng.random() < 0.04:
        methods[2] = methods[0]
    delay = _DELAYED.get(party.number, delay)
    for (start, end), method in zip(_WINDOWS, methods, strict=True):
        heard = rng.sample(audiences, min(rng.choice((1, 2, 2, 3)), len(audiences)))
        plan = RoundPlan(
            method,
            world.day(start + delay),
            world.day(end + delay),
            world.say(texts.ROUND_NOTE),
            tuple(AudiencePlan(a.zh, a.en, rng.choice((24, 40, 60, 80, 120, 260))) for a in heard),
        )
        yield from _round(world, party, plan, rng)


def _round(world: World, party: Party, plan: RoundPlan, rng: random.Random) -> Story:
    start, end = (plan.starts_on - world.first).days, (plan.ends_on - world.first).days
    yield world.moment(min(start - 3, _LAST_PLANNED), rng)
    made = plan_round(enrolment=party.enrolment, plan=plan, by=party.clerk)
    yield world.moment(start, rng)
    open_round(round=made, by=party.clerk)
    share = rng.randint(*_SHARES)
    yield world.moment((start + end) / 2, rng)
    _enter(made, party, share // 2, rng)
    yield world.moment(end, rng)
    _enter(made, party, share, rng)
    yield world.moment(end + rng.choice((0, 1, 1, 2)), rng)
    close_round(round=made, by=party.lead)


def _enter(made: Round, party: Party, share: int, rng: random.Random) -> None:
    """So many of every hundred were reached, a little more here and less there, never fewer than before."""
    reached = []
    for audience in Audience.objects.filter(round=made).order_by("pk"):
        n = audience.n_invited * min(95, max(5, share + rng.randint(-6, 6))) // 100
        reached.append(Reached(audience.pk, audience.n_reached, max(n, audience.n_reached, 1)))
    enter_reached(round=made, reached=reached, by=party.clerk)
