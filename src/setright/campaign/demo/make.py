"""Make the whole demonstration: what came before the first day, then eighty days of stories side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from setright.campaign.demo import contacts, gates, notices, rounds, steps, studies
from setright.campaign.demo.clock import Clock, told_time
from setright.campaign.demo.founding import found
from setright.campaign.demo.people import PASSWORD, first_people, quick_passwords
from setright.campaign.demo.size import DAYS, SIZES
from setright.campaign.demo.stage import Stage
from setright.campaign.demo.world import World, hour
from setright.campaign.enums import Role
from setright.campaign.errors import Refused
from setright.campaign.models import Campaign, Person

BEFORE = 15
"""Days before the first day on which the first accounts are made."""


@dataclass(frozen=True, slots=True)
class Made:
    """What there is afterwards: the campaign, one login per role, their password, how many acts the story took."""

    campaign: Campaign
    logins: dict[Role, Person]
    password: str
    n_acts: int


def make_demo(*, size: str, seed: int, say: Callable[[float], None] = lambda _share: None) -> Made:
    """Fill an empty database with a whole synthetic campaign, the same for the same size, seed and day.

    Everything goes through the actions that pages use, so every check and every log entry is theirs. Passwords, links,
    session codes and storage names are random as always; all else is the same on every run of a day.

    Parameters
    ----------
    say
        Hears how much is done, from 0 to 1.

    Raises
    ------
    Refused
        When the database holds people already.
    """
    if Person.objects.exists():
        raise Refused(_("This database has people in it already: the demonstration only fills an empty one."))
    first = timezone.localdate() - timedelta(days=DAYS)
    start = hour(first - timedelta(days=BEFORE), 8 * 60)
    with told_time(start) as clock, translation.override(settings.LANGUAGE_CODE), quick_passwords():
        return _made(size, seed, clock, say)


def _made(size: str, seed: int, clock: Clock, say: Callable[[float], None]) -> Made:
    first = timezone.localdate() + timedelta(days=BEFORE)
    with transaction.atomic():
        administrator, office = first_people()
        world = World(SIZES[size], seed, clock, first, office, administrator)
        logins = found(world)
    stage = Stage(clock, world.last)
    for noun in (steps, rounds, gates, notices, contacts, studies):
        noun.begin(world, stage)
    stage.play(say)
    logins = {Role.OFFICE: office, Role.ADMINISTRATOR: administrator, **logins}
    return Made(world.campaign, logins, PASSWORD, stage.n_acts)
