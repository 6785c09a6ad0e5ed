"""The board's page: who it opens for, its groups, filters, search, paging and print, and how little it asks."""

import csv
import io
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from setright.campaign import access
from setright.campaign.actions.step import edit_step
from setright.campaign.models import Audience, ContactPoint, Event, Round, Step
from setright.campaign.queries.board import OTHERS, grouped, rows_of, whole
from tests import factories
from tests.campaign.test_board import at_rest, contact, late, rows


def url(cast, query=""):
    return reverse("board", args=(cast.campaign.pk,)) + query


def shown(answer):
    return {r.enrolment.pk for group, page in answer.context["groups"] for r in group.rows}


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("office", 200),
        ("supervisor", 200),
        ("sponsor", 200),
        ("analyst", 200),
        ("lead", 404),
        ("clerk", 404),
        ("member", 404),
        ("administrator", 404),
        ("outsider", 404),
    ],
)
def test_board_opens_for_those_who_watch_and_for_nobody_else(cast, browse, name, status):
    assert browse(name).get(url(cast)).status_code == status


def test_supervisor_sees_the_units_of_their_subtree_alone(cast, browse):
    answer = browse("supervisor").get(url(cast))
    assert shown(answer) == {cast.at_city.pk, cast.at_hospital.pk}


def test_unit_that_somebody_leads_is_not_on_the_board_they_watch_another_by(cast, browse):
    factories.grant(cast.supervisor, "lead", cast.campaign, cast.port)
    assert shown(browse("supervisor").get(url(cast))) == {cast.at_city.pk, cast.at_hospital.pk}


def test_office_sees_every_unit(cast, browse):
    assert shown(browse("office").get(url(cast))) == {cast.at_city.pk, cast.at_hospital.pk, cast.at_port.pk}


def test_closed_group_holds_no_table_and_an_open_one_does(cast, browse):
    point = contact(cast, cast.city)
    closed = browse("office").get(url(cast))
    opened = browse("office").get(url(cast, f"?open={point.pk}"))
    assert [page is None for _group, page in closed.context["groups"]] == [True, True]
    assert [page is None for _group, page in opened.context["groups"]] == [False, True]
    assert ("Hospital" in opened.text.split("<details")[1], "Port" in opened.text.split("<tbody")[1]) == (True, False)


def test_part_is_one_groups_table_alone(cast, browse):
    point = contact(cast, cast.city)
    answer = browse("office").get(url(cast, f"?part={point.pk}"))
    assert (answer.text.count("<table"), "<html" in answer.text, answer.text.count('scope="row"')) == (1, False, 2)


def test_part_that_is_not_in_sight_is_no_such_page(cast, browse):
    contact(cast, cast.city)
    assert browse("supervisor").get(url(cast, f"?part={OTHERS}")).status_code == 404


@pytest.mark.parametrize("query", ["?open=nonsense", "?batch=x", "?show=nothing", "?sort=odd", "?page=9&open=others"])
def test_odd_address_shows_the_board_all_the_same(cast, browse, query):
    assert browse("office").get(url(cast, query)).status_code == 200


def test_filter_keeps_what_it_names_and_opens_the_groups_it_left(cast, browse):
    at_rest(cast)
    late(cast.at_port, 3)
    answer = browse("office").get(url(cast, "?show=late"))
    assert shown(answer) == {cast.at_port.pk}
    assert [page.paginator.count for _group, page in answer.context["groups"]] == [1]
    assert [(key, n) for key, _label, n in answer.context["chips"]] == [
        ("", 3),
        ("late", 1),
        ("refused", 0),
        ("waiting", 0),
        ("formal", 0),
    ]


def test_formal_filter_keeps_units_with_hints(cast, browse):
    for number in (1, 2):
        made = Round.objects.create(
            enrolment=cast.at_port,
            number=number,
            method="meeting",
            starts_on=timezone.localdate(),
            ends_on=timezone.localdate(),
            state="closed",
        )
        Audience.objects.create(round=made, name="职工", n_invited=9, n_reached=9)
    assert shown(browse("office").get(url(cast, "?show=formal"))) == {cast.at_port.pk}


def test_hints_are_counted_anew_when_the_log_has_grown(cast):
    before = {r.enrolment.pk: r.n_hints for r in rows(cast)}
    for code in ("mobilise", "own-plan"):
        step = Step.objects.select_related("enrolment__unit").get(enrolment=cast.at_city, template__code=code)
        file = factories.file(cast.clerk, sha256="a" * 64)
        edit_step(step=step, note="办了", done_on=None, files=[file], drop=[], by=cast.clerk)
    after = {r.enrolment.pk: r.n_hints for r in rows(cast)}
    assert (before[cast.at_city.pk], after[cast.at_city.pk]) == (0, 1)


def test_hints_of_another_unit_are_counted_anew_when_it_shares_a_file(cast):
    clerk = factories.person()
    factories.grant(clerk, "clerk", cast.campaign, cast.port)

    def proven(enrolment, by, drop=()):
        step = Step.objects.select_related("enrolment__unit").get(enrolment=enrolment, template__code="mobilise")
        files = [] if drop else [factories.file(by, sha256="b" * 64)]
        edit_step(step=step, note="办了", done_on=None, files=files, drop=list(drop), by=by)
        return step

    def counted():
        return {r.enrolment.pk: r.n_hints for r in rows(cast) if r.n_hints}

    mine = proven(cast.at_city, cast.clerk)
    assert counted() == {}
    proven(cast.at_port, clerk)
    assert counted() == {cast.at_city.pk: 1, cast.at_port.pk: 1}
    proven(cast.at_city, cast.clerk, [mine.evidence.get().pk])
    assert counted() == {}


def test_hints_of_units_that_no_entry_names_are_not_asked_for_again(cast):
    rows(cast)
    step = Step.objects.select_related("enrolment__unit").get(enrolment=cast.at_city, template__code="mobilise")
    edit_step(step=step, note="办了", done_on=None, files=[], drop=[], by=cast.clerk)
    with CaptureQueriesContext(connection) as asked:
        rows(cast)
    of_rounds = [each["sql"] for each in asked if 'FROM "campaign_round"' in each["sql"]]
    assert [sql.split(" IN (")[1].split(")")[0] for sql in of_rounds] == [str(cast.at_city.pk)]


@pytest.mark.parametrize("words", ["Port", "港口", "p-p", "港"])
def test_unit_is_found_by_name_or_code(cast, browse, words):
    assert shown(browse("office").get(url(cast, f"?q={words}"))) == {cast.at_port.pk}


def test_unit_is_found_by_its_lead(cast, browse):
    assert shown(browse("office").get(url(cast, f"?q={cast.lead.name_en}"))) == {cast.at_city.pk}


def test_nothing_found_offers_to_drop_the_filters(cast, browse):
    answer = browse("office").get(url(cast, "?q=zzz"))
    assert (answer.status_code, 'href="?"' in answer.text) == (200, True)


def test_batch_filter_keeps_one_batch_and_both_stand_as_chips(cast, browse):
    second = factories.batch(cast.campaign, number=2)
    unit = factories.unit("第二批", cast.province)
    (at,) = factories.enrolled(second, [unit], cast.office)
    answer = browse("office").get(url(cast, "?batch=2"))
    assert shown(answer) == {at.pk}
    assert [(batch.number, n) for batch, n in answer.context["batches"]] == [(1, 3), (2, 1)]


def test_campaign_without_units_says_why_the_board_is_empty(cast, browse):
    empty = factories.campaign()
    factories.grant(cast.office, "office", empty)
    answer = browse("office").get(reverse("board", args=(empty.pk,)))
    assert (answer.status_code, "<table" in answer.text, 'class="empty"' in answer.text) == (200, False, True)


def test_print_view_opens_every_group_in_full(cast, browse):
    contact(cast, cast.city)
    answer = browse("office").get(url(cast, "?open=all&print=1"))
    assert (answer.text.count('scope="row"'), "data-print" in answer.text) == (3, True)


def test_exported_file_holds_what_the_filter_leaves_and_no_formula(cast, browse):
    at_rest(cast)
    late(cast.at_port, 3)
    type(cast.port).objects.filter(pk=cast.port.pk).update(name_en="=2+3")
    answer = browse("office").get(reverse("board_export", args=(cast.campaign.pk,)) + "?show=late")
    heads, *lines = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    (line,) = (dict(zip(heads, cells, strict=True)) for cells in lines)
    assert (line["Code"], line["Unit"], line["Stage"], line["Days late"]) == (cast.port.code, "'=2+3", "Phase 1", "3")
    assert (line["1: mandatory steps"], line["Gate 1"]) == ("11", "gate: 4 conditions unmet")


def test_looking_at_the_board_writes_nothing(cast, browse):
    before = Event.objects.count()
    browse("office").get(url(cast))
    assert Event.objects.count() == before


@pytest.fixture
def many(cast):
    units = [factories.unit(parent=cast.province) for _ in range(256)]
    factories.enrolled(cast.batch, units, cast.office)
    contact(cast, cast.city)
    return cast


def test_large_group_is_paged_by_fifty(many, browse):
    first = browse("office").get(url(many, f"?open={OTHERS}"))
    last = browse("office").get(url(many, f"?open={OTHERS}&page=6"))
    assert (first.text.count('scope="row"'), last.text.count('scope="row"')) == (50, 7)


def test_board_of_259_units_takes_few_questions_and_no_two_seconds(many, browse, django_assert_max_num_queries):
    client = browse("office")
    client.get(url(many))
    begun = time.perf_counter()
    with django_assert_max_num_queries(12):
        answer = client.get(url(many, f"?open={OTHERS}"))
    assert (answer.status_code, answer.context["figures"].n, time.perf_counter() - begun < 2) == (200, 259, True)


def test_first_look_at_the_board_asks_as_often_for_259_units_as_for_three(many):
    other = factories.campaign()
    for office in (many.office, many.supervisor):
        factories.grant(office, "office", other)
    factories.enrolled(factories.batch(other), [many.city, many.port], many.supervisor)
    ContactPoint.objects.create(campaign=other, sponsor=many.sponsor, unit=many.city, since=timezone.localdate())
    access.held(many.office)
    asked = []
    for campaign in (other, many.campaign):
        with CaptureQueriesContext(connection) as caught:
            points = whole(campaign).points
            grouped(rows_of(many.office, campaign), points)
        asked.append(len(caught))
    assert (asked[0] - asked[1], asked[1] <= 12) == (0, True)
