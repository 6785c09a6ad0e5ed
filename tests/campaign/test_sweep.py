"""Every staff address × everybody of the cast × own, lower, sibling and foreign unit × method.

The addresses come from the URLconf; who may open each is written out below, by hand from DOMAIN, never read from
`rights.py`. An address that is not listed fails, and so does one listed that is gone.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from tests.campaign.sweep import (
    ABOVE,
    ADMIN,
    BOARD,
    CONTACT,
    ENTRY,
    EVERYONE,
    NOTICED,
    OFFICE,
    UNIT_EYES,
    WHERE,
    objects,
    places,
    reach,
    undone,
    with_leads,
)

GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")


@dataclass(frozen=True)
class Address:
    """Which object it is about, by which methods, for whom.

    `loose` names those of `who` whose answer depends on more than their role (only the writer sees a draft, only the
    addressee answers): for them both answers are right here, and the noun's own test says which when.
    """

    about: str
    methods: tuple[str, ...]
    who: frozenset[str]
    loose: frozenset[str] = frozenset()


def of(about, methods, who, loose=()):
    return Address(about, methods, frozenset(who), frozenset(loose))


SHEET = {
    # ---- the campaign as a whole
    "work": of("campaign", GET, EVERYONE | ADMIN),
    "board": of("campaign", GET, BOARD),
    "board_export": of("campaign", GET, BOARD),
    "campaign_page": of("campaign", GET, OFFICE),
    "campaign_start": of("campaign", BOTH, OFFICE),
    "campaign_close": of("campaign", BOTH, OFFICE),
    "campaign_archive": of("campaign", BOTH, OFFICE),
    "batch_add": of("campaign", BOTH, OFFICE),
    "batch_page": of("batch", GET, OFFICE),
    "batch_assign": of("batch", POST, OFFICE),
    "batch_begin": of("batch", BOTH, OFFICE),
    "batch_gate": of("batch", BOTH, OFFICE, OFFICE),  # the first batch has no gate
    "batch_enrol": of("batch", BOTH, OFFICE),
    "batch_enrol_do": of("batch", POST, OFFICE),
    "group_list": of("campaign", GET, OFFICE),
    "group_add": of("campaign", BOTH, OFFICE),
    "group_page": of("group", BOTH, OFFICE),
    "grant_list": of("campaign", GET, OFFICE),
    "grant_add": of("campaign", BOTH, OFFICE),
    "grant_end": of("grant", POST, OFFICE),
    "grant_restore": of("grant", POST, OFFICE),
    "log_page": of("campaign", GET, OFFICE | ADMIN),
    "reminder_list": of("campaign", GET, EVERYONE | ADMIN),
    "reminder_see": of("campaign", POST, EVERYONE | ADMIN),
    # ---- units and teams
    "unit_list": of("campaign", GET, EVERYONE | ADMIN),
    "unit_page": of("unit", GET, EVERYONE | ADMIN, ADMIN),
    "unit_add": of("campaign", BOTH, OFFICE),
    "unit_import": of("campaign", BOTH, OFFICE),
    "unit_import_check": of("import", BOTH, OFFICE, OFFICE),
    "unit_rename": of("unit", BOTH, OFFICE),
    "unit_move": of("unit", BOTH, OFFICE),
    "unit_merge": of("unit", BOTH, OFFICE),
    "unit_end": of("unit", BOTH, OFFICE),
    "unit_reopen": of("unit", POST, OFFICE),
    "team_page": of("unit", GET, EVERYONE | ADMIN),
    "member_add": of("unit", BOTH, OFFICE),
    "member_end": of("member", BOTH, OFFICE),
    "member_reopen": of("member", POST, OFFICE),
    "head_change": of("member", BOTH, OFFICE),
    "member_link": of("member", BOTH, OFFICE),
    # ---- enrolments, steps, gates
    "lead_change": of("enrolment", BOTH, OFFICE),
    "step_list": of("enrolment", GET, UNIT_EYES),
    "step_add": of("enrolment", BOTH, ENTRY),
    "step_page": of("step", GET, UNIT_EYES),
    "step_review": of("step", POST, {"supervisor"}),
    "step_revoke": of("step", POST, {"supervisor"}),
    "step_waive": of("step", BOTH, OFFICE),
    "step_file": of("step file", GET, UNIT_EYES),
    "gate_page": of("gate", GET, UNIT_EYES),
    # ---- contact points
    "contact_list": of("campaign", GET, CONTACT),
    "point_add": of("campaign", BOTH, OFFICE),
    "point_page": of("point", GET, CONTACT, CONTACT),
    "point_end": of("point", POST, OFFICE),
    "point_resume": of("point", POST, OFFICE),
    "point_hand_over": of("point", BOTH, OFFICE),
    "duty_record": of("point", BOTH, {"sponsor"}),
    "duty_drop": of("duty", POST, {"sponsor"}),
    "plan_list": of("campaign", GET, OFFICE | ABOVE),
    "plan_add": of("campaign", BOTH, OFFICE),
    "plan_page": of("plan", GET, OFFICE | ABOVE, ABOVE),
    "plan_edit": of("plan", BOTH, OFFICE),
    "plan_approve": of("plan", BOTH, OFFICE),
    "visit_list": of("campaign", GET, CONTACT),
    "visit_add": of("campaign", BOTH, ABOVE),
    "visit_page": of("visit", GET, CONTACT, CONTACT - {"sponsor"}),
    "visit_report": of("visit", POST, ABOVE, {"supervisor"}),
    "visit_unreport": of("visit", POST, ABOVE, {"supervisor"}),
    "visit_drop": of("visit", POST, ABOVE, {"supervisor"}),
    "hearing_list": of("campaign", GET, CONTACT),
    "hearing_add": of("campaign", BOTH, ABOVE),
    "hearing_page": of("hearing", GET, CONTACT, CONTACT - {"sponsor"}),
    "hearing_report": of("hearing", POST, ABOVE, {"supervisor"}),
    "hearing_unreport": of("hearing", POST, ABOVE, {"supervisor"}),
    "hearing_drop": of("hearing", POST, ABOVE, {"supervisor"}),
    "instruction_list": of("campaign", GET, CONTACT | {"member"}),
    "instruction_add": of("campaign", BOTH, ABOVE),
    "instruction_page": of("instruction", GET, CONTACT | {"member"}, {"member", "clerk"}),
    "instruction_readdress": of("instruction", BOTH, OFFICE),
    "instruction_review": of("instruction", POST, ABOVE, {"supervisor"}),
    "instruction_revoke": of("instruction", POST, ABOVE, {"supervisor"}),
    "instruction_withdraw": of("instruction", POST, ABOVE, {"supervisor"}),
    # ---- notices
    "notice_list": of("campaign", GET, NOTICED),
    "notice_add": of("campaign", BOTH, OFFICE),
    "notice_page": of("notice", GET, NOTICED),
    "notice_withdraw": of("notice", POST, NOTICED, NOTICED),
    "notice_remind": of("notice", POST, NOTICED, NOTICED),
    "notice_file": of("notice", GET, NOTICED),
    "notice_pass": of("received", BOTH, ENTRY, ENTRY),  # the unit's own, not those of a unit above
    "notice_unreply": of("received", POST, ENTRY, ENTRY),
    "reply_file": of("received", GET, NOTICED, NOTICED),
    # ---- study
    "study_list": of("campaign", GET, UNIT_EYES),
    "programme_add": of("campaign", BOTH, OFFICE | ENTRY),
    "programme_page": of("programme", GET, UNIT_EYES),
    "programme_edit": of("programme", BOTH, OFFICE | ENTRY),
    "programme_drop": of("programme", BOTH, OFFICE | ENTRY),
    "coverage_page": of("programme", GET, UNIT_EYES),
    "coverage_missing": of("programme", GET, UNIT_EYES),
    "term_add": of("programme", BOTH, OFFICE | ENTRY),
    "term_edit": of("term", BOTH, OFFICE | ENTRY),
    "term_drop": of("term", BOTH, OFFICE | ENTRY),
    "session_add": of("programme", BOTH, OFFICE | ENTRY),
    "study_session": of("session", GET, UNIT_EYES),
    "session_edit": of("session", BOTH, OFFICE | ENTRY),
    "session_hold": of("session", POST, OFFICE | ENTRY),
    "session_unhold": of("session", POST, OFFICE | ENTRY),
    "session_cancel": of("session", POST, OFFICE | ENTRY),
    "session_restore": of("session", POST, OFFICE | ENTRY),
    "session_expect": of("session", BOTH, OFFICE | ENTRY),
    "session_tick": of("session", BOTH, OFFICE | ENTRY),
    "session_undo": of("session", POST, OFFICE | ENTRY),
    "session_import": of("session", BOTH, OFFICE | ENTRY),
    "session_poster": of("session", GET, OFFICE | ENTRY),
    # ---- listening
    "round_list": of("enrolment", GET, EVERYONE),
    "round_plan": of("enrolment", BOTH, ENTRY),
    "round_page": of("round", GET, EVERYONE),
    "round_edit": of("round", BOTH, ENTRY),
    "round_open": of("round", POST, ENTRY),
    "round_unopen": of("round", POST, ENTRY),
    "round_close": of("round", BOTH, {"lead"}),
    "round_drop": of("round", BOTH, ENTRY),
    # ---- accounts: of the whole site
    "person_list": of("site", GET, ADMIN),
    "person_page": of("person", GET, ADMIN),
    "person_edit": of("person", BOTH, ADMIN),
    "person_end": of("person", BOTH, ADMIN),
    "person_return": of("person", POST, ADMIN),
    "person_handover": of("person", BOTH, ADMIN),
    "person_invite": of("site", BOTH, ADMIN),
    "person_renew": of("person", POST, ADMIN),
    "person_role": of("person", POST, ADMIN),
    "person_role_end": of("person role", POST, ADMIN, ADMIN),
    "person_role_restore": of("person role", POST, ADMIN, ADMIN),
    "people_import": of("site", BOTH, ADMIN),
    "people_preview": of("nothing", BOTH, ADMIN, ADMIN),
    "people_run": of("nothing", GET, ADMIN, ADMIN),
    "people_links": of("nothing", POST, ADMIN, ADMIN),
    "campaign_new": of("site", BOTH, (), ()),
    "site_log": of("site", GET, OFFICE | ADMIN, OFFICE),
}

MIXED = {"step_page", "gate_page", "round_page", "visit_page", "hearing_page", "instruction_page", "notice_page"}
"""Pages that some may read and fewer may post to; posting is swept in the noun's own test."""

OWN = {
    "home",
    "more",
    "set_language",
    "set_theme",
    "me",
    "sessions_end",
    "session_end",
    "token_add",
    "token_end",
    "campaign_list",
    "job_page",
    "attend",
    "attend_undo",
    "draft",
}
"""About the signed-in person alone: nothing of others can be reached through them (tests/campaign/test_person)."""

OPEN = ("account_", "mfa_", "openid_connect_", "socialaccount_", "invitation_")
"""allauth's pages and invitations: before or about signing in."""

# --------------------------------------------------------------------------------------------------------- the objects


@pytest.fixture
def world(cast):
    """For every place, one object of every noun there."""
    return {where: objects(cast, *place) for where, place in places(cast).items()}


# ------------------------------------------------------------------------------------------------------------ the sweep


def addresses():
    """Every named staff page of the URLconf, with its view."""

    def walk(patterns):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern.url_patterns)
            else:
                yield pattern.name, pattern.callback

    staff = next(p for p in get_resolver().url_patterns if str(p.pattern) == "app/" and hasattr(p, "url_patterns"))
    return {name: view for name, view in walk(staff.url_patterns) if name}


def test_every_staff_address_is_listed_here_and_nothing_else_is():
    listed = set(SHEET) | OWN
    named = {name for name in addresses() if not name.startswith(OPEN)}
    assert (sorted(named - listed), sorted(listed - named)) == ([], [])


def test_listed_methods_are_those_of_the_pages():
    views = addresses()
    wrong = {
        name: views[name].methods
        for name, each in SHEET.items()
        if name not in MIXED and tuple(m for m in views[name].methods if m != "HEAD") != each.methods
    }
    assert wrong == {}


@pytest.fixture
def signed_in(cast):
    """One browser for everybody of the cast."""
    browsers = {}
    for who, person in cast.people.items():
        browsers[who] = Client(raise_request_exception=False)
        browsers[who].force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browsers


def test_every_address_answers_those_who_may_and_is_no_such_page_for_all_others(world, signed_in):
    wrong = [line for name in sorted(SHEET) for line in _wrong_answers(name, world, signed_in)]
    assert wrong == [], "\n".join(str(line) for line in wrong)


def _wrong_answers(name, world, signed_in):
    each = SHEET[name]
    for where in WHERE:
        for who, browser in signed_in.items():
            may = who in with_leads(each.who) and who in reach(each.about, where)
            for method in each.methods:
                status = _undone(browser, method, reverse(name, args=world[where][each.about]))
                is_seen_below = name in SEEN_FROM_BELOW and (who, where) == ("accused", "own")
                is_right = (status != 404) == may or is_seen_below or (may and _is_loose(name, who))
                if status >= 500 or not is_right:
                    yield name, where, who, method, status, "may" if may else "may not"


def _undone(browser, method, url):
    """The answer’s status; whatever the request changed is rolled back."""
    with undone():
        return browser.generic(method, url).status_code


SEEN_FROM_BELOW = {"programme_page", "coverage_page", "coverage_missing", "study_session", "session_add"}
"""What a unit above plans for all below it is shown there, too; counted and named are only one's own."""


def _is_loose(name, who):
    each = SHEET[name]
    return who in each.loose or (who == "accused" and ("lead" in each.loose or name in SEEN_FROM_BELOW))


def test_nobody_gets_in_without_signing_in(world, client):
    views, wrong = addresses(), []
    for name in sorted(set(SHEET) | OWN):
        args = world["own"][SHEET[name].about] if name in SHEET else OWN_ARGS.get(name, ())
        for method in ("GET", "POST"):
            answer = client.generic(method, reverse(name, args=args))
            to = answer.headers.get("Location", "").split("?")[0]
            if (answer.status_code, to) not in ((302, "/app/account/login/"), (405, "")):
                wrong.append((name, method, answer.status_code))
    assert (wrong, len(views) > 100) == ([], True)


OWN_ARGS = {"session_end": ("a",), "token_end": (1,), "job_page": (1,), "attend": ("a",), "attend_undo": ("a",)}


def test_other_methods_are_not_answered(world, signed_in):
    wrong = [
        (name, method)
        for name in sorted(SHEET)
        for method in ("PUT", "PATCH", "DELETE")
        if _undone(signed_in["office"], method, reverse(name, args=world["own"][SHEET[name].about])) not in (404, 405)
    ]
    assert wrong == []
