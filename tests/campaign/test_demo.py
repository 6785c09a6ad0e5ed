"""The demonstration: whole, the same every time, honest about its hours, and every page of it opens."""

import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from setright.campaign import access, log
from setright.campaign.actions.rollup import recompute
from setright.campaign.demo.clock import told_time
from setright.campaign.demo.make import make_demo
from setright.campaign.demo.stage import Stage
from setright.campaign.enums import Role
from setright.campaign.errors import Refused
from setright.campaign.models import (
    Batch,
    Campaign,
    Enrolment,
    Event,
    File,
    GateAttempt,
    Hearing,
    Instruction,
    NoticeUnit,
    Person,
    Round,
    Step,
    StudySession,
    Visit,
)
from setright.campaign.queries.formality import hints_of
from setright.campaign.views.urls import urlpatterns
from setright.campaign.words import FIELDS
from tests import factories

SIGNED_IN = "allauth.account.auth_backends.AuthenticationBackend"
NOT_COMPARED = {  # what must be random, whatever the seed
    "campaign_person": {"password"},
    "campaign_invitation": {"token_hash"},
    "campaign_file": {"original", "cleaned"},
    "campaign_studysession": {"code"},
    "django_migrations": {"applied"},
}


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    """One demonstration for all tests of this file, taken away afterwards."""
    with django_db_blocker.unblock():
        whole = transaction.atomic()
        whole.__enter__()
        try:
            yield make_demo(size="XS", seed=0)
        finally:
            transaction.set_rollback(True)
            whole.__exit__(None, None, None)


def states(model, field="state"):
    return set(model.objects.values_list(field, flat=True))


def test_demo_is_a_whole_campaign(made, db):
    first, second = Batch.objects.order_by("number")
    assert (first.state, first.enrolments.count()) == ("running", 14)
    assert (second.state, second.enrolments.count()) == ("planned", 6)
    assert states(Enrolment) == {"p1", "waiting"}
    assert states(Step) == {"open", "submitted", "returned", "accepted", "waived"}
    assert states(Round) == {"planned", "open", "closed"}
    assert states(NoticeUnit) == {"issued", "read", "replied"}
    assert states(Instruction) == {"given", "answered", "accepted", "returned"}
    assert states(Visit) == {"planned", "done", "reported"}
    assert states(Hearing) == {"done", "reported"}
    assert states(StudySession) == {"planned", "held"}


def test_demo_lets_nobody_through_a_gate(made, db):
    assert states(GateAttempt, "has_passed") == {False}
    codes = {reason["code"] for attempt in GateAttempt.objects.filter(number=1) for reason in attempt.reasons}
    assert "opinions" in codes
    assert not Enrolment.objects.exclude(state__in=("p1", "waiting")).exists()


def test_every_field_the_log_keeps_has_a_word(made, db):
    kept = {name for pair in Event.objects.values_list("before", "after") for values in pair for name in values}
    assert kept - set(FIELDS) == set()
    assert kept >= {"state", "version", "hash", "reached"}


def test_demo_says_in_both_languages_that_it_is_invented(made, db):
    campaign = made.campaign
    assert "编的" in campaign.theme and "invented" in campaign.theme_en
    for model in (Campaign, Step, Person, StudySession):
        assert not model.objects.filter(name_en="").exists(), model


def test_demo_shows_something_to_every_finder_of_formality(made, db):
    found = hints_of(list(Enrolment.objects.select_related("campaign")))
    assert {"same_evidence", "same_list"} <= {hint.code for hints in found.values() for hint in hints}


def test_demo_keeps_rollups_equal_to_a_full_recount(made, db):
    assert recompute(made.campaign) == 0


def test_demo_log_is_whole_and_never_goes_back(made, db):
    assert log.verify() == []
    hours = list(Event.objects.order_by("seq").values_list("at", flat=True))
    assert hours == sorted(hours)
    assert hours[-1] < timezone.now()
    assert (hours[-1] - hours[0]).days > 80


def test_demo_stores_and_seals_its_files(made, db):
    file = File.objects.filter(step_files__isnull=False).first()
    assert file.media_type == "text/plain; charset=utf-8"
    assert len(access.opened_copy(file)) == file.n_bytes


def test_demo_lets_one_login_per_role_in_and_nobody_else(made, db):
    people = {person.username: person for person in Person.objects.all()}
    assert {role.value for role in made.logins} == {role.value for role in Role}
    usable = {name for name, person in people.items() if person.has_usable_password()}
    assert usable == {role.value for role in Role}
    assert all(people[name].check_password(made.password) for name in usable)


def pages():
    """Every page that can be asked with nothing but the campaign's number."""
    for pattern in urlpatterns:
        if set(pattern.pattern.converters) <= {"campaign"} and "GET" in getattr(pattern.callback, "methods", ()):
            yield pattern


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_demo_pages_open_for_each_role(role, made, client, db):
    person = get_user_model().objects.get(username=role)
    client.force_login(person, backend=SIGNED_IN)
    n_open = 0
    for pattern in pages():
        key = {"campaign": made.campaign.pk} if pattern.pattern.converters else {}
        right = pattern.callback.right
        is_open = not right or access.may_somewhere(person, right, made.campaign if key else None)
        answer = client.get(reverse(pattern.name, kwargs=key))
        assert (answer.status_code in (200, 204, 302)) == is_open, (pattern.name, answer.status_code)
        n_open += answer.status_code == 200
    assert n_open > 5


def test_demo_refuses_a_database_with_people(db):
    factories.person("somebody")
    before = Campaign.objects.count()
    with pytest.raises(Refused):
        make_demo(size="XS", seed=0)
    assert Campaign.objects.count() == before


# -------------------------------------------------------------------------------------------------------- its own parts


def test_clock_rules_the_day_only_inside():
    start = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    before = timezone.now()
    with told_time(start) as clock:
        assert timezone.now() == start
        clock.advance(start + timedelta(days=3))
        clock.advance(start)
        assert timezone.localdate() == datetime(2026, 3, 5).date()
    assert timezone.now() >= before


def test_stage_wakes_stories_in_the_order_of_their_moments(db):
    start, heard = datetime(2026, 3, 2, tzinfo=UTC), []

    def story(name, *hours):
        for hour in hours:
            yield start + timedelta(hours=hour)
            heard.append((name, timezone.now() - start))

    with told_time(start) as clock:
        stage = Stage(clock, start + timedelta(hours=9))
        stage.add(story("a", 1, 5, 20))
        stage.add(story("b", 2, 4))
        stage.play(lambda _share: None)
    assert heard == [(name, timedelta(hours=hour)) for name, hour in (("a", 1), ("b", 2), ("b", 4), ("a", 5))]
    assert stage.n_acts == 4


# --------------------------------------------------------------------------------------------------- the command itself


def run(home, *words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SETRIGHT_", "DJANGO_"))}
    environment["SETRIGHT_HOME"] = str(home)
    return subprocess.Popen(
        [sys.executable, "-m", "setright.cli", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def rows_of(home):
    """Every table's rows, without what must be random."""
    found = {}
    with sqlite3.connect(home / "setright.sqlite3") as database:
        for (table,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
            columns = [column[1] for column in database.execute(f"pragma table_info({table})")]
            kept = [f'"{name}"' for name in columns if name not in NOT_COMPARED.get(table, ())]
            asked = f"select {', '.join(kept)} from {table} order by rowid"  # noqa: S608 - names of our own tables
            found[table] = database.execute(asked).fetchall()
    return found


def test_demo_command_makes_the_same_rows_twice_and_refuses_a_third_time(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    migrating = run(one, "migrate")
    migrating.communicate()
    assert migrating.returncode == 0
    shutil.copytree(one, two)
    both = [run(home, "demo", "--size", "XS", "--seed", "7") for home in (one, two)]
    told = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert told[0] == told[1]
    assert all(role.value in told[0] for role in Role)
    assert rows_of(one) == rows_of(two)
    again = run(one, "demo")
    said = again.communicate()[0]
    assert (again.returncode, said.count("Error: "), "Traceback" in said) == (2, 1, False)
