"""The board: who sees what, what is urgent, and that it says of a gate what the gate says."""

from datetime import timedelta

import pytest
from django.utils import timezone

from setright.campaign.actions.gate import ask_gate
from setright.campaign.actions.rollup import recompute
from setright.campaign.actions.step import edit_step, submit_step
from setright.campaign.enums import EnrolmentState, GateNumber, StepState
from setright.campaign.models import Audience, ContactPoint, Enrolment, GateAttempt, Round, Step
from setright.campaign.queries.board import (
    GATES,
    OTHERS,
    branches_of,
    figures_of,
    grouped,
    n_unmet,
    row_of,
    rows_of,
    whole,
)
from setright.campaign.queries.gate import gate_of
from tests import factories


def row(enrolment):
    found = Enrolment.objects.select_related("unit", "campaign", "rollup").get(pk=enrolment.pk)
    return row_of(found, found.campaign.rules, timezone.localdate())


def rows(cast):
    return rows_of(cast.office, cast.campaign)


def groups_of(cast):
    listed, points = rows(cast), whole(cast.campaign).points
    return grouped(listed, points, branches_of(listed))


def contact(cast, unit, name="sponsor"):
    return ContactPoint.objects.create(
        campaign=cast.campaign, sponsor=cast.people[name], unit=unit, since=timezone.localdate()
    )


def labels(groups):
    return [(group.key, [r.enrolment.pk for r in group.rows]) for group in groups]


def late(enrolment, days):
    day = timezone.localdate() - timedelta(days=days)
    Step.objects.filter(enrolment=enrolment, phase=1).update(due_on=timezone.localdate() + timedelta(days=9))
    Step.objects.filter(enrolment=enrolment, template__code="mobilise").update(due_on=day)
    recompute(enrolment.campaign)


def at_rest(cast):
    """No step of anybody is late."""
    Step.objects.update(due_on=timezone.localdate() + timedelta(days=9))
    recompute(cast.campaign)


# ---------------------------------------------------------------------------------------------------------------- rows


def test_units_stand_under_the_nearest_contact_unit_and_the_rest_last(cast):
    at_rest(cast)
    above, below = contact(cast, cast.city), contact(cast, cast.hospital, "analyst")
    groups = groups_of(cast)
    assert labels(groups) == [
        (str(above.pk), [cast.at_city.pk]),
        (str(below.pk), [cast.at_hospital.pk]),
        (OTHERS, [cast.at_port.pk]),
    ]


def test_many_units_outside_contact_units_stand_by_branch(cast):
    at_rest(cast)
    above = contact(cast, cast.city)
    health, water = factories.unit("卫健委", cast.province), factories.unit("水务局", cast.province)
    units = [factories.unit(parent=branch) for branch in (health, water) for _ in range(25)]
    made = [each.pk for each in factories.enrolled(cast.batch, units, cast.office)]
    assert labels(groups_of(cast)) == [
        (str(above.pk), [cast.at_city.pk, cast.at_hospital.pk]),
        (f"u{health.pk}", made[:25]),
        (f"u{water.pk}", made[25:]),
        (OTHERS, [cast.at_port.pk]),
    ]


def test_ended_contact_point_holds_no_group(cast):
    point = contact(cast, cast.city)
    ContactPoint.objects.filter(pk=point.pk).update(state="ended")
    groups = groups_of(cast)
    assert [group.key for group in groups] == [OTHERS]


def test_late_counts_owed_steps_of_the_present_phase_alone(cast):
    at_rest(cast)
    day = timezone.localdate() - timedelta(days=5)
    Step.objects.filter(enrolment=cast.at_city, phase=2).update(due_on=day)
    accepted, owed = Step.objects.filter(enrolment=cast.at_city, phase=1)[:2]
    Step.objects.filter(pk=accepted.pk).update(state=StepState.ACCEPTED, due_on=day)
    Step.objects.filter(pk=owed.pk).update(state=StepState.RETURNED, due_on=day)
    recompute(cast.campaign)
    found = row(cast.at_city)
    assert (found.n_late, found.days_late) == (1, 5)


def test_step_due_today_is_not_late(cast):
    at_rest(cast)
    Step.objects.filter(enrolment=cast.at_city).update(due_on=timezone.localdate())
    recompute(cast.campaign)
    assert row(cast.at_city).n_late == 0


def test_unit_that_has_not_begun_is_never_late(cast):
    late(cast.at_city, 20)
    Enrolment.objects.filter(pk=cast.at_city.pk).update(state=EnrolmentState.WAITING)
    found = row(cast.at_city)
    assert (found.n_late, found.present.when, found.present.mark.kind) == (0, "next", "")


def test_most_urgent_stands_first_but_the_contact_unit_on_top(cast):
    contact(cast, cast.city)
    other = factories.unit("县医院", cast.city)
    refused = factories.unit("中医院", cast.city)
    at_other, at_refused = factories.enrolled(cast.batch, [other, refused], cast.office)
    at_rest(cast)
    late(cast.at_hospital, 3)
    late(at_other, 8)
    GateAttempt.objects.create(
        number=1, enrolment=at_refused, by=cast.lead, at=timezone.now(), has_passed=False, reasons=[{}]
    )
    recompute(cast.campaign)
    (group, *_others) = groups_of(cast)
    assert [r.enrolment.pk for r in group.rows] == [
        cast.at_city.pk,
        at_other.pk,
        cast.at_hospital.pk,
        at_refused.pk,
    ]


def test_figures_count_each_unit_once(cast):
    at_rest(cast)
    late(cast.at_city, 4)
    step = Step.objects.filter(enrolment=cast.at_city, template__code="own-plan").get()
    edit_step(step=step, note="办了", done_on=None, files=[factories.file(cast.clerk)], drop=[], by=cast.clerk)
    submit_step(step=step, by=cast.clerk)
    ask_gate(enrolment=cast.at_city, number=GateNumber.FIRST, by=cast.lead)
    found = figures_of(rows(cast))
    today = timezone.localdate()
    assert (found.n, found.n_late, found.n_refused, found.n_waiting, found.waiting_since) == (3, 1, 1, 1, today)


# ---------------------------------------------------------------------------------------------------------------- gates


def settle(enrolment, phase):
    Step.objects.filter(enrolment=enrolment, phase=phase).update(state=StepState.ACCEPTED)


@pytest.mark.parametrize(
    ("state", "phase", "are_steps_done", "rounds"),
    [
        ("p1", 1, False, []),
        ("p1", 1, True, []),
        ("p1", 1, True, [("meeting", 100, 70)] * 3),
        ("p1", 1, True, [("meeting", 100, 70), ("survey", 100, 69), ("visit", 100, 70)]),
        ("p1", 1, True, [("meeting", 100, 70), ("survey", 100, 70), ("visit", 100, 70)]),
        ("p2", 2, False, []),
        ("p2", 2, True, []),
        ("p3", 3, False, []),
        ("remedial", 3, True, []),
    ],
)
def test_board_counts_as_many_unmet_conditions_as_the_gate(cast, state, phase, are_steps_done, rounds):
    if are_steps_done:
        settle(cast.at_city, phase)
    today = timezone.localdate()
    for number, (method, invited, reached) in enumerate(rounds, 1):
        made = Round.objects.create(
            enrolment=cast.at_city, number=number, method=method, starts_on=today, ends_on=today, state="closed"
        )
        Audience.objects.create(round=made, name="职工", n_invited=invited, n_reached=reached)
    Enrolment.objects.filter(pk=cast.at_city.pk).update(state=state)
    recompute(cast.campaign)
    found = row(cast.at_city)
    said = gate_of(found.enrolment, GATES[phase])
    assert n_unmet(found.rollup, cast.campaign.rules, phase) == len(said.unmet)


def test_gate_asked_and_refused_says_so_until_it_is_passed(cast):
    ask_gate(enrolment=cast.at_city, number=GateNumber.FIRST, by=cast.lead)
    mark = row(cast.at_city).present.mark
    assert (mark.kind, mark.n > 0, mark.on) == ("n", True, timezone.localdate())


def test_passed_phase_shows_the_day_its_gate_opened_and_the_next_is_not_reached(cast):
    at = timezone.now() - timedelta(days=12)
    GateAttempt.objects.create(number=1, enrolment=cast.at_city, by=cast.lead, at=at, has_passed=True)
    Enrolment.objects.filter(pk=cast.at_city.pk).update(state=EnrolmentState.P2)
    recompute(cast.campaign)
    past, now, future = row(cast.at_city).phases
    assert (past.when, past.mark.kind, past.mark.on) == ("past", "y", timezone.localdate(at))
    assert (now.when, future.when, future.mark.kind) == ("now", "future", "")
