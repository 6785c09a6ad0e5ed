"""What may be known: `scope` and `may` never differ, subtrees never leak, a second factor is asked for where needed."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setright.campaign import access
from setright.campaign.enums import Role, Scope
from setright.campaign.models import Campaign, Enrolment, Grant, Person, StaffSession, Unit
from setright.campaign.rights import NEEDS_SECOND_FACTOR, RIGHTS, scope_of
from setright.campaign.views.page import GET, page
from tests import factories

_SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
CANARY_ADDRESS = "203.0.113.77"
CANARY_BROWSER = "CanaryBrowser/7.7"


def may(person, right, enrolment):
    return access.may(person, right, campaign=enrolment.campaign_id, unit=enrolment.unit)


@pytest.fixture
def forest(db):
    """Two campaigns over the same tree: five roots, of which the first has a child and a grandchild."""
    roots = [factories.unit() for _n in range(5)]
    child = factories.unit(parent=roots[0])
    grandchild = factories.unit(parent=child)
    units = [*roots, child, grandchild]
    campaigns = [factories.campaign(), factories.campaign()]
    for campaign in campaigns:
        batch = factories.batch(campaign)
        Enrolment.objects.bulk_create(Enrolment(campaign=campaign, batch=batch, unit=unit) for unit in units)
    return units, campaigns


_GRANTS = st.lists(
    st.tuples(
        st.sampled_from(list(Role)),
        st.sampled_from([None, 0, 1]),
        st.sampled_from([None, 0, 1, 2, 3, 4, 5, 6]),
        st.integers(-2, 2),
        st.sampled_from([None, -1, 0, 1]),
    ),
    max_size=4,
)


@_SETTINGS
@given(grants=_GRANTS, right=st.sampled_from(sorted(RIGHTS)))
def test_scope_yields_exactly_what_may_allows(forest, grants, right):
    units, campaigns = forest
    Grant.objects.all().delete()
    person = Person.objects.first() or factories.person()
    person.__dict__.pop("_held", None)
    today = timezone.localdate()
    for role, campaign, unit, since, until in grants:
        Grant.objects.create(
            person=person,
            role=role,
            campaign=None if campaign is None else campaigns[campaign],
            unit=None if unit is None else units[unit],
            since=today + timedelta(days=since),
            until=None if until is None else today + timedelta(days=until),
        )
    rows = Enrolment.objects.select_related("unit")
    allowed = {each.pk for each in rows if may(person, right, each)}
    assert set(access.scope(rows, person, right).values_list("pk", flat=True)) == allowed


@_SETTINGS
@given(grants=_GRANTS)
def test_right_that_is_in_no_table_belongs_to_nobody(forest, grants):
    person = Person.objects.first() or factories.person()
    person.__dict__.pop("_held", None)
    for role, _campaign, _unit, _since, _until in grants:
        Grant.objects.create(person=person, role=role, since=timezone.localdate())
    enrolment = Enrolment.objects.select_related("unit").first()
    assert (
        may(person, "throne.sit", enrolment),
        access.scope(Enrolment.objects.all(), person, "throne.sit").count(),
    ) == (
        False,
        0,
    )


def test_paths_have_one_width_so_that_no_path_begins_another_by_chance(db):
    roots = [factories.unit() for _n in range(40)]
    child = factories.unit(parent=roots[0])
    for unit in [*roots, child]:
        unit.refresh_from_db()
        assert len(unit.path) == Unit.steplen * unit.depth
    for one in roots:
        assert [other for other in roots if other != one and other.path.startswith(one.path)] == []


@given(st.integers(1, 36**5 - 1), st.integers(1, 36**5 - 1))
def test_no_root_path_is_a_prefix_of_another_whatever_their_numbers(one, other):
    paths = [Unit._get_path("", 1, number) for number in (one, other)]
    assert paths[0].startswith(paths[1]) is (one == other)


def test_sibling_whose_number_begins_alike_is_not_below(db):
    """Path 0000A beside 0000AB would leak with widths that differ; here the eleventh child is no part of the first."""
    root = factories.unit()
    children = [factories.unit(parent=root) for _n in range(37)]
    person = factories.person()
    campaign = factories.campaign()
    factories.grant(person, Role.CLERK, campaign, children[0])
    seen = access.scope(Unit.objects.all(), person, "unit.view", unit="self", campaign="")
    assert [unit.pk for unit in seen] == [children[0].pk]


def test_end_of_a_role_is_its_last_day(cast):
    grant = Grant.objects.get(person=cast.clerk)
    held = []
    for days in (-1, 0):
        Grant.objects.filter(pk=grant.pk).update(until=timezone.localdate() + timedelta(days=days))
        cast.clerk.__dict__.pop("_held", None)
        held.append(may(cast.clerk, "step.enter", cast.at_city))
    assert held == [False, True]


def test_role_gives_nothing_before_its_first_day(cast):
    grant = Grant.objects.get(person=cast.clerk)
    held = []
    for days in (1, 0):
        Grant.objects.filter(pk=grant.pk).update(since=timezone.localdate() + timedelta(days=days))
        cast.clerk.__dict__.pop("_held", None)
        held.append(may(cast.clerk, "step.enter", cast.at_city))
    assert held == [False, True]


def test_role_of_one_campaign_gives_nothing_in_another(cast):
    other = factories.campaign()
    assert not access.may(cast.office, "campaign.manage", campaign=other)
    assert list(access.campaigns_of(cast.office)) == [cast.campaign]


def test_subtree_role_does_not_reach_the_campaign_as_a_whole(cast):
    assert not access.may(cast.clerk, "step.enter", campaign=cast.campaign)
    assert access.scope(Campaign.objects.all(), cast.clerk, "campaign.view", unit="", campaign="pk").count() == 0


def test_person_who_left_may_nothing(cast):
    cast.office.is_active = False
    assert (access.held(cast.office), list(access.campaigns_of(cast.office))) == ((), [])


def test_get_tells_what_is_not_and_what_is_not_yours_alike(cast):
    told = []
    for pk in (cast.at_port.pk, 10**9):
        with pytest.raises(access.Unknown) as unknown:
            access.get(Enrolment.objects.all(), cast.clerk, "step.view", pk=pk)
        told.append(str(unknown.value))
    assert told[0] == told[1]


def test_every_right_has_the_scope_of_its_verb():
    assert {scope_of(right) for right in RIGHTS} == set(Scope)
    assert (scope_of("step.view"), scope_of("step.review"), scope_of("person.manage")) == (
        Scope.READ,
        Scope.DECIDE,
        Scope.MANAGE,
    )


# ------------------------------------------------------------------------------------------------------- second factor


@page("opinion.read", *GET)
def read_opinions(request, campaign):
    return HttpResponse("opinions")


def answer_of(person, cast):
    request = RequestFactory().get("/app/")
    request.user = person
    request.session = {}
    request._messages = type("Messages", (), {"add": lambda *a: None})()
    return read_opinions(request, campaign=cast.campaign.pk)


def give_factor(person):
    totp.TOTP.activate(person, totp.generate_totp_secret())


@pytest.mark.parametrize("right", sorted(NEEDS_SECOND_FACTOR))
def test_right_that_needs_a_second_factor_leads_to_setting_one_up(cast, right):
    assert right == "opinion.read"
    answer = answer_of(cast.analyst, cast)
    assert (answer.status_code, answer.url) == (302, reverse("mfa_index"))
    give_factor(cast.analyst)
    assert answer_of(cast.analyst, cast).content == b"opinions"


def test_second_factor_alone_gives_no_right(cast):
    give_factor(cast.outsider)
    request = RequestFactory().get("/app/")
    request.user, request.session = cast.outsider, {}
    assert read_opinions(request, campaign=cast.campaign.pk).status_code == 404


def test_sign_in_with_a_second_factor_asks_for_it(cast):
    cache.clear()
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(cast.clerk, secret)
    client = Client()
    answer = client.post(reverse("account_login"), {"login": "clerk", "password": factories.PASSWORD})
    assert (answer.url, client.get(reverse("me")).status_code) == (reverse("mfa_authenticate"), 302)
    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert client.get(reverse("me")).status_code == 200


def test_secret_of_a_second_factor_is_not_in_the_database(cast):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(cast.clerk, secret)
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    assert totp.TOTP(Authenticator.objects.get()).validate_code(code)


# ------------------------------------------------------------------------------------------- nothing says from where


def everything_kept():
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        rows = []
        for name in names:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")  # noqa: S608 - names of our own tables
            rows.extend(f"{name} {row}" for row in cursor.fetchall())
    return "\n".join(rows)


def test_no_address_and_no_browser_is_kept_of_who_signs_in(cast):
    cache.clear()
    client = Client(REMOTE_ADDR=CANARY_ADDRESS, HTTP_USER_AGENT=CANARY_BROWSER, HTTP_X_FORWARDED_FOR=CANARY_ADDRESS)
    client.post(reverse("account_login"), {"login": "clerk", "password": "wrong wrong wrong"})
    client.post(reverse("account_login"), {"login": "clerk", "password": factories.PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    client.post(reverse("token_add"), {"name": "x", "scopes": ["read"], "expires_on": str(timezone.localdate())})
    client.post(reverse("me"), {"name": "新", "name_en": "", "language": "en", "theme": "system", "has_keys": "1"})
    client.get(reverse("account_reset_password"))
    kept = everything_kept()
    sessions = [str(row.get_decoded()) for row in StaffSession.objects.all()]
    texts = [kept, *sessions, str(getattr(cache, "_cache", {}))]
    assert ("新" in kept, "password" in "".join(sessions)) == (True, True)
    assert [text for text in texts if CANARY_ADDRESS in text or "CanaryBrowser" in text] == []


def test_that_search_would_find_an_address_if_it_were_kept(cast):
    Person.objects.filter(pk=cast.clerk.pk).update(name_en=CANARY_ADDRESS)
    assert CANARY_ADDRESS in everything_kept()
