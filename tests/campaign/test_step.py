"""A step from open to accepted, and everything that must not happen on the way."""

import pytest
from django.urls import reverse

from setright.campaign.access import Unknown
from setright.campaign.actions.step import edit_step, review_step, revoke_review, submit_step, waive_step
from setright.campaign.enums import StepState, Verdict
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.models import Event, Review, Step
from setright.campaign.queries.step import evidence_of, repeated_evidence
from tests import factories


@pytest.fixture
def step(cast):
    return Step.objects.filter(enrolment=cast.at_city, template__code="study-1").get()


def entered(step, cast, **file):
    edit_step(
        step=step, note="三场都办了", done_on=None, files=[factories.file(cast.clerk, **file)], drop=[], by=cast.clerk
    )
    return step


def handed_in(step, cast):
    submit_step(step=entered(step, cast), by=cast.clerk)
    return step


def review(step, cast, verdict=Verdict.ACCEPTED, comment="改签到表"):
    review_step(step=step, verdict=verdict, comment=comment, seen_hash=step.version_hash, by=cast.supervisor)


def test_step_goes_from_open_to_accepted(step, cast):
    handed_in(step, cast)
    review(step, cast)
    assert Step.objects.get(pk=step.pk).state == StepState.ACCEPTED


def test_submit_without_evidence_is_told_how_much_is_missing(step, cast):
    step.note = "做了"
    step.save()
    with pytest.raises(Invalid) as told:
        submit_step(step=step, by=cast.clerk)
    assert (told.value.field, "0" in str(told.value), "1" in str(told.value)) == ("files", True, True)


def test_return_without_a_comment_is_refused_beside_the_field(step, cast):
    handed_in(step, cast)
    with pytest.raises(Invalid) as told:
        review(step, cast, Verdict.RETURNED, comment="  ")
    assert told.value.field == "comment"


def test_second_decision_is_told_that_somebody_was_quicker(step, cast):
    handed_in(step, cast)
    stale = Step.objects.get(pk=step.pk)
    review(step, cast)
    with pytest.raises(Conflict):
        review(stale, cast, Verdict.RETURNED)
    assert Step.objects.get(pk=step.pk).state == StepState.ACCEPTED


def test_decision_on_a_version_that_changed_decides_nothing(step, cast):
    handed_in(step, cast)
    seen = step.version_hash
    edit_step(step=step, note="改了字", done_on=None, files=[], drop=[], by=cast.clerk)
    submit_step(step=step, by=cast.clerk)
    with pytest.raises(Conflict):
        review_step(step=step, verdict=Verdict.ACCEPTED, comment="", seen_hash=seen, by=cast.supervisor)
    assert Step.objects.get(pk=step.pk).state == StepState.SUBMITTED


def test_edit_after_acceptance_voids_it_visibly(step, cast):
    handed_in(step, cast)
    review(step, cast)
    edit_step(step=step, note="又改了", done_on=None, files=[], drop=[], by=cast.clerk)
    decision = Review.objects.get(object_type="step", object_id=step.pk)
    assert (decision.voided_at is not None, Step.objects.get(pk=step.pk).state) == (True, StepState.OPEN)


def test_revoked_decision_unlocks_in_the_same_act(step, cast):
    handed_in(step, cast)
    review(step, cast)
    revoke_review(step=step, by=cast.supervisor)
    assert Step.objects.get(pk=step.pk).state == StepState.SUBMITTED


def test_two_people_editing_do_not_overwrite_each_other(step, cast):
    other = Step.objects.get(pk=step.pk)
    entered(step, cast)
    with pytest.raises(Conflict):
        edit_step(step=other, note="我的", done_on=None, files=[], drop=[], by=cast.lead)
    assert Step.objects.get(pk=step.pk).note == "三场都办了"


def test_nobody_reviews_their_own_unit(step, cast):
    handed_in(step, cast)
    factories.member(cast.city, cast.supervisor)
    with pytest.raises(Refused):
        review(step, cast)


@pytest.mark.parametrize("name", ["office", "lead", "clerk", "sponsor", "administrator", "analyst", "outsider"])
def test_no_other_role_accepts(step, cast, name):
    handed_in(step, cast)
    with pytest.raises(Unknown):
        review_step(step=step, verdict=Verdict.ACCEPTED, comment="", seen_hash=step.version_hash, by=cast.people[name])


def test_waiver_needs_a_public_reason_and_keeps_its_signer(step, cast):
    with pytest.raises(Invalid):
        waive_step(step=step, reason="算了", by=cast.office)
    waive_step(step=step, reason="洪水期间不能集中开会，改到下一期。", by=cast.office)
    assert (step.state, step.waived_by) == (StepState.WAIVED, cast.office)


def test_every_act_writes_one_log_entry(step, cast):
    before = Event.objects.count()
    handed_in(step, cast)
    review(step, cast)
    revoke_review(step=step, by=cast.supervisor)
    acts = list(Event.objects.order_by("seq").values_list("action", flat=True)[before:])
    assert acts == ["edit_step", "submit_step", "review_step", "revoke_review"]


def test_the_same_file_elsewhere_is_named_to_those_who_may_see_it_and_counted_for_others(step, cast):
    twin = Step.objects.get(enrolment=cast.at_port, template__code="study-1")
    lead = factories.person()
    factories.grant(lead, "clerk", cast.campaign, cast.port)
    edit_step(step=twin, note="一样", done_on=None, files=[factories.file(lead, sha256="f" * 64)], drop=[], by=lead)
    entered(step, cast, sha256="f" * 64)
    told = {
        name: [(each.others, each.n_unseen) for each in repeated_evidence(step, evidence_of(step), cast.people[name])]
        for name in ("office", "supervisor")
    }
    assert told == {"office": [((twin,), 0)], "supervisor": [((), 1)]}


# ------------------------------------------------------------------------------------------------------------- pages


def test_clerk_hands_in_and_supervisor_returns_on_pages(step, cast, browse, tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile

    page = reverse("step_page", args=(cast.campaign.pk, step.pk))
    upload = SimpleUploadedFile("签到.txt", "甲 乙".encode(), "text/plain")
    answer = browse("clerk").post(page, {"note": "办了", "version": 1, "files": [upload], "submit": "1"})
    assert (answer.status_code, Step.objects.get(pk=step.pk).state) == (302, StepState.SUBMITTED)
    step.refresh_from_db()
    answer = browse("supervisor").post(
        reverse("step_review", args=(cast.campaign.pk, step.pk)),
        {"comment": "请写清谁没到", "seen_hash": step.version_hash, "return": ""},
    )
    assert (answer.status_code, Step.objects.get(pk=step.pk).state) == (302, StepState.RETURNED)


def test_refused_entry_keeps_what_was_typed(step, cast, browse):
    page = reverse("step_page", args=(cast.campaign.pk, step.pk))
    answer = browse("clerk").post(page, {"note": "写了很久的话", "done_on": "2999-01-01", "version": 1, "save": "1"})
    assert ("写了很久的话" in answer.text, 'aria-invalid="true"' in answer.text) == (True, True)


def test_queue_shows_what_waits_oldest_first(step, cast, browse):
    handed_in(step, cast)
    answer = browse("supervisor").get(reverse("work", args=(cast.campaign.pk,)))
    url = reverse("work", args=(cast.campaign.pk,))
    assert [each.url for each in answer.context["page"]] == [f"{url}?step={step.pk}"]


@pytest.mark.parametrize("name", ["outsider"])
def test_outsider_finds_no_such_page(step, cast, browse, name):
    answer = browse(name).get(reverse("step_page", args=(cast.campaign.pk, step.pk)))
    assert answer.status_code == 404


def test_sibling_units_step_is_no_such_page_for_the_citys_lead(cast, browse):
    other = Step.objects.filter(enrolment=cast.at_port).first()
    assert browse("lead").get(reverse("step_page", args=(cast.campaign.pk, other.pk))).status_code == 404


def test_queue_asks_the_same_number_of_questions_for_one_and_for_many(cast, browse, django_assert_max_num_queries):
    for step in Step.objects.filter(enrolment=cast.at_city, phase=1):
        handed_in(step, cast)
    client = browse("supervisor")
    with django_assert_max_num_queries(22):
        client.get(reverse("work", args=(cast.campaign.pk,)))
