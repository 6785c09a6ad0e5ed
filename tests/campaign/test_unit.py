"""The tree of units and their teams: browsing, acts on one unit, lists, and what must never happen to a path."""

import io
import os
import random
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setright.campaign.access import Unknown
from setright.campaign.actions.team import MemberDraft, add_member, change_head, end_member, import_team, reopen_member
from setright.campaign.actions.unit import (
    UnitDraft,
    UnitWords,
    add_unit,
    edit_unit,
    end_unit,
    merge_unit,
    move_unit,
    reopen_unit,
)
from setright.campaign.actions.unit_import import import_units, sweep_import
from setright.campaign.enums import EnrolmentState
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.jobs.worker import work_once
from setright.campaign.models import Enrolment, Event, Job, TeamMember, Unit
from setright.campaign.queries.attendance import COLUMNS as ATTENDANCE
from setright.campaign.queries.invitation import COLUMNS
from setright.campaign.queries.unit_import import check_team, check_units
from setright.campaign.queries.unit_line import MEMBER_COLUMNS, TEAM_COLUMNS, UNIT_COLUMNS, as_day
from tests import factories
from tests.campaign.test_api import Caller, token_of

TODAY = date(2026, 1, 1)


def is_sound():
    """Every path has its parent, counts of children are right, no depth is wrong."""
    paths = dict(Unit.objects.values_list("path", "numchild"))
    orphans = [p for p in paths if len(p) > 5 and p[:-5] not in paths]
    counted = dict.fromkeys(paths, 0)
    for path in paths:
        if len(path) > 5:
            counted[path[:-5]] += 1
    return orphans == [] and counted == paths and Unit.objects.find_problems() == ([], [], [], [], [])


def draft(code="N1", **values):
    return UnitDraft(**{"code": code, "name": "新单位", "name_en": "New", "kind": "", "valid_from": TODAY, **values})


# --------------------------------------------------------------------------------------------------------------- acts


def test_added_unit_stands_below_its_parent(cast):
    unit = add_unit(draft=draft(), parent=cast.city, campaign=cast.campaign, by=cast.office)
    cast.city.refresh_from_db()
    assert (unit.depth, unit.path[:-5], cast.city.numchild, is_sound()) == (3, cast.city.path, 2, True)


def test_code_that_exists_is_refused_beside_its_field(cast):
    with pytest.raises(Invalid) as told:
        add_unit(draft=draft("P-C"), parent=None, campaign=cast.campaign, by=cast.office)
    assert told.value.field == "code"


def test_unit_is_not_added_below_one_that_has_ended(cast):
    Unit.objects.filter(pk=cast.port.pk).update(valid_to=TODAY - timedelta(days=1))
    with pytest.raises(Invalid) as told:
        add_unit(draft=draft(), parent=cast.port, campaign=cast.campaign, by=cast.office)
    assert told.value.field == "valid_from"


def test_moved_unit_takes_everything_below_with_it(cast):
    n = move_unit(unit=cast.city, to=cast.elsewhere, campaign=cast.campaign, by=cast.office)
    cast.hospital.refresh_from_db()
    cast.province.refresh_from_db()
    assert (n, cast.hospital.path.startswith(cast.city.path), cast.province.numchild) == (2, True, 1)
    assert (cast.city.path.startswith(cast.elsewhere.path), is_sound()) == (True, True)


@pytest.mark.parametrize("to", ["city", "hospital"])
def test_unit_never_moves_under_itself(cast, to):
    with pytest.raises(Invalid) as told:
        move_unit(unit=cast.city, to=getattr(cast, to), campaign=cast.campaign, by=cast.office)
    assert (told.value.field, is_sound()) == ("to", True)


def test_unit_moves_to_the_top_and_back(cast):
    move_unit(unit=cast.city, to=None, campaign=cast.campaign, by=cast.office)
    assert cast.city.depth == 1
    move_unit(unit=cast.city, to=cast.province, campaign=cast.campaign, by=cast.office)
    assert (cast.city.depth, is_sound()) == (2, True)


def edited(cast, unit, **words):
    told = {"code": unit.code, "name": unit.name, "name_en": unit.name_en, "kind": unit.kind, **words}
    edit_unit(unit=unit, words=UnitWords(**told), campaign=cast.campaign, by=cast.office)


def test_rename_says_who_was_quicker(cast):
    stale = Unit.objects.get(pk=cast.city.pk)
    edited(cast, cast.city, name="新市", name_en="New city")
    with pytest.raises(Conflict):
        edited(cast, stale, name="旧", name_en="")
    assert Unit.objects.get(pk=cast.city.pk).name == "新市"


def test_code_and_kind_change_and_the_log_names_the_fields_alone(cast):
    before = Event.objects.count()
    edited(cast, cast.city, code="P-X", kind="地级市")
    edited(cast, cast.city, name="新市")
    edited(cast, cast.city)
    now = Unit.objects.get(pk=cast.city.pk)
    assert (now.code, now.kind, now.name, now.path) == ("P-X", "地级市", "新市", cast.city.path)
    told = [(e.action, e.after) for e in Event.objects.order_by("seq")[before:]]
    assert told == [("edit_unit", {"fields": ["code", "kind"]}), ("rename_unit", {"fields": ["name"]})]


def test_code_of_another_unit_is_refused_even_one_of_a_list_still_being_added(cast):
    Unit._base_manager.create(code="STAGED", name="x", depth=0, path="~1~x", valid_from=TODAY, numchild=0)
    for taken in (cast.port.code, "STAGED"):
        with pytest.raises(Invalid) as told:
            edited(cast, cast.city, code=taken)
        assert told.value.field == "code"
    assert Unit.objects.get(pk=cast.city.pk).code == "P-C"


def test_unit_ends_only_with_every_reason_gone(cast):
    with pytest.raises(Refused) as told:
        end_unit(unit=cast.city, on=timezone.localdate(), campaign=cast.campaign, by=cast.office)
    assert [(r.code, r.got) for r in told.value.reasons] == [("enrolled", None), ("below", 1)]


def test_ended_unit_can_be_reopened(cast):
    end_unit(unit=cast.elsewhere, on=timezone.localdate(), campaign=cast.campaign, by=cast.office)
    reopen_unit(unit=cast.elsewhere, campaign=cast.campaign, by=cast.office)
    assert Unit.objects.get(pk=cast.elsewhere.pk).valid_to is None


def test_end_before_the_first_day_is_refused(cast):
    with pytest.raises(Invalid) as told:
        end_unit(unit=cast.elsewhere, on=date(2019, 1, 1), campaign=cast.campaign, by=cast.office)
    assert told.value.field == "on"


def test_merge_moves_children_and_team_and_leaves_the_history(cast):
    Enrolment.objects.filter(unit=cast.city).update(state=EnrolmentState.SEALED)
    n = merge_unit(unit=cast.city, into=cast.port, campaign=cast.campaign, by=cast.office)
    cast.hospital.refresh_from_db()
    assert (n, cast.hospital.path.startswith(cast.port.path), is_sound()) == (1, True, True)
    assert (cast.city.merged_into_id, cast.city.numchild) == (cast.port.pk, 0)
    assert sorted(cast.port.team.filter(until=None).values_list("name", "is_head")) == [
        ("lead", True),
        ("member", False),
    ]
    assert cast.city.team.filter(until=None).count() == 0
    assert Enrolment.objects.get(pk=cast.at_city.pk).unit_id == cast.city.pk


def test_merge_keeps_one_head(cast):
    factories.member(cast.elsewhere, is_head=True)
    Enrolment.objects.filter(unit=cast.hospital).update(state=EnrolmentState.SEALED)
    merge_unit(unit=cast.hospital, into=cast.elsewhere, campaign=cast.campaign, by=cast.office)
    assert cast.elsewhere.team.filter(is_head=True, until=None).count() == 1


def test_merge_is_refused_while_the_unit_takes_part(cast):
    with pytest.raises(Refused) as told:
        merge_unit(unit=cast.city, into=cast.port, campaign=cast.campaign, by=cast.office)
    assert [r.code for r in told.value.reasons] == ["enrolled"]


@pytest.mark.parametrize("name", ["lead", "clerk", "supervisor", "sponsor", "administrator", "analyst", "outsider"])
def test_no_other_role_changes_the_tree(cast, name):
    by = cast.people[name]
    with pytest.raises(Unknown):
        move_unit(unit=cast.hospital, to=cast.elsewhere, campaign=cast.campaign, by=by)
    with pytest.raises(Unknown):
        add_unit(draft=draft(), parent=cast.city, campaign=cast.campaign, by=by)


def test_every_act_on_a_unit_writes_one_entry(cast):
    before = Event.objects.count()
    unit = add_unit(draft=draft(), parent=cast.province, campaign=cast.campaign, by=cast.office)
    edited(cast, unit, name="改", name_en="")
    move_unit(unit=unit, to=cast.elsewhere, campaign=cast.campaign, by=cast.office)
    end_unit(unit=unit, on=timezone.localdate(), campaign=cast.campaign, by=cast.office)
    reopen_unit(unit=unit, campaign=cast.campaign, by=cast.office)
    merge_unit(unit=unit, into=cast.elsewhere, campaign=cast.campaign, by=cast.office)
    acts = list(Event.objects.order_by("seq").values_list("action", flat=True)[before:])
    assert acts == ["add_unit", "rename_unit", "move_unit", "end_unit", "reopen_unit", "merge_unit"]


# ------------------------------------------------------------------------------------------------- the tree as a whole


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), n=st.integers(1, 12), moves=st.integers(0, 25))
def test_random_moves_keep_the_tree_sound(cast, seed, n, moves):
    chance = random.Random(seed)
    with transaction.atomic():
        units = [factories.unit() for _ in range(2)]
        for _ in range(n):
            units.append(factories.unit(parent=Unit.objects.get(pk=chance.choice(units).pk)))
        n_all = Unit.objects.count()
        for _ in range(moves):
            moving, to = chance.choice(units), chance.choice([*units, None])
            try:
                move_unit(unit=moving, to=to, campaign=cast.campaign, by=cast.office)
            except Invalid:
                continue
        assert (is_sound(), Unit.objects.count()) == (True, n_all)
        transaction.set_rollback(True)


# --------------------------------------------------------------------------------------------------------------- lists


def checked(text, check=check_units):
    return check(text.encode(), "list.csv", TODAY)


def faults(text, check=check_units):
    with translation.override("en"):
        return [(w.number, w.column, w.what) for w in checked(text, check).wrong]


def added(cast, text, **values):
    file = values.get("file") or factories.file(cast.office)
    n = import_units(
        file=file,
        rows=checked(text).units,
        campaign=cast.campaign,
        by=cast.office,
        say=values.get("say", lambda *_: None),
    )
    return file, n


LIST = (
    "code,name,English name,parent code,kind,valid from\n"
    "A1,甲,Alpha,A,局,2020-01-01\n"
    "A,总,Whole,,部,\n"
    "A2,乙,Beta,A,,2021/3/4\n"
    "B,丙,,P-C,,\n"
)


def test_list_with_parents_after_their_children_is_added_whole(cast):
    _file, n = added(cast, LIST)
    a = Unit.objects.get(code="A")
    below = list(Unit.objects.filter(path__range=a.below).values_list("code", "depth"))
    assert (n, a.depth, a.numchild, below) == (4, 1, 2, [("A1", 2), ("A2", 2)])
    b = Unit.objects.get(code="B")
    assert (b.path[:-5], b.depth, b.valid_from, is_sound()) == (cast.city.path, 3, TODAY, True)


def test_every_line_that_cannot_be_is_told_with_its_reason(cast):
    text = (
        "code,name,parent code,valid from,valid to\n"
        "X,一,Y,,\n"
        "Y,二,X,,\n"
        "Z,三,Q,,\n"
        "W,,,,\n"
        "V,五,,2026-13-01,\n"
        "V,五甲,,,\n"
        "P-C,六,,,\n"
        "U,七,,2026-01-02,2026-01-01\n"
    )
    assert faults(text) == [
        (2, "parent code", "these units lie above each other in a circle: X → Y → X"),
        (3, "parent code", "these units lie above each other in a circle: X → Y → X"),
        (4, "parent code", "there is no unit “Q” above it, in the list or in the tree"),
        (5, "name", "it is empty"),
        (6, "valid from", "“2026-13-01” has no month 13"),
        (7, "code", "“V” stands in line 6 already"),
        (8, "code", "there is a unit “P-C” already"),
        (9, "valid to", "“2026-01-01” lies before “2026-01-02”"),
    ]


def test_unit_that_is_its_own_parent_is_a_circle(cast):
    assert [f[0] for f in faults("code,name,parent code\nX,一,X\n")] == [2]


def test_parent_that_ends_before_its_child_begins_is_told(cast):
    text = "code,name,parent code,valid from,valid to\nX,一,,2020-01-01,2020-12-31\nY,二,X,2021-01-01,\n"
    assert faults(text) == [(3, "parent code", "“X” ends on 2020-12-31, before this unit begins")]


@pytest.mark.parametrize(
    "text", ["2026-11-24", "2026/11/24", "20261124", "2026年11月24日", "2026.11.24", "2026-11-24 00:00:00"]
)
def test_day_is_read_however_people_write_it(text):
    assert as_day(text) == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "told"), [("2026-02-30", "no day 30"), ("soon", "not a day"), ("2026-00-01", "no month 0")]
)
def test_day_that_cannot_be_says_why(text, told):
    with translation.override("en"), pytest.raises(ValueError, match=told):
        as_day(text)


def test_list_is_added_once_however_often_it_is_asked(cast):
    file, _n = added(cast, LIST)
    _file, again = added(cast, "code,name\n", file=file)
    assert (again, Unit.objects.filter(code__in=["A", "A1", "A2", "B"]).count()) == (0, 4)
    assert Event.objects.filter(action="import_units").count() == 1


def test_run_that_was_killed_goes_on_where_it_stood(cast, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(done, total):
        raise Killed

    monkeypatch.setattr("setright.campaign.actions.unit_import.CHUNK", 2)
    file = factories.file(cast.office)
    with pytest.raises(Killed):
        added(cast, LIST, file=file, say=killed)
    assert (Unit.objects.filter(code="A").exists(), Unit._base_manager.filter(depth=0).count()) == (False, 2)
    told = []
    added(cast, LIST, file=file, say=lambda *n: told.append(n))
    assert (told, is_sound(), Unit._base_manager.filter(depth=0).count()) == ([(4, 4)], True, 0)


def test_run_that_was_stopped_leaves_nothing(cast, monkeypatch):
    monkeypatch.setattr("setright.campaign.actions.unit_import.CHUNK", 2)

    def stop(done, total):
        raise Refused("stopped")

    with pytest.raises(Refused):
        added(cast, LIST, say=stop)
    assert (Unit._base_manager.filter(depth=0).count(), Event.objects.filter(action="import_units").count()) == (0, 0)


def test_tree_that_changed_meanwhile_moves_the_list_aside(cast):
    def intrude(done, total):
        if not Unit.objects.filter(code="NEW").exists():
            add_unit(draft=draft("NEW"), parent=None, campaign=cast.campaign, by=cast.office)

    added(cast, LIST, say=intrude)
    assert (Unit.objects.filter(code__in=["A", "NEW"], depth=1).count(), is_sound()) == (2, True)


def test_sweep_never_touches_what_stands(cast):
    file, _n = added(cast, LIST)
    assert (sweep_import(file=file), Unit.objects.filter(code="A").count()) == (0, 1)


def test_one_list_brings_259_units_and_their_teams(cast):
    lines = ["代码,单位名称,上级代码,姓名,职务,负责人,任职日期"]
    for n in range(259):
        parent = "" if n == 0 else f"S{(n - 1) // 10:03}"
        lines.append(f"S{n:03},单位{n},{parent},张{n},主任,是,2025-01-01")
        lines.append(f"S{n:03},单位{n},{parent},李{n},副主任,,")
    text = "\n".join(lines)
    assert faults(text) == []
    added(cast, text)
    heads = TeamMember.objects.filter(unit__code__startswith="S", is_head=True)
    assert (Unit.objects.filter(code__startswith="S").count(), heads.count(), is_sound()) == (259, 259, True)
    assert TeamMember.objects.filter(unit__code__startswith="S").count() == 518
    assert Event.objects.filter(action="import_units").values_list("n", flat=True).get() == 259


TEAM = "unit code,name,post,head,since,user name\n"


def test_team_list_says_what_cannot_be(cast):
    text = TEAM + "P-C,王,主任,yes,,\nP-P,孙,主任,是,,nobody\nQ,周,,,,\nP-P,吴,主任,perhaps,,\nP-P,郑,主任,y,,\n"
    assert faults(text, check_team) == [
        (2, "head", "lead heads this team already"),
        (3, "head", "2 heads are named for “P-P”"),
        (3, "user name", "nobody has the user name “nobody”"),
        (4, "unit code", "there is no unit “Q”"),
        (5, "head", "“perhaps” is neither yes nor no"),
        (6, "head", "2 heads are named for “P-P”"),
    ]


def test_post_that_begins_after_its_unit_ended_is_told(cast):
    Unit.objects.filter(pk=cast.port.pk).update(valid_to=date(2024, 1, 1))
    assert faults(TEAM + "P-P,王,主任,,2025-01-01,\n", check_team) == [
        (2, "since", "the unit ended on 2024-01-01, before this post begins")
    ]


def test_team_list_is_added_once_with_its_people(cast):
    file = factories.file(cast.office)
    rows = checked(TEAM + "P-P,王,主任,是,2025-02-03,outsider\nP-P,赵,副主任,,,\n", check_team).members
    for _ in range(2):
        import_team(file=file, rows=rows, campaign=cast.campaign, by=cast.office)
    found = list(cast.port.team.order_by("pk").values_list("name", "is_head", "since", "person__username"))
    assert found == [("王", True, date(2025, 2, 3), "outsider"), ("赵", False, TODAY, None)]


LISTS = {"units": {**UNIT_COLUMNS, **MEMBER_COLUMNS}, "team": TEAM_COLUMNS, "people": COLUMNS, "came": ATTENDANCE}


@pytest.mark.parametrize("columns", LISTS.values(), ids=LISTS)
def test_no_heading_of_a_list_names_two_columns(columns):
    said = [heading.casefold() for name, each in columns.items() for heading in {name, *each}]
    twice = {heading for heading in said if said.count(heading) > 1}
    assert (twice, [each for each in said if each != each.strip()]) == (set(), [])


@pytest.mark.parametrize("head", ["主要负责人", "班子负责人", "班长", "一把手", "是否主要负责人", "是否班长"])
@pytest.mark.parametrize(
    ("since", "until"),
    [("任职日期", "离任日期"), ("任职时间", "免职时间"), ("起始日期", "终止日期"), ("开始日期", "结束日期")],
)
def test_team_list_is_read_under_the_headings_people_use(cast, head, since, until):
    text = f"单位编码,成员姓名,现任职务,{head},{since},{until},登录名\nP-P,孙,主任,是,2025-02-03,,\n"
    text += "P-P,周,主任,是,2020.1.2,2025/2/2,outsider\n"
    with translation.override("en"):
        found = checked(text, check_team)
    assert found.wrong == []
    assert [(m.name, m.post, m.is_head, m.since, m.until, m.user) for m in found.members] == [
        ("孙", "主任", True, date(2025, 2, 3), None, ""),
        ("周", "主任", True, date(2020, 1, 2), date(2025, 2, 2), "outsider"),
    ]


def test_unit_list_is_read_under_the_headings_people_use(cast):
    text = "机构代码,单位全称,上级单位编码,单位类别,起始日期,终止日期,班子成员,职位,班长,到任日期,卸任日期\n"
    text += "K,科,P-P,科室,2024-05-06,2030-01-01,钱,科长,√,2024-06-01,\n"
    (row,) = checked(text).units
    (member,) = row.members
    assert (row.code, row.name, row.parent, row.kind) == ("K", "科", "P-P", "科室")
    assert (row.valid_from, row.valid_to) == (date(2024, 5, 6), date(2030, 1, 1))
    assert (member.name, member.post, member.is_head, member.since) == ("钱", "科长", True, date(2024, 6, 1))


def test_member_who_has_left_comes_with_both_days_and_heads_nobody(cast):
    text = "单位代码,姓名,职务,班子负责人,任职日期,离任日期\nP-C,前任,书记,是,2019-01-01,2020-12-31\n"
    rows = checked(text, check_team).members
    with translation.override("en"):
        import_team(file=factories.file(cast.office), rows=rows, campaign=cast.campaign, by=cast.office)
    found = cast.city.team.values_list("name", "is_head", "since", "until").get(name="前任")
    assert found == ("前任", True, date(2019, 1, 1), date(2020, 12, 31))
    assert list(cast.city.team.filter(is_head=True, until=None).values_list("person__username", flat=True)) == ["lead"]


def test_last_day_before_the_first_is_told(cast):
    text = "单位代码,姓名,职务,任职日期,离任日期\nP-P,孙,主任,2025-02-03,2025-02-02\n"
    assert faults(text, check_team) == [(2, "until", "“2025-02-02” lies before “2025-02-03”")]


# ---------------------------------------------------------------------------------------------------------------- team


def head(cast, **values):
    return MemberDraft(
        **{"name": "新", "name_en": "", "post": "主任", "post_en": "", "since": TODAY, "is_head": True, **values}
    )


def test_team_has_one_head_at_a_time(cast):
    with pytest.raises(Invalid) as told:
        add_member(unit=cast.city, draft=head(cast), campaign=cast.campaign, by=cast.office)
    assert told.value.field == "is_head"


def test_changed_head_ends_the_old_post(cast):
    old, member = cast.city.team.get(is_head=True), cast.city.team.get(is_head=False)
    new = change_head(member=member, post="主任", post_en="Head", campaign=cast.campaign, by=cast.office)
    old.refresh_from_db()
    member.refresh_from_db()
    yesterday = timezone.localdate() - timedelta(days=1)
    assert (old.until, member.until, new.is_head, new.person_id) == (yesterday, yesterday, True, cast.member.pk)


def test_change_of_head_by_two_people_happens_once(cast):
    member = cast.city.team.get(is_head=False)
    change_head(member=member, post="主任", post_en="", campaign=cast.campaign, by=cast.office)
    with pytest.raises(Conflict):
        change_head(member=member, post="主任", post_en="", campaign=cast.campaign, by=cast.office)
    assert cast.city.team.filter(is_head=True, until=None).count() == 1


def test_post_ends_once_and_its_end_can_be_taken_back(cast):
    member = cast.city.team.get(is_head=False)
    end_member(member=member, on=timezone.localdate(), campaign=cast.campaign, by=cast.office)
    with pytest.raises(Conflict):
        end_member(member=member, on=timezone.localdate(), campaign=cast.campaign, by=cast.office)
    reopen_member(member=member, campaign=cast.campaign, by=cast.office)
    assert TeamMember.objects.get(pk=member.pk).until is None


# --------------------------------------------------------------------------------------------------------------- pages


def url(cast, name, *args, query=""):
    return reverse(name, args=(cast.campaign.pk, *args)) + query


def managing_pages(cast):
    member = cast.city.team.get(is_head=False)
    return [
        url(cast, "unit_add"),
        url(cast, "unit_import"),
        *(
            url(cast, name, cast.port.pk)
            for name in ("unit_rename", "unit_move", "unit_merge", "unit_end", "member_add")
        ),
        *(url(cast, name, member.pk) for name in ("member_end", "head_change", "member_link")),
    ]


def test_office_opens_every_page_of_the_tree(cast, browse):
    client = browse("office")
    seen = [url(cast, "unit_list"), url(cast, "team_page", cast.port.pk), *managing_pages(cast)]
    assert [client.get(each).status_code for each in seen] == [200] * len(seen)


@pytest.mark.parametrize("name", ["lead", "clerk", "supervisor", "sponsor", "administrator", "analyst", "outsider"])
def test_nobody_else_finds_the_pages_that_change_the_tree(cast, browse, name):
    client = browse(name)
    answers = [client.get(each).status_code for each in managing_pages(cast)]
    posts = [client.post(each).status_code for each in managing_pages(cast)]
    assert (answers, posts) == ([404] * len(answers), [404] * len(posts))


@pytest.mark.parametrize(
    ("name", "status"), [("lead", 404), ("outsider", 404), ("office", 200), ("administrator", 200)]
)
def test_sibling_units_place_and_team_are_no_such_page(cast, browse, name, status):
    client = browse(name)
    under = client.get(url(cast, "unit_list", query=f"?under={cast.port.pk}")).status_code
    assert (under, client.get(url(cast, "team_page", cast.port.pk)).status_code) == (status, status)


def shown(answer):
    return [unit.code for unit in answer.context["page"]]


def test_tree_begins_at_what_one_may_see(cast, browse):
    assert shown(browse("lead").get(url(cast, "unit_list"))) == ["P-C"]
    assert shown(browse("office").get(url(cast, "unit_list"))) == ["P", "E"]


def test_search_never_finds_a_unit_outside_ones_subtree(cast, browse):
    assert shown(browse("lead").get(url(cast, "unit_list", query="?q=P-"))) == ["P-C", "P-C-H"]
    assert shown(browse("office").get(url(cast, "unit_list", query="?q=港"))) == ["P-P"]


def test_role_of_another_campaign_shows_nothing_here(cast, browse):
    other = factories.campaign()
    factories.grant(cast.outsider, "lead", other, cast.port)
    factories.grant(cast.outsider, "clerk", cast.campaign, cast.city)
    client = browse("outsider")
    assert (shown(client.get(url(cast, "unit_list"))), shown(client.get(url(cast, "unit_list", query="?q=P-P")))) == (
        ["P-C"],
        [],
    )


def test_counts_are_of_the_day_shown(cast, browse):
    Unit.objects.filter(pk=cast.hospital.pk).update(valid_to=date(2024, 1, 1))
    client = browse("office")
    under = f"?under={cast.province.pk}"
    now = client.get(url(cast, "unit_list", query=under)).context["page"]
    then = client.get(url(cast, "unit_list", query=under + "&on=2023-05-05")).context["page"]
    assert ([u.n_below for u in now], [u.n_below for u in then]) == ([0, 0], [1, 0])
    assert [u.n_team for u in now] == [2, 0]


def test_ended_units_are_shown_only_when_asked_for(cast, browse):
    Unit.objects.filter(pk=cast.hospital.pk).update(valid_to=date(2024, 1, 1))
    client, under = browse("office"), f"?under={cast.city.pk}"
    assert shown(client.get(url(cast, "unit_list", query=under))) == []
    assert shown(client.get(url(cast, "unit_list", query=under + "&all=1"))) == ["P-C-H"]


def test_tree_asks_the_same_number_of_questions_for_two_and_for_fifty(cast, browse, django_assert_num_queries):
    client, address = browse("office"), url(cast, "unit_list", query=f"?under={cast.province.pk}")
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for _ in range(60):
        factories.member(factories.unit(parent=Unit.objects.get(pk=cast.province.pk)))
    with django_assert_num_queries(len(few)):
        assert len(shown(client.get(address))) == 50


def test_move_is_confirmed_with_its_number_and_can_be_undone(cast, browse):
    client, address = browse("office"), url(cast, "unit_move", cast.city.pk)
    answer = client.get(address + "?to=E")
    assert (answer.context["is_clear"], answer.context["touched"].n_units) == (True, 2)
    answer = client.post(address, {"to": "E"}, follow=True)
    undo = next(iter(answer.context["messages"])).extra_tags
    cast.city.refresh_from_db()
    assert cast.city.path.startswith(cast.elsewhere.path)
    client.post(undo)
    cast.city.refresh_from_db()
    assert cast.city.path.startswith(cast.province.path)


def test_page_changes_code_and_kind_and_a_taken_code_keeps_what_was_typed(cast, browse):
    client, page = browse("office"), url(cast, "unit_rename", cast.city.pk)
    form = client.get(page).context["form"]
    assert [form[each].value() for each in ("name", "name_en", "code", "kind")] == ["市", "City", "P-C", ""]
    typed = {"name": "新市", "name_en": "New", "code": "P-P", "kind": "地级市"}
    refused = client.post(page, typed).context["form"]
    assert (list(refused.errors), {each: refused[each].value() for each in typed}) == (["code"], typed)
    assert client.post(page, {**typed, "code": "P-X"}).status_code == 302
    now = Unit.objects.values("name", "name_en", "code", "kind").get(pk=cast.city.pk)
    assert now == {**typed, "code": "P-X"}


def test_program_changes_a_code_and_leaves_out_what_stays(cast, client):
    office, path = Caller(client, token_of(cast.office), cast.campaign), f"/units/{cast.city.pk}"
    edited(cast, cast.city, kind="地级市")
    answer = office("patch", path, {"name": "市", "code": "P-X"}, If_Match=office("get", path)["ETag"])
    assert (answer.status_code, answer.json()["code"], answer.json()["kind"]) == (200, "P-X", "地级市")
    taken = office("patch", path, {"name": "市", "code": "P-P"}, If_Match=answer["ETag"])
    assert (taken.status_code, Unit.objects.get(pk=cast.city.pk).code) == (422, "P-X")


def test_move_under_itself_keeps_what_was_typed(cast, browse):
    answer = browse("office").post(url(cast, "unit_move", cast.city.pk), {"to": "P-C-H"})
    assert ('value="P-C-H"' in answer.text, answer.context["form"].errors.as_data().keys()) == (True, {"to"})


def test_unit_is_named_by_its_code_or_its_only_name(cast, browse):
    client, address = browse("office"), url(cast, "unit_move", cast.hospital.pk)
    assert client.get(address + "?to=港口").context["to"] == cast.port
    factories.unit("港口", name_en="Other port")
    answer = client.get(address + "?to=港口")
    assert (answer.context["is_clear"], "to" in answer.context["form"].errors) == (False, True)


def test_end_that_is_refused_says_every_reason(cast, browse):
    answer = browse("office").post(url(cast, "unit_end", cast.city.pk), {"on": timezone.localdate().isoformat()})
    assert len(answer.context["form"].non_field_errors()) == 3


def test_added_unit_is_kept_typed_when_its_code_is_taken(cast, browse):
    typed = {"code": "P-C", "name": "很长的名字", "valid_from": "2026-01-01"}
    answer = browse("office").post(url(cast, "unit_add", query=f"?under={cast.port.pk}"), typed)
    assert ("很长的名字" in answer.text, 'aria-invalid="true"' in answer.text) == (True, True)
    browse("office").post(url(cast, "unit_add", query=f"?under={cast.port.pk}"), {**typed, "code": "NEW"})
    assert Unit.objects.get(code="NEW").path[:-5] == cast.port.path


def test_members_join_and_leave_on_pages(cast, browse):
    client = browse("office")
    typed = {"name": "新人", "post": "主任", "since": "2026-01-01", "is_head": "on", "person": "outsider"}
    client.post(url(cast, "member_add", cast.port.pk), typed)
    member = cast.port.team.get()
    assert (member.name, member.is_head, member.person) == ("新人", True, cast.outsider)
    answer = client.post(url(cast, "member_end", member.pk), {"on": "2026-02-01"}, follow=True)
    client.post(list(answer.context["messages"])[-1].extra_tags)
    assert cast.port.team.get().until is None


def test_unknown_user_name_is_told_beside_the_field(cast, browse):
    typed = {"name": "新人", "post": "主任", "since": "2026-01-01", "person": "nobody-so"}
    answer = browse("office").post(url(cast, "member_add", cast.port.pk), typed)
    assert list(answer.context["form"].errors) == ["person"]


def handed_in(client, cast, text, kind="units", name="list.csv"):
    upload = SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode(), "text/csv")
    return client.post(url(cast, "unit_import", query=f"?kind={kind}"), {"list": upload})


def test_list_is_looked_at_then_added_in_the_background(cast, browse):
    client = browse("office")
    check = handed_in(client, cast, LIST).url
    answer = client.get(check)
    assert (len(answer.context["checked"].units), Unit.objects.filter(code="A").exists()) == (4, False)
    queued = client.post(check).url
    work_once()
    job = Job.objects.get()
    assert (queued, job.state, job.result) == (reverse("job_page", args=(job.pk,)), "done", {"units": 4, "members": 0})
    assert (Unit.objects.get(code="A").numchild, is_sound()) == (2, True)
    assert client.get(check).context["is_applied"] is True


def test_xlsx_list_of_teams_is_added(cast, browse):
    book = openpyxl.Workbook()
    for row in (["单位代码", "姓名", "职务", "负责人"], ["P-P", "王", "主任", "是"]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    client = browse("office")
    client.post(handed_in(client, cast, out.getvalue(), "team", "teams.xlsx").url)
    work_once()
    assert list(cast.port.team.values_list("name", "is_head")) == [("王", True)]


def test_what_a_dead_run_left_makes_room_for_the_next(cast, browse, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(done, total):
        raise Killed

    with pytest.raises(Killed):
        added(cast, LIST, say=killed)
    client = browse("office")
    client.post(handed_in(client, cast, LIST).url)
    work_once()
    assert (Job.objects.get().state, Unit.objects.filter(code="A").count(), is_sound()) == ("done", 1, True)


def test_list_with_a_wrong_line_adds_nothing(cast, browse):
    client = browse("office")
    check = handed_in(client, cast, "code,name,parent\nX,一,Q\n").url
    answer = client.post(check)
    assert (answer.status_code, [w.number for w in answer.context["page"]], Job.objects.count()) == (422, [2], 0)


def test_list_that_is_no_list_says_why(cast, browse):
    client = browse("office")
    answer = client.get(handed_in(client, cast, "one,two\n1,2\n").url)
    assert "code" in answer.context["trouble"]
    assert list(handed_in(client, cast, "x", name="list.pdf").context["form"].errors) == ["list"]


def test_list_of_somebody_else_is_no_such_page(cast, browse):
    file = factories.file(cast.lead)
    assert browse("office").get(url(cast, "unit_import_check", file.pk)).status_code == 404


# ------------------------------------------------------------------------------------------------------ several at once


_RACE = """
import random, sys, threading
import django
django.setup()
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
from setright.campaign.actions.unit import move_unit
from setright.campaign.errors import CampaignError
from setright.campaign.models import Unit
from tests import factories
office, campaign = factories.person(), factories.campaign()
factories.grant(office, "office", campaign)
units = [factories.unit() for _ in range(3)]
for n in range(30):
    units.append(factories.unit(parent=Unit.objects.get(pk=units[n // 2].pk)))
trouble = []
def race(seed):
    chance = random.Random(seed)
    try:
        for _ in range(8):
            try:
                move_unit(unit=chance.choice(units), to=chance.choice([*units, None]), campaign=campaign, by=office)
            except CampaignError:
                pass
    except Exception as error:
        trouble.append(error)
    finally:
        connection.close()
threads = [threading.Thread(target=race, args=(seed,)) for seed in range(4)]
[each.start() for each in threads]
[each.join() for each in threads]
from tests.campaign.test_unit import is_sound
print(trouble, is_sound(), Unit.objects.count())
"""


def test_moves_by_four_at_once_leave_the_tree_whole(tmp_path):
    root = Path(__file__).resolve().parents[2]
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "setright.server.settings",
        "SETRIGHT_HOME": str(tmp_path),
        "SETRIGHT_DATABASE_URL": f"sqlite:///{tmp_path}/race.sqlite3",
        "PYTHONPATH": str(root),
    }
    told = subprocess.run(
        [sys.executable, "-c", _RACE], env=env, capture_output=True, text=True, timeout=240, check=True
    )
    assert told.stdout.strip().splitlines()[-1] == "[] True 33"
