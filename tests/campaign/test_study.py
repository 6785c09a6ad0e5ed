"""Programmes, terms, sessions and coverage: who may see them, what they count, what cannot be."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from setright.campaign.access import Unknown, subtrees
from setright.campaign.actions.study import (
    ProgrammePlan,
    SessionPlan,
    TermPlan,
    add_programme,
    add_term,
    cancel_session,
    drop_programme,
    drop_term,
    edit_programme,
    edit_session,
    edit_term,
    hold_session,
    plan_session,
    restore_session,
    said_hash,
    unhold_session,
)
from setright.campaign.enums import Role, StudyKind, StudyState
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.models import Attendance, Event, Programme, StudySession, TeamMember, Term
from setright.campaign.queries.study import (
    Share,
    coverage,
    in_order,
    lines_of,
    missing,
    programmes_for,
    sessions_for,
    with_attendance,
)
from tests import factories

TODAY = timezone.localdate()
DAY = timedelta(days=1)
ALL = ("",)


def made(cast, unit=None, by=None, name="群众路线"):
    plan = ProgrammePlan(name, "Mass line", "每个班子成员至少一期")
    return add_programme(campaign=cast.campaign, unit=unit or cast.city, plan=plan, by=by or cast.office)


def session_of(programme, by, **fields):
    values = {"name": "第一讲", "name_en": "Lecture 1", "term": None, "place": "礼堂", "on": TODAY, **fields}
    unit = values.pop("unit", programme.unit)
    return plan_session(programme=programme, unit=unit, plan=SessionPlan(**values), by=by)


def came(session, *people):
    session.attendance.filter(member__person__in=people).update(is_present=True)


def members(*people):
    return set(TeamMember.objects.filter(person__in=people).values_list("pk", flat=True))


@pytest.fixture
def programme(cast):
    return made(cast)


@pytest.fixture
def session(cast, programme):
    return session_of(programme, cast.clerk)


@pytest.fixture
def term(cast, programme):
    return add_term(programme=programme, plan=TermPlan(TODAY, TODAY + 4 * DAY, "党校"), by=cast.office)


# ----------------------------------------------------------------------------------------------------------- actions


def test_terms_are_numbered_by_themselves_in_each_programme(cast, programme, term):
    second = add_term(programme=programme, plan=TermPlan(TODAY, TODAY, ""), by=cast.clerk)
    other = add_term(programme=made(cast), plan=TermPlan(TODAY, TODAY, ""), by=cast.office)
    assert (term.number, second.number, other.number) == (1, 2, 1)


def test_term_that_ends_before_it_begins_is_told_beside_its_field(cast, programme):
    with pytest.raises(Invalid) as told:
        add_term(programme=programme, plan=TermPlan(TODAY, TODAY - DAY, ""), by=cast.office)
    assert told.value.field == "ends_on"


def test_session_expects_everybody_who_holds_a_post_below_its_unit_today(cast, programme):
    left = factories.member(cast.city, factories.person())
    TeamMember.objects.filter(pk=left.pk).update(until=TODAY - DAY)
    factories.member(cast.hospital, factories.person(), since=TODAY + DAY)
    factories.member(cast.port, factories.person())
    session = session_of(programme, cast.clerk)
    found = set(session.attendance.values_list("member_id", flat=True))
    assert found == members(cast.lead, cast.member, cast.accused)


def test_session_of_a_unit_below_expects_its_team_alone(cast, programme):
    session = session_of(programme, cast.clerk, unit=cast.hospital)
    assert set(session.attendance.values_list("member_id", flat=True)) == members(cast.accused)


def test_session_with_a_term_is_a_study_session_and_without_one_a_themed_activity(cast, programme, term):
    assert session_of(programme, cast.clerk, term=term).kind == StudyKind.SESSION
    assert session_of(programme, cast.clerk).kind == StudyKind.ACTIVITY


@pytest.mark.parametrize("days", [-1, 5])
def test_session_outside_the_days_of_its_term_is_told(cast, programme, term, days):
    with pytest.raises(Invalid) as told:
        session_of(programme, cast.clerk, term=term, on=TODAY + days * DAY)
    assert (told.value.field, StudySession.objects.count()) == ("on", 0)


def test_session_of_a_unit_outside_the_programme_is_told(cast, programme):
    with pytest.raises(Invalid) as told:
        session_of(programme, cast.office, unit=cast.port)
    assert told.value.field == "unit"


def test_session_with_a_term_of_another_programme_is_told(cast, term):
    with pytest.raises(Invalid) as told:
        session_of(made(cast), cast.office, term=term)
    assert told.value.field == "term"


def test_term_keeps_its_sessions_inside_its_days(cast, programme, term):
    session_of(programme, cast.clerk, term=term, on=TODAY + 3 * DAY)
    with pytest.raises(Invalid) as told:
        edit_term(term=term, plan=TermPlan(TODAY, TODAY + DAY, ""), seen=said_hash(term), by=cast.office)
    assert (told.value.field, "1" in str(told.value)) == ("ends_on", True)


def test_session_goes_from_planned_to_held_and_back_while_nobody_came(cast, session):
    hold_session(session=session, by=cast.clerk)
    assert StudySession.objects.get().state == StudyState.HELD
    unhold_session(session=session, by=cast.clerk)
    assert StudySession.objects.get().state == StudyState.PLANNED
    hold_session(session=session, by=cast.clerk)
    came(session, cast.lead)
    with pytest.raises(Refused):
        unhold_session(session=session, by=cast.clerk)
    assert StudySession.objects.get().state == StudyState.HELD


def test_session_is_not_held_before_its_day_nor_with_nobody_expected(cast, programme):
    with pytest.raises(Refused):
        hold_session(session=session_of(programme, cast.clerk, on=TODAY + DAY), by=cast.clerk)
    empty = session_of(programme, cast.clerk)
    empty.attendance.all().delete()
    with pytest.raises(Refused):
        hold_session(session=empty, by=cast.clerk)
    assert set(StudySession.objects.values_list("state", flat=True)) == {"planned"}


def test_cancelled_session_is_planned_again_and_a_held_one_is_not_cancelled(cast, session):
    cancel_session(session=session, by=cast.clerk)
    with pytest.raises(Conflict):
        hold_session(session=session, by=cast.clerk)
    restore_session(session=session, by=cast.clerk)
    hold_session(session=session, by=cast.clerk)
    with pytest.raises(Conflict):
        cancel_session(session=session, by=cast.clerk)
    assert StudySession.objects.get().state == StudyState.HELD


def test_second_to_hold_is_told_that_somebody_was_quicker(cast, session):
    stale = StudySession.objects.get(pk=session.pk)
    hold_session(session=session, by=cast.clerk)
    with pytest.raises(Conflict):
        cancel_session(session=stale, by=cast.lead)
    assert StudySession.objects.get().state == StudyState.HELD


def test_two_people_editing_do_not_overwrite_each_other(cast, programme, term, session):
    acts = (
        (programme, lambda seen: edit_programme(programme=programme, plan=PLAN, seen=seen, by=cast.office)),
        (term, lambda seen: edit_term(term=term, plan=TermPlan(TODAY, TODAY, "新"), seen=seen, by=cast.office)),
        (session, lambda seen: edit_session(session=session, plan=SESSION, seen=seen, by=cast.clerk)),
    )
    for thing, edit in acts:
        seen = said_hash(thing)
        edit(seen)
        with pytest.raises(Conflict):
            edit(seen)


PLAN = ProgrammePlan("改了", "", "")
SESSION = SessionPlan("改了", "", None, "", TODAY)


def test_held_session_is_not_edited(cast, session):
    hold_session(session=session, by=cast.clerk)
    with pytest.raises(Conflict):
        edit_session(session=session, plan=SESSION, seen=said_hash(session), by=cast.clerk)
    assert StudySession.objects.get().name == "第一讲"


def test_only_what_is_empty_is_taken_out(cast, programme, term):
    session = session_of(programme, cast.clerk, term=term)
    for act in (
        lambda: drop_term(term=term, by=cast.office),
        lambda: drop_programme(programme=programme, by=cast.office),
    ):
        with pytest.raises(Refused):
            act()
    session.attendance.all().delete()
    session.delete()
    drop_term(term=term, by=cast.office)
    drop_programme(programme=programme, by=cast.office)
    assert (Term.objects.count(), Programme.objects.count()) == (0, 0)


def test_every_act_writes_one_entry_without_words(cast):
    before = Event.objects.count()
    programme = made(cast, name="不能进日志的话")
    edit_programme(programme=programme, plan=PLAN, seen=said_hash(programme), by=cast.office)
    term = add_term(programme=programme, plan=TermPlan(TODAY, TODAY, "不能进日志的话"), by=cast.office)
    edit_term(term=term, plan=TermPlan(TODAY, TODAY, ""), seen=said_hash(term), by=cast.office)
    session = session_of(programme, cast.clerk, name="不能进日志的话")
    edit_session(session=session, plan=SESSION, seen=said_hash(session), by=cast.clerk)
    cancel_session(session=session, by=cast.clerk)
    restore_session(session=session, by=cast.clerk)
    hold_session(session=session, by=cast.clerk)
    unhold_session(session=session, by=cast.clerk)
    drop_term(term=term, by=cast.office)
    written = list(Event.objects.order_by("seq"))[before:]
    assert [each.action for each in written] == [
        "add_programme",
        "edit_programme",
        "add_term",
        "edit_term",
        "plan_session",
        "edit_session",
        "cancel_session",
        "restore_session",
        "hold_session",
        "unhold_session",
        "drop_term",
    ]
    assert [each for each in written if "不能进日志的话" in f"{each.before}{each.after}"] == []
    assert {(each.campaign_id, each.unit_id) for each in written} == {(cast.campaign.pk, cast.city.pk)}


@pytest.mark.parametrize("name", ["member", "supervisor", "sponsor", "analyst", "administrator", "outsider", "accused"])
def test_no_other_role_manages_study(cast, programme, term, session, name):
    by = cast.people[name]
    for act in (
        lambda: made(cast, by=by),
        lambda: edit_programme(programme=programme, plan=PLAN, seen="", by=by),
        lambda: drop_programme(programme=programme, by=by),
        lambda: add_term(programme=programme, plan=TermPlan(TODAY, TODAY, ""), by=by),
        lambda: edit_term(term=term, plan=TermPlan(TODAY, TODAY, ""), seen="", by=by),
        lambda: drop_term(term=term, by=by),
        lambda: session_of(programme, by),
        lambda: edit_session(session=session, plan=SESSION, seen="", by=by),
        lambda: hold_session(session=session, by=by),
        lambda: unhold_session(session=session, by=by),
        lambda: cancel_session(session=session, by=by),
        lambda: restore_session(session=session, by=by),
    ):
        with pytest.raises(Unknown):
            act()


def test_clerk_of_a_city_plans_its_sessions_in_the_provinces_programme_but_none_of_the_province(cast):
    province = made(cast, unit=cast.province)
    assert session_of(province, cast.clerk, unit=cast.city).attendance.count() == 3
    with pytest.raises(Unknown):
        session_of(province, cast.clerk)
    with pytest.raises(Unknown):
        add_term(programme=province, plan=TermPlan(TODAY, TODAY, ""), by=cast.clerk)


# ----------------------------------------------------------------------------------------------------------- queries


def test_programmes_of_units_above_concern_a_unit_and_its_siblings_do_not(cast):
    above, own, below = made(cast, cast.province), made(cast, cast.city), made(cast, cast.hospital)
    made(cast, cast.port)
    made(cast, cast.elsewhere)
    assert set(programmes_for(cast.lead, cast.campaign)) == {above, own, below}
    assert programmes_for(cast.outsider, cast.campaign).count() == 0
    assert programmes_for(cast.office, cast.campaign).count() == 5


def test_a_role_in_another_campaign_shows_nothing_here(cast):
    programme = made(cast, cast.province)
    session_of(programme, cast.office)
    factories.grant(cast.outsider, Role.LEAD, factories.campaign(), cast.city)
    assert subtrees(cast.outsider, "study.view", cast.campaign) == ()
    assert (
        programmes_for(cast.outsider, cast.campaign).count(),
        sessions_for(cast.outsider, cast.campaign).count(),
    ) == (
        0,
        0,
    )


def test_subtrees_name_the_tops_alone(cast):
    who = factories.person()
    for unit in (cast.hospital, cast.city, cast.port):
        factories.grant(who, Role.CLERK, cast.campaign, unit)
    assert set(subtrees(who, "study.view", cast.campaign)) == {cast.city.path, cast.port.path}
    assert subtrees(cast.office, "study.view", cast.campaign) == ALL


def test_coverage_counts_each_person_once_over_all_sessions_and_only_present_members(cast, programme):
    first, second = session_of(programme, cast.clerk), session_of(programme, cast.clerk)
    came(first, cast.lead, cast.member)
    came(second, cast.lead)
    assert coverage(programme, cast.city, ALL).whole == Share(2, 3)
    TeamMember.objects.filter(person=cast.member).update(until=TODAY - DAY)
    assert coverage(programme, cast.city, ALL).whole == Share(1, 2)
    assert lines_of([programme], ALL)[0].cover == Share(1, 2)


def test_coverage_by_level_and_by_unit_with_the_least_covered_first(cast):
    factories.member(cast.province, factories.person())
    factories.member(cast.port, factories.person())
    programme = made(cast, cast.province)
    came(session_of(programme, cast.office), cast.accused)
    found = coverage(programme, cast.province, ALL)
    assert found.whole == Share(1, 5)
    assert [(each.level, each.n_units, each.cover) for each in found.levels] == [
        (0, 1, Share(0, 1)),
        (1, 2, Share(0, 3)),
        (2, 1, Share(1, 1)),
    ]
    assert [(each.unit, each.cover) for each in found.units] == [(cast.port, Share(0, 1)), (cast.city, Share(1, 3))]


def test_reader_of_a_city_sees_the_citys_people_in_the_provinces_programme(cast):
    factories.member(cast.port, factories.person())
    programme = made(cast, cast.province)
    session = session_of(programme, cast.office)
    paths = subtrees(cast.lead, "study.view", cast.campaign)
    assert coverage(programme, cast.province, paths).whole == Share(0, 3)
    assert lines_of([programme], paths)[0].cover == Share(0, 3)
    assert with_attendance([session], paths)[0].present == Share(0, 3)
    assert {each.unit for each in missing(programme, cast.province, paths)} == {cast.city, cast.hospital}
    assert with_attendance([session], ALL)[0].present == Share(0, 4)


def test_missing_lists_heads_first_and_nobody_who_came_once(cast, programme):
    came(session_of(programme, cast.clerk), cast.lead)
    assert [each.person for each in missing(programme, cast.city, ALL)] == [cast.accused, cast.member]


def test_sessions_in_order_put_the_most_overdue_plan_first(cast, programme):
    later = session_of(programme, cast.clerk, on=TODAY + DAY)
    overdue = session_of(programme, cast.clerk, on=TODAY - DAY)
    held = session_of(programme, cast.clerk)
    hold_session(session=held, by=cast.clerk)
    off = session_of(programme, cast.clerk)
    cancel_session(session=off, by=cast.clerk)
    assert list(in_order(StudySession.objects.all())) == [overdue, later, held, off]


# ------------------------------------------------------------------------------------------------------------- pages


def at(cast, name, thing):
    return reverse(name, args=(cast.campaign.pk, thing.pk))


def test_office_sets_up_a_programme_with_a_term_and_a_session_on_pages(cast, browse):
    office = browse("office")
    office.post(
        reverse("programme_add", args=(cast.campaign.pk,)),
        {"name": "轮训", "name_en": "Training", "unit": "p-c", "text": ""},
    )
    programme = Programme.objects.get()
    office.post(at(cast, "term_add", programme), {"starts_on": TODAY, "ends_on": TODAY + DAY, "place": "党校"})
    term = Term.objects.get()
    answer = office.post(
        at(cast, "session_add", programme),
        {"name": "开班", "name_en": "", "term": term.pk, "on": TODAY, "place": "", "unit": "P-C-H"},
    )
    session = StudySession.objects.get()
    assert (answer.status_code, answer.url) == (302, at(cast, "study_session", session))
    assert (programme.unit, term.number, session.unit, session.term) == (cast.city, 1, cast.hospital, term)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"unit": "P-P"}, "No unit with the code “P-P”"),
        ({"unit": ""}, "This field is required."),
        ({"name": ""}, "This field is required."),
    ],
)
def test_refused_programme_keeps_what_was_typed(cast, browse, changes, told):
    sent = {"name": "轮训", "name_en": "", "unit": "P-C", "text": "写了很久的话", **changes}
    answer = browse("clerk").post(reverse("programme_add", args=(cast.campaign.pk,)), sent)
    found = (answer.status_code, told in answer.text, "写了很久的话" in answer.text, Programme.objects.count())
    assert found == (200, True, True, 0)


def test_refused_session_keeps_what_was_typed(cast, browse, programme, term):
    sent = {"name": "写了很久的名字", "term": term.pk, "on": (TODAY + 9 * DAY).isoformat(), "unit": "P-C"}
    answer = browse("clerk").post(at(cast, "session_add", programme), sent)
    assert ("Term 1 runs from" in answer.text, "写了很久的名字" in answer.text, StudySession.objects.count()) == (
        True,
        True,
        0,
    )


def test_stale_edit_is_told_keeps_the_words_and_can_be_sent_again(cast, browse, programme):
    seen = said_hash(programme)
    edit_programme(programme=programme, plan=PLAN, seen=seen, by=cast.office)
    page = at(cast, "programme_edit", programme)
    sent = {"name": "我的名字", "name_en": "", "text": "", "seen_hash": seen}
    answer = browse("clerk").post(page, sent)
    assert ("Somebody changed this" in answer.text, "我的名字" in answer.text) == (True, True)
    sent["seen_hash"] = answer.context["form"]["seen_hash"].value()
    assert (browse("clerk").post(page, sent).status_code, Programme.objects.get().name) == (302, "我的名字")


def test_hold_and_cancel_offer_their_undo(cast, browse, session):
    for act, undo in (("session_hold", "session_unhold"), ("session_cancel", "session_restore")):
        answer = browse("clerk").post(at(cast, act, session), follow=True)
        assert at(cast, undo, session) in answer.text
        browse("clerk").post(at(cast, undo, session))
        assert StudySession.objects.get().state == StudyState.PLANNED


def test_programme_page_filters_by_state_and_term(cast, browse, programme, term):
    in_term = session_of(programme, cast.clerk, term=term)
    activity = session_of(programme, cast.clerk)
    hold_session(session=activity, by=cast.clerk)
    page = at(cast, "programme_page", programme)

    def shown(**query):
        return [each.session for each in browse("lead").get(page, query).context["page"].object_list]

    assert shown(term="1") == [in_term]
    assert shown(term="0") == [activity]
    assert shown(state="held") == [activity]
    assert shown(state="held", term="1") == []
    assert shown(state="²", term="²") == [in_term, activity]


def test_list_shows_where_the_reader_is_expected_and_filters(cast, browse, session):
    made(cast, name="空的")
    page = reverse("study_list", args=(cast.campaign.pk,))
    answer = browse("member").get(page)
    assert ([*answer.context["mine"]], answer.context["n"]) == ([session], 2)
    assert [
        line.programme.name for line in browse("lead").get(page, {"state": "none"}).context["page"].object_list
    ] == ["空的"]
    assert [each[2] for each in answer.context["states"]] == [1, 1]


def test_empty_list_says_why(cast, browse):
    answer = browse("supervisor").get(reverse("study_list", args=(cast.campaign.pk,)))
    assert "No study programme yet" in answer.text


def test_small_numbers_are_shown_without_a_percentage(cast, browse, programme):
    came(session_of(programme, cast.clerk), cast.lead)
    answer = browse("lead").get(at(cast, "coverage_page", programme))
    assert ("1 / 2" in answer.text, "%" in answer.text) == (True, False)


def test_coverage_goes_down_the_tree_and_never_beside_it(cast, browse):
    programme = made(cast, cast.province)
    page = at(cast, "coverage_page", programme)
    lead = browse("lead")
    assert lead.get(page).context["root"] == cast.province
    assert lead.get(page, {"unit": cast.hospital.pk}).context["root"] == cast.hospital
    for unit in (cast.port.pk, cast.elsewhere.pk, "0", "x", "9" * 30):
        assert lead.get(page, {"unit": unit}).status_code == 404
        assert lead.get(at(cast, "coverage_missing", programme), {"unit": unit}).status_code == 404


GET_PAGES = {
    "programme_page": "programme",
    "programme_edit": "programme",
    "programme_drop": "programme",
    "term_add": "programme",
    "session_add": "programme",
    "coverage_page": "programme",
    "coverage_missing": "programme",
    "term_edit": "term",
    "term_drop": "term",
    "study_session": "session",
    "session_edit": "session",
    "session_expect": "session",
    "session_poster": "session",
}
POST_PAGES = ("session_hold", "session_unhold", "session_cancel", "session_restore", "session_undo")
VIEWED = {"programme_page", "coverage_page", "coverage_missing", "study_session"}


@pytest.mark.parametrize("name", ["office", "lead", "clerk", "member", "supervisor", "sponsor"])
def test_each_page_is_there_for_whom_it_is(cast, browse, programme, term, session, name):
    things = {"programme": programme, "term": term, "session": session}
    seen = {
        page for page, kind in GET_PAGES.items() if browse(name).get(at(cast, page, things[kind])).status_code == 200
    }
    assert seen == (set(GET_PAGES) if name in ("office", "lead", "clerk") else VIEWED)


@pytest.mark.parametrize("name", ["outsider", "administrator", "analyst"])
def test_outsiders_find_no_such_page(cast, browse, programme, term, session, name):
    things = {"programme": programme, "term": term, "session": session}
    codes = {browse(name).get(at(cast, page, things[kind])).status_code for page, kind in GET_PAGES.items()}
    codes |= {browse(name).post(at(cast, page, session)).status_code for page in POST_PAGES}
    codes.add(browse(name).get(reverse("study_list", args=(cast.campaign.pk,))).status_code)
    codes.add(browse(name).get(reverse("programme_add", args=(cast.campaign.pk,))).status_code)
    assert codes == {404}


def test_sibling_units_study_is_no_such_page_for_the_citys_clerk(cast, browse):
    programme = made(cast, cast.port)
    term = add_term(programme=programme, plan=TermPlan(TODAY, TODAY, ""), by=cast.office)
    session = session_of(programme, cast.office)
    things = {"programme": programme, "term": term, "session": session}
    codes = {browse("clerk").get(at(cast, page, things[kind])).status_code for page, kind in GET_PAGES.items()}
    codes |= {browse("clerk").post(at(cast, page, session)).status_code for page in POST_PAGES}
    assert codes == {404}


def test_citys_clerk_looks_at_the_provinces_study_and_changes_none_of_it(cast, browse):
    programme = made(cast, cast.province)
    session = session_of(programme, cast.office)
    term = add_term(programme=programme, plan=TermPlan(TODAY, TODAY, ""), by=cast.office)
    things = {"programme": programme, "term": term, "session": session}
    seen = {
        page for page, kind in GET_PAGES.items() if browse("clerk").get(at(cast, page, things[kind])).status_code == 200
    }
    assert seen == VIEWED | {"session_add"}  # for their own units
    assert {browse("clerk").post(at(cast, page, session)).status_code for page in POST_PAGES} == {404}


def test_lists_ask_the_same_number_of_questions_for_one_and_for_many(cast, browse, programme, term):
    session = session_of(programme, cast.clerk, term=term)
    hold_session(session=session, by=cast.clerk)
    client = browse("office")
    pages = [
        reverse("study_list", args=(cast.campaign.pk,)),
        at(cast, "programme_page", programme),
        at(cast, "coverage_page", programme),
        at(cast, "coverage_missing", programme),
        at(cast, "study_session", session),
        at(cast, "session_tick", session),
        at(cast, "session_expect", session),
    ]

    def n_questions():
        counts = []
        for page in pages:
            with CaptureQueriesContext(connection) as asked:
                assert client.get(page).status_code == 200
            counts.append(len(asked))
        return counts

    n_questions()
    few = n_questions()
    for n in range(12):
        unit = factories.unit(parent=cast.city)
        cast.city.refresh_from_db()
        people = [factories.member(unit, factories.person()) for _each in range(5)]
        Attendance.objects.bulk_create(Attendance(session=session, member=each, is_present=n % 2) for each in people)
    for _each in range(6):
        other = made(cast)
        add_term(programme=other, plan=TermPlan(TODAY, TODAY, ""), by=cast.office)
        session_of(other, cast.office)
        session_of(programme, cast.clerk, term=term)
    assert n_questions() == few
