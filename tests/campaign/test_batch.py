"""Batches: planned one after the other, opened through gate 8, begun."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from setright.campaign.access import Unknown
from setright.campaign.actions.batch import add_batch, open_batch
from setright.campaign.actions.enrolment import begin_enrolments
from setright.campaign.actions.group import create_group
from setright.campaign.enums import BatchState, EnrolmentState
from setright.campaign.errors import Refused
from setright.campaign.models import Batch, Enrolment, Event, GateAttempt
from tests import factories


@pytest.fixture
def second(cast):
    return add_batch(campaign=cast.campaign, starts_on=date(2027, 1, 1), by=cast.office)


def at(cast, name, *args):
    return reverse(name, args=(cast.campaign.pk, *args))


def test_next_batch_follows_the_last(cast, second):
    assert (second.number, second.predecessor, second.state) == (2, cast.batch, BatchState.PLANNED)


@pytest.mark.parametrize("name", ["lead", "supervisor", "administrator", "outsider"])
def test_nobody_else_plans_or_opens_a_batch(cast, second, name):
    by = cast.people[name]
    with pytest.raises(Unknown):
        add_batch(campaign=cast.campaign, starts_on=date(2027, 1, 1), by=by)
    with pytest.raises(Unknown):
        open_batch(batch=second, by=by)


def test_gate_8_refuses_with_every_reason_whoever_asks(cast, second):
    answer = open_batch(batch=second, by=cast.office)
    assert [(r.code, r.got, r.need) for r in answer.unmet] == [("sealed", 0, 3), ("experience", None, None)]
    assert (Batch.objects.get(pk=second.pk).state, GateAttempt.objects.get().has_passed) == (BatchState.PLANNED, False)


def test_waiting_units_of_a_planned_batch_do_not_begin(cast, second):
    with pytest.raises(Refused):
        begin_enrolments(batch=second, by=cast.office)


# --------------------------------------------------------------------------------------------------------------- pages


def pages(cast, second):
    return [
        at(cast, "batch_add"),
        *(at(cast, name, second.pk) for name in ("batch_page", "batch_enrol", "batch_begin", "batch_gate")),
        at(cast, "lead_change", cast.at_city.pk),
    ]


def test_office_opens_every_page_of_a_batch(cast, second, browse):
    client = browse("office")
    assert [client.get(each).status_code for each in pages(cast, second)] == [200] * 6


@pytest.mark.parametrize("name", ["lead", "clerk", "supervisor", "sponsor", "administrator", "analyst", "outsider"])
def test_nobody_else_finds_them(cast, second, browse, name):
    client = browse(name)
    assert [client.get(each).status_code for each in pages(cast, second)] == [404] * 6
    posts = [at(cast, n, second.pk) for n in ("batch_assign", "batch_enrol_do", "batch_begin", "batch_gate")]
    assert [client.post(each).status_code for each in posts] == [404] * 4


def test_batch_of_another_campaign_is_no_such_page(cast, browse):
    other = factories.batch(factories.campaign())
    assert browse("office").get(at(cast, "batch_page", other.pk)).status_code == 404


def test_gate_page_shows_every_reason_and_keeps_the_attempt(cast, second, browse):
    client = browse("office")
    before = client.get(at(cast, "batch_gate", second.pk))
    after = client.post(at(cast, "batch_gate", second.pk))
    assert [len(each.context["answer"].unmet) for each in (before, after)] == [2, 2]
    assert (len(before.context["attempts"]), len(after.context["attempts"])) == (0, 1)
    assert all(reason.title in after.text for reason in after.context["answer"].unmet)


def test_first_batch_has_no_gate(cast, browse):
    assert browse("office").get(at(cast, "batch_gate", cast.batch.pk)).status_code == 404


def test_begin_is_asked_first_and_logged_once(cast, browse):
    Enrolment.objects.update(state=EnrolmentState.WAITING)
    client, n = browse("office"), Event.objects.count()
    assert client.get(at(cast, "batch_begin", cast.batch.pk)).context["counts"].n_waiting == 3
    client.post(at(cast, "batch_begin", cast.batch.pk))
    assert set(Enrolment.objects.values_list("state", flat=True)) == {EnrolmentState.P1}
    assert (Event.objects.count() - n, Event.objects.order_by("seq").last().n) == (1, 3)


def test_batch_table_filters_by_what_is_missing(cast, browse):
    client, page = browse("office"), at(cast, "batch_page", cast.batch.pk)

    def units(query):
        return [e.unit.code for e in client.get(page + query).context["page"]]

    assert units("") == ["P-C", "P-C-H", "P-P"]
    assert units("?missing=lead") == ["P-P"]
    assert units("?missing=group&q=P-C-H") == ["P-C-H"]
    assert units("?state=sealed") == []


def test_batch_table_asks_the_same_number_of_questions_for_three_and_for_fifty(cast, browse, django_assert_num_queries):
    client, page = browse("office"), at(cast, "batch_page", cast.batch.pk)
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(page)
    units = [factories.unit(parent=cast.elsewhere) for _ in range(60)]
    factories.enrolled(cast.batch, units, cast.office)
    with django_assert_num_queries(len(few)):
        assert len(client.get(page).context["page"]) == 50


# ---------------------------------------------------------------------------------------- a supervision group for many


@pytest.fixture
def group(cast):
    return create_group(campaign=cast.campaign, name="一组", name_en="One", members=[cast.outsider], by=cast.office)


@pytest.fixture
def sixty(cast):
    units = [factories.unit(parent=cast.elsewhere) for _ in range(60)]
    return factories.enrolled(cast.batch, units, cast.office)


def given(cast, client, query="", **typed):
    return client.post(at(cast, "batch_assign", cast.batch.pk) + query, typed)


def watched(group):
    return Enrolment.objects.filter(group=group).count()


def test_ticked_units_are_given_at_once(cast, browse, group):
    ticked = [str(cast.at_city.pk), str(cast.at_port.pk)]
    answer = given(cast, browse("office"), enrolment=ticked, which="ticked", group=group.pk)
    assert (answer.status_code, watched(group)) == (302, 2)


def test_page_offers_its_own_boxes_and_those_of_the_whole_list(cast, browse, group, sixty):
    client = browse("office")
    first, last = (client.get(at(cast, "batch_page", cast.batch.pk) + f"?page={n}") for n in (1, 2))
    assert [(len(each.context["offer"].keys), each.context["offer"].n) for each in (first, last)] == [
        (50, 63),
        (13, 63),
    ]
    assert [each.text.count('name="shown"') for each in (first, last)] == [50, 13]
    filtered = client.get(at(cast, "batch_page", cast.batch.pk) + "?q=P-C")
    assert [each.count('value="all"') for each in (first.text, filtered.text)] == [1, 0]
    assert (at(cast, "batch_assign", cast.batch.pk) + "?q=P-C") in filtered.text


def test_every_box_of_the_page_is_given_without_one_tick(cast, browse, group, sixty):
    client = browse("office")
    shown = client.get(at(cast, "batch_page", cast.batch.pk) + "?page=2").context["offer"].keys
    answer = given(cast, client, "?page=2", which="page", shown=[str(each) for each in shown], group=group.pk)
    assert (answer.status_code, watched(group)) == (302, 13)


def test_whole_list_is_given_after_one_more_look_that_says_how_many(cast, browse, group, sixty):
    client, n = browse("office"), Event.objects.count()
    asked = given(cast, client, which="all", n="63", group=group.pk)
    assert (asked.status_code, asked.context["chosen"].n, watched(group)) == (200, 63, 0)
    assert ("Assign 63 units" in asked.text, len(asked.context["shown"])) == (True, 50)
    answer = given(cast, client, which="all", n="63", sure="1", group=group.pk)
    assert (answer.status_code, watched(group)) == (302, 63)
    assert [(e.action, e.n) for e in Event.objects.order_by("seq")[n:]] == [("assign_group", 63)]


def test_whole_list_is_the_filtered_one(cast, browse, group, sixty):
    answer = given(cast, browse("office"), "?q=P-C", which="all", n="2", sure="1", group=group.pk)
    assert (answer.status_code, watched(group)) == (302, 2)
    assert {e.unit.code for e in Enrolment.objects.filter(group=group)} == {"P-C", "P-C-H"}


def test_list_that_changed_since_it_was_shown_is_not_given(cast, browse, group, sixty):
    client = browse("office")
    answer = given(cast, client, which="all", n="60", sure="1", group=group.pk)
    assert (answer.status_code, watched(group)) == (422, 0)
    assert answer.context["form"].non_field_errors() == [
        "The list has 63 units by now, not as many as you were shown: look once more, then press again."
    ]
    assert ('name="n" value="63"' in answer.text, answer.context["form"]["group"].value()) == (True, str(group.pk))


def test_units_that_would_lose_their_group_are_counted_first(cast, browse, group):
    Enrolment.objects.filter(pk=cast.at_port.pk).update(group=group)
    asked = given(cast, browse("office"), which="all", n="3", group=group.pk)
    assert (asked.context["n_given"], "1 of them has a group today" in asked.text) == (1, True)


@pytest.mark.parametrize(
    "typed",
    [{}, {"which": "ticked"}, {"which": "page"}, {"enrolment": ["x", "²", "9" * 30, "-1"]}, {"which": "all", "n": "0"}],
)
def test_nothing_picked_is_told(cast, browse, group, typed):
    query = "?state=sealed" if typed.get("which") == "all" else ""
    answer = given(cast, browse("office"), query, group=group.pk, **typed)
    assert (answer.status_code, answer.context["form"].non_field_errors()) == (422, ["Tick the units first."])


def test_unit_of_another_batch_cannot_be_slipped_in(cast, second, browse, group):
    there = at(cast, "batch_assign", second.pk)
    answer = browse("office").post(there, {"which": "page", "shown": [str(cast.at_port.pk)], "group": group.pk})
    assert (answer.status_code, watched(group)) == (422, 0)
