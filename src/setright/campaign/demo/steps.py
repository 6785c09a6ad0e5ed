"""Steps: entered by clerks at each unit's own pace, handed in, returned, mended, accepted; one waived."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from setright.campaign.actions.step import (
    OwnStep,
    add_own_step,
    edit_step,
    review_step,
    submit_step,
    waive_step,
)
from setright.campaign.demo import texts
from setright.campaign.demo.names import Name
from setright.campaign.demo.stage import Stage, Story
from setright.campaign.demo.world import Party, World
from setright.campaign.enums import Verdict
from setright.campaign.models import File, Person, Step

_PACES: Final = {"quick": (-8, -2), "usual": (-4, 2), "slow": (0, 12), "stuck": (-4, 2), "burst": (0, 0)}
_STUCK_AFTER: Final = 30
_BURST_ON: Final = 71
_WAIVED: Final = "examples"
_COPIED: Final = "own-plan"
_RETURNED: Final = (1, "study-3")
_WAITING: Final = (2, "listen-report")
"""Unit and step that stand returned, and waiting for review, at every size and on every day of the week."""


def begin(world: World, stage: Stage) -> None:
    """Begin the stories of every unit's steps."""
    steps: dict[int, list[Step]] = {}
    codes = dict(world.campaign.step_templates.values_list("pk", "code"))
    for step in Step.objects.filter(enrolment__campaign=world.campaign, enrolment__batch=world.batches[0], phase=1):
        steps.setdefault(step.enrolment_id, []).append(step)
    for party in world.parties:
        rng = world.luck("pace", party.number)
        pace = "usual" if party.is_contact else rng.choices(tuple(_PACES), (30, 52, 12, 3, 3))[0]
        for step in steps[party.enrolment.pk]:
            code = codes[step.template_id or 0]
            stage.add(_told(world, party, step, code, pace))
        if rng.random() < 0.15:
            stage.add(_own(world, party))


def _told(world: World, party: Party, step: Step, code: str, pace: str) -> Story:
    rng = world.luck("step", party.number, code)
    due = (step.due_on - world.first).days
    if code == _WAIVED and party.number % 97 == 2:
        return _waived(world, step, party, rng)
    if pace == "stuck" and due > _STUCK_AFTER:
        return iter(())
    day = _BURST_ON + rng.random() if pace == "burst" else due + rng.randint(*_PACES[pace])
    return StepStory(world, party, step, code, rng).told(max(1, day))


class StepStory:
    """One step on its way."""

    def __init__(self, world: World, party: Party, step: Step, code: str, rng: random.Random) -> None:
        self.world, self.party, self.step, self.code, self.rng = world, party, step, code, rng
        self.enter: Person = party.lead if rng.random() < 0.1 else party.clerk

    def told(self, day: float) -> Story:
        """Entered on that day, then handed in and decided, perhaps more than once."""
        words = texts.DONE.get(self.code, texts.OWN_DONE)
        yield self.world.moment(day, self.rng)
        self._edit(words, self._back_dated_by())
        if self.rng.random() < 0.004:
            return
        yield from self._hand_in()
        if self._is(_WAITING):
            return
        while self.rng.random() < 0.17 or self._is(_RETURNED):
            yield self._wait()
            self._review(Verdict.RETURNED, self.rng.choice(texts.RETURNED))
            if self.rng.random() < 0.03 or self._is(_RETURNED):
                return
            yield self.world.later(self.rng.randint(2, 6), self.rng)
            self._edit(self.rng.choice(texts.MENDED), 0)
            yield from self._hand_in()
        yield self._wait()
        self._review(Verdict.ACCEPTED, self.rng.choice(texts.ACCEPTED))
        if self.rng.random() < 0.012:
            yield self.world.later(self.rng.randint(2, 6), self.rng)
            self._edit(texts.REOPENED, 0)
            yield from self._hand_in()
            yield self._wait()
            self._review(Verdict.ACCEPTED, self.rng.choice(texts.ACCEPTED))

    def _is(self, fate: tuple[int, str]) -> bool:
        return (self.party.number, self.code) == fate

    def _wait(self) -> datetime:
        """A supervisor looks after some days; sometimes it lies."""
        return self.world.later(self.rng.choice((1, 1, 1, 2, 2, 2, 3, 4, 5, 9, 12)), self.rng)

    def _hand_in(self) -> Iterator[datetime]:
        yield self.world.soon(self.rng)
        submit_step(step=self.step, by=self.enter)

    def _back_dated_by(self) -> int:
        return 38 if self.code == "study-1" and self.party.number % 29 == 5 else self.rng.randint(0, 3)

    def _edit(self, note: Name, days_ago: int) -> None:
        step, today = self.step, timezone.localdate()
        edit_step(
            step=step,
            note=self.world.say(note),
            done_on=max(today - timedelta(days=days_ago), self.world.day(-30)),
            files=[self._evidence()],
            drop=[],
            by=self.enter,
        )
        step.enrolment = self.party.enrolment

    def _evidence(self) -> File:
        """A text file of this step and version; some are the same as another's, byte for byte, to be noticed."""
        unit, step, number = self.party.enrolment.unit, self.step, self.party.number
        lines = [step.label, unit.label, unit.code, f"{self.code} {step.version}"]
        if self.code == _COPIED and number % 13 in (4, 5):
            lines = [step.label, str(number // 13)]
        if self.code in ("study-1", "study-2") and number % 11 == 3:
            lines = [unit.label, unit.code]
        return self.world.file(f"{step.label}.txt", lines, self.enter)

    def _review(self, verdict: Verdict, comment: Name) -> None:
        review_step(
            step=self.step,
            verdict=verdict,
            comment=self.world.say(comment),
            seen_hash=self.step.version_hash,
            by=self.rng.choice(self.party.reviewers),
        )
        self.step.enrolment = self.party.enrolment


def _waived(world: World, step: Step, party: Party, rng: random.Random) -> Story:
    yield world.moment(58 + party.number % 5, rng)
    step.enrolment = party.enrolment
    waive_step(step=step, reason=world.say(texts.WAIVER), by=world.office)


def _own(world: World, party: Party) -> Story:
    rng = world.luck("own step", party.number)
    yield world.moment(rng.randint(10, 20), rng)
    name = rng.choice(texts.OWN)
    own = OwnStep(1, name.zh, name.en, world.day(rng.randint(35, 70)))
    step = add_own_step(enrolment=party.enrolment, own=own, by=party.lead)
    day = (own.due_on - world.first).days + rng.randint(-6, 4)
    yield from StepStory(world, party, step, "own", rng).told(day)
