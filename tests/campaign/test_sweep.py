"""Every staff address × everybody of the cast × own, lower, sibling and foreign unit × method.

The addresses come from the URLconf; who may open each is written out below, by hand from DOMAIN, never read from
`rights.py`. An address that is not listed fails, and so does one listed that is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from setright.campaign.actions.transition import text_hash
from setright.campaign.enums import Method, Role, StudyKind
from setright.campaign.models import (
    Attendance,
    Audience,
    ContactPlan,
    ContactPoint,
    DutyRecord,
    File,
    Grant,
    Hearing,
    Instruction,
    Notice,
    NoticeUnit,
    PlanDuty,
    Programme,
    Round,
    Step,
    StepFile,
    StudySession,
    SupervisionGroup,
    Term,
    Visit,
)
from tests import factories

OFFICE = frozenset({"office"})
ENTRY = frozenset({"lead", "clerk"})
UNIT_EYES = frozenset({"office", "lead", "clerk", "member", "supervisor", "sponsor"})
EVERYONE = UNIT_EYES | {"analyst"}
ADMIN = frozenset({"administrator"})
ABOVE = frozenset({"supervisor", "sponsor"})
CONTACT = frozenset({"office", "sponsor", "supervisor", "lead", "clerk"})
NOTICED = frozenset({"office", "lead", "clerk", "member"})
BOARD = frozenset({"office", "supervisor", "sponsor", "analyst"})
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
}
"""About the signed-in person alone: nothing of others can be reached through them (tests/campaign/test_person)."""

OPEN = ("account_", "mfa_", "openid_connect_", "socialaccount_", "invitation_")
"""allauth's pages and invitations: before or about signing in."""

WHERE = ("own", "below", "sibling", "foreign")
OF_THE_CITY = {"lead", "clerk", "member", "supervisor", "sponsor", "analyst"}
REACH = {
    "own": OF_THE_CITY | {"office", "administrator"},
    "below": OF_THE_CITY | {"office", "administrator", "accused"},
    "sibling": {"office", "administrator"},
    "foreign": {"administrator"},
}
"""Who holds a role whose subtree contains the object, by where it lies; `accused` leads the hospital below the city."""


# --------------------------------------------------------------------------------------------------------- the objects


@pytest.fixture
def world(cast):
    """For every place, one object of every noun there."""
    other = factories.campaign()
    their_office = factories.person()
    factories.grant(their_office, Role.OFFICE, other)
    there = factories.enrolled(factories.batch(other), [cast.elsewhere], their_office)[0]
    places = {
        "own": (cast.campaign, cast.city, cast.at_city, cast.office),
        "below": (cast.campaign, cast.hospital, cast.at_hospital, cast.office),
        "sibling": (cast.campaign, cast.port, cast.at_port, cast.office),
        "foreign": (other, cast.elsewhere, there, their_office),
    }
    return {where: _objects(cast, *place) for where, place in places.items()}


def _objects(cast, campaign, unit, enrolment, office):
    today = timezone.localdate()
    step = Step.objects.filter(enrolment=enrolment, phase=1).first()
    evidence = StepFile.objects.create(step=step, file=kept_file(office), added_in=1)
    member = unit.team.filter(until=None).order_by("is_head").first() or factories.member(unit)
    plan = campaign.contact_plans.first() or ContactPlan.objects.create(
        campaign=campaign, version=1, text="方案", text_hash=text_hash("方案"), drafted_by=office
    )
    duty = PlanDuty.objects.create(plan=plan, name="调研", phase=1, position=plan.duties.count() + 1)
    point = ContactPoint.objects.create(campaign=campaign, sponsor=cast.sponsor, unit=unit, since=today)
    of_point = {"campaign": campaign, "unit": unit, "by": cast.sponsor}
    notice = Notice.objects.create(
        campaign=campaign, title="通知", text="请看", by=office, attachment=kept_file(office)
    )
    programme = Programme.objects.create(campaign=campaign, unit=unit, name="轮训")
    term = Term.objects.create(programme=programme, number=1, starts_on=today, ends_on=today)
    session = StudySession.objects.create(
        programme=programme, term=term, kind=StudyKind.SESSION, unit=unit, name="第一讲", on=today, code=f"c{unit.pk}"
    )
    Attendance.objects.create(session=session, member=member)
    held = Round.objects.create(
        enrolment=enrolment, number=1, method=Method.MEETING, starts_on=today, ends_on=today + timedelta(days=9)
    )
    Audience.objects.create(round=held, name="群众", n_invited=10)
    return {
        "campaign": (campaign.pk,),
        "batch": (campaign.pk, enrolment.batch_id),
        "group": (campaign.pk, SupervisionGroup.objects.create(campaign=campaign, name="督导组").pk),
        "grant": (
            campaign.pk,
            Grant.objects.create(
                person=factories.person(), role=Role.CLERK, campaign=campaign, unit=unit, since=today
            ).pk,
        ),
        "unit": (campaign.pk, unit.pk),
        "import": (campaign.pk, kept_file(office).pk),
        "member": (campaign.pk, member.pk),
        "enrolment": (campaign.pk, enrolment.pk),
        "gate": (campaign.pk, enrolment.pk, 1),
        "step": (campaign.pk, step.pk),
        "step file": (campaign.pk, step.pk, evidence.pk),
        "point": (campaign.pk, point.pk),
        "plan": (campaign.pk, plan.pk),
        "duty": (campaign.pk, DutyRecord.objects.create(point=point, duty=duty, on=today, by=cast.sponsor).pk),
        "visit": (campaign.pk, Visit.objects.create(as_role=Role.SPONSOR, on=today, **of_point).pk),
        "hearing": (campaign.pk, Hearing.objects.create(way="phone", on=today, matter="进度", **of_point).pk),
        "instruction": (
            campaign.pk,
            Instruction.objects.create(addressee=cast.lead, text="请查排班", due_on=today, **of_point).pk,
        ),
        "notice": (campaign.pk, notice.pk),
        "received": (campaign.pk, NoticeUnit.objects.create(notice=notice, unit=unit).pk),
        "programme": (campaign.pk, programme.pk),
        "term": (campaign.pk, term.pk),
        "session": (campaign.pk, session.pk),
        "round": (campaign.pk, held.pk),
        "site": (),
        "nothing": (999_999,),
        "person": (cast.outsider.pk,),
        "person role": (cast.outsider.pk, 999_999),
    }


def kept_file(by) -> File:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from setright.campaign.actions.file import keep_file

    return keep_file(upload=SimpleUploadedFile("a.txt", "材料".encode()), by=by)


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
            may = who in each.who | _as_lead(who, each) and who in _reach(each, where)
            for method in each.methods:
                status = _undone(browser, method, reverse(name, args=world[where][each.about]))
                is_seen_below = name in SEEN_FROM_BELOW and (who, where) == ("accused", "own")
                is_right = (status != 404) == may or is_seen_below or (may and _is_loose(name, who))
                if status >= 500 or not is_right:
                    yield name, where, who, method, status, "may" if may else "may not"


def _undone(browser, method, url):
    """The answer's status; whatever the request changed is rolled back, so that each starts from the same world."""
    with transaction.atomic():
        status = browser.generic(method, url).status_code
        transaction.set_rollback(True)
    return status


SITE = {"site", "nothing", "person", "person role"}
WHOLE = {"campaign", "batch", "group", "import", "plan"}
SEEN_FROM_BELOW = {"programme_page", "coverage_page", "coverage_missing", "study_session", "session_add"}
"""What a unit above plans for all below it is shown there, too; counted and named are only one's own."""


def _reach(each, where):
    """Who holds a role that reaches the object: its subtree, its whole campaign, or the site."""
    if each.about in SITE:
        return OF_THE_CITY | {"office", "administrator", "accused"}
    if each.about in WHOLE and where != "foreign":
        return OF_THE_CITY | {"office", "administrator", "accused"}
    return REACH[where]


def _as_lead(who, each):
    """The accused leads the hospital and may there what a lead may."""
    return {"accused"} if "lead" in each.who and who == "accused" else set()


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
