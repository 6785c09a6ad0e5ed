"""Gate 1 is asked and refuses: opinions are not counted yet, so no unit passes."""

from __future__ import annotations

from setright.campaign.actions.batch import open_batch
from setright.campaign.actions.gate import ask_gate
from setright.campaign.demo.stage import Stage, Story
from setright.campaign.demo.world import Party, World
from setright.campaign.enums import GateNumber


def begin(world: World, stage: Stage) -> None:
    """The contact units ask twice, about a fifth of the others once; the office asks gate 8 once."""
    for party in world.parties:
        rng = world.luck("gate", party.number)
        days = (64, 76) if party.number == 0 else (74,) if party.is_contact or rng.random() < 0.2 else ()
        for day in days:
            stage.add(_asked(world, party, day))
    stage.add(_batch(world))


def _asked(world: World, party: Party, day: int) -> Story:
    rng = world.luck("asked", party.number, day)
    yield world.moment(day + rng.randint(0, 4), rng)
    ask_gate(enrolment=party.enrolment, number=GateNumber.FIRST, by=party.lead)


def _batch(world: World) -> Story:
    yield world.moment(70, world.luck("gate 8"))
    open_batch(batch=world.batches[1], by=world.office)
