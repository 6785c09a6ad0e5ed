"""Hints of going through the motions: each is seen, says its n, and stays away where there is nothing."""

from datetime import date, datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from setright.campaign.actions.step import edit_step
from setright.campaign.enums import RoundState, StepState, StudyKind, StudyState
from setright.campaign.models import Attendance, Audience, Enrolment, Phase, Programme, Round, Step, StudySession
from setright.campaign.queries.formality import hints, hints_of
from tests import factories


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def codes(enrolment):
    return [hint.code for hint in hints(Enrolment.objects.select_related("campaign", "unit").get(pk=enrolment.pk))]


def handed_in(step, on, done_on=None):
    at = timezone.make_aware(datetime.combine(on, time(12)))
    Step.objects.filter(pk=step.pk).update(state=StepState.SUBMITTED, submitted_at=at, done_on=done_on)


def steps(enrolment, phase=1):
    return list(Step.objects.filter(enrolment=enrolment, phase=phase).order_by("position"))


def proven(step, by, sha256):
    step = Step.objects.select_related("enrolment__unit", "enrolment__campaign").get(pk=step.pk)
    edit_step(step=step, note="办了", done_on=None, files=[factories.file(by, sha256=sha256)], drop=[], by=by)


def held(cast, on, present, missing):
    programme, _made = Programme.objects.get_or_create(campaign=cast.campaign, unit=cast.city, name="轮训")
    session = StudySession.objects.create(
        programme=programme,
        unit=cast.city,
        kind=StudyKind.SESSION,
        name=f"{on}",
        on=on,
        state=StudyState.HELD,
        code=f"{on}{len(present)}",
    )
    Attendance.objects.bulk_create(
        [Attendance(session=session, member=m, is_present=True) for m in present]
        + [Attendance(session=session, member=m, is_present=False) for m in missing]
    )


def closed(enrolment, number, *audiences):
    today = timezone.localdate()
    made = Round.objects.create(
        enrolment=enrolment, number=number, method="meeting", starts_on=today, ends_on=today, state=RoundState.CLOSED
    )
    for name in audiences:
        Audience.objects.create(round=made, name=name, name_en=f"en {name}", n_invited=9, n_reached=9)


def test_a_unit_that_has_done_nothing_yet_gets_no_hint(cast):
    assert codes(cast.at_city) == []


def test_same_file_for_two_steps_of_a_unit_is_one_hint_with_both_names(cast):
    first, second = steps(cast.at_city)[:2]
    proven(first, cast.clerk, "f" * 64)
    proven(second, cast.clerk, "f" * 64)
    found = hints(cast.at_city)
    assert [(h.code, first.name_en in h.text, second.name_en in h.text) for h in found] == [
        ("same_evidence", True, True)
    ]


def test_same_file_in_another_unit_is_said_without_naming_it(cast):
    clerk = factories.person()
    factories.grant(clerk, "clerk", cast.campaign, cast.port)
    proven(steps(cast.at_city)[0], cast.clerk, "e" * 64)
    proven(steps(cast.at_port)[0], clerk, "e" * 64)
    (hint,) = hints(cast.at_city)
    assert (hint.code, "1 other unit" in hint.text, "Port" in hint.text) == ("same_evidence", True, False)


def test_evidence_taken_out_again_is_no_hint(cast):
    first, second = steps(cast.at_city)[:2]
    proven(first, cast.clerk, "f" * 64)
    proven(second, cast.clerk, "f" * 64)
    step = Step.objects.get(pk=second.pk)
    edit_step(step=step, note="换了", done_on=None, files=[], drop=[step.evidence.get().pk], by=cast.clerk)
    assert codes(cast.at_city) == []


@pytest.mark.parametrize(("days", "expected"), [(30, []), (31, ["back_dated"])])
def test_step_handed_in_long_after_its_day_is_back_dated(cast, days, expected):
    today = timezone.localdate()
    handed_in(steps(cast.at_city)[0], today, today - timedelta(days=days))
    assert codes(cast.at_city) == expected


def test_step_of_before_the_gate_that_came_after_it_is_back_dated(cast):
    today = timezone.localdate()
    Phase.objects.filter(enrolment=cast.at_city, number=1).update(closed_on=today - timedelta(days=2))
    handed_in(steps(cast.at_city)[0], today, today - timedelta(days=3))
    handed_in(steps(cast.at_city)[1], today - timedelta(days=2), today - timedelta(days=3))
    assert codes(cast.at_city) == ["back_dated"]


@pytest.mark.parametrize(("n_burst", "n_other", "expected"), [(3, 2, ["burst"]), (2, 3, []), (4, 0, [])])
def test_most_steps_within_two_days_are_a_burst_from_five_steps_on(cast, n_burst, n_other, expected):
    today = timezone.localdate()
    listed = steps(cast.at_city)
    for i, step in enumerate(listed[:n_burst]):
        handed_in(step, today - timedelta(days=i % 2))
    for i, step in enumerate(listed[n_burst : n_burst + n_other]):
        handed_in(step, today - timedelta(days=10 + 5 * i))
    assert codes(cast.at_city) == expected


def test_burst_says_how_many_of_how_many(cast):
    for step in steps(cast.at_city)[:5]:
        handed_in(step, date(2026, 11, 20))
    (hint,) = hints(cast.at_city)
    assert ("5 of 5" in hint.text, hint.url) == (
        True,
        reverse("step_list", args=(cast.campaign.pk, cast.at_city.pk)),
    )


@pytest.mark.parametrize(("language", "day"), [("en", "from 20 November 2026."), ("zh-hans", "2026 年 11 月 20 日")])
def test_burst_names_its_day_in_the_readers_language(cast, language, day):
    for step in steps(cast.at_city)[:5]:
        handed_in(step, date(2026, 11, 20))
    with translation.override(language):
        (hint,) = hints(cast.at_city)
    assert (day in hint.text, "2026-11-20" in hint.text) == (True, False)


@pytest.mark.parametrize(("left", "expected"), [(15, []), (14, ["rounds"]), (-3, ["rounds"])])
def test_too_few_rounds_are_said_when_the_phase_nears_its_end(cast, left, expected):
    ends = timezone.localdate() + timedelta(days=left)
    Phase.objects.filter(enrolment=cast.at_city, number=1).update(planned_to=ends)
    closed(cast.at_city, 1, "职工", "住户")
    assert codes(cast.at_city) == expected


def test_rounds_that_heard_one_audience_alone_name_it(cast):
    closed(cast.at_city, 1, "护士")
    closed(cast.at_city, 2, "护士")
    assert [(h.code, "en 护士" in h.text) for h in hints(cast.at_city)] == [("rounds", True)]


def test_rounds_of_several_audiences_are_no_hint(cast):
    closed(cast.at_city, 1, "护士")
    closed(cast.at_city, 2, "护士", "病人")
    assert codes(cast.at_city) == []


def test_two_lists_with_the_same_people_missing_are_a_hint(cast):
    team = [factories.member(cast.city) for _ in range(5)]
    held(cast, date(2026, 10, 1), team[:4], team[4:])
    held(cast, date(2026, 10, 8), team[:4], team[4:])
    assert [(h.code, "n = 4" in h.text) for h in hints(cast.at_city)] == [("same_list", True)]


@pytest.mark.parametrize("missing", [0, 1])
def test_lists_where_all_came_or_others_were_missing_are_no_hint(cast, missing):
    team = [factories.member(cast.city) for _ in range(5)]
    for i, day in enumerate((date(2026, 10, 1), date(2026, 10, 8))):
        gone = team[i : i + missing]
        held(cast, day, [m for m in team if m not in gone], gone)
    assert codes(cast.at_city) == []


def test_hints_ask_as_often_for_many_units_as_for_one(cast, django_assert_num_queries):
    everyone = list(Enrolment.objects.filter(campaign=cast.campaign).select_related("campaign"))
    for asked in (everyone[:1], everyone):
        with django_assert_num_queries(5):
            hints_of(asked)
