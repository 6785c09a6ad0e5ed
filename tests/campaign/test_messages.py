"""The site in Chinese where its sentences come from below: what is wrong with a file that was handed in."""

import csv
import io
from string import Formatter

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from docs import messages

from setright.campaign.actions.file import keep_file
from setright.campaign.actions.job import enqueue
from setright.campaign.actions.study import ProgrammePlan, SessionPlan, add_programme, hold_session, plan_session
from setright.campaign.enums import JobState
from setright.campaign.errors import in_words
from setright.campaign.jobs.worker import work_once
from setright.campaign.models import Job, Person
from setright.intake.errors import InputError
from tests.campaign.test_api import token_of


def places(template):
    """Where values go; numbers keep their commas, lists the signs each language puts between."""
    return sorted((name, spec == ",") for _text, name, spec, _as in Formatter().parse(template) if name is not None)


# ------------------------------------------------------------------------------------------------------ every source


def test_trouble_with_a_file_has_chinese_words_for_the_same_values():
    templates = {template for _path, template in messages.troubles()}
    with translation.override("zh-hans"):
        chinese = {template: gettext(template) for template in templates}
    wrong = [each for each in templates if chinese[each] == each or places(chinese[each]) != places(each)]
    assert (wrong, len(templates) > 80) == ([], True)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('InputError("a {n}", remedy="b", where=c, n=d)', ["a {n}", "b"]),
        ('_FIX: Final = "c"\nerrors.UnsafeFile("a" if x else "b", remedy=_FIX)', ["a", "b", "c"]),
    ],
)
def test_sources_are_found_where_trouble_is_made(tmp_path, monkeypatch, source, found):
    (tmp_path / "a.py").write_text(source)
    monkeypatch.setattr(messages, "_INTAKE", tmp_path)
    assert [template for _path, template in messages.troubles()] == found


@pytest.mark.parametrize("source", ['InputError(f"a {n}")', "InputError(what)", 'InputError("a", remedy="b" + c)'])
def test_source_that_cannot_be_translated_stops_the_check(tmp_path, monkeypatch, source):
    (tmp_path / "a.py").write_text(f"\n{source}")
    monkeypatch.setattr(messages, "_INTAKE", tmp_path)
    with pytest.raises(SystemExit, match=r"a\.py:2: say it in a literal"):
        list(messages.troubles())


@pytest.mark.parametrize("place", [{}, {"where": "a.csv"}, {"where": "a.csv", "line": 1234}])
@pytest.mark.parametrize("remedy", ["", "Keep {n:,} of them", "Wait."])
def test_english_words_are_those_of_the_command_line(place, remedy):
    error = InputError("no column called {names:, }", remedy=remedy, names=["a", "b"], n=1000, **place)
    with translation.override("en"):
        assert in_words(error) == str(error)


# ---------------------------------------------------------------------------------------------------------------- pages


@pytest.fixture
def chinese(cast):
    """Everybody of the cast reads Chinese."""
    Person.objects.update(language="zh-hans")
    for each in cast.people.values():
        each.refresh_from_db()
    with translation.override("zh-hans"):
        yield


def upload(content, name="名单.csv"):
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode(), "text/csv")


def workbook(*titles):
    book = openpyxl.Workbook()
    for title in titles:
        book.create_sheet(title).append(["代码"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


ONE = "整个文件用同一种编码保存，最好是 UTF-8；或写明编码。"
BROKEN = {
    "名单.csv：没有名为“代码”“名称”的列。第一行要写列名；现在有：甲、乙。": "甲,乙\n1,2\n",
    "名单.csv：没有名为“代码”“名称”的列。第一行要写列名；现在是空的。": "\n",
    "名单.csv：“代码”这一列出现了两次。只留一列。": "代码,代码\n1,2\n",
    f"名单.csv 第 2 行：字节 FF 0A 不是 UTF-8，而另外 1 行是。{ONE}": "代码\n".encode() + b"\xff\n",
    f"名单.csv：第 2 行读不出（有一格超过 {csv.field_size_limit()} 个字）。把名单重新存为 CSV。": (
        f"代码,名称\n1,{'x' * (csv.field_size_limit() + 1)}\n"
    ),
    "名单.xlsx：有内容的不只工作表“甲”，还有“乙”“丙”。把要读的工作表单独存成一个文件。": workbook("甲", "乙", "丙"),
    "名单.xlsx：工作簿里没有一张工作表有内容。在第一行写列名。": workbook(),
}


@pytest.mark.parametrize("sentence", BROKEN)
def test_broken_list_of_units_is_told_in_chinese_alone(cast, browse, chinese, sentence):
    client, page = browse("office"), reverse("unit_import", args=(cast.campaign.pk,))
    given = upload(BROKEN[sentence], "名单.xlsx" if "xlsx" in sentence else "名单.csv")
    answer = client.get(client.post(page, {"list": given}).url)
    assert (answer.context["trouble"], sentence in answer.text) == (sentence, True)


TWICE = ("姓名,姓名\n甲,乙\n", "名单.csv：“姓名”这一列出现了两次。只留一列。")


def test_list_that_no_longer_can_be_read_when_its_job_runs_is_told_in_words(cast, chinese):
    sentence = next(iter(BROKEN))
    kept = keep_file(upload=upload(BROKEN[sentence]), by=cast.office)
    arguments = {"file": kept.pk, "kind": "unit", "campaign": cast.campaign.pk, "by": cast.office.pk}
    enqueue(name="import_units", arguments=arguments, by=cast.office)
    assert work_once()
    assert (Job.objects.get().state, Job.objects.get().trouble) == (JobState.FAILED, sentence)


def test_broken_list_of_people_is_told_in_chinese_alone(cast, browse, chinese):
    client, page = browse("administrator"), reverse("people_import")
    for content, sentence in (
        TWICE,
        ("甲,乙\n1,2\n", "名单.csv：没有名为“用户名”“姓名”的列。第一行要写列名；现在有：甲、乙。"),
    ):
        assert client.post(page, {"file": upload(content)}).context["form"].errors == {"file": [sentence]}


def test_broken_list_of_who_came_is_told_in_chinese_alone(cast, browse, chinese):
    plan, by = ProgrammePlan("学习", "", ""), cast.office
    programme = add_programme(campaign=cast.campaign, unit=cast.city, plan=plan, by=by)
    lecture = SessionPlan("第一讲", "", None, "礼堂", timezone.localdate())
    session = plan_session(programme=programme, unit=cast.city, plan=lecture, by=by)
    hold_session(session=session, by=by)
    page = reverse("session_import", args=(cast.campaign.pk, session.pk))
    answer = browse("office").post(page, {"file": upload(TWICE[0])})
    assert answer.context["form"].errors == {"file": [TWICE[1]]}


def test_broken_list_handed_in_by_a_program_is_told_in_its_owners_words(cast, client, chinese):
    file = keep_file(upload=upload(TWICE[0]), by=cast.office)
    url = f"/api/v1/campaigns/{cast.campaign.pk}/unit-lists/{file.pk}"
    answer = client.get(url, headers={"Authorization": f"Bearer {token_of(cast.office)}"})
    assert answer.json()["fields"] == [{"field": "file", "message": TWICE[1]}]
