"""The page that every role lands on: what waits, oldest first, and the item to decide beside it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from setright.campaign import access
from setright.campaign.actions.step import edit_step, review_step, submit_step
from setright.campaign.enums import CampaignState, StepState, Verdict
from setright.campaign.models import Event, Step
from setright.campaign.queries.work import n_waiting, waiting_for
from tests import factories

_OF_THE_UNITS = ("lead", "clerk", "accused", "member")


def url(cast, query=""):
    return reverse("work", args=(cast.campaign.pk,)) + query


def handed_in(cast, code, days_ago=0, at=None):
    rows = Step.objects.select_related("enrolment__unit", "enrolment__campaign")
    step = rows.get(enrolment=at or cast.at_city, template__code=code)
    edit_step(step=step, note="办了", done_on=None, files=[factories.file(cast.clerk)], drop=[], by=cast.clerk)
    submit_step(step=step, by=cast.clerk)
    Step.objects.filter(pk=step.pk).update(submitted_at=timezone.now() - timedelta(days=days_ago))
    return step


def test_supervisor_finds_the_longest_waiting_first(cast):
    new, old = handed_in(cast, "study-1", 1), handed_in(cast, "mobilise", 9)
    found = waiting_for(cast.supervisor, cast.campaign)
    assert [each.label for each in found] == [old.label, new.label]


def test_decided_step_waits_no_longer(cast):
    step = handed_in(cast, "study-1")
    review_step(step=step, verdict=Verdict.ACCEPTED, comment="", seen_hash=step.version_hash, by=cast.supervisor)
    assert waiting_for(cast.supervisor, cast.campaign) == []


def test_number_in_the_navigation_is_the_number_on_the_page(cast):
    handed_in(cast, "study-1")
    for name in ("supervisor", "lead", "clerk", "member", "office"):
        person = cast.people[name]
        assert n_waiting(person, cast.campaign) == len(waiting_for(person, cast.campaign))


def test_unit_owes_the_steps_of_its_present_phase_alone(cast):
    found = waiting_for(cast.lead, cast.campaign)
    owed = Step.objects.filter(enrolment=cast.at_city, phase=1)
    assert sorted(each.label for each in found) == sorted(step.label for step in owed)


def test_what_a_unit_below_owes_is_nobodys_work_above_it(cast):
    units = {name: {each.unit for each in waiting_for(cast.people[name], cast.campaign)} for name in _OF_THE_UNITS}
    assert units == {"lead": {"City"}, "clerk": {"City"}, "accused": {"Hospital"}, "member": set()}


def test_nothing_waits_once_the_campaign_is_closed(cast):
    cast.campaign.state = CampaignState.CLOSED
    assert (waiting_for(cast.lead, cast.campaign), n_waiting(cast.lead, cast.campaign)) == ([], 0)


@pytest.mark.parametrize("name", ["supervisor", "lead", "clerk", "member", "office", "outsider"])
def test_number_in_the_navigation_is_one_question(cast, name, django_assert_max_num_queries):
    handed_in(cast, "study-1")
    access.held(cast.people[name])
    with django_assert_max_num_queries(1):
        n_waiting(cast.people[name], cast.campaign)


@pytest.mark.parametrize("page", ["work", "reminder_list"])
def test_page_that_lists_the_things_does_not_count_them_again(cast, browse, page):
    handed_in(cast, "study-1")
    client = browse("clerk")
    with CaptureQueriesContext(connection) as asked:
        shown = client.get(reverse(page, args=(cast.campaign.pk,)))
    beside = {line.name: line.n for _label, lines in shown.context["nav"] for line in lines}
    unions = [each for each in asked.captured_queries if "UNION" in each["sql"]]
    counts = [each for each in asked.captured_queries if "COUNT" in each["sql"] and "campaign_reminder" in each["sql"]]
    n = len(waiting_for(cast.clerk, cast.campaign))
    assert (beside["work"], len(unions), len(counts)) == (n, int(page != "work"), 1 + int(page != "work"))


def test_returned_step_goes_back_to_those_who_enter_it(cast, browse):
    step = handed_in(cast, "study-1")
    review_step(step=step, verdict=Verdict.RETURNED, comment="再写", seen_hash=step.version_hash, by=cast.supervisor)
    answer = browse("clerk").get(url(cast, "?kind=returned"))
    here = reverse("step_page", args=(cast.campaign.pk, step.pk))
    assert [each.url for each in answer.context["page"]] == [here]


def test_chosen_step_stands_beside_the_list_with_its_form(cast, browse):
    step = handed_in(cast, "study-1")
    answer = browse("supervisor").get(url(cast, f"?step={step.pk}"))
    assert (answer.context["step"], 'name="seen_hash"' in answer.text, 'class="cur"' in answer.text) == (
        step,
        True,
        True,
    )


@pytest.mark.parametrize("name", ["lead", "office", "sponsor"])
def test_nobody_else_gets_the_form_to_decide(cast, browse, name):
    step = handed_in(cast, "study-1")
    answer = browse(name).get(url(cast, f"?step={step.pk}"))
    assert (answer.context["step"], "seen_hash" in answer.text) == (None, False)


def test_step_of_another_unit_does_not_come_up_beside_the_list(cast, browse):
    other = Step.objects.filter(enrolment=cast.at_port, template__code="study-1").get()
    Step.objects.filter(pk=other.pk).update(state=StepState.SUBMITTED, submitted_at=timezone.now())
    answer = browse("supervisor").get(url(cast, f"?step={other.pk}"))
    assert (answer.context["step"], list(answer.context["page"])) == (None, [])


@pytest.mark.parametrize("query", ["?step=x", "?step=999999", "?kind=odd", "?page=99"])
def test_odd_address_shows_the_list_all_the_same(cast, browse, query):
    assert browse("supervisor").get(url(cast, query)).status_code == 200


def test_empty_queue_says_so(cast, browse):
    answer = browse("supervisor").get(url(cast))
    assert ("<table" in answer.text, 'class="empty"' in answer.text) == (False, True)


def test_nobody_signed_in_is_sent_to_sign_in(cast, client):
    answer = client.get(url(cast))
    assert (answer.status_code, answer.url.startswith(reverse("account_login"))) == (302, True)


def test_outsider_has_no_work_here(cast, browse):
    assert browse("outsider").get(url(cast)).status_code == 404


def test_looking_at_the_queue_writes_nothing(cast, browse):
    step = handed_in(cast, "study-1")
    before = Event.objects.count()
    browse("supervisor").get(url(cast, f"?step={step.pk}"))
    assert Event.objects.count() == before


def test_long_queue_is_paged_by_fifty(cast, browse):
    units = [factories.unit(parent=cast.hospital) for _ in range(51)]
    for at in factories.enrolled(cast.batch, units, cast.office):
        Step.objects.filter(enrolment=at, template__code="mobilise").update(
            state=StepState.SUBMITTED, submitted_at=timezone.now()
        )
    first, last = (browse("supervisor").get(url(cast, f"?page={n}")) for n in (1, 2))
    assert (len(first.context["page"]), len(last.context["page"]), first.context["n"]) == (50, 1, 51)
