"""Contact points: the plan, who sponsors which unit, visits, hearings, instructions, and the sponsor's own page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from setright.campaign import access
from setright.campaign.access import Unknown
from setright.campaign.actions.hearing import HearingDraft, add_hearing, drop_hearing, hold_hearing, report_hearing
from setright.campaign.actions.instruction import (
    InstructionDraft,
    answer_instruction,
    give_instruction,
    review_instruction,
    revoke_instruction_review,
    withdraw_instruction,
)
from setright.campaign.actions.plan import Approval, DutyDraft, PlanDraft, approve_plan, draft_plan, edit_plan
from setright.campaign.actions.point import (
    PointDraft,
    assign_point,
    drop_duty_record,
    end_point,
    hand_over_point,
    record_duty,
    resume_point,
)
from setright.campaign.actions.step import edit_step, review_step, submit_step
from setright.campaign.actions.visit import VisitDraft, add_visit, drop_visit, hold_visit, report_visit, unreport_visit
from setright.campaign.enums import HearingWay, HeldState, InstructionState, PlanState, PointState, Role, Verdict
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.models import (
    ContactPlan,
    ContactPoint,
    DutyRecord,
    Event,
    Grant,
    Hearing,
    Instruction,
    Reminder,
    Review,
    Step,
    Visit,
)
from setright.campaign.queries.contact import point_rows
from setright.campaign.queries.instruction import addressees_of
from setright.campaign.queries.plan import duties_at
from tests import factories

TODAY = timezone.localdate
DUTIES = (DutyDraft(1, "到单位调研", "Visit the unit", 3), DutyDraft(2, "审阅材料"), DutyDraft(3, "看整改效果"))


def days(n):
    return TODAY() + timedelta(days=n)


def forget_roles(*people):
    for person in people:
        person.__dict__.pop("_held", None)


def draft(cast, text="联系工作方案", duties=DUTIES):
    return draft_plan(campaign=cast.campaign, draft=PlanDraft(text, duties), by=cast.office)


def approval(plan, **changes):
    values = {"committee": "领导小组", "committee_en": "Leading group", "on": TODAY(), "seen_hash": plan.text_hash}
    return Approval(**{**values, **changes})


@pytest.fixture
def plan(cast):
    made = draft(cast)
    approve_plan(plan=made, approval=approval(made), by=cast.office)
    return made


@pytest.fixture
def point(cast):
    """The cast's sponsor takes the city on: through the action, so that the grant comes with it."""
    Grant.objects.filter(person=cast.sponsor).delete()
    forget_roles(cast.sponsor)
    made = assign_point(
        campaign=cast.campaign, draft=PointDraft(cast.city, cast.sponsor, "看病就医", "Health care"), by=cast.office
    )
    forget_roles(cast.sponsor)
    return made


def instruct(cast, by=None, **changes):
    values = {"unit": cast.city, "addressee": cast.lead, "text": "食堂夜班要有热饭", "due_on": days(7), **changes}
    return give_instruction(campaign=cast.campaign, draft=InstructionDraft(**values), by=by or cast.sponsor)


def answered(cast, text="已开一个窗口", **changes):
    given = instruct(cast, **changes)
    answer_instruction(instruction=given, answer=text, seen_hash=given.version_hash, by=cast.lead)
    return given


def judge(given, by, verdict=Verdict.ACCEPTED, comment="写清从哪天起", seen=None):
    review_instruction(instruction=given, verdict=verdict, comment=comment, seen_hash=seen or given.version_hash, by=by)


def acts(before=0):
    return list(Event.objects.order_by("seq").values_list("action", flat=True)[before:])


# -------------------------------------------------------------------------------------------------------------- plan


def test_plan_is_drafted_and_put_in_force_by_a_named_committee(cast, plan):
    kept = ContactPlan.objects.get()
    assert (kept.state, kept.version, kept.committee, kept.recorded_by) == (
        PlanState.APPROVED,
        1,
        "领导小组",
        cast.office,
    )


def test_approving_a_new_version_supersedes_the_old_one(cast, plan):
    second = edit_plan(plan=plan, draft=PlanDraft("改了", DUTIES), seen_hash=plan.text_hash, by=cast.office)
    assert (second.version, ContactPlan.objects.get(pk=plan.pk).state) == (2, PlanState.APPROVED)
    approve_plan(plan=second, approval=approval(second), by=cast.office)
    states = dict(ContactPlan.objects.values_list("version", "state"))
    assert states == {1: PlanState.SUPERSEDED, 2: PlanState.APPROVED}


def test_edit_of_a_plan_in_force_never_changes_it(cast, plan):
    before = plan.text_hash
    edit_plan(plan=plan, draft=PlanDraft("改了", DUTIES), seen_hash=before, by=cast.office)
    kept = ContactPlan.objects.get(pk=plan.pk)
    assert (kept.text, kept.text_hash) == ("联系工作方案", before)


def test_approval_of_a_text_that_changed_decides_nothing(cast):
    made = draft(cast)
    seen = approval(made)
    edit_plan(plan=made, draft=PlanDraft("改了", DUTIES), seen_hash=made.text_hash, by=cast.office)
    with pytest.raises(Conflict):
        approve_plan(plan=made, approval=seen, by=cast.office)
    assert ContactPlan.objects.get().state == PlanState.DRAFT


def test_a_changed_duty_alone_changes_what_an_approval_binds_to(cast):
    assert PlanDraft("同样", DUTIES).hash != PlanDraft("同样", (*DUTIES[:2], DutyDraft(3, "看整改效果", "", 2))).hash


def test_a_plan_without_text_or_duties_is_refused_with_every_gap(cast):
    made = draft(cast, text=" ", duties=(DutyDraft(2, "审阅材料"),))
    with pytest.raises(Refused) as told:
        approve_plan(plan=made, approval=approval(made), by=cast.office)
    assert [reason.code for reason in told.value.reasons] == ["text", "duties", "duties"]


def test_approval_day_in_the_future_is_refused_beside_its_field(cast):
    made = draft(cast)
    with pytest.raises(Invalid) as told:
        approve_plan(plan=made, approval=approval(made, on=days(1)), by=cast.office)
    assert told.value.field == "on"


def test_two_people_editing_a_draft_do_not_overwrite_each_other(cast):
    made = draft(cast)
    seen = made.text_hash
    edit_plan(plan=made, draft=PlanDraft("甲的", DUTIES), seen_hash=seen, by=cast.office)
    with pytest.raises(Conflict):
        edit_plan(plan=made, draft=PlanDraft("乙的", DUTIES), seen_hash=seen, by=cast.office)
    assert ContactPlan.objects.get().text == "甲的"


def test_there_is_one_draft_at_a_time(cast):
    draft(cast)
    with pytest.raises(Conflict):
        draft(cast)


@pytest.mark.parametrize("name", ["administrator", "lead", "clerk", "member", "supervisor", "sponsor", "outsider"])
def test_nobody_but_the_office_drafts_a_plan(cast, name):
    with pytest.raises(Unknown):
        draft_plan(campaign=cast.campaign, draft=PlanDraft("我的", DUTIES), by=cast.people[name])


def test_done_duties_go_on_counting_under_the_next_version(cast, plan, point):
    record_duty(point=point, duty=plan.duties.first(), on=TODAY(), note="", by=cast.sponsor)
    second = edit_plan(plan=plan, draft=PlanDraft("改了", DUTIES), seen_hash=plan.text_hash, by=cast.office)
    approve_plan(plan=second, approval=approval(second), by=cast.office)
    assert [line.got for line in duties_at([point], second)[point.pk]] == [1, 0, 0]


# ------------------------------------------------------------------------------------------------------------ points


def test_assigning_gives_the_sponsor_the_units_subtree(cast, point):
    may = [access.may(cast.sponsor, "contact.act", campaign=cast.campaign, unit=u) for u in (cast.hospital, cast.port)]
    assert may == [True, False]


def test_ending_takes_the_right_away_and_resuming_gives_it_back(cast, point):
    end_point(point=point, by=cast.office)
    forget_roles(cast.sponsor)
    gone = access.may(cast.sponsor, "contact.act", campaign=cast.campaign, unit=cast.city)
    resume_point(point=point, by=cast.office)
    forget_roles(cast.sponsor)
    back = access.may(cast.sponsor, "contact.act", campaign=cast.campaign, unit=cast.city)
    n_grants = Grant.objects.filter(person=cast.sponsor).count()
    assert (gone, back, ContactPoint.objects.get().until, n_grants) == (False, True, None, 1)


def test_ending_an_older_point_keeps_its_grant_in_the_record(cast, point):
    Grant.objects.filter(person=cast.sponsor).update(since=days(-9))
    end_point(point=point, by=cast.office)
    assert list(Grant.objects.filter(person=cast.sponsor).values_list("until", flat=True)) == [days(-1)]


def test_a_unit_has_one_sponsor_at_a_time(cast, point):
    other = factories.person()
    with pytest.raises(Invalid) as told:
        assign_point(campaign=cast.campaign, draft=PointDraft(cast.city, other), by=cast.office)
    assert told.value.field == "unit"


def test_second_end_is_told_that_somebody_was_quicker(cast, point):
    stale = ContactPoint.objects.get()
    end_point(point=point, by=cast.office)
    with pytest.raises(Conflict):
        end_point(point=stale, by=cast.office)


def test_resuming_is_refused_once_the_unit_has_a_new_sponsor(cast, point):
    hand_over_point(point=point, sponsor=factories.person(), by=cast.office)
    with pytest.raises(Refused):
        resume_point(point=point, by=cast.office)


@pytest.mark.parametrize("name", ["member", "accused", "supervisor"])
def test_nobody_sponsors_their_own_unit_or_one_they_supervise(cast, name):
    with pytest.raises(Invalid) as told:
        assign_point(campaign=cast.campaign, draft=PointDraft(cast.city, cast.people[name]), by=cast.office)
    assert told.value.field == "sponsor"


def test_a_unit_that_takes_no_part_gets_no_sponsor(cast):
    with pytest.raises(Invalid) as told:
        assign_point(campaign=cast.campaign, draft=PointDraft(cast.elsewhere, cast.outsider), by=cast.office)
    assert told.value.field == "unit"


def test_handing_over_passes_open_matters_on_and_ends_the_earlier_right(cast, point):
    given = instruct(cast)
    closed = answered(cast, text="办了")
    judge(closed, cast.sponsor)
    new = factories.person()
    made = hand_over_point(point=point, sponsor=new, by=cast.office)
    forget_roles(cast.sponsor, new)
    may = [access.may(who, "contact.act", campaign=cast.campaign, unit=cast.city) for who in (cast.sponsor, new)]
    judges = [Instruction.objects.get(pk=i.pk).by for i in (given, closed)]
    assert (made.field, may, judges) == ("看病就医", [False, True], [new, cast.sponsor])


def test_what_an_ended_sponsor_left_open_waits_for_the_next_one(cast, point):
    given = instruct(cast)
    end_point(point=point, by=cast.office)
    new = factories.person()
    assign_point(campaign=cast.campaign, draft=PointDraft(cast.city, new), by=cast.office)
    assert Instruction.objects.get(pk=given.pk).by == new


def test_supervisors_instructions_stay_with_the_supervisor_at_a_handover(cast, point):
    given = instruct(cast, by=cast.supervisor)
    hand_over_point(point=point, sponsor=factories.person(), by=cast.office)
    assert Instruction.objects.get(pk=given.pk).by == cast.supervisor


def test_duties_are_counted_per_sponsor_and_can_be_taken_back(cast, plan, point):
    duty = plan.duties.first()
    record = record_duty(point=point, duty=duty, on=TODAY(), note="看了夜班", by=cast.sponsor)
    got = duties_at([point], plan)[point.pk][0].got
    drop_duty_record(record=record, by=cast.sponsor)
    assert (got, duties_at([point], plan)[point.pk][0].got) == (1, 0)


@pytest.mark.parametrize("name", ["office", "supervisor", "lead", "administrator", "outsider"])
def test_nobody_records_a_duty_for_the_sponsor(cast, plan, point, name):
    with pytest.raises(Unknown):
        record_duty(point=point, duty=plan.duties.first(), on=TODAY(), note="", by=cast.people[name])


def test_duty_of_a_superseded_plan_is_refused(cast, plan, point):
    old = plan.duties.first()
    second = edit_plan(plan=plan, draft=PlanDraft("改了", DUTIES), seen_hash=plan.text_hash, by=cast.office)
    approve_plan(plan=second, approval=approval(second), by=cast.office)
    with pytest.raises(Invalid) as told:
        record_duty(point=point, duty=old, on=TODAY(), note="", by=cast.sponsor)
    assert told.value.field == "duty"


def test_a_duty_due_before_the_sponsor_came_is_not_held_against_them(cast, point):
    made = draft(cast, duties=(DutyDraft(1, "旧的", due_on=days(-20)), DutyDraft(2, "今后", due_on=days(3)), DUTIES[2]))
    approve_plan(plan=made, approval=approval(made), by=cast.office)
    earlier, coming, _rest = duties_at([point], made)[point.pk]
    ContactPoint.objects.update(since=days(-60))
    late = duties_at([ContactPoint.objects.get()], made)[point.pk][0]
    assert (earlier.is_late, coming.is_soon, late.is_late) == (False, True, True)


# ------------------------------------------------------------------------------------------------ visits and hearings


def visit(cast, by=None, **changes):
    values = {"unit": cast.city, "on": TODAY(), "place": "急诊", "findings": "排班晚", **changes}
    return add_visit(campaign=cast.campaign, draft=VisitDraft(**values), by=by or cast.sponsor)


def test_visit_goes_from_planned_to_reported_and_back(cast, point):
    made = visit(cast, on=days(3), findings="")
    states = [made.state]
    hold_visit(visit=made, on=TODAY(), findings="排班晚", duty=None, by=cast.sponsor)
    states.append(made.state)
    report_visit(visit=made, by=cast.sponsor)
    states.append(made.state)
    unreport_visit(visit=made, by=cast.sponsor)
    assert [*states, Visit.objects.get().state] == [
        HeldState.PLANNED,
        HeldState.DONE,
        HeldState.REPORTED,
        HeldState.DONE,
    ]


def test_visit_keeps_the_role_it_was_made_in(cast, point):
    roles = [visit(cast).as_role, visit(cast, by=cast.supervisor).as_role]
    assert roles == [Role.SPONSOR, Role.SUPERVISOR]


def test_visit_held_in_the_future_is_refused(cast, point):
    with pytest.raises(Invalid) as told:
        visit(cast, on=days(1))
    assert (told.value.field, Visit.objects.count()) == ("on", 0)


def test_visit_counts_for_a_duty_of_its_sponsor_alone(cast, plan, point):
    visit(cast, unit=cast.hospital, duty=plan.duties.first())
    with pytest.raises(Refused):
        visit(cast, by=cast.supervisor, duty=plan.duties.first())
    assert list(DutyRecord.objects.values_list("point", flat=True)) == [point.pk]


def test_reported_visit_stands_as_written(cast, point):
    made = visit(cast)
    report_visit(visit=made, by=cast.sponsor)
    with pytest.raises(Conflict):
        hold_visit(visit=made, on=TODAY(), findings="改了", duty=None, by=cast.sponsor)
    assert Visit.objects.get().findings == "排班晚"


def test_only_a_planned_visit_is_called_off(cast, point):
    held = visit(cast)
    with pytest.raises(Conflict):
        drop_visit(visit=held, by=cast.sponsor)
    drop_visit(visit=visit(cast, findings=""), by=cast.sponsor)
    assert list(Visit.objects.values_list("pk", flat=True)) == [held.pk]


def test_nobody_changes_somebody_elses_visit(cast, point):
    made = visit(cast)
    with pytest.raises(Unknown):
        hold_visit(visit=made, on=TODAY(), findings="改了", duty=None, by=cast.supervisor)


@pytest.mark.parametrize("name", ["office", "administrator", "lead", "clerk", "member", "analyst", "outsider"])
def test_no_other_role_visits(cast, point, name):
    with pytest.raises(Unknown):
        visit(cast, by=cast.people[name])


def test_nobody_guides_the_unit_they_belong_to(cast, point):
    factories.member(cast.city, cast.supervisor)
    with pytest.raises(Refused):
        visit(cast, by=cast.supervisor)


def test_hearing_by_telephone_is_written_down_at_once_and_reported(cast, point):
    values = HearingDraft(cast.city, HearingWay.PHONE, TODAY(), "第三轮", "电话 20 分钟")
    made = add_hearing(campaign=cast.campaign, draft=values, by=cast.sponsor)
    first = made.state
    report_hearing(hearing=made, by=cast.sponsor)
    assert (first, Hearing.objects.get().state) == (HeldState.DONE, HeldState.REPORTED)


def test_planned_hearing_is_held_or_called_off(cast, point):
    values = HearingDraft(cast.city, HearingWay.PERSON, days(2), "进展")
    kept, dropped = (add_hearing(campaign=cast.campaign, draft=values, by=cast.sponsor) for _i in range(2))
    hold_hearing(hearing=kept, on=TODAY(), summary="听了", duty=None, by=cast.sponsor)
    drop_hearing(hearing=dropped, by=cast.sponsor)
    assert list(Hearing.objects.values_list("pk", "state")) == [(kept.pk, HeldState.DONE)]


# ------------------------------------------------------------------------------------------------------ instructions


def test_instruction_is_answered_and_accepted(cast, point):
    given = answered(cast)
    judge(given, cast.sponsor)
    assert Instruction.objects.get().state == InstructionState.ACCEPTED


def test_addressee_must_be_of_the_units_team_or_its_lead(cast, point):
    assert addressees_of(cast.campaign, cast.city) == [cast.lead, cast.member]
    with pytest.raises(Invalid) as told:
        instruct(cast, addressee=cast.accused)
    assert told.value.field == "addressee"


def test_only_the_addressee_answers(cast, point):
    given = instruct(cast)
    with pytest.raises(Unknown):
        answer_instruction(instruction=given, answer="我答", seen_hash="", by=cast.member)


@pytest.mark.parametrize("name", ["supervisor", "office", "lead", "outsider"])
def test_only_the_giver_judges(cast, point, name):
    given = answered(cast)
    with pytest.raises(Unknown):
        judge(given, cast.people[name])


def test_return_needs_a_comment_beside_its_field(cast, point):
    given = answered(cast)
    with pytest.raises(Invalid) as told:
        judge(given, cast.sponsor, Verdict.RETURNED, comment=" ")
    assert told.value.field == "comment"


def test_answering_again_is_a_new_version_and_voids_an_acceptance(cast, point):
    given = answered(cast)
    judge(given, cast.sponsor)
    answer_instruction(instruction=given, answer="改了：开两个窗口", seen_hash=given.version_hash, by=cast.lead)
    decision = Review.objects.get(object_type="instruction", object_id=given.pk)
    assert (given.version, given.state, decision.voided_at is not None) == (2, InstructionState.ANSWERED, True)


def test_decision_about_an_answer_that_changed_decides_nothing(cast, point):
    given = answered(cast)
    seen = given.version_hash
    answer_instruction(instruction=given, answer="另一个", seen_hash=seen, by=cast.lead)
    with pytest.raises(Conflict):
        judge(given, cast.sponsor, seen=seen)
    assert (Instruction.objects.get().state, Review.objects.count()) == (InstructionState.ANSWERED, 0)


def test_second_decision_about_an_answer_is_told_that_somebody_was_quicker(cast, point):
    given = answered(cast)
    stale = Instruction.objects.get()
    judge(given, cast.sponsor)
    with pytest.raises(Conflict):
        judge(stale, cast.sponsor, Verdict.RETURNED)
    assert Instruction.objects.get().state == InstructionState.ACCEPTED


def test_two_answers_at_once_do_not_overwrite_each_other(cast, point):
    given = instruct(cast)
    answer_instruction(instruction=given, answer="第一", seen_hash="", by=cast.lead)
    with pytest.raises(Conflict):
        answer_instruction(instruction=given, answer="第二", seen_hash="", by=cast.lead)
    assert Instruction.objects.get().answer == "第一"


def test_revoked_decision_makes_the_answer_wait_again(cast, point):
    given = answered(cast)
    judge(given, cast.sponsor)
    revoke_instruction_review(instruction=given, by=cast.sponsor)
    assert Instruction.objects.get().state == InstructionState.ANSWERED
    with pytest.raises(Refused):
        revoke_instruction_review(instruction=given, by=cast.sponsor)


def test_instruction_is_withdrawn_only_before_its_answer(cast, point):
    with pytest.raises(Conflict):
        withdraw_instruction(instruction=answered(cast), by=cast.sponsor)
    withdraw_instruction(instruction=instruct(cast), by=cast.sponsor)
    assert (Instruction.objects.count(), Reminder.objects.filter(code="instruction_new").count()) == (1, 1)


def test_sponsor_never_decides_a_step_in_the_supervisors_place(cast, point):
    step = Step.objects.filter(enrolment=cast.at_city, template__code="study-1").get()
    edit_step(step=step, note="办了", done_on=None, files=[factories.file(cast.clerk)], drop=[], by=cast.clerk)
    submit_step(step=step, by=cast.clerk)
    with pytest.raises(Unknown):
        review_step(step=step, verdict=Verdict.ACCEPTED, comment="", seen_hash=step.version_hash, by=cast.sponsor)


def test_every_contact_act_writes_one_log_entry_without_words(cast, plan, point):
    before = Event.objects.count()
    made = visit(cast)
    report_visit(visit=made, by=cast.sponsor)
    given = answered(cast)
    judge(given, cast.sponsor)
    record_duty(point=point, duty=plan.duties.first(), on=TODAY(), note="看了夜班", by=cast.sponsor)
    end_point(point=point, by=cast.office)
    assert acts(before) == [
        "add_visit",
        "report_visit",
        "give_instruction",
        "answer_instruction",
        "review_instruction",
        "record_duty",
        "end_point",
    ]
    written = str(list(Event.objects.values_list("before", "after")))
    assert [words for words in ("排班晚", "热饭", "窗口", "夜班", "联系工作方案") if words in written] == []


# ------------------------------------------------------------------------------------------------------------- pages


def url(name, cast, *args):
    return reverse(name, args=(cast.campaign.pk, *args))


def test_sponsor_of_one_unit_lands_on_it(cast, point, browse):
    answer = browse("sponsor").get(url("contact_list", cast))
    assert answer.url == url("point_page", cast, point.pk)


def test_sponsors_page_says_what_waits_what_changed_and_what_is_late(cast, plan, point, browse):
    answered(cast)
    step = Step.objects.filter(enrolment=cast.at_city, phase=1).order_by("due_on").first()
    Step.objects.filter(pk=step.pk).update(due_on=days(-50))
    answer = browse("sponsor").get(url("point_page", cast, point.pk))
    shown = answer.context
    assert (
        [each.about for each in shown["waiting"]],
        [each.event.action for each in shown["changes"]],
        [each.about for each in shown["late"]][:1],
        shown["row"].stage,
        [line.duty.times for line in shown["duties"]],
    ) == (["食堂夜班要有热饭"], ["answer_instruction", "assign_point"], [step.name_en], 1, [3, 1, 1])


def test_only_the_sponsor_is_led_to_where_a_late_duty_is_recorded(cast, point, browse):
    made = draft(cast, duties=(DutyDraft(1, "旧的", due_on=days(-20)), *DUTIES))
    approve_plan(plan=made, approval=approval(made), by=cast.office)
    ContactPoint.objects.update(since=days(-60))
    led = {}
    for name in ("sponsor", "office", "supervisor"):
        answer = browse(name).get(url("point_page", cast, point.pk))
        led[name] = ["旧的" in answer.text, url("duty_record", cast, point.pk) in answer.text]
    assert led == {"sponsor": [True, True], "office": [True, False], "supervisor": [True, False]}


def test_looking_remembers_the_look_and_a_reload_still_shows_the_same_changes(cast, point, browse):
    answered(cast)
    client = browse("sponsor")
    page = url("point_page", cast, point.pk)
    first = client.get(page).context["n_changes"]
    again = client.get(page).context["n_changes"]
    session = client.session
    session.pop(f"looked:{point.pk}")
    session.save()
    later = client.get(page).context
    assert (first, again, later["n_changes"], later["since"] is not None) == (2, 2, 0, True)


def test_edits_alone_are_no_news_but_a_voided_acceptance_is(cast, point, browse):
    step = Step.objects.filter(enrolment=cast.at_city, template__code="study-1").get()
    edit_step(step=step, note="办了", done_on=None, files=[factories.file(cast.clerk)], drop=[], by=cast.clerk)
    submit_step(step=step, by=cast.clerk)
    review_step(step=step, verdict=Verdict.ACCEPTED, comment="", seen_hash=step.version_hash, by=cast.supervisor)
    edit_step(step=step, note="又改了", done_on=None, files=[], drop=[], by=cast.clerk)
    changes = browse("sponsor").get(url("point_page", cast, point.pk)).context["changes"]
    assert [(each.event.action, each.tone) for each in changes] == [
        ("edit_step", "late"),
        ("review_step", "done"),
        ("submit_step", "wait"),
        ("assign_point", ""),
    ]


def test_sponsors_page_asks_the_same_number_of_questions_for_one_and_for_many(
    cast, plan, point, browse, django_assert_max_num_queries
):
    for _i in range(6):
        things(cast, point)
        answered(cast)
    client = browse("sponsor")
    with django_assert_max_num_queries(48):
        assert len(client.get(url("point_page", cast, point.pk)).context["waiting"]) == 18


def test_only_the_sponsors_own_look_counts(cast, point, browse):
    browse("supervisor").get(url("point_page", cast, point.pk))
    assert ContactPoint.objects.get().looked_at is None


def test_findings_are_the_visitors_alone_until_reported(cast, point, browse):
    made = visit(cast)
    page = url("visit_page", cast, made.pk)
    before = "排班晚" in browse("lead").get(page).text
    report_visit(visit=made, by=cast.sponsor)
    assert (before, "排班晚" in browse("lead").get(page).text) == (False, True)


def test_office_drafts_edits_and_approves_the_plan_on_pages(cast, browse):
    client = browse("office")
    lines = {"duty-TOTAL_FORMS": "4", "duty-INITIAL_FORMS": "0"}
    for at, phase in enumerate((1, 2, 3)):
        lines |= {f"duty-{at}-phase": phase, f"duty-{at}-name": f"职责{at}", f"duty-{at}-times": 1}
    lines |= {"duty-3-phase": 1, "duty-3-times": 1}
    client.post(url("plan_add", cast), {"text": "方案", **lines})
    made = ContactPlan.objects.get()
    values = {"committee": "领导小组", "on": TODAY().isoformat(), "seen_hash": made.text_hash}
    answer = client.post(url("plan_approve", cast, made.pk), values)
    made.refresh_from_db()
    assert (answer.status_code, made.state, made.duties.count()) == (302, PlanState.APPROVED, 3)


def test_refused_plan_keeps_every_line_that_was_typed(cast, browse):
    lines = {"duty-TOTAL_FORMS": "1", "duty-INITIAL_FORMS": "0", "duty-0-phase": 1, "duty-0-times": "0"}
    answer = browse("office").post(url("plan_add", cast), {"text": "写了很久", "duty-0-name": "到单位", **lines})
    assert ("写了很久" in answer.text, "到单位" in answer.text, 'aria-invalid="true"' in answer.text) == (True,) * 3


def test_conflicting_plan_edit_shows_both_texts_and_a_second_send_is_meant(cast, browse):
    made = draft(cast)
    lines = {"duty-TOTAL_FORMS": "0", "duty-INITIAL_FORMS": "0"}
    stale = {"text": "我的版本", "seen_hash": made.text_hash, **lines}
    edit_plan(plan=made, draft=PlanDraft("别人的版本", DUTIES), seen_hash=made.text_hash, by=cast.office)
    client = browse("office")
    answer = client.post(url("plan_edit", cast, made.pk), stale)
    assert ("我的版本" in answer.text, "别人的版本" in answer.text) == (True, True)
    again = {**stale, "seen_hash": answer.context["form"]["seen_hash"].value()}
    assert client.post(url("plan_edit", cast, made.pk), again).status_code == 302


def test_office_assigns_hands_over_ends_and_undoes_on_pages(cast, browse):
    Grant.objects.filter(person=cast.sponsor).delete()
    new = factories.person(name="新领导")
    client = browse("office")
    client.post(url("point_add", cast), {"unit": cast.at_city.pk, "sponsor": "sponsor", "field": "看病"})
    first = ContactPoint.objects.get()
    client.post(url("point_hand_over", cast, first.pk), {"sponsor": "新领导"})
    second = ContactPoint.objects.get(state=PointState.ACTIVE)
    client.post(url("point_end", cast, second.pk))
    client.post(url("point_resume", cast, second.pk))
    second.refresh_from_db()
    assert (second.sponsor, second.state, ContactPoint.objects.get(pk=first.pk).state) == (
        new,
        PointState.ACTIVE,
        PointState.ENDED,
    )


def test_unknown_sponsor_is_said_beside_the_field_and_what_was_typed_stays(cast, browse):
    answer = browse("office").post(
        url("point_add", cast), {"unit": cast.at_city.pk, "sponsor": "nobody", "field": "看病"}
    )
    assert (list(answer.context["form"].errors), 'value="看病"' in answer.text) == (["sponsor"], True)


def test_sponsor_instructs_the_lead_answers_and_the_sponsor_returns_on_pages(cast, point, browse):
    client = browse("sponsor")
    page = url("instruction_add", cast) + f"?unit={cast.at_city.pk}"
    client.post(page, {"addressee": cast.lead.pk, "text": "查清排班", "due_on": days(5).isoformat()})
    given = Instruction.objects.get()
    browse("lead").post(url("instruction_page", cast, given.pk), {"answer": "下周起提前一周", "seen_hash": ""})
    given.refresh_from_db()
    answer = browse("sponsor").post(
        url("instruction_review", cast, given.pk),
        {"comment": "写清谁负责", "seen_hash": given.version_hash, "return": ""},
    )
    assert (answer.status_code, Instruction.objects.get().state) == (302, InstructionState.RETURNED)


def test_member_sees_an_instruction_addressed_to_them_and_no_other(cast, point, browse):
    mine, other = instruct(cast, addressee=cast.member), instruct(cast)
    client = browse("member")
    codes = [client.get(url("instruction_page", cast, each.pk)).status_code for each in (mine, other)]
    listed = list(client.get(url("instruction_list", cast)).context["page"])
    assert (codes, listed) == ([200, 404], [mine])


def test_refused_visit_keeps_what_was_typed(cast, point, browse):
    values = {"unit": cast.at_city.pk, "on": days(2).isoformat(), "findings": "写了很久的话", "place": "急诊"}
    answer = browse("sponsor").post(url("visit_add", cast), values)
    assert ("写了很久的话" in answer.text, list(answer.context["form"].errors)) == (True, ["on"])


def test_a_call_is_noted_and_a_duty_counted_on_pages(cast, plan, point, browse):
    values = {
        "unit": cast.at_city.pk,
        "way": "phone",
        "on": TODAY().isoformat(),
        "matter": "第三轮",
        "summary": "20 分钟",
        "duty": plan.duties.first().pk,
    }
    browse("sponsor").post(url("hearing_add", cast), values)
    assert (Hearing.objects.get().state, DutyRecord.objects.count()) == (HeldState.DONE, 1)


PAGES = ("point_page", "visit_page", "hearing_page", "instruction_page")


def things(cast, point):
    heard = add_hearing(
        campaign=cast.campaign, draft=HearingDraft(cast.city, HearingWay.PAPER, days(1), "书面"), by=cast.sponsor
    )
    return dict(zip(PAGES, (point, visit(cast), heard, instruct(cast)), strict=True))


@pytest.mark.parametrize("name", ["outsider", "analyst", "accused", "administrator"])
def test_outsider_wrong_role_and_wrong_unit_find_no_such_page(cast, point, browse, name):
    client = browse(name)
    codes = [client.get(url(page, cast, thing.pk)).status_code for page, thing in things(cast, point).items()]
    assert codes == [404] * 4


@pytest.mark.parametrize("name", ["office", "supervisor", "sponsor", "lead", "clerk"])
def test_whoever_sees_contact_work_opens_every_page(cast, plan, point, browse, name):
    client = browse(name)
    codes = [client.get(url(page, cast, thing.pk)).status_code for page, thing in things(cast, point).items()]
    lists = [client.get(url(page, cast) + "?state=").status_code for page in ("visit_list", "hearing_list")]
    lists += [client.get(url(page, cast) + "?state=").status_code for page in ("contact_list", "instruction_list")]
    assert codes + lists == [200] * 8


def test_siblings_lead_finds_no_such_page(cast, point, browse):
    stranger = factories.person(username="port-lead")
    factories.grant(stranger, Role.LEAD, cast.campaign, cast.port)
    cast.outsider = stranger
    client = browse("outsider")
    codes = [client.get(url(page, cast, thing.pk)).status_code for page, thing in things(cast, point).items()]
    assert codes == [404] * 4


@pytest.mark.parametrize("name", ["lead", "clerk", "supervisor", "outsider", "member"])
def test_draft_of_the_plan_is_the_offices_alone(cast, browse, name):
    made = draft(cast)
    codes = [browse(name).get(url(page, cast, made.pk)).status_code for page in ("plan_page", "plan_edit")]
    assert codes == [404, 404]


def test_hints_on_a_contact_points_page_are_for_those_who_watch_not_for_the_unit(cast, point, browse):
    page = url("point_page", cast, point.pk)
    told = {
        name: browse(name).get(page).context["hints"] for name in ("sponsor", "supervisor", "office", "lead", "clerk")
    }
    assert told == {"sponsor": [], "supervisor": [], "office": [], "lead": None, "clerk": None}


def test_contact_list_asks_the_same_number_of_questions_for_one_and_for_many(
    cast, plan, point, browse, django_assert_max_num_queries
):
    assign_point(campaign=cast.campaign, draft=PointDraft(cast.hospital, factories.person()), by=cast.office)
    assign_point(campaign=cast.campaign, draft=PointDraft(cast.port, factories.person()), by=cast.office)
    client = browse("office")
    with django_assert_max_num_queries(24):
        assert client.get(url("contact_list", cast)).status_code == 200


def test_point_rows_ask_five_questions_whatever_their_number(cast, plan, point, django_assert_num_queries):
    for unit in (cast.hospital, cast.port):
        assign_point(campaign=cast.campaign, draft=PointDraft(unit, factories.person()), by=cast.office)
    listed = list(ContactPoint.objects.select_related("unit"))
    with django_assert_num_queries(5):
        point_rows(listed, cast.campaign)


@pytest.mark.parametrize("name", ["visit_list", "hearing_list", "instruction_list"])
def test_contact_lists_ask_the_same_number_of_questions_for_one_and_for_many(
    cast, point, browse, django_assert_max_num_queries, name
):
    for _i in range(8):
        things(cast, point)
    client = browse("office")
    with django_assert_max_num_queries(20):
        assert len(client.get(url(name, cast)).context["page"]) == 8
