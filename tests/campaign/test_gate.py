"""The gates: every unmet reason with its counts, the same for everybody, passed by nobody's rank."""

from datetime import timedelta
from itertools import chain, combinations

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setright.campaign.access import Unknown
from setright.campaign.actions.batch import open_batch
from setright.campaign.actions.gate import _pass, ask_gate
from setright.campaign.actions.round import close_round, open_round
from setright.campaign.actions.step import waive_step
from setright.campaign.enums import BatchState, EnrolmentState, GateNumber, Method, Role, RoundState, StepState
from setright.campaign.errors import Conflict
from setright.campaign.models import Audience, Enrolment, Event, GateAttempt, Phase, Rollup, Round, Step
from setright.campaign.queries.gate import gate_1, gate_4, gate_7, gate_8, gate_of, next_gate
from setright.campaign.queries.round import heard, rounds_of
from tests import factories

TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def held_round(enrolment, method="meeting", invited=100, reached=80, state=RoundState.CLOSED):
    round = Round.objects.create(
        enrolment=enrolment,
        number=enrolment.rounds.count() + 1,
        method=method,
        starts_on=TODAY,
        ends_on=TODAY,
        state=state,
    )
    Audience.objects.create(
        round=round, name=f"第{round.number}组", name_en=f"Group {round.number}", n_invited=invited, n_reached=reached
    )
    return round


def settle_steps(enrolment, phase=1, state=StepState.ACCEPTED):
    Step.objects.filter(enrolment=enrolment, phase=phase, template__isnull=False).update(state=state)


def all_that_can_be(enrolment):
    """Meet every condition of gate 1 that this release can meet."""
    settle_steps(enrolment)
    for method in ("meeting", "visit", "survey"):
        held_round(enrolment, method)


def unmet(answer):
    return {reason.code: (reason.got, reason.need) for reason in answer.unmet}


def met(answer):
    return {reason.code: (reason.got, reason.need) for reason in answer.met}


# --------------------------------------------------------------------------------------- gate 1, condition by condition


def test_gate_1_names_every_unmet_condition_at_once(cast):
    answer = gate_1(cast.at_city)
    assert unmet(answer) == {"steps": (0, 11), "rounds": (0, 3), "reach": (0, None), "opinions": (None, None)}
    assert met(answer) == {"phase": (None, None), "waivers": (0, 0)}


def test_gate_1_with_all_that_can_be_met_still_refuses_for_opinions(cast):
    all_that_can_be(cast.at_city)
    answer = gate_1(cast.at_city)
    assert (unmet(answer), answer.is_open) == ({"opinions": (None, None)}, False)
    assert met(answer) == {
        "phase": (None, None),
        "steps": (11, 11),
        "rounds": (3, 3),
        "reach": (240, 210),
        "waivers": (0, 0),
    }


@pytest.mark.parametrize("state", [StepState.OPEN, StepState.SUBMITTED, StepState.RETURNED])
def test_a_step_that_is_not_accepted_is_counted_and_named(cast, state):
    all_that_can_be(cast.at_city)
    step = Step.objects.get(enrolment=cast.at_city, template__code="study-2")
    Step.objects.filter(pk=step.pk).update(state=state)
    reason = next(r for r in gate_1(cast.at_city).unmet if r.code == "steps")
    assert (reason.got, reason.need, reason.url_name) == (10, 11, "step_list")
    assert ("1 of 11" in reason.title, "Study term 2" in reason.detail) == (True, True)


def test_four_open_steps_name_three_and_count_the_rest(cast):
    settle_steps(cast.at_city)
    keys = list(Step.objects.filter(enrolment=cast.at_city, phase=1).values_list("pk", flat=True))[:4]
    Step.objects.filter(pk__in=keys).update(state=StepState.OPEN)
    reason = next(r for r in gate_1(cast.at_city).unmet if r.code == "steps")
    assert (reason.got, reason.detail.count("“"), "and 1 more" in reason.detail) == (7, 3, True)


def test_own_steps_and_steps_of_other_phases_do_not_hold_gate_1(cast):
    all_that_can_be(cast.at_city)
    Step.objects.create(enrolment=cast.at_city, phase=1, position=100, name="自选", due_on=TODAY)
    assert (unmet(gate_1(cast.at_city)), met(gate_1(cast.at_city))["steps"]) == ({"opinions": (None, None)}, (11, 11))


def test_waived_steps_count_as_settled(cast):
    all_that_can_be(cast.at_city)
    step = Step.objects.get(enrolment=cast.at_city, template__code="study-2")
    Step.objects.filter(pk=step.pk).update(state=StepState.OPEN)
    step.refresh_from_db()
    waive_step(step=step, reason="洪水期间不能集中开会，改到下一期。", by=cast.office)
    answer = gate_1(cast.at_city)
    assert (unmet(answer), met(answer)["waivers"]) == ({"opinions": (None, None)}, (1, 1))


def test_a_waiver_without_reason_or_signer_holds_the_gate(cast):
    all_that_can_be(cast.at_city)
    keys = list(Step.objects.filter(enrolment=cast.at_city, phase=1).values_list("pk", flat=True))[:3]
    Step.objects.filter(pk__in=keys).update(state=StepState.WAIVED)
    Step.objects.filter(pk=keys[0]).update(waiver_reason="洪水期间不能集中开会。", waived_by=cast.office)
    Step.objects.filter(pk=keys[1]).update(waiver_reason="有理由，没有签名的人。")
    assert unmet(gate_1(cast.at_city)) == {"waivers": (1, 3), "opinions": (None, None)}


def test_rounds_by_too_few_methods_are_told_apart_from_too_few_rounds(cast):
    settle_steps(cast.at_city)
    for method in ("meeting", "meeting", "visit"):
        held_round(cast.at_city, method)
    reason = next(r for r in gate_1(cast.at_city).unmet if r.code == "rounds")
    assert (reason.got, reason.need) == (2, 3)
    assert "3 rounds by 2 methods closed, 3 by 3 needed" in reason.title


def test_planned_and_open_rounds_do_not_count_and_are_named(cast):
    held_round(cast.at_city, "meeting")
    held_round(cast.at_city, "visit", state=RoundState.OPEN)
    held_round(cast.at_city, "survey", state=RoundState.PLANNED)
    reason = next(r for r in gate_1(cast.at_city).unmet if r.code == "rounds")
    assert (reason.got, reason.need, reason.detail) == (
        1,
        3,
        "round 2 (door-to-door visit) is open; round 3 (questionnaire) is planned.",
    )


def test_reach_is_computed_on_closed_rounds_alone(cast):
    held_round(cast.at_city, "meeting", 100, 69)
    held_round(cast.at_city, "visit", 1000, 1000, state=RoundState.OPEN)
    assert unmet(gate_1(cast.at_city))["reach"] == (69, 70)
    Audience.objects.filter(round__state=RoundState.CLOSED).update(n_reached=70)
    assert met(gate_1(cast.at_city))["reach"] == (70, 70)


@pytest.mark.parametrize(("invited", "need"), [(1, 1), (3, 3), (10, 7), (11, 8), (101, 71), (620, 434)])
def test_share_of_the_invited_is_rounded_up_to_whole_people(cast, invited, need):
    held_round(cast.at_city, "meeting", invited, need - 1)
    assert unmet(gate_1(cast.at_city))["reach"] == (need - 1, need)
    Audience.objects.update(n_reached=need)
    assert met(gate_1(cast.at_city))["reach"] == (need, need)


def test_reach_names_how_many_are_short_and_where(cast):
    held_round(cast.at_city, "meeting", 320, 300)
    held_round(cast.at_city, "visit", 300, 112)
    reason = next(r for r in gate_1(cast.at_city).unmet if r.code == "reach")
    assert reason.title == "People reached: 412, 434 needed"
    assert (
        "620 invited, 70% must be reached: 22 short." in reason.detail,
        "Group 2 (112 of 300)" in reason.detail,
    ) == (
        True,
        True,
    )


def test_rounds_of_another_unit_count_nothing_here(cast):
    for method in ("meeting", "visit", "survey"):
        held_round(cast.at_hospital, method)
    assert unmet(gate_1(cast.at_city))["rounds"] == (0, 3)


def test_rules_of_the_campaign_decide_not_numbers_in_code(cast):
    cast.campaign.rules |= {"min_rounds": 1, "min_methods": 1, "reach_percent": 10}
    cast.campaign.save()
    held_round(cast.at_city, "meeting", 100, 10)
    now = Enrolment.objects.get(pk=cast.at_city.pk)
    assert set(unmet(gate_1(now))) == {"steps", "opinions"}


def test_a_unit_that_stands_elsewhere_is_told_so(cast):
    all_that_can_be(cast.at_city)
    for state in (EnrolmentState.WAITING, EnrolmentState.P2, EnrolmentState.SEALED):
        cast.at_city.state = state
        assert set(unmet(gate_1(cast.at_city))) == {"phase", "opinions"}


ROUNDS = st.lists(
    st.tuples(st.sampled_from(Method), st.sampled_from(RoundState), st.integers(1, 50), st.integers(0, 50)), max_size=7
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=ROUNDS)
def test_gate_1_counts_what_the_rounds_page_counts(cast, browse, rounds):
    Round.objects.all().delete()
    for method, state, invited, reached in rounds:
        held_round(cast.at_city, method.value, invited, min(invited, reached), state)
    answer = gate_1(cast.at_city)
    said = {reason.code: reason for reason in (*answer.unmet, *answer.met)}
    page = browse("lead").get(reverse("round_list", args=(cast.campaign.pk, cast.at_city.pk))).context["heard"]
    assert (page.n_reached, page.need_reached or None) == (said["reach"].got, said["reach"].need)
    assert f"{page.n_rounds} rounds by {page.n_methods} methods closed" in said["rounds"].title
    assert page.is_enough == ({"rounds", "reach"} <= set(met(answer)))
    assert page == heard(cast.at_city, rounds_of(cast.at_city))


def test_rounds_entered_through_the_real_acts_reach_the_gate(cast):
    round = held_round(cast.at_city, "meeting", 10, 9, state=RoundState.PLANNED)
    open_round(round=round, by=cast.clerk)
    close_round(round=round, by=cast.lead)
    assert (unmet(gate_1(cast.at_city))["rounds"], met(gate_1(cast.at_city))["reach"]) == ((1, 3), (9, 7))


# ----------------------------------------------------------------------------------------------------- the other gates


@pytest.mark.parametrize(
    ("gate", "state", "phase", "missing"),
    [(gate_4, EnrolmentState.P2, 2, "meeting"), (gate_7, EnrolmentState.P3, 3, "survey")],
)
def test_gates_whose_noun_is_not_built_refuse_with_that_reason(cast, gate, state, phase, missing):
    n = Step.objects.filter(enrolment=cast.at_city, phase=phase).count()
    cast.at_city.state = state
    assert unmet(gate(cast.at_city)) == {"steps": (0, n), missing: (None, None)}
    settle_steps(cast.at_city, phase)
    assert unmet(gate(cast.at_city)) == {missing: (None, None)}


def test_gate_7_is_asked_from_remedial_too(cast):
    cast.at_city.state = EnrolmentState.REMEDIAL
    settle_steps(cast.at_city, 3)
    assert set(unmet(gate_7(cast.at_city))) == {"survey"}


def test_gate_8_counts_sealed_units_of_the_batch_before(cast):
    second = factories.batch(cast.campaign, number=2, state=BatchState.PLANNED, predecessor=cast.batch)
    assert unmet(gate_8(second)) == {"sealed": (0, 3), "experience": (None, None)}
    Enrolment.objects.update(state=EnrolmentState.SEALED)
    assert (unmet(gate_8(second)), met(gate_8(second))) == ({"experience": (None, None)}, {"sealed": (3, 3)})


def test_gate_8_follows_nobody_for_the_first_batch_but_still_asks_for_experience(cast):
    assert set(unmet(gate_8(cast.batch))) == {"experience"}


def test_second_batch_is_refused_with_every_reason(cast):
    second = factories.batch(cast.campaign, number=2, state=BatchState.PLANNED, predecessor=cast.batch)
    answer = open_batch(batch=second, by=cast.office)
    second.refresh_from_db()
    attempt = GateAttempt.objects.get(batch=second)
    assert (answer.is_open, second.state, attempt.told) == (False, BatchState.PLANNED, answer.unmet)
    assert {each["code"] for each in attempt.reasons} == {"sealed", "experience"}


@pytest.mark.parametrize("name", ["lead", "supervisor", "sponsor", "administrator", "outsider"])
def test_no_other_role_asks_gate_8(cast, name):
    with pytest.raises(Unknown):
        open_batch(batch=cast.batch, by=cast.people[name])


@pytest.mark.parametrize(
    ("state", "number"),
    [("waiting", None), ("p1", 1), ("p2", 4), ("p3", 7), ("remedial", 7), ("sealed", None)],
)
def test_next_gate_follows_from_where_the_unit_stands(cast, state, number):
    cast.at_city.state = state
    assert next_gate(cast.at_city) == number


# ----------------------------------------------------------------------------------------------------- asking, attempts


def test_attempt_is_kept_with_every_reason_and_one_entry(cast):
    before = Event.objects.count()
    answer = ask_gate(enrolment=cast.at_city, number=GateNumber.FIRST, by=cast.lead)
    attempt = GateAttempt.objects.get()
    assert (attempt.has_passed, attempt.by, attempt.told) == (False, cast.lead, answer.unmet)
    assert [each["code"] for each in attempt.reasons] == ["steps", "rounds", "reach", "opinions"]
    entry = Event.objects.get(seq=before + 1)
    assert (Event.objects.count(), entry.action, entry.n) == (before + 1, "ask_gate", 4)
    assert entry.after == {"gate": 1, "passed": False, "state": "p1"}
    assert Rollup.objects.get(enrolment=cast.at_city).gates == {"1": {"passed": False, "on": TODAY.isoformat(), "n": 4}}


def test_whoever_reads_an_attempt_reads_it_in_their_own_language(cast):
    with translation.override("zh-hans"):
        asked = ask_gate(enrolment=cast.at_city, number=GateNumber.FIRST, by=cast.lead)
    attempt, english = GateAttempt.objects.get(), gate_of(cast.at_city, GateNumber.FIRST)
    assert attempt.told == english.unmet
    assert {each.title for each in attempt.told}.isdisjoint(each.title for each in asked.unmet)
    with translation.override("zh-hans"):
        assert attempt.told == asked.unmet


def test_every_attempt_stays(cast):
    ask_gate(enrolment=cast.at_city, number=GateNumber.FIRST, by=cast.lead)
    settle_steps(cast.at_city)
    ask_gate(enrolment=cast.at_city, number=GateNumber.FIRST, by=cast.lead)
    assert [len(each.reasons) for each in GateAttempt.objects.order_by("pk")] == [4, 3]


def test_two_who_pass_at_once_pass_once(cast):
    """No gate of this release opens, so the passing itself is raced: both saw the unit in P1, one moves it."""
    stale = Enrolment.objects.get(pk=cast.at_city.pk)
    _pass(cast.at_city, GateNumber.FIRST)
    Phase.objects.filter(enrolment=stale, number=1).update(closed_on=TODAY - timedelta(days=2))
    with pytest.raises(Conflict):
        _pass(stale, GateNumber.FIRST)
    days = list(Phase.objects.filter(enrolment=stale).order_by("number").values_list("opened_on", "closed_on"))
    assert Enrolment.objects.get(pk=stale.pk).state == EnrolmentState.P2
    assert days == [(TODAY, TODAY - timedelta(days=2)), (TODAY, None), (None, None)]


# ------------------------------------------------------------------------------------------------ nobody passes by rank

SETS_OF_ROLES = list(chain.from_iterable(combinations(Role, n) for n in range(len(Role) + 1)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    roles=st.sampled_from(SETS_OF_ROLES),
    over=st.sampled_from(["", "province", "city"]),
    number=st.sampled_from(GateNumber),
    is_ready=st.booleans(),
)
def test_nobody_passes_a_gate_by_rank(cast, browse, roles, over, number, is_ready):
    Round.objects.all().delete()
    settle_steps(cast.at_city, state=StepState.OPEN)
    if is_ready:
        all_that_can_be(cast.at_city)
    who = factories.person()
    for role in roles:
        factories.grant(who, role, cast.campaign, getattr(cast, over) if over else None)
    expected = gate_of(cast.at_city, number)
    cast.people["asker"] = who
    client = browse("lead")
    client.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
    url = reverse("gate_page", args=(cast.campaign.pk, cast.at_city.pk, int(number)))
    before = GateAttempt.objects.count()
    if Role.LEAD in roles:
        assert ask_gate(enrolment=cast.at_city, number=number, by=who) == expected
        answer = client.post(url)
        assert (answer.status_code, answer.context["answer"]) == (200, expected)
    else:
        with pytest.raises(Unknown):
            ask_gate(enrolment=cast.at_city, number=number, by=who)
        assert client.post(url).status_code == 404
    asked = GateAttempt.objects.count() - before
    state = Enrolment.objects.get(pk=cast.at_city.pk).state
    assert (asked, state, GateAttempt.objects.filter(has_passed=True).count()) == (
        2 if Role.LEAD in roles else 0,
        "p1",
        0,
    )


@pytest.mark.parametrize("name", ["office", "lead", "clerk", "member", "supervisor", "sponsor"])
def test_page_gives_the_same_answer_to_every_reader(cast, browse, name):
    url = reverse("gate_page", args=(cast.campaign.pk, cast.at_city.pk, 1))
    answer = browse(name).get(url)
    found = answer.context["answer"]
    assert (answer.status_code, found) == (200, gate_1(cast.at_city))
    assert [reason.title for reason in found.unmet if reason.title not in answer.text] == []
    assert [reason.title for reason in found.met if reason.title not in answer.text] == []
    assert ("Ask to pass" in answer.text) == (name == "lead")


def test_page_asked_says_no_with_every_reason_and_lists_the_attempt(cast, browse):
    url = reverse("gate_page", args=(cast.campaign.pk, cast.at_city.pk, 1))
    answer = browse("lead").post(url)
    assert ("Not yet: 4 conditions are not met" in answer.text, "refused, 4 unmet" in answer.text) == (True, True)
    assert reverse("round_list", args=(cast.campaign.pk, cast.at_city.pk)) in answer.text


@pytest.mark.parametrize("name", ["outsider", "administrator", "analyst", "accused"])
def test_page_is_not_there_for_others(cast, browse, name):
    url = reverse("gate_page", args=(cast.campaign.pk, cast.at_city.pk, 1))
    assert (browse(name).get(url).status_code, browse(name).post(url).status_code) == (404, 404)


def test_page_of_a_sibling_unit_or_an_unknown_gate_is_not_there(cast, browse):
    assert browse("lead").get(reverse("gate_page", args=(cast.campaign.pk, cast.at_port.pk, 1))).status_code == 404
    assert browse("lead").get(reverse("gate_page", args=(cast.campaign.pk, cast.at_city.pk, 3))).status_code == 404
