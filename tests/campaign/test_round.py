"""A round from planned to closed, what it counts for, and everything that must not happen on the way."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from setright.campaign.access import Unknown
from setright.campaign.actions.round import (
    AudiencePlan,
    Reached,
    RoundPlan,
    close_round,
    drop_round,
    edit_round,
    enter_reached,
    open_round,
    plan_hash,
    plan_round,
    unopen_round,
)
from setright.campaign.enums import EnrolmentState, RoundState
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.models import Audience, Enrolment, Event, Rollup, Round
from setright.campaign.queries.rollup import counted
from setright.campaign.queries.round import heard, line, rounds_of
from tests import factories

TODAY = timezone.localdate()


def planned(*audiences, method="meeting", starts_on=TODAY, ends_on=TODAY, note="在食堂"):
    listed = audiences or (("夜班护士", "Night nurses", 40), ("病人家属", "Families", 60))
    return RoundPlan(method, starts_on, ends_on, note, tuple(AudiencePlan(*each) for each in listed))


def at(round, n):
    """The numbers to enter: `n` for every audience, as read now."""
    return [Reached(each.pk, each.n_reached, n) for each in round.audiences.all()]


@pytest.fixture
def round(cast):
    return plan_round(enrolment=cast.at_city, plan=planned(), by=cast.clerk)


@pytest.fixture
def opened(round, cast):
    open_round(round=round, by=cast.clerk)
    return round


def stands(round):
    return Round.objects.get(pk=round.pk).state


# ----------------------------------------------------------------------------------------------------------- actions


def test_round_goes_from_planned_to_closed_with_its_days(opened, cast):
    enter_reached(round=opened, reached=at(opened, 30), by=cast.clerk)
    close_round(round=opened, by=cast.lead)
    now = Round.objects.get(pk=opened.pk)
    assert (now.state, now.opened_on, now.closed_on) == (RoundState.CLOSED, TODAY, TODAY)


def test_round_numbers_follow_one_another_in_each_enrolment(round, cast):
    clerk = factories.person()
    factories.grant(clerk, "clerk", cast.campaign, cast.port)
    other = plan_round(enrolment=cast.at_port, plan=planned(), by=clerk)
    second = plan_round(enrolment=cast.at_city, plan=planned(), by=cast.lead)
    assert (round.number, second.number, other.number) == (1, 2, 1)


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (planned(ends_on=TODAY - timedelta(days=1)), "ends_on"),
        (planned(("护士", "", 0)), "invited_0"),
        (RoundPlan("meeting", TODAY, TODAY, "", ()), "name_0"),
    ],
)
def test_plan_that_cannot_be_is_told_beside_its_field(cast, plan, field):
    with pytest.raises(Invalid) as told:
        plan_round(enrolment=cast.at_city, plan=plan, by=cast.clerk)
    assert (told.value.field, Round.objects.count()) == (field, 0)


def test_planned_round_can_be_changed_and_its_audiences_with_it(round, cast):
    plan = planned(("出租车司机", "Taxi drivers", 25), method="visit")
    edit_round(round=round, plan=plan, seen=plan_hash(round), by=cast.lead)
    now = Round.objects.get(pk=round.pk)
    assert (now.method, list(now.audiences.values_list("name", "n_invited"))) == ("visit", [("出租车司机", 25)])


def test_two_people_changing_a_plan_do_not_overwrite_each_other(round, cast):
    seen = plan_hash(round)
    edit_round(round=round, plan=planned(method="visit"), seen=seen, by=cast.lead)
    with pytest.raises(Conflict):
        edit_round(round=round, plan=planned(method="box"), seen=seen, by=cast.clerk)
    assert Round.objects.get(pk=round.pk).method == "visit"


def test_open_round_is_not_changed_any_more(opened, cast):
    with pytest.raises(Conflict):
        edit_round(round=opened, plan=planned(method="box"), seen=plan_hash(opened), by=cast.clerk)
    assert Round.objects.get(pk=opened.pk).method == "meeting"


def test_opening_is_taken_back_only_while_nobody_was_reached(opened, cast):
    unopen_round(round=opened, by=cast.clerk)
    assert (stands(opened), Round.objects.get(pk=opened.pk).opened_on) == (RoundState.PLANNED, None)
    open_round(round=opened, by=cast.clerk)
    enter_reached(round=opened, reached=at(opened, 1), by=cast.clerk)
    with pytest.raises(Refused):
        unopen_round(round=opened, by=cast.clerk)
    assert stands(opened) == RoundState.OPEN


def test_units_that_have_not_begun_or_are_sealed_open_no_round(round, cast):
    for state in (EnrolmentState.WAITING, EnrolmentState.SEALED):
        Enrolment.objects.filter(pk=cast.at_city.pk).update(state=state)
        with pytest.raises(Refused):
            open_round(round=Round.objects.get(pk=round.pk), by=cast.clerk)
    with pytest.raises(Refused):
        plan_round(enrolment=cast.at_city, plan=planned(), by=cast.clerk)
    assert (stands(round), Round.objects.count()) == (RoundState.PLANNED, 1)


def test_numbers_are_entered_only_while_it_is_open(round, cast):
    with pytest.raises(Conflict):
        enter_reached(round=round, reached=at(round, 5), by=cast.clerk)
    open_round(round=round, by=cast.clerk)
    enter_reached(round=round, reached=at(round, 5), by=cast.clerk)
    close_round(round=round, by=cast.lead)
    with pytest.raises(Conflict):
        enter_reached(round=round, reached=at(round, 40), by=cast.clerk)
    assert list(round.audiences.values_list("n_reached", flat=True)) == [5, 5]


def test_more_reached_than_invited_is_told_beside_the_field(opened, cast):
    first = opened.audiences.first()
    with pytest.raises(Invalid) as told:
        enter_reached(round=opened, reached=[Reached(first.pk, 0, 41)], by=cast.clerk)
    assert told.value.field == f"reached_{first.pk}"


def test_second_to_enter_a_number_is_told_and_nothing_of_theirs_is_written(opened, cast):
    stale = at(opened, 7)
    enter_reached(round=opened, reached=at(opened, 12)[1:], by=cast.clerk)
    with pytest.raises(Conflict):
        enter_reached(round=opened, reached=stale, by=cast.lead)
    assert list(opened.audiences.values_list("n_reached", flat=True)) == [0, 12]


def test_round_that_reached_nobody_is_not_closed_and_says_so(opened, cast):
    with pytest.raises(Refused) as told:
        close_round(round=opened, by=cast.lead)
    assert [(r.code, r.got, r.need) for r in told.value.reasons] == [("reached", 0, 1)]
    assert stands(opened) == RoundState.OPEN


def test_second_to_close_is_told_that_somebody_was_quicker(opened, cast):
    enter_reached(round=opened, reached=at(opened, 30), by=cast.clerk)
    stale = Round.objects.get(pk=opened.pk)
    close_round(round=opened, by=cast.lead)
    with pytest.raises(Conflict):
        close_round(round=stale, by=cast.lead)


def test_closed_round_is_never_open_again(opened, cast):
    enter_reached(round=opened, reached=at(opened, 30), by=cast.clerk)
    close_round(round=opened, by=cast.lead)
    for act in (open_round, unopen_round, drop_round):
        with pytest.raises((Conflict, Refused)):
            act(round=Round.objects.get(pk=opened.pk), by=cast.lead)
    assert stands(opened) == RoundState.CLOSED


def test_planned_round_is_taken_out_and_an_open_one_is_not(round, cast):
    twin = Round.objects.get(pk=round.pk)
    drop_round(round=round, by=cast.clerk)
    with pytest.raises(Conflict):
        open_round(round=twin, by=cast.clerk)
    other = plan_round(enrolment=cast.at_city, plan=planned(), by=cast.clerk)
    open_round(round=other, by=cast.clerk)
    with pytest.raises(Conflict):
        drop_round(round=other, by=cast.clerk)
    assert list(Round.objects.values_list("pk", "state")) == [(other.pk, "open")]


def test_every_act_writes_one_entry_without_words(round, cast):
    before = Event.objects.count() - 1  # the fixture planned it
    edit_round(round=round, plan=planned(note="不能进日志的话"), seen=plan_hash(round), by=cast.clerk)
    open_round(round=round, by=cast.clerk)
    unopen_round(round=round, by=cast.clerk)
    open_round(round=round, by=cast.clerk)
    enter_reached(round=round, reached=at(round, 9), by=cast.clerk)
    close_round(round=round, by=cast.lead)
    written = list(Event.objects.order_by("seq"))[before:]
    assert [each.action for each in written] == [
        "plan_round",
        "edit_round",
        "open_round",
        "unopen_round",
        "open_round",
        "enter_reached",
        "close_round",
    ]
    assert [each for each in written if "不能进日志的话" in f"{each.before}{each.after}"] == []


@pytest.mark.parametrize("name", ["office", "supervisor", "sponsor", "member", "analyst", "administrator", "outsider"])
def test_no_other_role_enters_anything(opened, cast, name):
    by = cast.people[name]
    for act in (
        lambda: plan_round(enrolment=cast.at_city, plan=planned(), by=by),
        lambda: edit_round(round=opened, plan=planned(), seen="", by=by),
        lambda: open_round(round=opened, by=by),
        lambda: unopen_round(round=opened, by=by),
        lambda: enter_reached(round=opened, reached=[], by=by),
        lambda: drop_round(round=opened, by=by),
        lambda: close_round(round=opened, by=by),
    ):
        with pytest.raises(Unknown):
            act()


def test_clerk_does_not_close(opened, cast):
    enter_reached(round=opened, reached=at(opened, 30), by=cast.clerk)
    with pytest.raises(Unknown):
        close_round(round=opened, by=cast.clerk)


def test_rollup_follows_every_act(opened, cast):
    def kept():
        figures = counted(Enrolment.objects.filter(pk=cast.at_city.pk))[cast.at_city.pk].fields()
        row = Rollup.objects.get(enrolment=cast.at_city)
        assert {name: getattr(row, name) for name in figures} == figures
        return (row.n_rounds, row.n_rounds_closed, row.n_methods, row.n_invited, row.n_reached)

    assert kept() == (1, 0, 0, 0, 0)
    enter_reached(round=opened, reached=at(opened, 30), by=cast.clerk)
    close_round(round=opened, by=cast.lead)
    assert kept() == (1, 1, 1, 100, 60)
    drop_round(round=plan_round(enrolment=cast.at_city, plan=planned(), by=cast.clerk), by=cast.clerk)
    assert kept() == (1, 1, 1, 100, 60)


# ----------------------------------------------------------------------------------------------------------- queries


def test_late_follows_from_the_plan_and_ends_with_closing(cast):
    past = TODAY - timedelta(days=3)
    round = plan_round(enrolment=cast.at_city, plan=planned(starts_on=past, ends_on=TODAY), by=cast.clerk)
    assert line(round).due_on == past
    open_round(round=round, by=cast.clerk)
    assert line(round).due_on == TODAY
    enter_reached(round=round, reached=at(round, 3), by=cast.clerk)
    close_round(round=round, by=cast.lead)
    assert line(round).due_on is None


def test_heard_counts_closed_rounds_alone_and_names_unused_methods(opened, cast):
    enter_reached(round=opened, reached=at(opened, 30), by=cast.clerk)
    now = heard(cast.at_city, rounds_of(cast.at_city))
    assert (now.n_rounds, now.n_invited, now.reached_short, now.is_enough) == (0, 0, 0, False)
    close_round(round=opened, by=cast.lead)
    now = heard(cast.at_city, rounds_of(cast.at_city))
    assert (now.n_rounds, now.n_methods, now.n_invited, now.n_reached, now.need_reached) == (1, 1, 100, 60, 70)
    assert (now.rounds_short, now.methods_short, now.reached_short) == (2, 2, 10)
    assert [each.value for each in now.unused] == ["visit", "survey", "box", "online", "talk"]


# ------------------------------------------------------------------------------------------------------------- pages


def typed(**changes):
    fields = {
        "method": "meeting",
        "starts_on": TODAY.isoformat(),
        "ends_on": TODAY.isoformat(),
        "note": "在食堂",
        "n_rows": "4",
        "name_0": "夜班护士",
        "name_en_0": "Night nurses",
        "invited_0": "40",
    }
    return {**fields, **changes}


def test_lead_plans_opens_enters_and_closes_on_pages(cast, browse):
    lead = browse("lead")
    answer = lead.post(reverse("round_plan", args=(cast.campaign.pk, cast.at_city.pk)), typed())
    round = Round.objects.get()
    key = (cast.campaign.pk, round.pk)
    assert (answer.status_code, answer.url) == (302, reverse("round_page", args=key))
    lead.post(reverse("round_open", args=key))
    audience = round.audiences.get()
    lead.post(reverse("round_page", args=key), {f"reached_{audience.pk}": "31", f"seen_{audience.pk}": "0"})
    asked = lead.get(reverse("round_close", args=key))
    assert (asked.status_code, "31 of 40" in asked.text, "cannot be undone" in asked.text) == (200, True, True)
    lead.post(reverse("round_close", args=key), {"word": "close"})
    assert (stands(round), Audience.objects.get().n_reached) == (RoundState.CLOSED, 31)


def test_close_without_its_word_closes_nothing(opened, cast, browse):
    enter_reached(round=opened, reached=at(opened, 30), by=cast.clerk)
    answer = browse("lead").post(reverse("round_close", args=(cast.campaign.pk, opened.pk)), {"word": "yes"})
    assert (answer.status_code, stands(opened), 'aria-invalid="true"' in answer.text) == (200, RoundState.OPEN, True)


def test_close_of_a_round_that_reached_nobody_shows_the_reason(opened, cast, browse):
    answer = browse("lead").post(reverse("round_close", args=(cast.campaign.pk, opened.pk)), {"word": "close"})
    assert (answer.status_code, "0 of 100 invited" in answer.text, stands(opened)) == (422, True, RoundState.OPEN)


def test_undo_of_opening_stands_on_the_page(round, cast, browse):
    key = (cast.campaign.pk, round.pk)
    answer = browse("clerk").post(reverse("round_open", args=key), follow=True)
    assert reverse("round_unopen", args=key) in answer.text
    browse("clerk").post(reverse("round_unopen", args=key))
    assert stands(round) == RoundState.PLANNED


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"ends_on": (TODAY - timedelta(days=1)).isoformat()}, "It ends before it begins."),
        ({"invited_0": ""}, "Say how many are invited."),
        ({"invited_0": "-3"}, "greater than or equal to 1"),
        ({"name_0": "", "name_en_0": ""}, "Say who these 40 people are."),
        ({"name_0": "", "name_en_0": "", "invited_0": ""}, "Name at least one audience"),
        ({"starts_on": "2026-13-01"}, "valid date"),
        ({"method": "dream"}, "valid choice"),
    ],
)
def test_refused_plan_keeps_what_was_typed(cast, browse, changes, told):
    page = reverse("round_plan", args=(cast.campaign.pk, cast.at_city.pk))
    answer = browse("clerk").post(page, typed(note="写了很久的话", **changes))
    found = (answer.status_code, told in answer.text, "写了很久的话" in answer.text, 'id="errors"' in answer.text)
    assert (found, Round.objects.count()) == ((200, True, True, True), 0)


def test_more_rows_keep_what_was_typed_and_check_nothing(cast, browse):
    page = reverse("round_plan", args=(cast.campaign.pk, cast.at_city.pk))
    answer = browse("clerk").post(page, typed(more="1", ends_on="2020-01-01"))
    form = answer.context["form"]
    assert (form.n_rows, form["name_0"].value(), form.errors, Round.objects.count()) == (8, "夜班护士", {}, 0)


@pytest.mark.parametrize("n_rows", ["0", "-1", "x", "999999999", "99"])
def test_any_number_of_rows_is_survived(cast, browse, n_rows):
    page = reverse("round_plan", args=(cast.campaign.pk, cast.at_city.pk))
    assert browse("clerk").post(page, typed(n_rows=n_rows)).status_code == 302


def test_conflict_on_the_page_keeps_the_number_and_sees_the_new_one(opened, cast, browse):
    first, second = opened.audiences.all()
    enter_reached(round=opened, reached=[Reached(first.pk, 0, 12)], by=cast.clerk)
    sent = {
        f"reached_{first.pk}": "20",
        f"seen_{first.pk}": "0",
        f"reached_{second.pk}": "1",
        f"seen_{second.pk}": "0",
    }
    page = reverse("round_page", args=(cast.campaign.pk, opened.pk))
    answer = browse("lead").post(page, sent)
    form = answer.context["form"]
    assert ("somebody entered 12" in answer.text, form[f"reached_{first.pk}"].value()) == (True, "20")
    again = {name: form[name].value() for name in form.fields}
    assert browse("lead").post(page, again).status_code == 302
    assert list(opened.audiences.values_list("n_reached", flat=True)) == [20, 1]


def test_wrong_numbers_are_all_told_at_once(opened, cast, browse):
    first, second = opened.audiences.all()
    sent = {
        f"reached_{first.pk}": "41",
        f"seen_{first.pk}": "0",
        f"reached_{second.pk}": "-1",
        f"seen_{second.pk}": "0",
    }
    answer = browse("clerk").post(reverse("round_page", args=(cast.campaign.pk, opened.pk)), sent)
    assert sorted(answer.context["form"].errors) == sorted([f"reached_{first.pk}", f"reached_{second.pk}"])
    assert ("From 0 to the 40 invited." in answer.text, "From 0 to the 60 invited." in answer.text) == (True, True)


def test_edit_page_shows_the_plan_and_refuses_once_open(round, cast, browse):
    page = reverse("round_edit", args=(cast.campaign.pk, round.pk))
    form = browse("clerk").get(page).context["form"]
    assert (form["name_0"].value(), form["invited_1"].value()) == ("夜班护士", 60)
    answer = browse("clerk").post(page, typed(seen_hash=plan_hash(round), name_0="司机"))
    assert (answer.status_code, Round.objects.get().audiences.get().name) == (302, "司机")
    open_round(round=round, by=cast.clerk)
    assert browse("clerk").get(page).status_code == 422


def test_stale_edit_on_the_page_keeps_what_was_typed(round, cast, browse):
    seen = plan_hash(round)
    edit_round(round=round, plan=planned(method="visit"), seen=seen, by=cast.lead)
    page = reverse("round_edit", args=(cast.campaign.pk, round.pk))
    answer = browse("clerk").post(page, typed(seen_hash=seen, note="我的话"))
    assert ("Somebody changed this round" in answer.text, "我的话" in answer.text) == (True, True)
    assert "What stands there now" in answer.text
    meant = typed(seen_hash=answer.context["form"]["seen_hash"].value(), note="我的话")
    assert (browse("clerk").post(page, meant).status_code, Round.objects.get().note) == (302, "我的话")


def test_list_filters_by_state_and_counts_each(opened, cast, browse):
    plan_round(enrolment=cast.at_city, plan=planned(method="box"), by=cast.clerk)
    page = reverse("round_list", args=(cast.campaign.pk, cast.at_city.pk))
    answer = browse("supervisor").get(page, {"state": "planned"})
    assert [(each[0], each[2]) for each in answer.context["states"]] == [("planned", 1), ("open", 1)]
    assert [each.round.method for each in answer.context["page"]] == ["box"]


def test_empty_list_says_why(cast, browse):
    answer = browse("lead").get(reverse("round_list", args=(cast.campaign.pk, cast.at_city.pk)))
    assert ("No round is planned yet" in answer.text, "0, 3 needed" in answer.text) == (True, True)


PAGES = ["round_page", "round_edit", "round_open", "round_unopen", "round_close", "round_drop"]
MAY = {
    "round_list": {"office", "lead", "clerk", "member", "supervisor", "sponsor", "analyst"},
    "round_page": {"office", "lead", "clerk", "member", "supervisor", "sponsor", "analyst"},
    "round_plan": {"lead", "clerk"},
    "round_edit": {"lead", "clerk"},
    "round_open": {"lead", "clerk"},
    "round_unopen": {"lead", "clerk"},
    "round_close": {"lead"},
    "round_drop": {"lead", "clerk"},
}


@pytest.mark.parametrize("name", ["office", "lead", "clerk", "member", "supervisor", "sponsor", "analyst"])
def test_each_page_is_there_for_whom_it_is_and_for_nobody_else(round, cast, browse, name):
    client = browse(name)
    seen = set()
    for page in MAY:
        key = cast.at_city.pk if page in ("round_list", "round_plan") else round.pk
        url = reverse(page, args=(cast.campaign.pk, key))
        if client.get(url).status_code not in (404,):
            seen.add(page)
    posted = {"round_open", "round_unopen"}  # GET answers 405 before anything is looked up
    assert seen - posted == {page for page, names in MAY.items() if name in names} - posted


@pytest.mark.parametrize("name", ["outsider", "accused", "administrator"])
@pytest.mark.parametrize("page", PAGES)
def test_outsiders_find_no_such_page(round, cast, browse, name, page):
    url = reverse(page, args=(cast.campaign.pk, round.pk))
    assert browse(name).post(url).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_sibling_units_round_is_no_such_page_for_the_citys_lead(cast, browse, page):
    clerk = factories.person()
    factories.grant(clerk, "clerk", cast.campaign, cast.port)
    other = plan_round(enrolment=cast.at_port, plan=planned(), by=clerk)
    assert browse("lead").post(reverse(page, args=(cast.campaign.pk, other.pk))).status_code == 404
    assert stands(other) == RoundState.PLANNED
    for name in ("round_list", "round_plan"):
        assert browse("lead").get(reverse(name, args=(cast.campaign.pk, cast.at_port.pk))).status_code == 404


def test_only_reader_pages_show_no_form_and_take_no_numbers(opened, cast, browse):
    page = reverse("round_page", args=(cast.campaign.pk, opened.pk))
    assert browse("supervisor").get(page).context["form"] is None
    assert browse("supervisor").post(page, {}).status_code == 404


def test_list_asks_the_same_number_of_questions_for_one_and_for_many(round, cast, browse):
    client = browse("lead")
    url = reverse("round_list", args=(cast.campaign.pk, cast.at_city.pk))

    def n_questions():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(url)
        return len(asked)

    n_questions()
    few = n_questions()
    for _each in range(30):
        plan_round(enrolment=cast.at_city, plan=planned(), by=cast.clerk)
    assert n_questions() == few
