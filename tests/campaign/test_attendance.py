"""Who is expected and who came: by list, by ticking, by QR code; and every line that is refused."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation
from openpyxl import Workbook

from setright.campaign.access import Unknown
from setright.campaign.actions.attendance import (
    Marks,
    attend_session,
    expect_members,
    leave_session,
    record_attendance,
)
from setright.campaign.actions.study import (
    ProgrammePlan,
    SessionPlan,
    add_programme,
    cancel_session,
    hold_session,
    plan_session,
)
from setright.campaign.errors import Conflict, Refused
from setright.campaign.models import Attendance, Event, StudySession, TeamMember
from setright.campaign.queries.attendance import matched, read_list
from setright.campaign.reports.study import qr_of
from tests import factories

TODAY = timezone.localdate()
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def planned(cast, on=TODAY):
    programme = add_programme(
        campaign=cast.campaign, unit=cast.city, plan=ProgrammePlan("学习", "Study", ""), by=cast.office
    )
    plan = SessionPlan("第一讲", "Lecture 1", None, "礼堂", on)
    return plan_session(programme=programme, unit=cast.city, plan=plan, by=cast.clerk)


@pytest.fixture
def session(cast):
    """A held session of the city: its lead, its member and the hospital's head are expected."""
    made = planned(cast)
    hold_session(session=made, by=cast.clerk)
    return made


def row(session, person):
    return Attendance.objects.get(session=session, member__person=person)


def present(session):
    rows = session.attendance.filter(is_present=True).order_by("pk")
    return [(each.member.person.username, each.how) for each in rows.select_related("member__person")]


# ----------------------------------------------------------------------------------------------------------- actions


def test_recorded_attendance_says_what_really_changed(cast, session):
    lead, member = row(session, cast.lead).pk, row(session, cast.member).pk
    assert record_attendance(session=session, came=Marks((lead,)), by=cast.clerk) == Marks((lead,))
    changed = record_attendance(session=session, came=Marks((lead, member), ()), by=cast.clerk)
    assert changed == Marks((member,))
    assert record_attendance(session=session, came=Marks((), (lead,)), by=cast.clerk) == Marks((), (lead,))
    assert present(session) == [("member", "list")]


def test_two_who_record_different_people_at_once_lose_nothing(cast, session):
    record_attendance(session=session, came=Marks((row(session, cast.lead).pk,)), by=cast.clerk)
    record_attendance(session=session, came=Marks((row(session, cast.member).pk,)), by=cast.lead)
    assert present(session) == [("lead", "list"), ("member", "list")]


def test_rows_of_another_session_are_never_touched(cast, session):
    other = planned(cast)
    record_attendance(session=session, came=Marks((row(other, cast.lead).pk,)), by=cast.clerk)
    assert (present(session), present(other)) == ([], [])


def test_attendance_is_recorded_only_while_held(cast):
    session = planned(cast)
    with pytest.raises(Conflict):
        record_attendance(session=session, came=Marks((row(session, cast.lead).pk,)), by=cast.clerk)
    assert present(session) == []


def test_chosen_people_are_expected_and_nobody_from_outside_the_teams(cast):
    session = planned(cast)
    lead = row(session, cast.lead).member_id
    stranger = factories.member(cast.port, factories.person())
    late = factories.member(cast.hospital, factories.person())
    changed = expect_members(session=session, members=Marks((stranger.pk, late.pk), (lead,)), by=cast.clerk)
    assert changed == Marks((late.pk,), (lead,))
    assert session.attendance.count() == 3


def test_somebody_who_came_is_not_taken_off_the_list(cast, session):
    record_attendance(session=session, came=Marks((row(session, cast.lead).pk,)), by=cast.clerk)
    keys = tuple(session.attendance.values_list("member_id", flat=True))
    with pytest.raises(Refused):
        expect_members(session=session, members=Marks((), keys), by=cast.clerk)
    assert session.attendance.count() == 3


def test_cancelled_session_changes_no_list(cast):
    session = planned(cast)
    cancel_session(session=session, by=cast.clerk)
    with pytest.raises(Conflict):
        expect_members(session=session, members=Marks((), (row(session, cast.lead).member_id,)), by=cast.clerk)


def test_member_says_that_they_are_here_once_and_can_take_it_back(cast, session):
    assert attend_session(session=session, by=cast.member) is True
    assert attend_session(session=session, by=cast.member) is False
    assert present(session) == [("member", "code")]
    leave_session(session=session, by=cast.member)
    assert present(session) == []
    with pytest.raises(Refused):
        leave_session(session=session, by=cast.member)


def test_what_organisers_recorded_is_not_taken_back_by_the_member(cast, session):
    record_attendance(session=session, came=Marks((row(session, cast.member).pk,)), by=cast.clerk)
    with pytest.raises(Refused):
        leave_session(session=session, by=cast.member)
    assert present(session) == [("member", "list")]


@pytest.mark.parametrize("days", [-1, 1])
def test_code_works_on_the_day_alone(cast, session, days):
    StudySession.objects.update(on=TODAY + days * DAY)
    with pytest.raises(Refused):
        attend_session(session=StudySession.objects.get(), by=cast.member)
    assert present(session) == []


def test_code_works_only_while_the_session_is_held(cast):
    session = planned(cast)
    for act in (lambda: None, lambda: cancel_session(session=session, by=cast.clerk)):
        act()
        with pytest.raises(Refused):
            attend_session(session=session, by=cast.member)
    assert present(session) == []


def test_member_of_the_teams_who_is_not_expected_is_told_so_and_anybody_else_finds_nothing(cast, session):
    session.attendance.filter(member__person=cast.member).delete()
    with pytest.raises(Refused):
        attend_session(session=session, by=cast.member)
    for name in ("outsider", "office", "clerk", "supervisor"):
        with pytest.raises(Unknown):
            attend_session(session=session, by=cast.people[name])


def test_person_with_two_posts_attends_for_both(cast):
    TeamMember.objects.create(unit=cast.hospital, person=cast.member, name="member", post="兼职", since=TODAY - 9 * DAY)
    session = planned(cast)
    hold_session(session=session, by=cast.clerk)
    attend_session(session=session, by=cast.member)
    assert present(session) == [("member", "code"), ("member", "code")]


def test_every_act_writes_one_entry_with_its_count(cast):
    session = planned(cast)
    hold_session(session=session, by=cast.clerk)
    before = Event.objects.count()
    expect_members(session=session, members=Marks((), (row(session, cast.accused).member_id,)), by=cast.clerk)
    record_attendance(session=session, came=Marks((row(session, cast.lead).pk,)), by=cast.clerk)
    attend_session(session=session, by=cast.member)
    attend_session(session=session, by=cast.member)
    leave_session(session=session, by=cast.member)
    written = list(Event.objects.order_by("seq").values_list("action", "n")[before:])
    assert written == [("expect_members", 2), ("record_attendance", 1), ("attend_session", 1), ("leave_session", 1)]


@pytest.mark.parametrize("name", ["member", "supervisor", "sponsor", "analyst", "administrator", "outsider", "accused"])
def test_no_other_role_records_attendance(cast, session, name):
    for act in (record_attendance, expect_members):
        with pytest.raises(Unknown):
            key = {"came": Marks()} if act is record_attendance else {"members": Marks()}
            act(session=session, by=cast.people[name], **key)


# -------------------------------------------------------------------------------------------------------------- lists


def read(session, text):
    return matched(session, read_list(text.encode(), "list.csv"))


def test_list_of_names_alone_means_that_all_of_them_came(cast, session):
    found = read(session, "姓名\nlead\nmember\n")
    assert (len(found.present), len(found.absent), found.n_new, found.refused) == (2, 0, 2, ())


def test_list_with_yes_and_no_is_taken_at_its_word(cast, session):
    attend_session(session=session, by=cast.member)
    found = read(session, "user name,present\nlead,yes\nmember,no\n")
    assert found.present == (row(session, cast.lead).pk,)
    assert found.absent == (row(session, cast.member).pk,)
    assert (found.n_new, [each.member.person for each in found.gone]) == (1, [cast.member])


def test_every_refused_line_is_named_with_its_reason(cast, session):
    for unit in (cast.city, cast.hospital):
        twin = factories.member(unit)
        Attendance.objects.create(session=session, member=twin)
    found = read(
        session,
        "姓名,账号,单位代码,到场\n"
        "lead,,,到\n"  # 2
        "没有这人,,,到\n"  # 3
        ",lead,,到\n"  # 4
        ",member,,也许\n"  # 5
        ",member,,\n"  # 6
        "成员,,,到\n"  # 7
        "成员,,P-C-H,否\n"  # 8
        ",,P-C,到\n"  # 9
        ",member,P-P,到\n",  # 10
    )
    assert [(each.number, each.why) for each in found.refused] == [
        (3, "Nobody of this name is expected at this session."),
        (4, "Stands in line 2 already."),
        (5, "“也许” is neither yes nor no."),
        (6, "It does not say yes or no."),
        (7, "2 people of this name are expected; add the unit code (P-C, P-C-H) or the user name."),
        (9, "No name and no user name."),
        (10, "Nobody of this name is expected at this session."),
    ]
    assert (len(found.present), len(found.absent)) == (1, 1)


def test_names_match_in_either_language_whatever_their_spaces_and_case(cast, session):
    TeamMember.objects.filter(person=cast.lead).update(name="王 伟", name_en="Wang Wei")
    for name in ("王伟", "WANG WEI", "wangwei"):
        assert read(session, f"name\n{name}\n").present == (row(session, cast.lead).pk,)


# -------------------------------------------------------------------------------------------------------------- pages


def at(cast, name, session):
    return reverse(name, args=(cast.campaign.pk, session.pk))


def as_xlsx(*rows):
    book = Workbook()
    for each in rows:
        book.active.append(each)
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("list.xlsx", out.getvalue())


def test_list_is_previewed_then_recorded_then_taken_back(cast, browse, session):
    attend_session(session=session, by=cast.member)
    clerk, page = browse("clerk"), at(cast, "session_import", session)
    sheet = as_xlsx(("user name", "present"), ("lead", "yes"), ("member", "no"), ("nobody", "yes"))
    preview = clerk.post(page, {"file": sheet})
    assert (preview.status_code, preview.context["n_taken"], present(session)) == (200, 2, [("member", "code")])
    assert ("Nobody of this name" in preview.text, "by QR code" in preview.text) == (True, True)
    answer = clerk.post(page, {"list": preview.context["list"]}, follow=True)
    assert present(session) == [("lead", "list")]
    undo = next(m.extra_tags for m in answer.context["messages"])
    clerk.post(undo)
    assert present(session) == [("member", "code")]


def test_undo_leaves_what_others_recorded_since(cast, browse, session):
    clerk = browse("clerk")
    answer = clerk.post(
        at(cast, "session_tick", session), {"seen": "", "on": [row(session, cast.lead).pk]}, follow=True
    )
    undo = next(m.extra_tags for m in answer.context["messages"])
    record_attendance(session=session, came=Marks((row(session, cast.member).pk,)), by=cast.lead)
    clerk.post(undo)
    assert present(session) == [("member", "list")]


def test_undo_takes_back_what_this_press_changed_and_nothing_that_stood_already(cast, browse, session):
    lead, member = row(session, cast.lead).pk, row(session, cast.member).pk
    record_attendance(session=session, came=Marks((lead,)), by=cast.lead)
    answer = browse("clerk").post(at(cast, "session_tick", session), {"seen": "", "on": [lead, member]}, follow=True)
    browse("clerk").post(next(m.extra_tags for m in answer.context["messages"]))
    assert present(session) == [("lead", "list")]


@pytest.mark.parametrize(
    ("upload", "told"),
    [
        (SimpleUploadedFile("a.csv", b""), "The submitted file is empty."),
        (SimpleUploadedFile("a.csv", "姓名\n".encode()), "no line below its heading"),
        (SimpleUploadedFile("a.csv", "姓名,姓名\n甲,乙\n".encode()), "stands there twice"),
        (SimpleUploadedFile("a.xlsx", b"PK\x03\x04 not a sheet"), "id_file_error"),
        (None, "This field is required."),
    ],
)
def test_list_that_cannot_be_read_is_told_beside_the_field(cast, browse, session, upload, told):
    if upload:
        upload.seek(0)
    answer = browse("clerk").post(at(cast, "session_import", session), {"file": upload} if upload else {})
    assert (answer.status_code, told in answer.text, present(session)) == (200, True, [])


@pytest.mark.parametrize("token", ["", "x", "1:2:3"])
def test_forged_list_and_forged_undo_do_nothing(cast, browse, session, token):
    clerk = browse("clerk")
    assert clerk.post(at(cast, "session_import", session), {"list": token}).status_code == 422
    assert clerk.post(at(cast, "session_undo", session) + f"?was={token}").status_code == 422
    assert present(session) == []


def test_undo_of_one_session_is_no_undo_of_another(cast, browse, session):
    other = planned(cast)
    hold_session(session=other, by=cast.clerk)
    answer = browse("clerk").post(at(cast, "session_tick", session), {"on": [row(session, cast.lead).pk]}, follow=True)
    undo = next(m.extra_tags for m in answer.context["messages"])
    moved = undo.replace(f"/{session.pk}/undo", f"/{other.pk}/undo")
    assert browse("clerk").post(moved).status_code == 404
    assert present(session) == [("lead", "list")]


def test_ticks_change_only_what_was_changed_on_the_page(cast, browse, session):
    lead, member = row(session, cast.lead).pk, row(session, cast.member).pk
    clerk, page = browse("clerk"), at(cast, "session_tick", session)
    assert {each[0]: each[2] for each in clerk.get(page).context["rows"]} == {
        lead: False,
        member: False,
        row(session, cast.accused).pk: False,
    }
    record_attendance(session=session, came=Marks((member,)), by=cast.lead)  # while the page was open
    clerk.post(page, {"seen": "", "on": [lead, "²", "x", "9" * 40]})
    assert present(session) == [("lead", "list"), ("member", "list")]
    clerk.post(page, {"seen": f"{lead},{member},", "on": [member]})
    assert present(session) == [("member", "list")]


def test_expected_people_are_chosen_by_ticks_or_all_at_once(cast, browse):
    session = planned(cast)
    clerk, page = browse("clerk"), at(cast, "session_expect", session)
    keys = [key for key, _member, is_on in clerk.get(page).context["rows"] if is_on]
    clerk.post(page, {"seen": ",".join(map(str, keys)), "on": keys[:1]})
    assert list(session.attendance.values_list("member_id", flat=True)) == keys[:1]
    clerk.post(page, {"all": "1"})
    assert session.attendance.count() == 3


def test_planned_session_takes_no_attendance_on_pages(cast, browse):
    session = planned(cast)
    for page in ("session_tick", "session_import"):
        assert browse("clerk").get(at(cast, page, session)).status_code == 422


def test_session_page_filters_by_who_came(cast, browse, session):
    record_attendance(session=session, came=Marks((row(session, cast.lead).pk,)), by=cast.clerk)
    page = at(cast, "study_session", session)
    found = {
        who: {each.member.person.username for each in browse("lead").get(page, {"who": who}).context["page"]}
        for who in ("came", "not")
    }
    assert found == {"came": {"lead"}, "not": {"member", "accused"}}


def test_reader_of_a_unit_below_sees_its_own_people_alone(cast, browse, session):
    answer = browse("accused").get(at(cast, "study_session", session))
    assert [each.member.person for each in answer.context["page"]] == [cast.accused]
    assert browse("accused").get(at(cast, "session_tick", session)).status_code == 404


def test_poster_draws_the_code_without_style_and_only_for_those_who_run_it(cast, browse, session):
    answer = browse("clerk").get(at(cast, "session_poster", session))
    url = f"http://testserver/app/attend/{session.code}/"
    assert (url in answer.text, "<svg" in answer.text, "style=" in answer.text) == (True, True, False)
    assert qr_of(url) in answer.text
    for name in ("member", "supervisor"):
        assert browse(name).get(at(cast, "session_poster", session)).status_code == 404


def test_member_attends_from_the_poster_and_takes_it_back(cast, browse, session):
    url = reverse("attend", args=(session.code,))
    member = browse("member")
    assert "I am here" in member.get(url).text
    answer = member.post(url, follow=True)
    undo = reverse("attend_undo", args=(session.code,))
    assert ("You are recorded as present." in answer.text, undo in answer.text) == (True, True)
    assert present(session) == [("member", "code")]
    member.post(undo)
    assert present(session) == []


def test_poster_on_another_day_says_when_and_records_nothing(cast, browse, session):
    StudySession.objects.update(on=TODAY + DAY)
    url = reverse("attend", args=(session.code,))
    answer = browse("member").get(url)
    assert ("come back then" in answer.text, "I am here" in answer.text) == (True, False)
    assert (browse("member").post(url).status_code, present(session)) == (422, [])


@pytest.mark.parametrize("name", ["outsider", "office", "clerk", "supervisor", "administrator"])
def test_poster_is_no_page_for_whoever_holds_no_post_there(cast, browse, session, name):
    for page in ("attend", "attend_undo"):
        assert browse(name).post(reverse(page, args=(session.code,))).status_code == 404


def test_unknown_code_is_no_page(cast, browse, session):
    assert browse("member").get(reverse("attend", args=("0" * 32,))).status_code == 404


def test_poster_asks_whoever_is_not_signed_in_to_sign_in_first(client, session):
    answer = client.get(reverse("attend", args=(session.code,)))
    assert (answer.status_code, "/app/attend/" in answer.url) == (302, True)
