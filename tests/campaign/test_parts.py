"""The parts of every page: dates and numbers in each language, cells, marks, icons, and the foot of a phone."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone, translation

from setright.campaign import views
from setright.campaign.enums import TONES, CampaignState, Role, Tone
from setright.campaign.models import Job, Visit
from setright.campaign.queries.board import Mark, grouped, rows_of
from setright.campaign.templatetags import parts
from setright.campaign.templatetags.board import gate_mark, of_invited, stage_bar
from tests import factories

_ROOT = Path(views.__file__).parents[1]
_SPRITE = (_ROOT / "static/setright/icons.svg").read_text("utf-8")
_ICONS = set(re.findall(r'symbol id="i-([a-z0-9-]+)"', _SPRITE))


@pytest.mark.parametrize(
    ("language", "full", "short", "old"),
    [
        ("zh-hans", "2026 年 11 月 4 日", "11-04", "2025-11-04"),
        ("en", "4 November 2026", "4 Nov", "4 Nov 2025"),
    ],
)
def test_days_read_as_each_language_writes_them(monkeypatch, language, full, short, old):
    monkeypatch.setattr(timezone, "localdate", lambda: date(2026, 11, 25))
    with translation.override(language):
        assert parts.day(date(2026, 11, 4)) == full
        assert (parts.short_day(date(2026, 11, 4)), parts.short_day(date(2025, 11, 4))) == (short, old)


def test_a_day_that_is_not_there_is_a_dash():
    assert (parts.day(None), parts.short_day(None), parts.waited(None), parts.number(None)) == ("–", "–", "", "–")


@pytest.mark.parametrize(
    ("language", "value", "shown"),
    [
        ("zh-hans", 9_999, "9,999"),
        ("zh-hans", 360_412, "36.04 万"),
        ("zh-hans", 123_456_789, "1.23 亿"),
        ("en", 360_412, "360,412"),
    ],
)
def test_headline_figures_shorten_in_chinese_alone_and_keep_the_exact_value(language, value, shown):
    with translation.override(language):
        found = str(parts.headline(value))
    assert shown in found
    assert f"{value:,}" in found


def test_cells_say_in_words_what_their_shapes_show():
    with translation.override("en"):
        found = str(parts.cells([("a", False), ("a", False), ("s", False), ("o", True), ("w", False), ("o", False)]))
    assert 'aria-label="2 accepted, 1 submitted, 1 late, 1 waived"' in found
    assert re.findall(r'<i class="(\w*)">', found) == ["a", "a", "s", "l", "w", ""]


def test_late_counts_days_past_the_due_day_and_says_nothing_on_it():
    today = date(2026, 11, 25)
    assert str(parts.late(today, today)) == ""
    with translation.override("en"):
        assert "late 3 d" in str(parts.late(today - timedelta(days=3), today))


@pytest.mark.parametrize(
    ("got", "whole", "said"),
    [
        (0, 0, "nobody invited yet"),
        (13, 18, "of 18 invited"),
        (13, 19, "of 19 invited"),
        (13, 20, "of 20 invited, 65.0%"),
        (412, 620, "of 620 invited, 66.5%"),
    ],
)
def test_no_percentage_below_twenty_and_never_without_its_base(got, whole, said):
    with translation.override("en"):
        assert of_invited(got, whole) == said


@pytest.mark.parametrize(
    ("mark", "css", "said"),
    [
        (Mark("y", on=date(2026, 8, 15)), "gt y", "15 Aug"),
        (Mark("n", 4), "gt n", "ref. 4"),
        (Mark("d", 3), "gt d", "needs 3"),
        (Mark("d", 0), "gt d", "may ask"),
        (Mark(), "faint", "–"),
    ],
)
def test_gate_mark_is_one_of_four(monkeypatch, mark, css, said):
    monkeypatch.setattr(timezone, "localdate", lambda: date(2026, 11, 25))
    with translation.override("en"):
        found = str(gate_mark(mark))
    assert (f'class="{css}"' in found, said in found) == (True, True)


def test_names_are_escaped_wherever_a_part_prints_them():
    found = str(parts.mark("open", "<script>"))
    assert "<script>" not in found


def test_every_tone_has_its_icon_in_the_sprite():
    assert {tone.label for tone in Tone} - _ICONS == set()
    assert set(TONES.values()) == set(Tone)


@pytest.mark.parametrize(
    ("thing", "tone"),
    [(Job(state="done"), "done"), (Job(state="running"), "move"), (Visit(state="done"), "move")],
)
def test_finished_job_is_quiet_and_a_visit_that_must_be_reported_is_not(thing, tone):
    assert str(parts.state(thing)).startswith(f'<span class="st {tone}">')


def test_every_icon_that_a_page_names_is_in_the_sprite():
    named = set()
    for path in [*_ROOT.rglob("*.html"), *_ROOT.rglob("*.py")]:
        text = path.read_text("utf-8")
        named |= set(re.findall(r'icon "([a-z0-9-]+)"', text)) | set(re.findall(r"#i-([a-z][a-z0-9-]+)", text))
        named |= set(re.findall(r'Item\("\w+", _\("[^"]+"\), "([a-z0-9-]+)"', text))
    assert named - _ICONS == set()


def test_no_template_carries_a_style_or_a_script_of_its_own():
    for path in (_ROOT / "templates").rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=", text), path
        assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)", text), path


def test_keep_changes_one_filter_and_drops_the_page():
    request = RequestFactory().get("/", {"show": "late", "page": "3", "q": "港"})
    with translation.override("en"):
        found = Template("{% keep show='' %} {% keep batch=2 %}").render(Context({"request": request}))
    assert found == "?q=%E6%B8%AF ?show=late&amp;q=%E6%B8%AF&amp;batch=2"


def test_bar_of_a_group_in_one_phase_is_one_piece(cast):
    (group,) = grouped(rows_of(cast.office, cast.campaign), [])
    assert str(stage_bar(group)).count("<rect") == 1


# --------------------------------------------------------------------------------------------------------------- shell


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("office", "board"),
        ("supervisor", "work"),
        ("sponsor", "contact_list"),
        ("lead", "work"),
        ("analyst", "board"),
    ],
)
def test_foot_of_a_phone_shows_the_roles_three_pages(cast, browse, name, first):
    answer = browse(name).get(reverse("unit_page", args=(cast.campaign.pk, cast.city.pk)))
    bar = list(answer.context["bar"])
    assert (bar[0].name, len(bar)) == (first, 3)


OUTSIDE = ("me", "campaign_list", "more")


def names(answer):
    return [line.name for _label, lines in answer.context["nav"] for line in lines]


@pytest.mark.parametrize("name", OUTSIDE)
def test_page_outside_any_campaign_leads_back_to_the_one_that_runs(cast, browse, name):
    factories.grant(cast.lead, Role.CLERK, factories.campaign(state=CampaignState.CLOSED), cast.city)
    answer = browse("lead").get(reverse(name))
    assert (answer.context["campaign"], answer.context["around"].pk) == (None, cast.campaign.pk)
    assert names(answer)[:2] == ["work", "reminder_list"]
    assert [line.name for line in answer.context["bar"]] == ["work", "unit_list", "notice_list"]
    assert reverse("work", args=(cast.campaign.pk,)) in answer.text


def test_page_outside_any_campaign_leads_back_to_the_one_last_looked_at(cast, browse):
    other = factories.campaign(starts_on=cast.campaign.starts_on - timedelta(days=90))
    factories.grant(cast.lead, Role.LEAD, other, cast.port)
    client = browse("lead")
    here = [client.get(reverse("me")).context["around"].pk]
    for each in (other, cast.campaign):
        client.get(reverse("work", args=(each.pk,)))
        here.append(client.get(reverse("me")).context["around"].pk)
    assert here == [cast.campaign.pk, other.pk, cast.campaign.pk]


@pytest.mark.parametrize("kept", ["none", "", "0", "²", "9" * 40])
def test_campaign_that_is_no_longer_ones_own_is_not_led_back_to(cast, browse, kept):
    client = browse("lead")
    client.cookies["setright_campaign"] = kept if kept != "none" else str(factories.campaign().pk)
    assert client.get(reverse("me")).context["around"].pk == cast.campaign.pk


def test_campaign_is_remembered_for_staff_pages_alone_and_only_once_it_was_opened(cast, browse):
    client = browse("lead")
    assert client.get(reverse("work", args=(factories.campaign().pk,))).cookies == {}
    answer = client.get(reverse("work", args=(cast.campaign.pk,)))
    cookie = answer.cookies["setright_campaign"]
    assert (cookie.value, cookie["path"], cookie["httponly"], cookie["samesite"]) == (
        str(cast.campaign.pk),
        "/app/",
        True,
        "Strict",
    )
    assert "setright_campaign" not in client.get(reverse("work", args=(cast.campaign.pk,))).cookies


def test_foot_of_a_phone_leads_only_where_there_is_something_before_any_campaign(client, db):
    founder = factories.person()
    factories.grant(founder, Role.ADMINISTRATOR, None)
    newcomer = factories.person()
    found = {}
    for who in (founder, newcomer):
        client.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
        answer = client.get(reverse("me"))
        found[who] = [line.name for line in answer.context["bar"]]
        assert [client.get(line.url).status_code for line in answer.context["bar"]] == [200] * len(found[who])
    assert found == {founder: ["person_list", "campaign_list", "me"], newcomer: ["campaign_list", "me"]}


def test_nobody_is_shown_a_page_in_the_navigation_that_is_not_theirs(cast, browse):
    for name, person in cast.people.items():
        if name in ("outsider", "accused"):
            continue
        answer = browse(name).get(reverse("unit_page", args=(cast.campaign.pk, cast.city.pk)))
        for _label, lines in answer.context["nav"]:
            for line in lines:
                assert browse(name).get(line.url).status_code == 200, (name, person, line.url)


def test_office_lands_on_the_board_and_others_on_their_work(cast, browse):
    found = {name: browse(name).get(reverse("home")).url for name in ("office", "supervisor", "lead")}
    board, work = (reverse(name, args=(cast.campaign.pk,)) for name in ("board", "work"))
    assert found == {"office": board, "supervisor": work, "lead": work}


def test_page_speaks_and_says_the_readers_language(cast, browse):
    for language, tag in (("en", 'lang="en"'), ("zh-hans", 'lang="zh-Hans"')):
        cast.supervisor.language = language
        cast.supervisor.save()
        answer = browse("supervisor").get(reverse("work", args=(cast.campaign.pk,)))
        assert f"<html {tag}" in answer.text


def test_chosen_colours_stand_on_the_page(cast, browse):
    cast.supervisor.theme = "dark"
    cast.supervisor.save()
    answer = browse("supervisor").get(reverse("work", args=(cast.campaign.pk,)))
    assert 'data-bs-theme="dark"' in answer.text


def test_keys_can_be_switched_off(cast, browse):
    cast.supervisor.has_keys = False
    cast.supervisor.save()
    answer = browse("supervisor").get(reverse("work", args=(cast.campaign.pk,)))
    assert "data-keys" not in answer.text


def test_a_second_role_adds_its_pages(cast, browse):
    factories.grant(cast.supervisor, Role.OFFICE, cast.campaign)
    answer = browse("supervisor").get(reverse("work", args=(cast.campaign.pk,)))
    assert next(iter(answer.context["bar"])).name == "board"
