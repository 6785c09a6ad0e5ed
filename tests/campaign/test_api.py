"""The API: who may call, what a refusal looks like, pages, versions, and the same act asked twice."""

import hashlib
import json
import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from setright.campaign import rights
from setright.campaign.actions.batch import add_batch
from setright.campaign.actions.gate import ask_gate
from setright.campaign.actions.group import create_group
from setright.campaign.actions.hearing import HearingDraft, add_hearing
from setright.campaign.actions.idempotency import KEPT
from setright.campaign.actions.instruction import InstructionDraft, give_instruction
from setright.campaign.actions.notice import NoticeDraft, issue_notice
from setright.campaign.actions.point import PointDraft, assign_point
from setright.campaign.actions.round import AudiencePlan, RoundPlan, plan_round
from setright.campaign.actions.step import OwnStep, add_own_step, edit_step, submit_step
from setright.campaign.actions.study import ProgrammePlan, SessionPlan, add_programme, plan_session
from setright.campaign.actions.visit import VisitDraft, add_visit
from setright.campaign.api import api
from setright.campaign.api.guard import Bearer
from setright.campaign.api.told import Forbidden
from setright.campaign.enums import EnrolmentState, GateNumber, HearingWay, Method, Role, Scope, StepState
from setright.campaign.models import (
    Enrolment,
    Event,
    File,
    GateAttempt,
    Programme,
    Replay,
    Review,
    Step,
    StudySession,
    Token,
    Unit,
)
from setright.campaign.queries.gate import gate_of
from setright.campaign.queries.story import story, told
from tests import factories

SCOPES = [scope.value for scope in Scope]


def token_of(person, scopes=SCOPES, **fields):
    """A token's secret."""
    secret = f"setright_{person.pk}_{Token.objects.count()}"
    values = {"name": "test", "expires_on": timezone.localdate() + timedelta(days=9), **fields}
    digest = hashlib.sha256(secret.encode()).hexdigest()
    Token.objects.create(person=person, token_hash=digest, scopes=list(scopes), **values)
    return secret


class Caller:
    """Calls the API as somebody; paths are those below the campaign."""

    def __init__(self, client, secret, campaign):
        self.client, self.secret, self.campaign = client, secret, campaign

    def __call__(self, method, path, body=None, **headers):
        url = path if path.startswith("/api/") else f"/api/v1/campaigns/{self.campaign.pk}{path}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return getattr(self.client, method)(url, headers={"Authorization": f"Bearer {self.secret}", **named}, **data)


@pytest.fixture
def call(client, cast):
    """`call("lead")` gives a caller with a token of that person that has every scope, or those named."""

    def caller(name, scopes=SCOPES, **fields):
        return Caller(client, token_of(cast.people[name], scopes, **fields), cast.campaign)

    return caller


@pytest.fixture
def step(cast):
    return Step.objects.filter(enrolment=cast.at_city, template__code="study-1").get()


def handed_in(step, cast):
    edit_step(step=step, note="办了", done_on=None, files=[factories.file(cast.clerk)], drop=[], by=cast.clerk)
    submit_step(step=step, by=cast.clerk)
    return step


# ------------------------------------------------------------------------------------------------------ who may call


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic YTpi", "setright_1_0"])
def test_without_a_living_token_nothing_is_answered(cast, client, header):
    answer = client.get("/api/v1/campaigns", headers={"Authorization": header})
    assert (answer.status_code, answer["WWW-Authenticate"], sorted(answer.json())) == (
        401,
        "Bearer",
        ["detail", "fields", "reasons"],
    )


@pytest.mark.parametrize(
    "fields", [{"expires_on": timezone.localdate() - timedelta(days=1)}, {"revoked_on": timezone.localdate()}]
)
def test_ended_token_opens_nothing(call, fields):
    assert call("office", **fields)("get", "/api/v1/campaigns").status_code == 401


def test_token_of_somebody_who_left_opens_nothing(call, cast):
    caller = call("office")
    type(cast.office).objects.filter(pk=cast.office.pk).update(is_active=False)
    assert caller("get", "/api/v1/campaigns").status_code == 401


def test_browser_session_does_not_open_the_api(browse, cast):
    client = browse("office")
    answers = [client.get("/api/v1/campaigns"), client.post(f"/api/v1/campaigns/{cast.campaign.pk}/close")]
    assert [each.status_code for each in answers] == [401, 401]


def test_token_is_kept_as_a_hash_and_its_day_of_use_is_noted(call):
    caller = call("office")
    caller("get", "/api/v1/me")
    token = Token.objects.get()
    assert (caller.secret in str(token.__dict__), token.used_on) == (False, timezone.localdate())


def test_me_names_owner_scopes_and_roles(call, cast):
    said = call("supervisor", ["read"])("get", "/api/v1/me").json()
    wanted = [{"role": "supervisor", "campaign": cast.campaign.pk, "unit": cast.city.pk}]
    assert (said["username"], said["scopes"], said["roles"]) == ("supervisor", ["read"], wanted)


def test_reading_needs_the_scope_read_and_nothing_else(call):
    assert [call("office", [scope])("get", "/groups").status_code for scope in SCOPES] == [200, 403, 403, 403]


def test_each_write_needs_the_scope_of_its_right(call, step):
    paths = {"enter": f"/steps/{step.pk}/submit", "decide": f"/steps/{step.pk}/revoke", "manage": "/batches"}
    people = {"enter": "clerk", "decide": "supervisor", "manage": "office"}
    for scope, path in paths.items():
        others = [each for each in SCOPES if each != scope]
        answer = call(people[scope], others)("post", path, {})
        assert (answer.status_code, scope in answer.json()["detail"]) == (403, True)
        assert call(people[scope], [scope])("post", path, {}).status_code == 422


def test_scope_gives_nothing_that_the_owner_may_not(call, step):
    assert call("lead")("post", f"/steps/{step.pk}/waive", {"reason": "洪水期间不能集中开会。"}).status_code == 404


def test_right_that_needs_a_second_factor_is_not_usable_without_one(call, cast, rf):
    caller = call("analyst")
    guard = Bearer("opinion.read", Scope.READ)
    assert "opinion.read" in rights.NEEDS_SECOND_FACTOR
    request = rf.get("/api/v1/opinions")
    with pytest.raises(Forbidden):
        guard.authenticate(request, caller.secret)
    Authenticator.objects.create(user=cast.analyst, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert guard.authenticate(request, caller.secret) == cast.analyst
    translation.activate("en")


def test_outsider_is_told_of_nothing(call, cast, step):
    caller = call("outsider")
    paths = ["", "/enrolments", f"/steps/{step.pk}", f"/enrolments/{cast.at_city.pk}/gates/1", "/board", "/units"]
    assert {caller("get", path).status_code for path in paths} == {404}
    assert caller("get", "/api/v1/campaigns").json() == {"items": [], "next": None}


def test_sibling_units_things_are_told_of_to_nobody_of_the_city(call, cast):
    caller = call("lead")
    other = Step.objects.filter(enrolment=cast.at_port).first()
    paths = [
        f"/steps/{other.pk}",
        f"/enrolments/{cast.at_port.pk}",
        f"/enrolments/{cast.at_port.pk}/steps",
        f"/enrolments/{cast.at_port.pk}/gates/1",
        f"/enrolments/{cast.at_port.pk}/rounds",
        f"/units/{cast.port.pk}",
        f"/units/{cast.port.pk}/team",
    ]
    assert {caller("get", path).status_code for path in paths} == {404}


def test_who_may_not_act_is_told_so_before_the_body_is_read(call, step):
    assert call("outsider")("post", f"/steps/{step.pk}/review", {"nonsense": 1}).status_code == 404
    assert call("supervisor", ["read"])("post", f"/steps/{step.pk}/review", {"nonsense": 1}).status_code == 403


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/nothing", "/api/v2/campaigns", "/api/", "/api/v1/docs"])
def test_unknown_address_is_answered_as_json(client, db, path):
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")


def test_message_speaks_the_owners_language_unless_another_is_asked_for(call, cast):
    type(cast.lead).objects.filter(pk=cast.lead.pk).update(language="zh-hans")
    caller, path = call("lead"), f"/enrolments/{cast.at_city.pk}/gates/1"
    told = [caller("get", path).json(), caller("get", path, Accept_Language="en").json()]
    wanted = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            wanted.append(gate_of(cast.at_city, GateNumber.FIRST).unmet[0].detail)
    assert ([each["reasons"][0]["detail"] for each in told], wanted[0] == wanted[1]) == (wanted, False)


EVERYBODYS = {
    "/api/v1/me",
    "/api/v1/campaigns",
    "/api/v1/jobs/{pk}",
    "/api/v1/jobs/{pk}/cancel",
    "/api/v1/attend/{code}",
    "/api/v1/files",
}
"""Where no right is asked for: one's own things, what a secret code names, files (refused when one is sent)."""


@pytest.fixture
def sweep(client, cast):
    """Every operation with things that exist, called with this header: what each answers."""

    def swept(header):
        for path, methods in api.get_openapi_schema()["paths"].items():
            url = path.replace("{campaign}", str(cast.campaign.pk)).replace("{code}", "0" * 32)
            url = re.sub(r"\{\w+\}", str(cast.at_city.pk), url)
            for method in methods:
                answer = getattr(client, method)(url, headers={"Authorization": header})
                yield method, path, answer.status_code

    return swept


def test_no_operation_answers_without_a_token(sweep):
    assert {status for _method, _path, status in sweep("")} == {401}


def test_no_operation_answers_a_token_without_scopes(sweep, cast):
    assert {status for _method, _path, status in sweep(f"Bearer {token_of(cast.office, [])}")} == {403}


def test_no_operation_tells_an_outsider_of_anything(sweep, cast):
    told = list(sweep(f"Bearer {token_of(cast.outsider)}"))
    assert {(path, status) for _method, path, status in told if path not in EVERYBODYS} == {
        (path, 404) for _method, path, _status in told if path not in EVERYBODYS
    }
    assert len(told) > 150


# ----------------------------------------------------------------------------------------------------------- refusals


def test_values_that_cannot_be_are_named_field_by_field(call):
    body = {"name": "", "starts_on": "2026-13-01", "template": 5, "ends_on": "2026-12-01", "extra": 1}
    answer = call("administrator")("post", "/api/v1/campaigns", body)
    factories.grant(Token.objects.get().person, Role.OFFICE, None)
    answer = call("administrator")("post", "/api/v1/campaigns", body)
    assert (answer.status_code, sorted(each["field"] for each in answer.json()["fields"])) == (
        422,
        ["extra", "name", "starts_on", "template"],
    )


@pytest.mark.parametrize("body", [b"{", b"[]", b'"a"', b"\xff", b"", b"null"])
def test_body_that_is_no_object_is_refused_as_json(call, client, step, body):
    secret = call("clerk").secret
    url = f"/api/v1/campaigns/{step.enrolment.campaign_id}/steps/{step.pk}"
    headers = {"Authorization": f"Bearer {secret}"}
    answer = client.patch(url, body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/json")


def test_refusal_carries_every_reason_with_counts_and_the_page_that_mends_it(call, cast):
    answer = call("lead")("post", f"/enrolments/{cast.at_city.pk}/gates/1")
    reasons = answer.json()["reasons"]
    with translation.override("en"):
        unmet = gate_of(cast.at_city, GateNumber.FIRST).unmet
    told = [(r["code"], r["title"], r["detail"], r["got"], r["need"]) for r in reasons]
    assert (answer.status_code, told) == (422, [(u.code, u.title, u.detail, u.got, u.need) for u in unmet])
    assert reasons[0]["url"] == reverse("step_list", args=(cast.campaign.pk, cast.at_city.pk))


# -------------------------------------------------------------------------------------------------------------- gates


def test_gate_answers_as_its_page_does_and_asking_is_kept(call, cast, browse):
    path = f"/enrolments/{cast.at_city.pk}/gates/1"
    said = call("supervisor")("get", path).json()
    page = browse("lead").get(reverse("gate_page", args=(cast.campaign.pk, cast.at_city.pk, 1)))
    shown = [each.title for each in page.context["answer"].unmet]
    assert ([each["title"] for each in said["reasons"]], GateAttempt.objects.count()) == (shown, 0)
    call("lead")("post", path)
    tried = call("lead")("get", f"{path}/attempts").json()["items"]
    assert [(each["by"]["id"], each["has_passed"], len(each["reasons"])) for each in tried] == [
        (cast.lead.pk, False, len(shown))
    ]


def test_nobody_passes_a_gate_by_rank(call, cast):
    for name in cast.people:
        answer = call(name)("post", f"/enrolments/{cast.at_city.pk}/gates/1")
        assert answer.status_code == (422 if name == "lead" else 404)
    assert Enrolment.objects.get(pk=cast.at_city.pk).state == EnrolmentState.P1


# -------------------------------------------------------------------------------------------------------------- a step


def test_step_goes_from_open_to_accepted_with_a_file(call, cast, client, step):
    clerk, path = call("clerk"), f"/steps/{step.pk}"
    url = f"/api/v1/campaigns/{cast.campaign.pk}{path}/files"
    upload = SimpleUploadedFile("签到.txt", "甲 乙".encode(), "text/plain")
    answer = client.post(url, {"file": upload}, headers={"Authorization": f"Bearer {clerk.secret}"})
    assert (answer.status_code, answer.json()["evidence"][0]["file"]["name"]) == (201, "签到.txt")
    shown = clerk("patch", path, {"note": "三场都办了", "seen": answer.json()["seen"]}).json()
    assert (shown["note"], shown["version"]) == ("三场都办了", 3)
    assert clerk("post", f"{path}/submit").json()["state"] == "submitted"
    supervisor = call("supervisor")
    copy = supervisor("get", f"{path}/files/{shown['evidence'][0]['id']}")
    assert b"".join(copy.streaming_content).decode() == "甲 乙"
    seen = supervisor("get", path).json()["seen"]
    said = supervisor("post", f"{path}/review", {"verdict": "accepted", "seen": seen}).json()
    assert (said["state"], Step.objects.get(pk=step.pk).state) == ("accepted", StepState.ACCEPTED)
    assert [event.action for event in Event.objects.filter(object_type="step").order_by("seq")] == [
        "edit_step",
        "edit_step",
        "submit_step",
        "review_step",
    ]


def test_decision_about_a_version_that_was_not_read_decides_nothing(call, cast, step):
    handed_in(step, cast)
    supervisor, path = call("supervisor"), f"/steps/{step.pk}/review"
    missing = supervisor("post", path, {"verdict": "accepted"})
    other = supervisor("post", path, {"verdict": "accepted", "seen": "0" * 64})
    stale = supervisor("post", path, {"verdict": "accepted"}, If_Match='"other"')
    assert [missing.status_code, other.status_code, stale.status_code] == [422, 409, 412]
    assert (Review.objects.count(), Step.objects.get(pk=step.pk).state) == (0, StepState.SUBMITTED)


def test_if_match_with_the_etag_that_was_read_decides(call, cast, step):
    handed_in(step, cast)
    supervisor = call("supervisor")
    etag = supervisor("get", f"/steps/{step.pk}")["ETag"]
    said = supervisor("post", f"/steps/{step.pk}/review", {"verdict": "accepted"}, If_Match=etag)
    assert (said.status_code, said.json()["state"]) == (200, "accepted")


def test_two_who_edit_do_not_overwrite_each_other(call, step):
    clerk, lead, path = call("clerk"), call("lead"), f"/steps/{step.pk}"
    read = clerk("get", path)
    assert lead("patch", path, {"note": "我的", "seen": read.json()["seen"]}).status_code == 200
    assert clerk("patch", path, {"note": "你的", "seen": read.json()["seen"]}).status_code == 409
    assert clerk("patch", path, {"note": "你的"}, If_Match=read["ETag"]).status_code == 412
    assert Step.objects.get(pk=step.pk).note == "我的"


# ------------------------------------------------------------------------------------------------------------ versions


def test_what_is_known_already_is_not_sent_again(call, step):
    caller = call("clerk")
    for path in (f"/steps/{step.pk}", f"/enrolments/{step.enrolment_id}/steps"):
        first = caller("get", path)
        again = caller("get", path, If_None_Match=first["ETag"])
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    Step.objects.filter(pk=step.pk).update(note="别的")
    assert caller("get", f"/steps/{step.pk}", If_None_Match='W/"x", "y"').status_code == 200


# --------------------------------------------------------------------------------------------------------- asked twice


def test_same_key_with_the_same_body_acts_once_and_answers_alike(call, cast):
    office, body = call("office"), {"starts_on": "2027-01-01"}
    first = office("post", "/batches", body, Idempotency_Key="one")
    again = office("post", "/batches", body, Idempotency_Key="one")
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert cast.campaign.batches.count() == 2


def test_same_key_with_another_body_or_path_is_refused(call, cast):
    office = call("office")
    office("post", "/batches", {"starts_on": "2027-01-01"}, Idempotency_Key="one")
    other = office("post", "/batches", {"starts_on": "2027-01-02"}, Idempotency_Key="one")
    elsewhere = office("post", "/close", Idempotency_Key="one")
    assert (other.status_code, elsewhere.status_code, cast.campaign.batches.count()) == (422, 422, 2)


def test_key_of_another_token_is_another_key(call, cast):
    for _each in range(2):
        assert call("office")("post", "/batches", {"starts_on": "2027-01-01"}, Idempotency_Key="one").status_code == 201
    assert cast.campaign.batches.count() == 3


def test_refusal_is_answered_again_and_nothing_is_asked_twice(call, cast):
    lead, path = call("lead"), f"/enrolments/{cast.at_city.pk}/gates/1"
    first, again = lead("post", path, Idempotency_Key="k"), lead("post", path, Idempotency_Key="k")
    assert (first.status_code, again.content, GateAttempt.objects.count()) == (422, first.content, 1)


def test_same_file_sent_again_with_the_same_key_is_kept_once(call, cast, client, step):
    secret = call("clerk").secret
    url = f"/api/v1/campaigns/{cast.campaign.pk}/steps/{step.pk}/files"
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "f"}

    def send(words):
        upload = SimpleUploadedFile("a.txt", words.encode(), "text/plain")
        return client.post(url, {"file": upload}, headers=headers).status_code

    assert ([send("甲"), send("甲"), send("乙")], File.objects.count()) == ([201, 201, 422], 1)


def test_kept_answers_are_sealed_and_expire(call, cast):
    office, body = call("office"), {"starts_on": "2027-01-01"}
    office("post", "/batches", body, Idempotency_Key="one")
    row = Replay.objects.get()
    assert (b"starts_on" in bytes(row.answer), row.status) == (False, 201)
    Replay.objects.update(day=timezone.localdate() - KEPT - timedelta(days=1))
    office("post", "/batches", body, Idempotency_Key="one")
    assert cast.campaign.batches.count() == 3


def test_answer_with_a_one_time_link_takes_no_key(call):
    body = {"username": "new", "name": "新人"}
    admin = call("administrator")
    refused = admin("post", "/api/v1/people", body, Idempotency_Key="k")
    made = admin("post", "/api/v1/people", body)
    assert (refused.status_code, made.status_code, Replay.objects.count()) == (422, 201, 0)


# --------------------------------------------------------------------------------------------------------------- pages


def walk(caller, path):
    """Every item, and the sizes of the pages."""
    items, sizes = [], []
    while path:
        said = caller("get", path).json()
        items += said["items"]
        sizes.append(len(said["items"]))
        path = said["next"]
    return items, sizes


def test_pages_hold_every_row_once_in_order(call, cast):
    caller = call("office")
    whole = caller("get", f"/enrolments/{cast.at_city.pk}/steps?limit=200").json()["items"]
    parts, sizes = walk(caller, f"/enrolments/{cast.at_city.pk}/steps?limit=5")
    assert (parts, set(sizes[:-1])) == (whole, {5})


def test_next_page_is_the_same_whatever_came_in_between(call, cast):
    caller = call("office")
    for n in range(6):
        factories.unit(f"区{n}", cast.province, code=f"P-{n}")
    path = f"/units?under={cast.province.pk}&limit=3"
    first = caller("get", path).json()
    Unit.objects.get(code=first["items"][0]["code"])
    before = [each["code"] for each in caller("get", first["next"]).json()["items"]]
    Unit.objects.filter(code=first["items"][1]["code"]).update(valid_to=timezone.localdate() - timedelta(days=1))
    factories.unit("新", Unit.objects.get(code="P-5"), code="P-NEW")
    assert [each["code"] for each in caller("get", first["next"]).json()["items"]] == before


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=nonsense", "cursor=WzFd"])
def test_page_that_cannot_be_is_refused(call, query):
    assert call("office")("get", f"/enrolments?{query}").status_code == 422


def test_cursor_of_another_list_is_refused(call, cast):
    caller = call("office")
    cursor = caller("get", "/enrolments?limit=1").json()["next"].rpartition("cursor=")[2]
    assert caller("get", f"/enrolments/{cast.at_city.pk}/steps?cursor={cursor}").status_code == 422


def test_story_is_the_pages_and_what_happens_meanwhile_shifts_nothing(call, cast, step):
    for _ in range(3):
        ask_gate(enrolment=cast.at_city, number=GateNumber.FIRST, by=cast.lead)
    caller, path = call("office"), f"/enrolments/{cast.at_city.pk}/story"
    page = [each.title for each in told(story(cast.at_city, cast.office), cast.campaign)]
    first = caller("get", f"{path}?limit=2").json()
    ask_gate(enrolment=cast.at_city, number=GateNumber.FIRST, by=cast.lead)
    rest, _sizes = walk(caller, first["next"])
    assert [each["title"] for each in first["items"] + rest] == page


def test_list_of_who_came_is_looked_at_and_then_recorded(call, cast, client):
    plan = SessionPlan("课", "", None, "", timezone.localdate())
    programme = add_programme(campaign=cast.campaign, unit=cast.city, plan=ProgrammePlan("学", "", ""), by=cast.office)
    session = plan_session(programme=programme, unit=cast.city, plan=plan, by=cast.office)
    caller, other = call("office"), call("lead")
    sent = SimpleUploadedFile("who.csv", "账号\nlead\nnobody\n".encode())
    file = client.post("/api/v1/files", {"file": sent}, headers={"Authorization": f"Bearer {caller.secret}"}).json()
    path = f"/sessions/{session.pk}/lists/{file['id']}"
    assert caller("get", path).status_code == 422
    caller("post", f"/sessions/{session.pk}/hold")
    shown = caller("get", path).json()
    assert (shown["n_new"], [line["number"] for line in shown["refused"]]) == (1, [3])
    assert other("post", path).status_code == 404
    recorded = caller("post", path).json()
    present = session.attendance.filter(is_present=True)
    assert [each.member.person for each in present] == [cast.lead]
    assert recorded == {"on": [present.get().pk], "off": []}


def test_hints_are_for_those_who_see_the_board(call, cast):
    path = f"/enrolments/{cast.at_city.pk}/hints"
    assert (call("office")("get", path).json(), call("lead")("get", path).status_code) == ({"hints": []}, 404)


def grow(cast, n):
    """More of everything that lists show."""
    units = [factories.unit(f"单位{n}", cast.city) for _each in range(n)]
    for unit in units:
        factories.member(unit, factories.person(), is_head=True)
        factories.member(cast.city, factories.person())
    factories.enrolled(cast.batch, units, cast.office)
    for unit in units:
        campaign = {"campaign": cast.campaign, "by": cast.office}
        create_group(name="组", name_en="", members=[factories.person()], **campaign)
        assign_point(draft=PointDraft(unit, factories.person()), **campaign)
        notice = issue_notice(draft=NoticeDraft("通知", "文"), units=[cast.city, unit], **campaign)
        assert notice.addressed.count() == 2
        add_batch(campaign=cast.campaign, starts_on=timezone.localdate(), by=cast.office)
        programme = add_programme(unit=cast.city, plan=ProgrammePlan("学", "", ""), **campaign)
        plan = SessionPlan("课", "", None, "", timezone.localdate())
        for of in (programme, Programme.objects.first()):
            plan_session(programme=of, unit=cast.city, plan=plan, by=cast.office)
        visit = VisitDraft(cast.city, timezone.localdate())
        add_visit(campaign=cast.campaign, draft=visit, by=cast.supervisor)
        hearing = HearingDraft(cast.city, HearingWay.PAPER, timezone.localdate(), "事")
        add_hearing(campaign=cast.campaign, draft=hearing, by=cast.supervisor)
        given = InstructionDraft(cast.city, cast.lead, "办", timezone.localdate())
        give_instruction(campaign=cast.campaign, draft=given, by=cast.supervisor)
        plan = RoundPlan(Method.SURVEY, timezone.localdate(), timezone.localdate(), "", (AudiencePlan("众", "", 9),))
        plan_round(enrolment=cast.at_city, plan=plan, by=cast.clerk)
        own = OwnStep(1, "自选", "", timezone.localdate())
        add_own_step(enrolment=cast.at_city, own=own, by=cast.clerk)
        handed_in(Step.objects.filter(enrolment=cast.at_city, state=StepState.OPEN).first(), cast)
    for each in cast.people.values():
        each.__dict__.pop("_held", None)


LISTS = {
    "/api/v1/campaigns": "office",
    "/api/v1/people": "administrator",
    "/api/v1/log": "administrator",
    "/enrolments": "office",
    "/batches": "office",
    "/groups": "office",
    "/grants": "office",
    "/log": "office",
    "/board": "office",
    "/units?q=U": "office",
    "/contact-points": "office",
    "/units-without-sponsor": "office",
    "/notices": "office",
    "/received": "lead",
    "/work": "supervisor",
    "/visits": "office",
    "/hearings": "office",
    "/instructions": "office",
    "/plans": "office",
    "/programmes": "office",
    "/reminders": "lead",
    "/due": "lead",
    "/my-sessions": "lead",
    "/units/{city}/team": "office",
    "/units/{city}/addressees": "supervisor",
    "/enrolments/{enrolment}/steps": "office",
    "/enrolments/{enrolment}/rounds": "office",
    "/enrolments/{enrolment}/story": "office",
    "/enrolments/{enrolment}/possible-leads": "office",
    "/enrolments/{enrolment}/gates/1/attempts": "office",
    "/programmes/{programme}/sessions": "office",
    "/programmes/{programme}/missing": "office",
    "/sessions/{session}/attendance": "office",
    "/sessions/{session}/could-expect": "office",
    "/notices/{notice}/units": "office",
    "/groups/{group}/enrolments": "office",
    "/contact-points/{point}/duties": "office",
}


def listing_paths():
    """Paths of lists, as the table writes them, with * for what varies."""
    for path, methods in api.get_openapi_schema()["paths"].items():
        if "cursor" in {each["name"] for each in methods.get("get", {}).get("parameters", [])}:
            short = path.removeprefix("/api/v1").removeprefix("/campaigns/{campaign}")
            yield re.sub(r"\{\w+\}", "*", short)


def test_every_list_is_in_the_table_of_lists():
    written = (path.split("?")[0].removeprefix("/api/v1") for path in LISTS)
    table = {re.sub(r"\{\w+\}|(?<=/)1(?=/)", "*", path) for path in written}
    assert set(listing_paths()) - table == set()


@pytest.mark.parametrize("path", LISTS)
def test_lists_ask_the_same_number_of_questions_for_few_and_for_many(call, cast, path):
    grow(cast, 2)
    at = {
        "city": cast.city.pk,
        "enrolment": cast.at_city.pk,
        "programme": Programme.objects.first().pk,
        "session": StudySession.objects.first().pk,
        "notice": cast.campaign.notices.first().pk,
        "group": cast.campaign.groups.first().pk,
        "point": cast.campaign.contact_points.first().pk,
    }
    caller = call(LISTS[path])
    caller("get", path.format(**at))
    with CaptureQueriesContext(connection) as few:
        caller("get", path.format(**at))
    grow(cast, 5)
    caller("get", path.format(**at))
    with CaptureQueriesContext(connection) as many:
        answer = caller("get", path.format(**at))
    assert (answer.status_code, len(many)) == (200, len(few))


@pytest.mark.parametrize("path", ["/enrolments?stat=p1", "/units?under=1&lmit=5", "/work?limit=5&x"])
def test_mistyped_filter_does_not_pass_for_none(call, path):
    answer = call("office")("get", path)
    assert (answer.status_code, len(answer.json()["fields"])) == (422, 1)
