"""Notices from the office to chosen units: read once, replied to, passed on, reminded of; and the daily mail."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation

from setright.campaign.access import Unknown
from setright.campaign.actions.file import keep_file
from setright.campaign.actions.instruction import InstructionDraft, give_instruction
from setright.campaign.actions.notice import (
    NoticeDraft,
    issue_notice,
    pass_notice,
    read_notice,
    remind_units,
    reply_notice,
    take_back_reply,
    withdraw_notice,
)
from setright.campaign.actions.reminder import mail_reminders, see_reminders
from setright.campaign.actions.step import edit_step, review_step, submit_step
from setright.campaign.enums import CampaignState, NoticeState, Role, Verdict
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.jobs.registry import Progress
from setright.campaign.jobs.reminder import queue_reminders, send_reminders
from setright.campaign.models import Campaign, Event, Job, Notice, NoticeUnit, Person, Reminder, Step
from setright.campaign.queries.due import due_for
from setright.campaign.queries.notice import (
    Choice,
    board_of,
    chips,
    levels_above,
    still_owing,
    to_answer,
    units_below,
    units_chosen,
    with_counts,
)
from setright.campaign.queries.reminder import sentence
from tests import factories

TODAY = timezone.localdate


def days(n):
    return TODAY() + timedelta(days=n)


def issued(cast, units=None, **changes):
    values = {"title": "报送实施方案", "text": "请于月底前报来。", "title_en": "Send your plan", **changes}
    values.setdefault("reply_by", days(7))
    return issue_notice(
        campaign=cast.campaign, draft=NoticeDraft(**values), units=units or [cast.city, cast.port], by=cast.office
    )


def at(notice, unit):
    return NoticeUnit.objects.select_related("notice__campaign", "unit").get(notice=notice, unit=unit)


def passed(cast, notice, units=None, **changes):
    values = {"title": notice.title, "text": "抓紧", **changes}
    return pass_notice(
        at=at(notice, cast.city), draft=NoticeDraft(**values), units=units or [cast.hospital], by=cast.lead
    )


def late(notice):
    Notice.objects.filter(pk=notice.pk).update(reply_by=days(-2))


# ------------------------------------------------------------------------------------------------------------ choose


def test_units_are_chosen_by_all_by_batch_by_tree_or_one_by_one(cast):
    other = factories.batch(cast.campaign, number=2)
    found = [
        units_chosen(cast.campaign, choice)
        for choice in (
            Choice("all"),
            Choice("batch", batch=other),
            Choice("batch", batch=cast.batch),
            Choice("tree", root=cast.city),
            Choice("some", units=(cast.port.pk, cast.elsewhere.pk)),
            Choice("nonsense"),
        )
    ]
    everyone = [cast.city, cast.hospital, cast.port]
    assert found == [everyone, [], everyone, [cast.city, cast.hospital], [cast.port], []]


def test_units_directly_below_leave_out_ended_and_merged_ones(cast):
    for changes in ({"valid_to": days(-1)}, {"valid_from": days(2)}, {"merged_into": cast.hospital}):
        factories.unit("", cast.city, **changes)
        cast.city.refresh_from_db()
    assert list(units_below(cast.city)) == [cast.hospital]


# -------------------------------------------------------------------------------------------- issue, read and reply


def test_notice_goes_to_each_unit_and_tells_its_lead_and_clerk(cast):
    notice = issued(cast)
    told = Reminder.objects.filter(code="notice_new").order_by("person").values_list("person__username", flat=True)
    assert (list(notice.addressed.values_list("unit", flat=True)), sorted(told)) == (
        [cast.city.pk, cast.port.pk],
        ["clerk", "lead"],
    )


def test_notice_to_a_unit_that_takes_no_part_is_refused_and_sent_to_nobody(cast):
    with pytest.raises(Invalid):
        issued(cast, [cast.city, cast.elsewhere])
    assert NoticeUnit.objects.count() == 0


def test_notice_to_nobody_and_a_past_day_are_refused_beside_their_fields(cast):
    fields = []
    for units, changes in (([], {}), ([cast.city], {"reply_by": days(-1)})):
        with pytest.raises(Invalid) as told:
            draft = NoticeDraft("题", "文", **changes)
            issue_notice(campaign=cast.campaign, draft=draft, units=units, by=cast.office)
        fields.append(told.value.field)
    assert fields == ["to", "reply_by"]


def test_no_notice_goes_out_before_the_campaign_runs(cast):
    Campaign.objects.update(state=CampaignState.DRAFT)
    cast.campaign.refresh_from_db()
    with pytest.raises(Refused):
        issued(cast)


@pytest.mark.parametrize("name", ["administrator", "lead", "clerk", "member", "supervisor", "sponsor", "outsider"])
def test_nobody_but_the_office_issues(cast, name):
    with pytest.raises(Unknown):
        issue_notice(campaign=cast.campaign, draft=NoticeDraft("题", "文"), units=[cast.city], by=cast.people[name])


def test_reading_is_recorded_once_by_the_units_own_lead_or_clerk(cast):
    here = at(issued(cast), cast.city)
    first = [read_notice(at=here, by=who) for who in (cast.office, cast.member, cast.clerk, cast.lead)]
    stale = NoticeUnit.objects.select_related("notice", "unit").get(pk=here.pk)
    stale.state = NoticeState.ISSUED
    assert (first, read_notice(at=stale, by=cast.lead), here.read_by) == (
        [False, False, True, False],
        False,
        cast.clerk,
    )
    assert Event.objects.filter(action="read_notice").count() == 1


def test_lead_of_the_unit_above_does_not_read_or_reply_for_the_one_below(cast):
    here = at(issued(cast, [cast.hospital]), cast.hospital)
    assert read_notice(at=here, by=cast.lead) is False
    with pytest.raises(Unknown):
        reply_notice(at=here, reply="好", file=None, by=cast.lead)
    reply_notice(at=here, reply="好", file=None, by=cast.accused)
    assert here.state == NoticeState.REPLIED


def test_second_reply_is_told_that_somebody_was_quicker(cast):
    here = at(issued(cast), cast.city)
    stale = NoticeUnit.objects.select_related("notice", "unit").get(pk=here.pk)
    reply_notice(at=here, reply="报了", file=None, by=cast.clerk)
    with pytest.raises(Conflict):
        reply_notice(at=stale, reply="也报了", file=None, by=cast.lead)
    assert NoticeUnit.objects.get(pk=here.pk).reply == "报了"


def test_empty_reply_is_refused_and_a_file_alone_is_enough(cast):
    here = at(issued(cast), cast.city)
    with pytest.raises(Invalid):
        reply_notice(at=here, reply=" ", file=None, by=cast.clerk)
    reply_notice(at=here, reply="", file=factories.file(cast.clerk), by=cast.clerk)
    assert here.state == NoticeState.REPLIED


def test_reply_taken_back_keeps_its_words(cast):
    here = at(issued(cast), cast.city)
    reply_notice(at=here, reply="报了", file=None, by=cast.clerk)
    take_back_reply(at=here, by=cast.lead)
    kept = NoticeUnit.objects.get(pk=here.pk)
    assert (kept.state, kept.reply, kept.replied_at) == (NoticeState.READ, "报了", None)


def test_notice_is_withdrawn_only_while_nobody_has_read_it(cast):
    withdraw_notice(notice=issued(cast), by=cast.office)
    assert (Notice.objects.count(), Reminder.objects.count()) == (0, 0)
    notice = issued(cast)
    read_notice(at=at(notice, cast.city), by=cast.lead)
    with pytest.raises(Conflict):
        withdraw_notice(notice=notice, by=cast.office)
    assert Notice.objects.count() == 1


# ------------------------------------------------------------------------------------------------- passed on, board


def test_notice_is_passed_on_level_by_level(cast):
    ward = factories.unit("病区", cast.hospital, code="P-C-H-W")
    notice = issued(cast)
    second = passed(cast, notice)
    here = at(second, cast.hospital)
    third = pass_notice(at=here, draft=NoticeDraft(notice.title, ""), units=[ward], by=cast.accused)
    assert (levels_above(third), third.source) == ([second, notice], here)


def test_notice_is_passed_on_to_units_directly_below_alone(cast):
    notice = issued(cast)
    ward = factories.unit("病区", cast.hospital)
    for units in ([cast.port], [ward], [cast.hospital, cast.province]):
        with pytest.raises(Invalid) as told:
            passed(cast, notice, units)
        assert told.value.field == "units"


def test_passing_on_twice_to_a_unit_and_a_later_day_than_ones_own_are_refused(cast):
    notice = issued(cast)
    with pytest.raises(Invalid) as told:
        passed(cast, notice, reply_by=days(8))
    passed(cast, notice, reply_by=days(6))
    with pytest.raises(Invalid) as again:
        passed(cast, notice)
    assert (told.value.field, again.value.field) == ("reply_by", "units")


def test_board_counts_read_replied_and_passed_on(cast):
    notice = issued(cast, [cast.city, cast.hospital, cast.port])
    reply_notice(at=at(notice, cast.city), reply="报了", file=None, by=cast.clerk)
    second = passed(cast, notice)
    read_notice(at=at(second, cast.hospital), by=cast.accused)
    counted = with_counts(Notice.objects.filter(pk=notice.pk)).get()
    rows = [(row.unit, row.n_on, row.n_on_read, row.on) for row in board_of(notice)]
    assert ((counted.n_units, counted.n_read, counted.n_replied, counted.n_passed), rows) == (
        (3, 1, 1, 1),
        [(cast.hospital, 0, 0, None), (cast.port, 0, 0, None), (cast.city, 1, 1, second.pk)],
    )


def test_late_units_have_a_chip_and_a_filter(cast):
    notice = issued(cast)
    reply_notice(at=at(notice, cast.city), reply="报了", file=None, by=cast.clerk)
    late(notice)
    assert (
        [(key, n) for key, _word, n in chips(notice.addressed.all())],
        [r.unit for r in board_of(notice, "late")],
    ) == (
        [("late", 1), ("issued", 1), ("replied", 1)],
        [cast.port],
    )


def test_a_unit_owes_reading_alone_where_no_reply_is_asked(cast):
    notice = issued(cast, reply_by=None)
    read_notice(at=at(notice, cast.city), by=cast.lead)
    assert [each.unit for each in still_owing(notice)] == [cast.port]


def test_units_that_owe_are_reminded_at_most_once_a_day(cast):
    notice = issued(cast)
    first, second = (remind_units(notice=notice, by=cast.office) for _i in range(2))
    reply_notice(at=at(notice, cast.city), reply="报了", file=None, by=cast.clerk)
    Reminder.objects.all().delete()
    assert (first, second, remind_units(notice=notice, by=cast.office)) == (2, 0, 0)


def test_what_waits_is_what_came_to_ones_own_unit(cast):
    notice = issued(cast, [cast.city, cast.hospital])
    assert [
        [each.unit for each in to_answer(who, cast.campaign)] for who in (cast.lead, cast.accused, cast.office)
    ] == [
        [cast.city],
        [cast.hospital],
        [],
    ]
    reply_notice(at=at(notice, cast.city), reply="报了", file=None, by=cast.clerk)
    assert list(to_answer(cast.lead, cast.campaign)) == []


def test_every_notice_act_writes_one_log_entry_without_words(cast):
    before = Event.objects.count()
    notice = issued(cast)
    here = at(notice, cast.city)
    read_notice(at=here, by=cast.clerk)
    reply_notice(at=here, reply="月底前报", file=None, by=cast.clerk)
    take_back_reply(at=here, by=cast.clerk)
    passed(cast, notice)
    remind_units(notice=notice, by=cast.office)
    withdraw_notice(notice=issued(cast, [cast.port]), by=cast.office)
    written = list(Event.objects.order_by("seq"))[before:]
    assert [(event.action, event.n) for event in written] == [
        ("issue_notice", 2),
        ("read_notice", None),
        ("reply_notice", None),
        ("take_back_reply", None),
        ("pass_notice", 1),
        ("remind_units", 2),
        ("issue_notice", 1),
        ("withdraw_notice", 1),
    ]
    said = str([(event.before, event.after) for event in written])
    assert [words for words in ("实施方案", "月底前", "抓紧") if words in said] == []


# ------------------------------------------------------------------------------------------------ reminders and mail


@pytest.fixture
def progress(db):
    return Progress(Job.objects.create(name="send_reminders"))


def addressed(person):
    Person.objects.filter(pk=person.pk).update(email=f"{person.username}@example.org")
    person.refresh_from_db()
    person.__dict__.pop("_held", None)
    return person


def test_day_brings_one_mail_however_often_it_is_run(cast, progress):
    addressed(cast.lead)
    issued(cast)
    results = [send_reminders(progress)["mails"] for _i in range(3)]
    remind_units(notice=Notice.objects.get(), by=cast.office)
    send_reminders(progress)
    assert (results, len(mail.outbox), mail.outbox[0].to) == ([1, 0, 0], 1, ["lead@example.org"])


def test_mail_speaks_the_readers_language_and_names_every_matter(cast):
    Person.objects.filter(pk=cast.clerk.pk).update(language="zh-hans")
    for person in (cast.lead, cast.clerk):
        addressed(person)
    issued(cast)
    for person in (cast.lead, cast.clerk):
        mail_reminders(person=person, on=TODAY())
    english, chinese = mail.outbox
    assert ("Send your plan" in english.body, "报送实施方案" in chinese.body, "City" in english.body) == (True,) * 3


def test_what_was_seen_is_not_mailed(cast):
    addressed(cast.lead)
    issued(cast)
    see_reminders(person=cast.lead, campaign=cast.campaign)
    assert (mail_reminders(person=cast.lead, on=TODAY()), mail.outbox) == (0, [])


def test_mail_that_cannot_be_sent_is_tried_again(cast, settings):
    addressed(cast.lead)
    issued(cast)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(OSError):
        mail_reminders(person=cast.lead, on=TODAY())
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert (mail_reminders(person=cast.lead, on=TODAY()), len(mail.outbox)) == (1, 1)


def test_late_is_said_on_the_first_day_and_every_seventh(cast):
    notice = issued(cast, [cast.city])
    Step.objects.all().update(due_on=days(300))
    Notice.objects.filter(pk=notice.pk).update(reply_by=days(-1))
    said = [[due.on for due in due_for(cast.lead, cast.campaign, days(n))] for n in (0, 3, 6, 7, 8)]
    assert said == [[days(0)], [days(0)], [days(0)], [days(7)], [days(7)]]


def test_due_soon_begins_three_days_before(cast):
    issued(cast, [cast.city], reply_by=days(4))
    Step.objects.all().update(due_on=days(300))
    said = [[due.code for due in due_for(cast.lead, cast.campaign, days(n))] for n in (0, 1, 4, 5)]
    assert said == [[], ["due_soon"], ["due_soon"], ["late"]]


def test_returned_step_and_instruction_are_said(cast):
    Step.objects.all().update(due_on=days(300))
    step = Step.objects.filter(enrolment=cast.at_city, template__code="study-1").get()
    edit_step(step=step, note="办了", done_on=None, files=[factories.file(cast.clerk)], drop=[], by=cast.clerk)
    submit_step(step=step, by=cast.clerk)
    review_step(step=step, verdict=Verdict.RETURNED, comment="改", seen_hash=step.version_hash, by=cast.supervisor)
    give_instruction(
        campaign=cast.campaign, draft=InstructionDraft(cast.city, cast.lead, "办", days(2)), by=cast.sponsor
    )
    assert [due.code for due in due_for(cast.lead, cast.campaign)] == ["due_soon", "returned"]


def test_day_is_queued_once(cast):
    assert queue_reminders() == queue_reminders()


def test_reminder_is_read_in_the_readers_language(cast):
    issued(cast)
    row = Reminder.objects.filter(person=cast.lead).get()
    with translation.override("en"):
        english = sentence(row)
    assert english == "New notice for City: Send your plan"


# ------------------------------------------------------------------------------------------------------------- pages


def url(name, cast, *args):
    return reverse(name, args=(cast.campaign.pk, *args))


TYPED = {"title": "报送方案", "text": "请报来", "to": "tree"}


def test_office_sees_how_many_it_reaches_before_anything_goes_out(cast, browse):
    client = browse("office")
    upload = SimpleUploadedFile("附件.txt", "甲 乙".encode(), "text/plain")
    values = {**TYPED, "root": cast.city.pk}
    shown = client.post(url("notice_add", cast), {**values, "file": upload})
    before = (shown.context["n"], Notice.objects.count())
    kept = shown.context["form"]["kept"].value()
    client.post(url("notice_add", cast), {**values, "kept": kept, "send": "2"})
    notice = Notice.objects.get()
    assert (before, notice.addressed.count(), notice.attachment.name) == ((2, 0), 2, "附件.txt")


def test_a_changed_reach_is_said_instead_of_sent(cast, browse):
    answer = browse("office").post(url("notice_add", cast), {**TYPED, "root": cast.city.pk, "send": "5"})
    assert (list(answer.context["form"].errors), Notice.objects.count(), "请报来" in answer.text) == (["to"], 0, True)


def test_somebody_elses_file_is_never_attached(cast, browse):
    other = factories.file(cast.lead)
    values = {**TYPED, "root": cast.city.pk, "send": "2", "kept": other.pk}
    browse("office").post(url("notice_add", cast), values)
    assert Notice.objects.get().attachment is None


def test_missing_choice_is_said_beside_its_field_and_what_was_typed_stays(cast, browse):
    answer = browse("office").post(url("notice_add", cast), TYPED)
    assert (list(answer.context["form"].errors), "请报来" in answer.text) == (["root"], True)


def test_unit_reads_by_opening_replies_with_a_file_and_takes_it_back(cast, browse):
    notice = issued(cast)
    client, page = browse("clerk"), url("notice_page", cast, notice.pk)
    client.get(page)
    states = [at(notice, cast.city).state]
    upload = SimpleUploadedFile("方案.txt", "方案".encode(), "text/plain")
    client.post(page, {"reply": "报来了", "file": upload})
    here = at(notice, cast.city)
    states.append(here.state)
    got = client.get(url("reply_file", cast, here.pk)).status_code
    client.post(url("notice_unreply", cast, here.pk))
    states.append(at(notice, cast.city).state)
    assert (states, got) == ([NoticeState.READ, NoticeState.REPLIED, NoticeState.READ], 200)


def test_file_of_a_reply_that_was_taken_back_is_its_units_alone(cast, browse):
    here = at(issued(cast, [cast.hospital]), cast.hospital)
    file = keep_file(upload=SimpleUploadedFile("方案.txt", "方案".encode()), by=cast.accused)
    reply_notice(at=here, reply="", file=file, by=cast.accused)
    sent = [browse(name).get(url("reply_file", cast, here.pk)).status_code for name in ("office", "lead", "accused")]
    take_back_reply(at=here, by=cast.accused)
    back = [browse(name).get(url("reply_file", cast, here.pk)).status_code for name in ("office", "lead", "accused")]
    assert (sent, back) == ([200, 200, 200], [404, 404, 200])


def test_opening_by_the_office_or_a_unit_above_counts_for_nobody(cast, browse):
    notice = issued(cast, [cast.hospital])
    for name in ("office", "lead"):
        browse(name).get(url("notice_page", cast, notice.pk) + f"?unit={cast.hospital.pk}")
    assert at(notice, cast.hospital).state == NoticeState.ISSUED


def test_unit_passes_on_and_office_drills_down_on_pages(cast, browse):
    notice = issued(cast)
    here = at(notice, cast.city)
    browse("lead").post(url("notice_pass", cast, here.pk), {"units": [cast.hospital.pk], "text": "抓紧"})
    second = Notice.objects.get(source=here)
    client = browse("office")
    board = client.get(url("notice_page", cast, notice.pk))
    below = client.get(url("notice_page", cast, second.pk))
    assert (
        url("notice_page", cast, second.pk) in board.text,
        below.context["above"],
        "请于月底前报来" in below.text,
    ) == (True, [notice], True)


def test_whoever_a_notice_was_passed_on_to_reads_the_first_attachment(cast, browse):
    upload = SimpleUploadedFile("附件.txt", b"text", "text/plain")
    notice = issued(cast, [cast.city], attachment=keep_file(upload=upload, by=cast.office))
    page = url("notice_file", cast, notice.pk)
    before = browse("accused").get(page).status_code
    passed(cast, notice)
    assert (before, browse("accused").get(page).status_code) == (404, 200)


def test_passing_on_refused_keeps_what_was_typed(cast, browse):
    here = at(issued(cast), cast.city)
    values = {"units": [cast.hospital.pk], "text": "写了很久的话", "reply_by": days(30).isoformat()}
    answer = browse("lead").post(url("notice_pass", cast, here.pk), values)
    assert (list(answer.context["form"].errors), "写了很久的话" in answer.text) == (["reply_by"], True)


def test_office_reminds_on_the_board(cast, browse):
    notice = issued(cast)
    browse("office").post(url("notice_remind", cast, notice.pk))
    assert Reminder.objects.filter(code="notice_remind").count() == 2


@pytest.mark.parametrize("name", ["outsider", "supervisor", "sponsor", "analyst", "administrator", "accused"])
def test_outsider_wrong_role_and_wrong_unit_find_no_notice(cast, browse, name):
    notice = issued(cast, [cast.city])
    here = at(notice, cast.city)
    client = browse(name)
    codes = [client.get(url("notice_page", cast, notice.pk)).status_code]
    codes += [client.get(url("notice_pass", cast, here.pk)).status_code]
    codes += [client.post(url(page, cast, notice.pk)).status_code for page in ("notice_remind", "notice_withdraw")]
    assert codes == [404] * 4


def test_siblings_notice_is_no_such_page_for_the_citys_lead(cast, browse):
    notice = issued(cast, [cast.port])
    client = browse("lead")
    pages = (url("notice_page", cast, notice.pk), url("notice_page", cast, notice.pk) + f"?unit={cast.port.pk}")
    assert [client.get(page).status_code for page in pages] == [404, 404]


def test_member_reads_but_never_replies(cast, browse):
    notice = issued(cast)
    client, page = browse("member"), url("notice_page", cast, notice.pk)
    codes = [client.get(page).status_code, client.post(page, {"reply": "好"}).status_code]
    assert (codes, at(notice, cast.city).state) == ([200, 404], NoticeState.ISSUED)


@pytest.mark.parametrize("name", ["office", "lead", "clerk", "member"])
def test_notice_list_opens_for_whoever_sends_or_receives(cast, browse, name):
    notice = issued(cast)
    passed(cast, notice)
    assert browse(name).get(url("notice_list", cast)).status_code == 200


@pytest.mark.parametrize("name", ["office", "lead"])
def test_notice_list_asks_the_same_number_of_questions_for_one_and_for_many(
    cast, browse, django_assert_max_num_queries, name
):
    for _i in range(6):
        passed(cast, issued(cast))
    client = browse(name)
    with django_assert_max_num_queries(20):
        client.get(url("notice_list", cast))


def test_board_asks_the_same_number_of_questions_for_one_and_for_many(cast, browse, django_assert_max_num_queries):
    notice = issued(cast, [cast.city, cast.hospital, cast.port])
    passed(cast, notice)
    client = browse("office")
    with django_assert_max_num_queries(22):
        assert len(client.get(url("notice_page", cast, notice.pk)).context["page"]) == 3


def test_bell_shows_what_is_due_and_what_one_was_told_and_marks_it_seen(cast, browse):
    Step.objects.all().update(due_on=days(300))
    issued(cast, [cast.city], reply_by=days(1))
    client = browse("lead")
    shown = client.get(url("reminder_list", cast)).context
    before = ([each["due"].code for each in shown["now"]], [each["row"].code for each in shown["told"]])
    client.post(url("reminder_see", cast))
    assert (before, Reminder.objects.filter(person=cast.lead, seen_at=None).count()) == (
        (["due_soon"], ["notice_new"]),
        0,
    )


def test_bell_never_shows_somebody_elses_reminders(cast, browse):
    issued(cast, [cast.city])
    other = factories.person(username="other")
    factories.grant(other, Role.CLERK, cast.campaign, cast.port)
    cast.outsider = other
    assert browse("outsider").get(url("reminder_list", cast)).context["told"] == []
