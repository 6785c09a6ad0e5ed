"""What every story of the demonstration shares: its days, its people, its words, its luck."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from setright.campaign.actions.file import keep_file
from setright.campaign.demo.clock import Clock
from setright.campaign.demo.names import Name
from setright.campaign.demo.size import DAYS, Size
from setright.campaign.enums import Language
from setright.campaign.models import Batch, Campaign, Enrolment, File, Person, SupervisionGroup

_MINUTES_A_DAY: Final = 9 * 60


@dataclass
class Party:
    """A unit that takes part, and whoever acts for it."""

    number: int
    enrolment: Enrolment
    lead: Person
    clerk: Person
    members: list[Person]
    reviewers: list[Person] = field(default_factory=list)
    is_contact: bool = False


@dataclass
class World:
    """The demonstration while it is made."""

    size: Size
    seed: int
    clock: Clock
    first: date
    office: Person
    administrator: Person
    campaign: Campaign = field(init=False)
    batches: list[Batch] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)
    below: dict[int, list[Party]] = field(default_factory=dict)
    groups: list[SupervisionGroup] = field(default_factory=list)
    sponsors: list[Person] = field(default_factory=list)

    def luck(self, *about: object) -> random.Random:
        """Chance of its own for each matter, so that one noun more or less leaves the others as they were."""
        return random.Random(f"{self.size.name}/{self.seed}/{'/'.join(map(str, about))}")  # noqa: S311 - no secret

    def day(self, number: float) -> date:
        """The day so many days after the first."""
        return self.first + timedelta(days=int(number))

    def moment(self, number: float, rng: random.Random) -> datetime:
        """An hour of a working day: some time between 8 and 17 o'clock; a weekend moves to the Monday after."""
        on = self.day(number)
        on += timedelta(days=max(0, 7 - on.weekday()) if on.weekday() > 4 else 0)
        return hour(on, 8 * 60 + rng.randrange(_MINUTES_A_DAY), rng.randrange(60))

    def later(self, days: float, rng: random.Random) -> datetime:
        """An hour so many days from now."""
        now = timezone.localdate(self.clock.now)
        return self.moment((now - self.first).days + days, rng)

    def soon(self, rng: random.Random) -> datetime:
        """Some minutes from now."""
        return self.clock.now + timedelta(minutes=rng.randrange(3, 50))

    @property
    def last(self) -> datetime:
        """The last moment of the story: yesterday evening, so that nothing lies in the future."""
        return hour(self.first + timedelta(days=DAYS - 1), 18 * 60)

    def say(self, text: Name) -> str:
        """The words as somebody of this site writes them: people write in one language."""
        return text.en if site_language() == Language.EN else text.zh

    def file(self, name: str, lines: list[str], by: Person) -> File:
        """Hand in a small text file; it is hashed, sealed and stored like any other."""
        text = "\n".join(lines) + "\n"
        return keep_file(upload=SimpleUploadedFile(name, text.encode(), "text/plain"), by=by)


def site_language() -> Language:
    """What people of this site speak."""
    return Language.EN if settings.LANGUAGE_CODE.startswith("en") else Language.ZH


def hour(on: date, minutes: int, seconds: int = 0) -> datetime:
    """A moment of a day in the site's time zone."""
    midnight = datetime(on.year, on.month, on.day, tzinfo=timezone.get_current_timezone())
    return midnight + timedelta(minutes=minutes, seconds=seconds)
