"""Schemathesis against the API's own description: no server error, nothing undeclared, every answer as described.

One person holds every role, so that calls reach the acts themselves; half of the calls are well formed and name things
that exist, half are broken on purpose. What a call does is taken back before the next.
"""

import hashlib
import json
from copy import deepcopy
from datetime import timedelta

import pytest
import schemathesis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from setright.campaign.actions.file import keep_file
from setright.campaign.actions.group import create_group
from setright.campaign.actions.hearing import HearingDraft, add_hearing
from setright.campaign.actions.instruction import InstructionDraft, give_instruction
from setright.campaign.actions.job import enqueue
from setright.campaign.actions.notice import NoticeDraft, issue_notice, pass_notice
from setright.campaign.actions.plan import Approval, DutyDraft, PlanDraft, approve_plan, draft_plan
from setright.campaign.actions.point import PointDraft, assign_point, record_duty
from setright.campaign.actions.round import AudiencePlan, RoundPlan, plan_round
from setright.campaign.actions.step import edit_step, submit_step
from setright.campaign.actions.study import (
    ProgrammePlan,
    SessionPlan,
    TermPlan,
    add_programme,
    add_term,
    hold_session,
    plan_session,
)
from setright.campaign.actions.visit import VisitDraft, add_visit
from setright.campaign.api import api
from setright.campaign.enums import HearingWay, Method, Role, Scope
from setright.campaign.models import Grant, Step, Token
from setright.server.wsgi import application
from tests import factories
from tests.cast import assemble

SECRET = "setright_everything"
EXAMPLES = 3
DESCRIBED = api.get_openapi_schema()["paths"]
OPERATIONS = [(method.upper(), path) for path, methods in DESCRIBED.items() for method in methods]


def can_be_broken(described):
    """Whether there is something beside headers and free words in the address to send wrongly."""
    places = [each for each in described["parameters"] if each["in"] != "header"]
    return "requestBody" in described or any(p["in"] == "query" or p["schema"]["type"] != "string" for p in places)


CALLS = [(*each, GenerationMode.POSITIVE) for each in OPERATIONS] + [
    (method, path, GenerationMode.NEGATIVE)
    for method, path in OPERATIONS
    if can_be_broken(DESCRIBED[path][method.lower()])
]


def everything():
    """The cast, one person with every role over the city, and one thing of every kind; their numbers by name."""
    cast, today = assemble(), timezone.localdate()
    me = factories.person(username="everything")
    ids = _guided(cast, me)
    for role in set(Role) - {Role.SPONSOR}:
        factories.grant(me, role, None if role == Role.ADMINISTRATOR else cast.campaign, _over(role, cast))
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    scopes = [each.value for each in Scope]
    Token.objects.create(person=me, name="all", token_hash=digest, scopes=scopes, expires_on=today + timedelta(days=1))
    ids |= {"campaign": cast.campaign.pk, "enrolments": cast.at_city.pk, "batches": cast.batch.pk}
    ids |= {"units": cast.city.pk, "team": cast.city.team.first().pk, "people": cast.member.pk, "gates": 1}
    ids |= _entered(cast, me) | _studied(cast, me) | _noticed(cast, me)
    group = create_group(campaign=cast.campaign, name="组", name_en="", members=[], by=cast.office)
    job = enqueue(name="enrol_units", arguments={}, by=me)
    grant = Grant.objects.filter(role=Role.MEMBER).first()
    ids |= {"groups": group.pk, "jobs": job.pk, "people-runs": job.pk, "grants": grant.pk}
    me.__dict__.pop("_held", None)
    return ids, _references(cast, ids)


def _over(role, cast):
    return None if role in (Role.OFFICE, Role.ADMINISTRATOR) else cast.city


def _entered(cast, me):
    step = Step.objects.filter(enrolment=cast.at_city, template__code="study-1").get()
    file = keep_file(upload=SimpleUploadedFile("list.csv", "code,name\nX,新\n".encode()), by=me)
    edit_step(step=step, note="办了", done_on=None, files=[file], drop=[], by=cast.clerk)
    submit_step(step=step, by=cast.clerk)
    today = timezone.localdate()
    plan = RoundPlan(Method.SURVEY, today, today, "", (AudiencePlan("众", "", 9),))
    made = plan_round(enrolment=cast.at_city, plan=plan, by=cast.clerk)
    files = {"files": step.evidence.get().pk, "unit-lists": file.pk, "people-lists": file.pk, "file": file.pk}
    return {"steps": step.pk, "rounds": made.pk, **files}


def _studied(cast, me):
    today, at = timezone.localdate(), {"by": cast.office}
    programme = add_programme(campaign=cast.campaign, unit=cast.city, plan=ProgrammePlan("学", "", ""), **at)
    term = add_term(programme=programme, plan=TermPlan(today, today, ""), **at)
    session = plan_session(programme=programme, unit=cast.city, plan=SessionPlan("课", "", term, "", today), **at)
    hold_session(session=session, **at)
    return {"programmes": programme.pk, "terms": term.pk, "sessions": session.pk, "attend": session.code}


def _guided(cast, me):
    today, at = timezone.localdate(), {"campaign": cast.campaign}
    point = assign_point(draft=PointDraft(cast.city, me), by=cast.office, **at)
    duties = tuple(DutyDraft(n, f"做{n}") for n in (1, 2, 3))
    plan = draft_plan(draft=PlanDraft("文", duties), by=cast.office, **at)
    approve_plan(plan=plan, approval=Approval("会", "", today, plan.text_hash), by=cast.office)
    me.__dict__.pop("_held", None)
    record = record_duty(point=point, duty=plan.duties.first(), on=today, note="", by=me)
    visit = add_visit(draft=VisitDraft(cast.city, today, findings="看"), by=me, **at)
    hearing = add_hearing(draft=HearingDraft(cast.city, HearingWay.PAPER, today, "事"), by=me, **at)
    instruction = give_instruction(draft=InstructionDraft(cast.city, cast.lead, "办", today), by=me, **at)
    made = {"contact-points": point.pk, "duty-records": record.pk, "visits": visit.pk, "hearings": hearing.pk}
    return made | {"instructions": instruction.pk, "plans": plan.pk, "duty": plan.duties.first().pk}


def _noticed(cast, me):
    draft = NoticeDraft("通知", "文")
    notice = issue_notice(campaign=cast.campaign, draft=draft, units=[cast.city], by=cast.office)
    at = notice.addressed.get()
    passed = pass_notice(at=at, draft=draft, units=[cast.hospital], by=cast.lead)
    return {"notices": notice.pk, "received": at.pk, "passed-notices": passed.pk}


def _references(cast, ids):
    """Numbers for a body's fields, by their names."""
    people = dict.fromkeys(("person", "sponsor", "addressee"), cast.lead.pk) | {"to": cast.hospital.pk}
    units = {"unit": cast.city.pk, "into": cast.hospital.pk, "parent": cast.city.pk, "root": cast.city.pk}
    of = {"group": ids["groups"], "term": ids["terms"], "duty": ids["duty"], "attachment": ids["file"]}
    lists = {"enrolments": [ids["enrolments"]], "units": [cast.hospital.pk], "members": [cast.sponsor.pk]}
    days = dict.fromkeys(
        ("on", "due_on", "starts_on", "ends_on", "since", "valid_from"), timezone.localdate().isoformat()
    )
    codes = {"codes": [cast.elsewhere.code], "template": "three-phases", "n_units": None}
    return people | units | of | lists | days | codes | {"batch": ids["batches"], "file": ids["file"], "seen": ""}


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Built once and taken back at the end; as in Django's own test client, a request does not end the connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    with django_db_blocker.unblock(), transaction.atomic():
        yield everything()
        transaction.set_rollback(True)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def without_patterns(part):
    """Texts of any characters: long ones that follow a pattern take seconds to make up."""
    if isinstance(part.get("pattern"), str):
        part.pop("pattern")
    return part


@pytest.fixture(scope="module")
def described(world):
    """Without its security, which `test_api` sweeps: nothing here is lost on calls without a token."""
    said = deepcopy(dict(api.get_openapi_schema()))
    said["components"].pop("securitySchemes")
    for methods in said["paths"].values():
        for each in methods.values():
            each.pop("security")
    found = schemathesis.openapi.from_dict(json.loads(json.dumps(said), object_hook=without_patterns))
    found.app = application
    return found


@pytest.mark.django_db
def test_description_is_served_to_anybody_and_says_who_may_what(client):
    said = client.get("/api/v1/openapi.json").json()
    told = {(m, p): (each["x-right"], each["x-scope"]) for p, of in said["paths"].items() for m, each in of.items()}
    assert told["post", "/api/v1/campaigns/{campaign}/steps/{pk}/review"] == ("step.review", "decide")
    assert len(told) == len(OPERATIONS)


def addressed(case, ids):
    """Name things that exist in the address, by the word before each place."""
    words = case.path.split("/")
    for at, word in enumerate(words):
        before = "campaign" if word == "{campaign}" else words[at - 1]
        if word.startswith("{") and before in ids:
            case.path_parameters[word[1:-1]] = ids[before]


def is_broken_inside(case):
    """Whether what was broken on purpose is in the body or the query: then the address may be a real one."""
    parts = (case.meta.components.get(place) for place in (ParameterLocation.BODY, ParameterLocation.QUERY))
    return any(part is not None and part.mode == GenerationMode.NEGATIVE for part in parts)


def well_formed(case, references):
    """Name things that exist in the body, by the fields' names; and read what is there first."""
    if isinstance(case.body, dict):
        case.body = {name: references.get(name, value) for name, value in case.body.items()}
        if case.path.endswith("/notices"):
            case.body["to"] = {"kind": "all"}
    if case.headers is not None and "If-Match" in case.headers:
        case.headers["If-Match"] = "*"


@pytest.mark.parametrize(("method", "path", "mode"), CALLS)
def test_operation_answers_as_described(world, described, django_db_blocker, method, path, mode):
    ids, references = world

    @hypothesis_settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described[path][method].as_strategy(generation_mode=mode))
    def check(case):
        if mode == GenerationMode.POSITIVE:
            well_formed(case, references)
        if mode == GenerationMode.POSITIVE or is_broken_inside(case):
            addressed(case, ids)
        with transaction.atomic():
            case.call_and_validate(
                headers={"Authorization": f"Bearer {SECRET}"},
                excluded_checks=[positive_data_acceptance],
            )
            transaction.set_rollback(True)

    with django_db_blocker.unblock():
        check()
