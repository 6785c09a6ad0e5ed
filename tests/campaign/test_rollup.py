"""The rollup that each action keeps equals the one counted anew, whatever was done in whatever order."""

import random
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from setright.campaign.actions.gate import ask_gate
from setright.campaign.actions.rollup import counted_once, recompute, refresh
from setright.campaign.actions.round import (
    AudiencePlan,
    Reached,
    RoundPlan,
    close_round,
    drop_round,
    enter_reached,
    open_round,
    plan_round,
    unopen_round,
)
from setright.campaign.actions.step import (
    OwnStep,
    add_own_step,
    edit_step,
    review_step,
    revoke_review,
    submit_step,
    waive_step,
)
from setright.campaign.enums import GateNumber, Method, Verdict
from setright.campaign.errors import CampaignError
from setright.campaign.models import Enrolment, Rollup, Round, Step
from setright.campaign.queries.rollup import counted
from tests import factories


def kept(enrolment):
    row = Rollup.objects.get(enrolment=enrolment)
    return {name: getattr(row, name) for name in fields()}


def fields():
    return [f.name for f in Rollup._meta.fields if f.name not in ("id", "enrolment")]


def anew(enrolment):
    return counted(Enrolment.objects.filter(pk=enrolment.pk))[enrolment.pk].fields()


class Hands:
    """Everything that may be done to one enrolment, on a step or round picked by lot."""

    def __init__(self, cast, lot):
        self.cast, self.lot, self.at = cast, lot, cast.at_city

    def step(self):
        rows = Step.objects.filter(enrolment=self.at, phase=1).select_related("enrolment__unit")
        return self.lot.choice(list(rows.order_by("-position")[:4]))

    def round(self):
        return self.lot.choice(list(Round.objects.filter(enrolment=self.at).select_related("enrolment__unit")))

    def edit(self):
        files = [factories.file(self.cast.clerk)] if self.lot.random() < 0.8 else []
        edit_step(step=self.step(), note="做了", done_on=None, files=files, drop=[], by=self.cast.clerk)

    def submit(self):
        submit_step(step=self.step(), by=self.cast.clerk)

    def review(self):
        step = self.lot.choice(list(Step.objects.filter(enrolment=self.at, state="submitted")) or [self.step()])
        verdict = self.lot.choice(list(Verdict))
        review_step(step=step, verdict=verdict, comment="看", seen_hash=step.version_hash, by=self.cast.supervisor)

    def revoke(self):
        step = self.lot.choice(list(Step.objects.filter(enrolment=self.at, state="accepted")) or [self.step()])
        revoke_review(step=step, by=self.cast.supervisor)

    def waive(self):
        waive_step(step=self.step(), reason="洪水期间不能集中开会，改到下一期。", by=self.cast.office)

    def add(self):
        own = OwnStep(phase=1, name="夜班座谈", name_en="", due_on=timezone.localdate())
        add_own_step(enrolment=self.at, own=own, by=self.cast.clerk)

    def ask(self):
        ask_gate(enrolment=self.at, number=GateNumber.FIRST, by=self.cast.lead)

    def plan(self):
        today = timezone.localdate()
        audiences = tuple(AudiencePlan(f"人群{i}", "", self.lot.randint(1, 90)) for i in range(self.lot.randint(1, 3)))
        plan = RoundPlan(self.lot.choice(Method.values), today, today + timedelta(days=5), "", audiences)
        plan_round(enrolment=self.at, plan=plan, by=self.cast.clerk)

    def open(self):
        open_round(round=self.round(), by=self.cast.clerk)

    def unopen(self):
        unopen_round(round=self.round(), by=self.cast.clerk)

    def reach(self):
        round = self.round()
        reached = [Reached(a.pk, a.n_reached, self.lot.randint(0, a.n_invited)) for a in round.audiences.all()]
        enter_reached(round=round, reached=reached, by=self.cast.clerk)

    def close(self):
        close_round(round=self.round(), by=self.cast.lead)

    def drop(self):
        drop_round(round=self.round(), by=self.cast.clerk)

    def act(self):
        name = self.lot.choice(
            ("edit", "submit", "review", "open", "reach") * 2
            + ("revoke", "waive", "add", "ask", "plan", "unopen", "close", "drop")
        )
        try:
            getattr(self, name)()
        except (CampaignError, IndexError):
            return ""
        return name


@pytest.mark.parametrize("seed", range(6))
def test_incremental_rollup_equals_full_recompute_after_any_sequence(cast, seed):
    hands = Hands(cast, random.Random(seed))
    done = set()
    for _ in range(80):
        done.add(hands.act())
        assert kept(cast.at_city) == anew(cast.at_city)
    assert len(done) >= 9


def test_recompute_mends_a_wrong_rollup_and_says_how_many_were(cast):
    Rollup.objects.filter(enrolment=cast.at_port).update(n_waiting=7, cells=[])
    Rollup.objects.filter(enrolment=cast.at_hospital).delete()
    assert (recompute(cast.campaign), recompute(cast.campaign)) == (2, 0)
    assert kept(cast.at_port) == anew(cast.at_port)


def test_many_acts_in_one_transaction_are_counted_once_at_its_end(cast):
    Rollup.objects.update(n_rounds=99)
    with transaction.atomic(), counted_once():
        refresh(cast.at_city)
        refresh(cast.at_city)
        assert Rollup.objects.get(enrolment=cast.at_city).n_rounds == 99
    assert Rollup.objects.get(enrolment=cast.at_city).n_rounds == 0
    assert Rollup.objects.get(enrolment=cast.at_port).n_rounds == 99
    refresh(cast.at_port)
    assert Rollup.objects.get(enrolment=cast.at_port).n_rounds == 0


def test_counting_asks_as_often_for_three_units_as_for_one(cast, django_assert_num_queries):
    for rows in (Enrolment.objects.filter(pk=cast.at_city.pk), Enrolment.objects.all()):
        with django_assert_num_queries(5):
            counted(rows)
