"""Inviting a whole list: every line looked at, one act, links given out once."""

import csv
import io
import re
import threading

import pytest
from django.conf import settings
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connections
from django.urls import reverse
from openpyxl import Workbook

from setright.campaign.actions.invitation import (
    NewPerson,
    accept_invitation,
    hand_out_links,
    invite_person,
    stage_people,
    sweep_runs,
)
from setright.campaign.actions.job import claim_job, enqueue
from setright.campaign.enums import JobState
from setright.campaign.errors import CampaignError, Refused
from setright.campaign.jobs.worker import run, work_once
from setright.campaign.models import Event, File, Invitation, Job, Person, TeamMember
from setright.campaign.queries.invitation import listed, preview
from setright.intake.listing import Line
from tests import factories
from tests.cast import assemble

LONG = "ein langer satz"
HEADER = "用户名,姓名,英文名,邮箱,语言,单位代码,职务,主要负责人"
GOOD = [
    "zhang.san,张三,Zhang San,zhang@example.org,zh,P-P,局长,是",
    "li.si,李四,,,en,P-P,副局长,",
    "wang.wu,王五,,,,,,",
]


def listing(*lines, header=HEADER):
    return SimpleUploadedFile("people.csv", "\n".join([header, *lines]).encode(), "text/csv")


def uploaded(client, *lines):
    answer = client.post(reverse("people_import"), {"file": listing(*lines)})
    return answer.url


def applied(client, *lines, **typed):
    page = uploaded(client, *lines)
    digest = client.get(page).context["found"].digest
    answer = client.post(page, {"digest": digest, **typed})
    work_once()
    return answer.url


def looked_at(*lines):
    names = ("username", "name", "name_en", "email", "language", "unit", "post", "head")
    return preview([Line(n, dict(zip(names, line.split(","), strict=True))) for n, line in enumerate(lines, 2)])


def test_list_becomes_accounts_and_posts_in_one_act(cast, browse):
    before = Event.objects.count()
    client = browse("administrator")
    url = applied(client, *GOOD)
    (entry,) = Event.objects.order_by("seq")[before:]
    assert (entry.action, entry.n, sorted(entry.after)) == ("invite_people", 3, ["digest"])
    people = Person.objects.exclude(run=None).order_by("username").values_list("username", "language", "is_active")
    assert list(people) == [("li.si", "en", True), ("wang.wu", "zh-hans", True), ("zhang.san", "zh-hans", True)]
    posts = TeamMember.objects.filter(unit=cast.port).values_list("person__username", "post", "is_head")
    assert list(posts) == [("zhang.san", "局长", True), ("li.si", "副局长", False)]
    assert client.get(url).context["n_links"] == 3


def test_list_is_read_under_the_headings_people_use(cast, browse):
    header = "登录账号,人员姓名,姓名英文,电子邮箱地址,界面语言,所在单位代码,职位,班子负责人"
    client = browse("administrator")
    page = client.get(client.post(reverse("people_import"), {"file": listing(GOOD[0], header=header)}).url)
    (row,) = page.context["found"].rows
    assert (row.username, row.name, row.name_en, row.email) == ("zhang.san", "张三", "Zhang San", "zhang@example.org")
    assert (row.post.code, row.post.name, row.post.is_head) == ("P-P", "局长", True)


def test_list_may_be_a_spreadsheet(cast, browse):
    book = Workbook()
    for cells in [["user name", "name"], ["zhao.liu", "赵六"]]:
        book.active.append(cells)
    out = io.BytesIO()
    book.save(out)
    upload = SimpleUploadedFile("people.xlsx", out.getvalue())
    client = browse("administrator")
    page = client.get(client.post(reverse("people_import"), {"file": upload}).url)
    assert [row.username for row in page.context["found"].rows] == ["zhao.liu"]


REFUSED = {
    ",张三,,,,,,": ["The user name is missing."],
    "a b,张三,,,,,,": ["“a b”: a user name has letters, figures and . @ + - _ only, at most 150."],
    "OFFICE,张三,,,,,,": ["“OFFICE” is taken."],
    "x,,,,,,,": ["The name is missing."],
    "x,张三,,nomail,,,,": ["“nomail” is no e-mail address."],
    "x,张三,,Taken@Example.org,,,,": ["“Taken@Example.org” belongs to another account."],
    "x,张三,,,fr,,,": ["Language “fr”: write zh or en."],
    "x,张三,,,,NO-SUCH,局长,": ["There is no unit with the code “NO-SUCH”."],
    "x,张三,,,,P-P,,": ["A unit needs a post beside it."],
    "x,张三,,,,,局长,": ["A post needs the code of its unit."],
    "x,张三,,,,P-P,局长,maybe": ["Head “maybe”: write yes or no."],
    "x,张三,,,,P-C,局长,yes": ["“P-C” has a head already: hand that post over first."],
    "x,张\u202e三,,,,,,": ["“张\u202e三” holds characters that cannot be seen."],
    "office,,,bad,xx,,局长,": [
        "The name is missing.",
        "“office” is taken.",
        "“bad” is no e-mail address.",
        "Language “xx”: write zh or en.",
        "A post needs the code of its unit.",
    ],
}


@pytest.mark.parametrize("line", REFUSED)
def test_refused_line_says_every_reason(cast, line):
    Person.objects.filter(pk=cast.lead.pk).update(email="taken@example.org")
    (refused,) = looked_at(line).refused
    assert (refused.number, list(refused.reasons)) == (2, REFUSED[line])


def test_lines_are_held_against_each_other(cast):
    found = looked_at(
        "twin,甲,,same@example.org,,,,",
        "TWIN,乙,,Same@example.org,,,,",
        "h1,丙,,,,P-P,局长,yes",
        "h2,丁,,,,P-P,局长,yes",
        "fine,戊,,,,,,",
    )
    assert [row.username for row in found.rows] == ["fine"]
    assert [len(line.reasons) for line in found.refused] == [2, 2, 1, 1]


def test_head_who_stands_in_the_team_without_an_account_gets_this_one(cast, browse):
    waiting = factories.member(cast.port, None, is_head=True)
    TeamMember.objects.filter(pk=waiting.pk).update(name="张三", post="老局长")
    applied(browse("administrator"), *GOOD)
    waiting.refresh_from_db()
    assert (waiting.person.username, waiting.post, cast.port.team.count()) == ("zhang.san", "老局长", 2)


def test_preview_lists_refused_lines_by_number_and_applies_the_others(cast, browse):
    client = browse("administrator")
    page = uploaded(client, *GOOD, "office,占用,,,,,,")
    text = client.get(page).text
    assert (">5</th>" in text, "“office” is taken." in text, "Invite 3 people" in text) == (True, True, True)


def test_preview_that_no_longer_fits_does_nothing(cast, browse):
    client = browse("administrator")
    page = uploaded(client, *GOOD)
    digest = client.get(page).context["found"].digest
    factories.person(username="li.si")
    answer = client.post(page, {"digest": digest})
    assert (answer.status_code, "Something changed" in answer.text, Job.objects.count()) == (200, True, 0)


def test_change_between_confirming_and_running_invites_nobody(cast, browse):
    client = browse("administrator")
    page = uploaded(client, *GOOD)
    client.post(page, {"digest": client.get(page).context["found"].digest})
    factories.person(username="li.si")
    work_once()
    assert (Job.objects.get().state, Person.objects.exclude(run=None).count()) == (JobState.FAILED, 0)


def test_confirming_twice_is_one_run(cast, browse):
    client = browse("administrator")
    page = uploaded(client, *GOOD)
    digest = client.get(page).context["found"].digest
    urls = {client.post(page, {"digest": digest}).url for _again in range(2)}
    assert (len(urls), Job.objects.count()) == (1, 1)


def test_run_of_a_killed_worker_ends_as_one_run(cast, browse):
    client = browse("administrator")
    page = uploaded(client, *GOOD)
    client.post(page, {"digest": client.get(page).context["found"].digest})
    job = claim_job()
    stage_people(run=job, rows=preview(listed(File.objects.get()), job.pk).rows[:2])
    unseen = [who.username for who, _state in client.get(reverse("person_list") + "?q=.").context["lines"]]
    before = Event.objects.count()
    run(job)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING)
    run(job)
    made = Person.objects.filter(run=job.pk, is_active=True).count()
    assert (unseen, made, Event.objects.count() - before, Job.objects.get().state) == ([], 3, 1, JobState.DONE)


def test_what_a_stopped_run_left_is_swept_and_its_names_are_free_again(cast, browse):
    job = enqueue(name="invite_people", arguments={}, by=cast.administrator)
    stage_people(run=job, rows=looked_at("li.si,李四,,,,,,").rows)
    assert looked_at("li.si,李四,,,,,,").rows == []
    Job.objects.update(state=JobState.CANCELLED)
    assert (sweep_runs(), len(looked_at("li.si,李四,,,,,,").rows)) == (1, 1)


def test_links_are_given_out_once_and_open_accounts(cast, browse):
    client = browse("administrator")
    url = applied(client, *GOOD)
    assert Invitation.objects.count() == 0
    save = url + "links/"
    answer = client.post(save)
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    token = re.search(r"/invitation/([\w-]+)/", rows[1][3]).group(1)
    assert ([row[0] for row in rows[1:]], client.post(save).status_code) == (["li.si", "wang.wu", "zhang.san"], 422)
    assert accept_invitation(token=token, password=LONG).username == "li.si"
    assert client.get(url).context["n_links"] == 0


def test_links_file_runs_no_formula(cast, browse):
    client = browse("administrator")
    url = applied(client, "+plus,=HYPERLINK(1),,,,,,")
    rows = list(csv.reader(io.StringIO(client.post(url + "links/").content.decode("utf-8-sig"))))
    assert rows[1][:2] == ["'+plus", "'=HYPERLINK(1)"]


def test_links_are_mailed_where_there_is_an_address(cast, browse):
    client = browse("administrator")
    url = applied(client, *GOOD, mail="on")
    (letter,) = mail.outbox
    assert (letter.to, "张三" in letter.body, client.get(url).context["n_links"]) == (["zhang@example.org"], True, 2)
    token = re.search(r"http://testserver/app/invitation/([\w-]+)/", letter.body).group(1)
    assert accept_invitation(token=token, password=LONG).username == "zhang.san"


def test_run_gives_no_links_twice(cast, browse):
    client = browse("administrator")
    applied(client, *GOOD)
    hand_out_links(run=Job.objects.get(), by=cast.administrator)
    with pytest.raises(Refused):
        hand_out_links(run=Job.objects.get(), by=cast.administrator)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"user name,name\n", "no line below"),
        (b"a,b\nc,d\n", "no column called"),
        (("user name,name\n" + "".join(f"u{n},n\n" for n in range(3001))).encode(), "3,001 lines"),
    ],
)
def test_list_that_is_none_is_told_beside_the_field(cast, browse, content, told):
    upload = SimpleUploadedFile("people.csv", content, "text/csv")
    answer = browse("administrator").post(reverse("people_import"), {"file": upload})
    assert (list(answer.context["form"].errors), told in answer.text) == (["file"], True)


def test_list_of_3000_is_looked_at_in_few_questions(cast, django_assert_max_num_queries):
    lines = [f"user{n},人{n},,u{n}@example.org,,P-P,职员," for n in range(3000)]
    with django_assert_max_num_queries(5):
        found = looked_at(*lines)
    assert (len(found.rows), found.n_posts, found.n_mails) == (3000, 3000, 3000)


def test_another_administrator_does_not_see_somebodys_list(cast, browse):
    page = uploaded(browse("administrator"), *GOOD)
    other = factories.person(username="admin2")
    factories.grant(other, "administrator", None)
    client = browse("administrator")
    client.force_login(other, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(page).status_code == 404


@pytest.mark.parametrize("name", ["office", "outsider", "clerk"])
def test_nobody_else_sees_or_empties_a_run(cast, browse, name):
    url = applied(browse("administrator"), *GOOD)
    client = browse(name)
    assert [client.get(url).status_code, client.post(url + "links/").status_code] == [404, 404]


class Gate:
    """Lets every thread through at once."""

    def __init__(self, n):
        self.barrier = threading.Barrier(n)
        self.told = []

    def run(self, act):
        def acted():
            self.barrier.wait()
            try:
                self.told.append(act())
            except (CampaignError, OperationalError) as error:
                self.told.append(type(error).__name__)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=acted) for _n in range(self.barrier.parties)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.told


@pytest.mark.skipif(
    settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"), reason="SQLite lets one writer in at a time anyway"
)
@pytest.mark.django_db(transaction=True)
def test_two_who_save_the_links_at_once_get_them_once():
    cast = assemble()
    job = enqueue(name="invite_people", arguments={}, by=cast.administrator)
    stage_people(run=job, rows=looked_at("li.si,李四,,,,,,").rows)
    Person.objects.filter(run=job.pk).update(is_active=True)
    told = Gate(2).run(lambda: len(hand_out_links(run=job, by=cast.administrator)))
    assert (sorted(map(str, told)), Invitation.objects.count()) == (["1", "Refused"], 1)


@pytest.mark.skipif(
    settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"), reason="SQLite lets one writer in at a time anyway"
)
@pytest.mark.django_db(transaction=True)
def test_two_who_accept_at_once_set_one_password():
    cast = assemble()
    new = NewPerson(username="li", name="李", name_en="", email="", language="en")
    link = invite_person(new=new, by=cast.administrator)
    told = Gate(2).run(lambda: accept_invitation(token=link.token, password=LONG).username)
    assert sorted(told) == ["Conflict", "li"]
