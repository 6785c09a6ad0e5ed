"""A unit's page: its story in words, what waits for whom, and who may know which of it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from setright.campaign.actions.gate import ask_gate
from setright.campaign.actions.step import edit_step, review_step, revoke_review, submit_step, waive_step
from setright.campaign.enums import GateNumber, StepState, StudyKind, StudyState, Verdict
from setright.campaign.models import (
    Attendance,
    Audience,
    Enrolment,
    Instruction,
    Notice,
    NoticeUnit,
    Programme,
    Round,
    Step,
    StudySession,
    Visit,
)
from setright.campaign.queries.story import story, told
from setright.campaign.queries.waits import for_reviewers, for_the_unit
from tests import factories


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def step(cast):
    rows = Step.objects.select_related("enrolment__unit", "enrolment__campaign")
    Step.objects.update(due_on=timezone.localdate() + timedelta(days=9))
    return rows.get(enrolment=cast.at_city, template__code="study-1")


def url(cast, unit, query=""):
    return reverse("unit_page", args=(cast.campaign.pk, unit.pk)) + query


def handed_in(cast, step):
    edit_step(step=step, note="办了", done_on=None, files=[factories.file(cast.clerk)], drop=[], by=cast.clerk)
    submit_step(step=step, by=cast.clerk)


def decide(cast, step, verdict, comment=""):
    review_step(step=step, verdict=verdict, comment=comment, seen_hash=step.version_hash, by=cast.supervisor)


def moments(cast, reader="supervisor"):
    enrolment = Enrolment.objects.select_related("unit", "campaign").get(pk=cast.at_city.pk)
    rows = story(enrolment, cast.people[reader])
    return [each for each in told(rows, cast.campaign) if each.title != "Phase 1 began"]


def titles(cast, reader="supervisor"):
    return [each.title for each in moments(cast, reader)]


# --------------------------------------------------------------------------------------------------------------- words


def test_story_tells_a_step_newest_first_and_leaves_mere_edits_out(cast, step):
    handed_in(cast, step)
    decide(cast, step, Verdict.RETURNED, "请写清谁没到")
    submit_step(step=step, by=cast.clerk)
    decide(cast, step, Verdict.ACCEPTED)
    revoke_review(step=step, by=cast.supervisor)
    name = step.label
    assert titles(cast) == [
        f"Decision about “{name}” taken back",
        f"“{name}” accepted",
        f"“{name}” handed in",
        f"“{name}” returned",
        f"“{name}” handed in",
    ]


def test_returned_step_says_by_whom_and_why(cast, step):
    handed_in(cast, step)
    decide(cast, step, Verdict.RETURNED, "请写清谁没到")
    told_first = moments(cast)[0]
    assert (told_first.tone, told_first.who, told_first.note) == ("back", cast.supervisor.label, "请写清谁没到")


def test_edit_that_voids_a_decision_is_told(cast, step):
    handed_in(cast, step)
    decide(cast, step, Verdict.ACCEPTED)
    edit_step(step=step, note="改了", done_on=None, files=[], drop=[], by=cast.clerk)
    first = moments(cast)[0]
    assert (first.title, first.tone) == (f"“{step.label}” was changed: the decision no longer holds", "late")


def test_waiver_shows_its_public_reason(cast, step):
    waive_step(step=step, reason="洪水期间不能集中开会，改到下一期。", by=cast.office)
    first = moments(cast)[0]
    assert (first.title, first.note) == (f"“{step.label}” waived in public", "洪水期间不能集中开会，改到下一期。")


def test_refused_gate_is_told_with_its_reasons_and_leads_to_the_gate(cast, step):
    answer = ask_gate(enrolment=cast.at_city, number=GateNumber.FIRST, by=cast.lead)
    first = moments(cast)[0]
    assert (first.tone, first.url) == ("late", reverse("gate_page", args=(cast.campaign.pk, cast.at_city.pk, 1)))
    assert first.note == "; ".join(reason.title for reason in answer.unmet)


def test_day_begins_with_the_phase_and_ends_with_what_was_asked(cast, step):
    ask_gate(enrolment=cast.at_city, number=GateNumber.FIRST, by=cast.lead)
    enrolment = Enrolment.objects.select_related("unit", "campaign").get(pk=cast.at_city.pk)
    found = told(story(enrolment, cast.supervisor), cast.campaign)
    assert [m.tone for m in found] == ["late", ""]


def test_each_refusal_keeps_its_own_reasons(cast, step):
    first = ask_gate(enrolment=cast.at_city, number=GateNumber.FIRST, by=cast.lead)
    Step.objects.filter(enrolment=cast.at_city, phase=1).update(state=StepState.ACCEPTED)
    second = ask_gate(enrolment=cast.at_city, number=GateNumber.FIRST, by=cast.lead)
    notes = [each.note for each in moments(cast)]
    assert notes == ["; ".join(r.title for r in answer.unmet) for answer in (second, first)]
    assert notes[0] != notes[1]


def test_step_that_came_due_is_told_on_its_day(cast, step):
    day = timezone.localdate() - timedelta(days=6)
    Step.objects.filter(pk=step.pk).update(due_on=day)
    assert [(m.title, m.tone, m.day) for m in moments(cast)] == [
        (f"“{step.label}” came due and is not handed in", "late", day)
    ]


def test_rounds_visits_and_study_are_told_from_their_own_days(cast, step):
    today = timezone.localdate()
    opened, closed = today - timedelta(days=9), today - timedelta(days=4)
    made = Round.objects.create(
        enrolment=cast.at_city,
        number=1,
        method="survey",
        starts_on=opened,
        ends_on=closed,
        opened_on=opened,
        closed_on=closed,
        state="closed",
    )
    Audience.objects.create(round=made, name="护士", n_invited=30, n_reached=22)
    Audience.objects.create(round=made, name="病人", n_invited=10, n_reached=3)
    common = {"campaign": cast.campaign, "unit": cast.city, "by": cast.sponsor, "as_role": "sponsor"}
    Visit.objects.create(on=today - timedelta(days=2), place="门诊", state="done", **common)
    Visit.objects.create(on=today - timedelta(days=1), place="食堂", state="planned", **common)
    programme = Programme.objects.create(campaign=cast.campaign, unit=cast.city, name="轮训")
    session = StudySession.objects.create(
        programme=programme,
        unit=cast.city,
        kind=StudyKind.SESSION,
        name="第一课",
        on=today - timedelta(days=3),
        state=StudyState.HELD,
        code="c",
    )
    for came in (True, True, False):
        Attendance.objects.create(session=session, member=factories.member(cast.city), is_present=came)
    assert [(m.title, m.text, m.day) for m in moments(cast)] == [
        ("sponsor came to visit".replace("sponsor", cast.sponsor.label), "门诊", today - timedelta(days=2)),
        ("“第一课” held", "2 of 3 present", today - timedelta(days=3)),
        ("Round 1 of listening ended: questionnaire", "25 of 40 people reached", closed),
        ("Round 1 of listening began: questionnaire", "40 invited", opened),
    ]


@pytest.mark.parametrize(
    ("reader", "n"), [("office", 1), ("supervisor", 1), ("lead", 1), ("member", 1), ("analyst", 0)]
)
def test_story_holds_only_what_the_reader_may_know(cast, step, reader, n):
    handed_in(cast, step)
    assert len(titles(cast, reader)) == n


def test_story_asks_as_often_for_many_moments_as_for_few(cast, step):
    asked = []
    for code in ("study-1", "mobilise", "own-plan", "study-plan"):
        each = Step.objects.select_related("enrolment__unit").get(enrolment=cast.at_city, template__code=code)
        handed_in(cast, each)
        decide(cast, each, Verdict.RETURNED, "再写")
        ask_gate(enrolment=cast.at_city, number=GateNumber.FIRST, by=cast.lead)
        with CaptureQueriesContext(connection) as caught:
            moments(cast)
        asked.append(len(caught))
    assert len(set(asked[1:])) == 1


# --------------------------------------------------------------------------------------------------------------- waits


def test_what_waits_for_reviewers_stands_longest_waiting_first(cast, step):
    other = Step.objects.select_related("enrolment__unit").get(enrolment=cast.at_city, template__code="mobilise")
    handed_in(cast, step)
    handed_in(cast, other)
    Step.objects.filter(pk=other.pk).update(submitted_at=timezone.now() - timedelta(days=4))
    found = for_reviewers(cast.city, cast.campaign, cast.at_city, cast.supervisor)
    assert [(each.label, (timezone.localdate() - each.since).days) for each in found] == [
        (other.label, 4),
        (step.label, 0),
    ]


def test_what_waits_for_the_unit_is_due_first_on_top_and_of_this_phase(cast, step):
    today = timezone.localdate()
    Step.objects.filter(enrolment=cast.at_city, phase=1).exclude(pk=step.pk).update(state=StepState.ACCEPTED)
    notice = Notice.objects.create(
        campaign=cast.campaign, title="报名单", text="报", by=cast.office, reply_by=today + timedelta(days=2)
    )
    NoticeUnit.objects.create(notice=notice, unit=cast.city)
    common = {"campaign": cast.campaign, "unit": cast.city, "by": cast.sponsor, "addressee": cast.lead}
    Instruction.objects.create(text="查排班", due_on=today - timedelta(days=1), **common)
    found = for_the_unit(cast.city, cast.campaign, cast.at_city, cast.lead)
    assert [(each.label, each.is_late) for each in found] == [
        ("查排班", True),
        ("报名单", False),
        (step.label, False),
    ]


def test_notice_of_a_unit_does_not_wait_in_the_sight_of_a_supervisor(cast, step):
    notice = Notice.objects.create(campaign=cast.campaign, title="报名单", text="报", by=cast.office)
    NoticeUnit.objects.create(notice=notice, unit=cast.city)
    found = for_the_unit(cast.city, cast.campaign, cast.at_city, cast.supervisor)
    assert "报名单" not in {each.label for each in found}


# --------------------------------------------------------------------------------------------------------------- pages


@pytest.mark.parametrize(
    ("name", "city", "port"),
    [
        ("office", 200, 200),
        ("administrator", 200, 200),
        ("supervisor", 200, 404),
        ("sponsor", 200, 404),
        ("analyst", 200, 404),
        ("lead", 200, 404),
        ("clerk", 200, 404),
        ("member", 200, 404),
        ("accused", 404, 404),
        ("outsider", 404, 404),
    ],
)
def test_unit_page_opens_within_ones_subtree_and_nowhere_else(cast, browse, name, city, port):
    client = browse(name)
    found = [client.get(url(cast, unit)).status_code for unit in (cast.city, cast.port)]
    assert found == [city, port]


def test_role_in_another_campaign_opens_nothing_here(cast, browse):
    other = factories.campaign()
    factories.grant(cast.outsider, "lead", other, cast.city)
    assert browse("outsider").get(url(cast, cast.city)).status_code == 404


def test_unit_that_is_not_there_is_no_such_page(cast, browse):
    assert browse("office").get(reverse("unit_page", args=(cast.campaign.pk, 999_999))).status_code == 404


def test_unit_that_takes_no_part_shows_its_team_and_what_lies_below(cast, browse):
    factories.member(cast.province, is_head=True)
    answer = browse("office").get(url(cast, cast.province))
    assert ("takes no part" in answer.text, "Member" in answer.text) == (True, True)
    assert [each.pk for each in answer.context["below"]] == [cast.city.pk, cast.port.pk]


def test_administrator_sees_the_unit_but_not_how_it_fares(cast, browse, step):
    handed_in(cast, step)
    answer = browse("administrator").get(url(cast, cast.city))
    assert (answer.context["enrolment"], step.label in answer.text) == (None, False)


def test_hints_are_for_those_who_watch_not_for_the_unit(cast, browse, step):
    twin = Step.objects.select_related("enrolment__unit").get(enrolment=cast.at_city, template__code="mobilise")
    for each in (step, twin):
        file = factories.file(cast.clerk, sha256="b" * 64)
        edit_step(step=each, note="办了", done_on=None, files=[file], drop=[], by=cast.clerk)
    seen = {name: browse(name).get(url(cast, cast.city)).context["hints"] for name in ("supervisor", "lead")}
    assert ([hint.code for hint in seen["supervisor"]], seen["lead"]) == (["same_evidence"], None)


def test_figures_and_phases_come_from_the_rollup(cast, browse, step):
    handed_in(cast, step)
    context = browse("supervisor").get(url(cast, cast.city)).context
    assert [phase.when for phase, _planned, _name in context["phases"]] == ["now", "future", "future"]
    assert (context["row"].rollup.n_waiting, [each.label for each in context["to_review"]]) == (1, [step.label])


def test_long_story_is_paged_by_fifty(cast, browse, step):
    for _ in range(60):
        ask_gate(enrolment=cast.at_city, number=GateNumber.FIRST, by=cast.lead)
    first = browse("supervisor").get(url(cast, cast.city))
    last = browse("supervisor").get(url(cast, cast.city, "?page=2"))
    assert (len(first.context["page"].object_list), len(last.context["page"].object_list)) == (50, 11)


def test_story_of_one_campaign_is_not_told_in_another(cast, browse, step):
    handed_in(cast, step)
    other = factories.campaign()
    factories.grant(cast.office, "office", other)
    (there,) = factories.enrolled(factories.batch(other), [cast.city], cast.office)
    there.steps.update(due_on=timezone.localdate())
    assert [m.title for m in told(story(there, cast.office), other)] == ["Phase 1 began"]
