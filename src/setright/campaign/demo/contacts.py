"""Contact points: the approved plan, sponsors and their units, visits, hearings, instructions in every state."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

from django.utils import timezone

from setright.campaign.actions.hearing import HearingDraft, add_hearing, hold_hearing, report_hearing
from setright.campaign.actions.instruction import (
    InstructionDraft,
    answer_instruction,
    give_instruction,
    review_instruction,
)
from setright.campaign.actions.plan import Approval, DutyDraft, PlanDraft, approve_plan, draft_plan, edit_plan
from setright.campaign.actions.point import PointDraft, assign_point, look_at_point, record_duty
from setright.campaign.actions.visit import VisitDraft, add_visit, hold_visit, report_visit
from setright.campaign.demo import texts
from setright.campaign.demo.names import Name
from setright.campaign.demo.size import DAYS
from setright.campaign.demo.stage import Stage, Story
from setright.campaign.demo.world import Party, World
from setright.campaign.enums import HearingWay, Verdict
from setright.campaign.models import ContactPlan, ContactPoint, Person, PlanDuty

_ENDS: Final = ("given", "accepted", "answered", "returned")
"""How far the instructions of a contact point get, one after the other."""


def begin(world: World, stage: Stage) -> None:
    """Begin the plan's story; the contact points follow once it is approved. Supervisors visit, too."""
    stage.add(_plan(world, stage))
    for party in world.parties:
        if not party.is_contact and world.luck("visited", party.number).random() < 0.2:
            stage.add(_supervisor_visit(world, party))


def _plan(world: World, stage: Stage) -> Story:
    rng = world.luck("plan")
    yield world.moment(1, rng)
    first = draft_plan(campaign=world.campaign, draft=_draft(world, 0, texts.DUTIES[1:]), by=world.office)
    yield world.moment(2, rng)
    _approve(world, first)
    for party, sponsor in zip(filter(lambda p: p.is_contact, world.parties), world.sponsors, strict=True):
        stage.add(_point(world, stage, party, sponsor))
    yield world.moment(8, rng)
    second = edit_plan(plan=first, draft=_draft(world, 1, texts.DUTIES), seen_hash=first.text_hash, by=world.office)
    yield world.moment(9, rng)
    _approve(world, second)


def _draft(world: World, version: int, duties: tuple[tuple[int, Name, int, int], ...]) -> PlanDraft:
    drafts = (DutyDraft(phase, n.zh, n.en, times, world.day(due) if due else None) for phase, n, times, due in duties)
    return PlanDraft(world.say(texts.PLAN[version]), tuple(drafts))


def _approve(world: World, plan: ContactPlan) -> None:
    name, today = texts.COMMITTEE, timezone.localdate()
    approve_plan(plan=plan, approval=Approval(name.zh, name.en, today, plan.text_hash), by=world.office)


def _point(world: World, stage: Stage, party: Party, sponsor: Person) -> Story:
    rng = world.luck("point", party.number)
    yield world.moment(3, rng)
    field = texts.FIELDS[party.number % len(texts.FIELDS)]
    draft = PointDraft(party.enrolment.unit, sponsor, field.zh, field.en)
    point = assign_point(campaign=world.campaign, draft=draft, by=world.office)
    sponsor = Person.objects.get(pk=sponsor.pk)  # what they may do was read before they had it
    work = Guide(world, party, sponsor, rng)
    for number, day in enumerate((14, 41, 63)):
        stage.add(work.visit(number, day + rng.randint(0, 6)))
    stage.add(work.visit_to_come())
    for number, day in enumerate((24, 36, 57)):
        stage.add(work.hearing(number, day + rng.randint(0, 5)))
    for number, day in enumerate((70, 25, 62, 58)):
        stage.add(work.instruction(number, day + rng.randint(0, 4)))
    yield world.moment(20, rng)
    _record(point, sponsor, rng, world)
    yield world.moment(75 + rng.randint(0, 2), rng)
    look_at_point(point=point, by=sponsor)


def _record(point: ContactPoint, sponsor: Person, rng: random.Random, world: World) -> None:
    duty = _duty(world, texts.DUTIES[2][1].zh)
    if duty and rng.random() < 0.8:
        record_duty(point=point, duty=duty, on=timezone.localdate(), note="", by=sponsor)


def _duty(world: World, name: str) -> PlanDuty | None:
    """The duty of this name in the plan in force."""
    return PlanDuty.objects.filter(plan__campaign=world.campaign, plan__state="approved", name=name).first()


class Guide:
    """What a sponsor does at their unit."""

    def __init__(self, world: World, party: Party, sponsor: Person, rng: random.Random) -> None:
        self.world, self.party, self.sponsor, self.rng = world, party, sponsor, rng
        self.unit = party.enrolment.unit

    def visit(self, number: int, day: int) -> Story:
        """Planned, held, reported; the last of some sponsors is held but not reported yet."""
        rng, say, world = self.world.luck("visit", self.unit.code, number), self.world.say, self.world
        yield world.moment(day - 6, rng)
        place, purpose = rng.choice(texts.PLACES), texts.PURPOSES[number]
        draft = VisitDraft(self.unit, world.day(day), say(place), say(purpose))
        visit = add_visit(campaign=world.campaign, draft=draft, by=self.sponsor)
        yield world.moment(day, rng)
        duty = _duty(world, texts.DUTIES[0][1].zh)
        on = timezone.localdate()
        hold_visit(visit=visit, on=on, findings=say(texts.FINDINGS[number]), duty=duty, by=self.sponsor)
        if number == 2 and self.party.number % 2:
            return
        yield world.later(rng.randint(1, 3), rng)
        report_visit(visit=visit, by=self.sponsor)

    def visit_to_come(self) -> Story:
        """One that lies ahead of today."""
        yield self.world.moment(74, self.rng)
        say = self.world.say
        draft = VisitDraft(self.unit, self.world.day(DAYS + 6), say(texts.PLACES[1]), say(texts.PURPOSES[2]))
        add_visit(campaign=self.world.campaign, draft=draft, by=self.sponsor)

    def hearing(self, number: int, day: int) -> Story:
        """On paper, in person, by telephone; a call is written down at once, the others are planned first."""
        rng, say, world = self.world.luck("hearing", self.unit.code, number), self.world.say, self.world
        way = tuple(HearingWay)[number]
        yield world.moment(day, rng)
        draft = HearingDraft(self.unit, way, world.day(day + 3), say(texts.MATTERS[number]))
        hearing = add_hearing(campaign=world.campaign, draft=draft, by=self.sponsor)
        yield world.moment(day + 3, rng)
        duty = _duty(world, texts.DUTIES[1][1].zh) if number == 1 else None
        on, summary = timezone.localdate(), say(texts.SUMMARIES[number])
        hold_hearing(hearing=hearing, on=on, summary=summary, duty=duty, by=self.sponsor)
        yield world.later(1, rng)
        if number != 2:
            report_hearing(hearing=hearing, by=self.sponsor)

    def instruction(self, number: int, day: int) -> Story:
        """Given; and, as `_ENDS` has it, answered, returned, accepted. Every third unit owes one past its day."""
        world, say, rng = self.world, self.world.say, self.world.luck("instruction", self.unit.code, number)
        end = _ENDS[number]
        yield world.moment(day, rng)
        to = self.party.lead if number % 2 == 0 else self.party.members[0]
        days = 5 if end == "given" and self.party.number % 3 == 1 else 14
        due = timezone.localdate() + timedelta(days=days)
        draft = InstructionDraft(self.unit, to, say(texts.INSTRUCTIONS[number]), due)
        given = give_instruction(campaign=world.campaign, draft=draft, by=self.sponsor)
        if end == "given":
            return
        yield world.later(rng.randint(4, 8), rng)
        answer_instruction(instruction=given, answer=say(texts.ANSWERS[number]), seen_hash="", by=to)
        if end == "answered":
            return
        yield world.later(rng.randint(1, 4), rng)
        is_good = end == "accepted"
        verdict = Verdict.ACCEPTED if is_good else Verdict.RETURNED
        comment = "" if is_good else say(texts.BACK)
        review_instruction(
            instruction=given, verdict=verdict, comment=comment, seen_hash=given.version_hash, by=self.sponsor
        )


def _supervisor_visit(world: World, party: Party) -> Story:
    rng = world.luck("supervisor visit", party.number)
    yield world.moment(rng.randint(15, 70), rng)
    say, number = world.say, rng.randrange(3)
    draft = VisitDraft(
        party.enrolment.unit,
        timezone.localdate(),
        say(rng.choice(texts.PLACES)),
        say(texts.PURPOSES[number]),
        say(texts.FINDINGS[number]),
    )
    visit = add_visit(campaign=world.campaign, draft=draft, by=party.reviewers[0])
    yield world.later(2, rng)
    report_visit(visit=visit, by=party.reviewers[0])
