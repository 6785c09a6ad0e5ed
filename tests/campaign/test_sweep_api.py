"""Every operation of the API × everybody of the cast × own, lower, sibling and foreign unit, and other campaigns.

The operations come from the API's own description; who may ask for each is written out in `sweep_operations`, by hand
from DOMAIN. An operation that is not listed there fails, and so does one listed that is gone. Who may not is told
exactly what is told of a thing that does not exist; who may is told anything but that.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from setright.campaign.actions.attendance import BY_CODE
from setright.campaign.actions.job import enqueue
from setright.campaign.actions.review import record_review
from setright.campaign.api import api
from setright.campaign.enums import (
    BatchState,
    InstructionState,
    Method,
    NoticeState,
    PlanState,
    PointState,
    Role,
    RoundState,
    Scope,
    StepState,
    StudyKind,
    StudyState,
    Verdict,
)
from setright.campaign.models import (
    Attendance,
    Audience,
    ContactPlan,
    ContactPoint,
    Grant,
    Hearing,
    Instruction,
    Notice,
    NoticeUnit,
    Person,
    PlanDuty,
    Programme,
    Round,
    Step,
    StudySession,
    TeamMember,
    Term,
    Token,
    Unit,
    Visit,
)
from setright.campaign.queries.invitation import listed, preview
from setright.campaign.queries.study import team_below
from tests import factories
from tests.campaign.sweep import BOARD, REACH, SITE, WHERE, WHOLE, kept_file, objects, places, undone
from tests.campaign.sweep_operations import (
    ASTRAY,
    LISTED,
    NAMED,
    OFFICE,
    READ,
    REFUSED,
    SHEET,
    TODAY,
    UPLOAD,
    At,
    Operation,
)
from tests.cast import assemble

pytestmark = pytest.mark.django_db

DESCRIBED = {
    (method.upper(), path) for path, methods in api.get_openapi_schema()["paths"].items() for method in methods
}
ROWS = [(key, row) for key, rows in SHEET.items() for row in (rows if isinstance(rows, tuple) else (rows,))]
ABSENT = 999_999
ASKERS_OWN = object()
"""In an address: a file that whoever asks handed in themselves."""


# --------------------------------------------------------------------------------------------------------- the objects


def everywhere(cast):
    """For every place, one object of every noun there in every state that an operation needs; and those gone astray."""
    found = {where: _more(cast, where, place) for where, place in places(cast).items()}
    mine = found["own"]["campaign"]
    found[ASTRAY] = {
        about: mine + keys[1:] if len(keys) > 1 and keys[:1] == found["foreign"]["campaign"] else keys
        for about, keys in found["foreign"].items()
    }
    return found


def _more(cast, where, place):
    campaign, unit, enrolment, office = place
    found = objects(cast, *place)
    Step.objects.filter(pk=found["step"][-1]).update(note="办了")
    found |= {
        "anything": (),
        "the lead": (cast.lead.pk,),
        "the member": (cast.member.pk,),
        "the supervisor": (cast.supervisor.pk,),
        "file": (kept_file(office).pk,),
        "job": (enqueue(name="enrol_units", arguments={}, by=cast.people[OWNER[where]]).pk,),
    }
    found |= _below(cast, campaign, unit, enrolment.batch, office)
    found |= _planned(campaign, office) | _stepped(cast, campaign, enrolment, found) | _heard(campaign, enrolment)
    found |= _guided(cast, campaign, unit) | _noticed(cast, campaign, unit, found["child"][-1], office)
    return found | _studied(campaign, unit, found) | _of_the_site(cast, campaign, office)


def _below(cast, campaign, unit, batch, office):
    """Units below: one that takes no part, one that ended, one that takes part and whose sponsor is gone."""
    today, yesterday = timezone.localdate(), timezone.localdate() - timedelta(days=1)
    child, ended, free = (factories.unit("科", unit) for _ in "123")
    Unit.objects.filter(pk=ended.pk).update(valid_to=yesterday)
    factories.enrolled(batch, [free], office)
    values = {"since": yesterday, "until": yesterday}
    over = {"campaign": campaign, "unit": free}
    named = {
        "child": child,
        "ended child": ended,
        "ended member": factories.member(unit),
        "ended grant": Grant.objects.create(person=factories.person(), role=Role.CLERK, **over, **values),
        "ended point": ContactPoint.objects.create(sponsor=cast.sponsor, state=PointState.ENDED, **over, **values),
    }
    TeamMember.objects.filter(pk=named["ended member"].pk).update(until=today)
    return {about: (campaign.pk, thing.pk) for about, thing in named.items()} | {
        "code of a child": (child.code,),
        "a unit aside": (factories.unit("处").pk,),
        "unit without sponsor": (free.pk,),
    }


OWNER = {"own": "clerk", "below": "accused", "sibling": "office", "foreign": "administrator"}


def _planned(campaign, office):
    later = campaign.batches.filter(number=2).first() or factories.batch(
        campaign, number=2, state=BatchState.PLANNED, predecessor=campaign.batches.get(number=1)
    )
    plan = campaign.contact_plans.filter(state=PlanState.APPROVED).first()
    if plan is None:
        values = {"version": 2, "text": "方案", "text_hash": "h", "drafted_by": office, "state": PlanState.APPROVED}
        plan = ContactPlan.objects.create(campaign=campaign, **values)
        PlanDuty.objects.create(plan=plan, name="调研", phase=1, position=1)
        draft = campaign.contact_plans.get(state=PlanState.DRAFT)
        PlanDuty.objects.bulk_create(PlanDuty(plan=draft, name="做", phase=n, position=9) for n in (2, 3))
    units = kept_file(office, "units.csv", "code,name\nX-1,新\n")
    return {
        "later batch": (campaign.pk, later.pk),
        "plan in force": (campaign.pk, plan.pk),
        "duty of the plan": (plan.duties.get().pk,),
        "unit list": (campaign.pk, units.pk),
    }


def _stepped(cast, campaign, enrolment, found):
    """A step that waits for review, one that the supervisor accepted, and evidence that belongs to neither."""
    submitted, accepted = Step.objects.filter(enrolment=enrolment, phase=1).exclude(pk=found["step"][-1])[:2]
    Step.objects.filter(pk=submitted.pk).update(state=StepState.SUBMITTED, version_hash="h", note="办了")
    Step.objects.filter(pk=accepted.pk).update(state=StepState.ACCEPTED, version_hash="h", note="办了")
    accepted.refresh_from_db()
    record_review(thing=accepted, verdict=Verdict.ACCEPTED, comment="", by=cast.supervisor)
    return {
        "submitted step": (campaign.pk, submitted.pk),
        "accepted step": (campaign.pk, accepted.pk),
        "file of another step": (campaign.pk, submitted.pk, found["step file"][-1]),
    }


def _heard(campaign, enrolment):
    """A round that is open, and one that reached somebody."""
    today = timezone.localdate()
    values = {"enrolment": enrolment, "method": Method.SURVEY, "state": RoundState.OPEN}
    days = {"starts_on": today, "ends_on": today, "opened_on": today}
    opened, heard = (Round.objects.create(number=n, **values, **days) for n in (2, 3))
    audience = Audience.objects.create(round=opened, name="众", n_invited=9)
    Audience.objects.create(round=heard, name="众", n_invited=9, n_reached=5)
    return {
        "open round": (campaign.pk, opened.pk),
        "heard round": (campaign.pk, heard.pk),
        "audience": (audience.pk,),
    }


def _guided(cast, campaign, unit):
    """What the supervisor did beside the sponsor: visits, hearings and instructions in the states to come."""
    today, at = timezone.localdate(), {"campaign": campaign, "unit": unit, "by": cast.supervisor}
    visits = [Visit.objects.create(as_role=Role.SUPERVISOR, on=today, **at, **more) for more in HELD["findings"]]
    hearings = [Hearing.objects.create(way="phone", on=today, matter="进度", **at, **more) for more in HELD["summary"]]
    words = {"text": "请答复", "due_on": today, "addressee": cast.member, "answer": "查了", "version_hash": "h"}
    answered, accepted = (
        Instruction.objects.create(state=state, **words, **at)
        for state in (InstructionState.ANSWERED, InstructionState.ACCEPTED)
    )
    record_review(thing=accepted, verdict=Verdict.ACCEPTED, comment="", by=cast.supervisor)
    named = {
        "supervisor’s visit": visits[0],
        "reported visit": visits[1],
        "supervisor’s hearing": hearings[0],
        "reported hearing": hearings[1],
        "supervisor’s instruction": answered,
        "accepted instruction": accepted,
    }
    return {about: (campaign.pk, thing.pk) for about, thing in named.items()}


HELD = {
    field: ({field: "看了", "state": "done"}, {field: "看了", "state": "reported"}) for field in ("findings", "summary")
}


def _noticed(cast, campaign, unit, child, office):
    """A notice that was replied to, one whose reply was taken back, and one that was passed on."""
    first, second, third = (Notice.objects.create(campaign=campaign, title="通知", text="文", by=office) for _ in "123")
    reply = {"unit": unit, "reply": "办了", "reply_file": kept_file(office), "read_by": cast.lead}
    replied = NoticeUnit.objects.create(
        notice=first, state=NoticeState.REPLIED, replied_at=timezone.now(), replied_by=cast.lead, **reply
    )
    back = NoticeUnit.objects.create(notice=second, state=NoticeState.READ, **reply)
    source = NoticeUnit.objects.create(notice=third, unit=unit)
    passed = Notice.objects.create(campaign=campaign, title="通知", text="抓紧", by=office, source=source)
    NoticeUnit.objects.create(notice=passed, unit_id=child)
    named = {"replied": replied, "taken back": back, "passed notice": passed}
    return {about: (campaign.pk, thing.pk) for about, thing in named.items()}


def _studied(campaign, unit, found):
    """Sessions held and cancelled, one at which everybody expected said that they are there, and what is empty."""
    today, programme = timezone.localdate(), Programme.objects.get(pk=found["programme"][-1])
    of = {"programme": programme, "unit": unit, "kind": StudyKind.SESSION, "name": "课", "on": today}
    held = StudySession.objects.create(state=StudyState.HELD, code=f"h{unit.pk}", **of)
    here = StudySession.objects.create(state=StudyState.HELD, code=f"i{unit.pk}", **of)
    cancelled = StudySession.objects.create(state=StudyState.CANCELLED, code=f"x{unit.pk}", **of)
    Attendance.objects.bulk_create(
        Attendance(session=here, member=each, is_present=True, how=BY_CODE) for each in team_below(unit)
    )
    expected = Attendance.objects.create(session=held, member_id=found["member"][-1])
    empty = Programme.objects.create(campaign=campaign, unit=unit, name="空")
    term = Term.objects.create(programme=empty, number=1, starts_on=today, ends_on=today)
    bare = Programme.objects.create(campaign=campaign, unit=unit, name="空")
    return {
        "held session": (campaign.pk, held.pk),
        "cancelled session": (campaign.pk, cancelled.pk),
        "code": (held.code,),
        "code of who is here": (here.code,),
        "attendance": (expected.pk,),
        "empty term": (campaign.pk, term.pk),
        "empty programme": (campaign.pk, bare.pk),
        "list of who came": (campaign.pk, held.pk, ASKERS_OWN),
        "another’s list of who came": (
            campaign.pk,
            held.pk,
            kept_file(factories.person(), "who.csv", "账号\nlead\n").pk,
        ),
    }


def _of_the_site(cast, campaign, office):
    """Somebody of an office, somebody who left, a list of people, a run whose links wait; made anew for each place."""
    holder, left = factories.person(), factories.person(is_active=False, left_on=timezone.localdate())
    role, ended = (factories.grant(person, Role.OFFICE, campaign) for person in (holder, factories.person()))
    Grant.objects.filter(pk=ended.pk).update(until=ended.since)
    run = enqueue(name="invite_people", arguments={}, by=cast.administrator)
    Person.objects.filter(pk=factories.person().pk).update(run=run.pk)
    words = "账号,姓名\nnewcomer,新人\n"
    people = kept_file(cast.administrator, "people.csv", words)
    return {
        "holder": (holder.pk,),
        "person who left": (left.pk,),
        "office role": (holder.pk, role.pk),
        "ended office role": (ended.person_id, ended.pk),
        "role of another": (cast.outsider.pk, role.pk),
        "people list": (people.pk,),
        "digest of the people list": (preview(listed(people)).digest,),
        "another’s people list": (kept_file(office, "people.csv", words).pk,),
        "people run": (run.pk,),
    }


# ------------------------------------------------------------------------------------------------------------- calling


@dataclass(frozen=True)
class Told:
    """An answer as whoever asked sees it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes

    @property
    def detail(self):
        return json.loads(self.content)["detail"]


class Callers:
    """Asks as anybody of the cast, with a token of just the scopes named; whatever is done is undone."""

    def __init__(self, cast):
        self.client, self.world, self.files = Client(), everywhere(cast), {}
        self.people = list(cast.people.values())
        today = timezone.localdate()
        for who, person in cast.people.items():
            self.files[who] = kept_file(person, "who.csv", "账号\nlead\n").pk
            for name, scopes in TOKENS.items():
                digest = hashlib.sha256(f"{who} {name}".encode()).hexdigest()
                values = {"name": name, "scopes": scopes, "expires_on": today + timedelta(days=9), "used_on": today}
                Token.objects.create(person=person, token_hash=digest, **values)

    def ask(self, secret, method, url, body=None):
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        headers |= {} if method == "GET" else {"If-Match": "*"}
        with undone():
            if body is UPLOAD:
                sent = {"file": SimpleUploadedFile("a.txt", "材料".encode())}
                answer = self.client.post(url, sent, headers=headers)
            else:
                data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
                answer = self.client.generic(method, url, headers=headers, **data)
            # A file is read to its end, which closes it; `close` would close the test's own connection, too.
            content = b"".join(answer) if answer.streaming else answer.content
        return Told(answer.status_code, tuple(sorted(answer.headers.items())), content)

    def told(self, who, key, row, at, scopes=None, **changes):
        """What an operation of the sheet tells `who` about the thing that lies there (`keys`: about another)."""
        keys = changes.get("keys", at[row.about])
        keys = [self.files[who] if key is ASKERS_OWN else key for key in keys]
        body, query = changes.get("body", filled(row.body, at)), changes.get("query", row.query)
        return self.ask(f"{who} {scopes or row.scope}", *address(key, keys, query), body)


TOKENS = {scope.value: [scope.value] for scope in Scope} | {
    f"all but {scope.value}": [other.value for other in Scope if other != scope] for scope in Scope
}


def address(key, keys, query=""):
    """The method and the address of an operation about these numbers."""
    method, path = key.split(" ")
    left = iter(keys)
    url = re.sub(r"\{\w+\}", lambda _place: str(next(left)), whole(path))
    return method, f"/api/v1{url}" + (f"?{query}" if query else "")


def whole(path):
    return path if path.startswith("/") else f"/campaigns/{{campaign}}/{path}"


def filled(body, at):
    """A body with the numbers of what lies there."""
    if body is TODAY:
        return timezone.localdate().isoformat()
    if isinstance(body, At):
        return at[body.about][-1]
    if isinstance(body, dict):
        return {name: filled(value, at) for name, value in body.items()}
    return [filled(value, at) for value in body] if isinstance(body, list) else body


def absent(keys):
    """The same address, of nothing."""
    return (*keys[:1], ABSENT, *keys[2:]) if len(keys) > 1 else (ABSENT,) * len(keys)


@pytest.fixture(scope="module")
def callers(django_db_setup, django_db_blocker):
    """Built once, since whatever is asked is undone; taken back at the end. Thousands of refusals are not logged."""
    told = logging.getLogger("django.request")
    level = told.level
    told.setLevel(logging.CRITICAL)
    with django_db_blocker.unblock(), transaction.atomic():
        yield Callers(assemble())
        transaction.set_rollback(True)
    told.setLevel(level)


@pytest.fixture(scope="module")
def world(callers):
    return callers.world


@pytest.fixture(scope="module")
def nothing(callers):
    """What is told of what does not exist."""
    told = callers.ask("outsider read", "GET", f"/api/v1/campaigns/{ABSENT}")
    assert told.status == 404
    return told


# ----------------------------------------------------------------------------------------------------------- the sweep


def test_every_operation_is_listed_and_nothing_else_is():
    listed = {(key.split(" ")[0], f"/api/v1{whole(key.split(' ')[1])}") for key in SHEET}
    assert (sorted(DESCRIBED - listed), sorted(listed - DESCRIBED)) == ([], [])


@pytest.mark.parametrize("where", WHERE)
def test_operation_answers_those_who_may_and_is_nothing_to_all_others(world, callers, nothing, where):
    told = {}
    wrong = list(wrong_answers(callers, nothing, where, told))
    assert wrong == [], "\n".join(str(line) for line in wrong)
    if where == "own":
        refused = {key for key, statuses in told.items() if min(statuses) >= 400}
        assert (sorted(refused - REFUSED), sorted(REFUSED - refused)) == ([], [])


def test_thing_of_another_campaign_is_nothing_below_ones_own_even_to_who_may_there(world, callers, nothing):
    """An address names a campaign, and a thing of another one, by whoever holds the same roles in both."""
    with undone():
        for each in Grant.objects.filter(person__in=callers.people, campaign=world["own"]["campaign"][0]):
            each.pk, each.campaign_id = None, world["foreign"]["campaign"][0]
            each.unit_id = each.unit_id and world["foreign"]["unit"][-1]
            each.save()
        wrong = list(wrong_answers(callers, nothing, ASTRAY, {}))
    assert wrong == [], "\n".join(str(line) for line in wrong)


def wrong_answers(callers, nothing, where, told):
    """Every answer that is not as the sheet says; what those are told who may is collected by operation."""
    for key, row in ROWS:
        for who in callers.files if is_swept(key, row, where) else ():
            answer, may = callers.told(who, key, row, callers.world[where]), row.may(who, where)
            if may:
                told.setdefault(key, set()).add(answer.status)
            if not (is_answer(key, answer) if may else answer == nothing):
                yield key, row.about, who, answer.status, answer.content[:200], "may" if may else "may not"


def is_swept(key, row, where):
    """What is the same everywhere is asked for once, or in each campaign; only what lies below one can go astray."""
    if where == ASTRAY:
        return not key.split(" ")[1].startswith("/") and row.about != "campaign"
    if row.about in SITE | {"anything"}:
        return where == "own"
    return row.about not in WHOLE or "At(" in repr(row.body) or where in ("own", "foreign")


def is_answer(key, told):
    """Whether it is a real answer: a question is answered; an act is done, or refused for a reason that it names."""
    if key.startswith("GET "):
        return told.status == 200
    if told.status in (409, 422):
        return told.detail != "What was sent cannot be read."
    return told.status in (200, 201, 202, 204)


def asking(row):
    """Whoever may somewhere, and the outsider: all others are turned away before anything is looked for."""
    return {who for who in (*REACH["below"], "outsider") for where in WHERE if row.may(who, where)} | {"outsider"}


def test_nothing_is_told_of_what_does_not_exist(world, callers, nothing):
    wrong = []
    for key, row in ROWS:
        keys = absent(world["own"][row.about])
        for who in asking(row) if keys else ():
            if (answer := callers.told(who, key, row, world["own"], keys=keys)) != nothing:
                wrong.append((key, row.about, who, answer.status, answer.content[:200]))
    assert wrong == [], "\n".join(str(line) for line in wrong)


def test_token_without_the_scope_is_refused_before_anything_is_looked_at(world, callers):
    for key, row in ROWS:
        lacking, keys = f"all but {row.scope}", world["own"][row.about]
        asked = [(who, keys) for who in callers.files if who == "outsider" or row.may(who, "own")]
        told = {
            callers.told(who, key, row, world["own"], lacking, keys=which)
            for who, which in [*asked, ("office", absent(keys))]
        }
        assert [each.status for each in told] == [403], key


def test_without_a_token_nothing_is_answered(world, callers):
    told = set()
    for key, row in ROWS:
        keys = [ABSENT if each is ASKERS_OWN else each for each in world["own"][row.about]]
        told.add(callers.ask("", *address(key, keys)))
    assert [each.status for each in told] == [401]


def test_methods_that_are_not_described_are_not_answered(world, callers):
    wrong = []
    for path in {whole(key.split(" ")[1]) for key in SHEET}:
        row = next(row for key, row in ROWS if whole(key.split(" ")[1]) == path)
        keys = [ABSENT if each is ASKERS_OWN else each for each in world["own"][row.about]]
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            if (method, f"/api/v1{path}") not in DESCRIBED:
                told = callers.ask("office manage", *address(f"{method} {path}", keys))
                wrong += [] if told.status == 405 else [(method, path, told.status)]
    assert wrong == []


# ------------------------------------------------------------------------------------------- named in a body; in lists


@pytest.mark.parametrize(("key", "who", "field", "about", "where"), NAMED)
def test_what_a_call_names_beside_its_address_is_nothing_where_it_is_not_theirs(
    world, callers, key, who, field, about, where
):
    row = next(row for other, row in ROWS if other == key)
    for place in where:
        told = [naming(callers, (who, key, row), world["own"], field, pk) for pk in (world[place][about][-1], ABSENT)]
        assert told[0] == told[1], place
        assert key.startswith("GET ") or field == "on" or told[0][0] >= 400


def naming(callers, asked, at, field, pk):
    """What is told where this number is named; the number itself is left out of it."""
    who, key, row = asked
    if key.startswith("GET "):
        told = callers.told(who, key, row, at, query=f"{field}={pk}")
    else:
        body = filled(row.body, at)
        body[field] = renamed(body.get(field), pk)
        told = callers.told(who, key, row, at, body=body)
    return told.status, told.content.replace(str(pk).encode(), b"N")


def renamed(value, pk):
    if isinstance(value, list):
        return [{**value[0], "audience": pk}] if isinstance(value[0], dict) else [pk]
    return pk


@pytest.mark.parametrize(("key", "query", "about_one", "where"), LISTED)
def test_list_holds_what_may_be_read_one_by_one_and_nothing_else(world, callers, key, query, about_one, where):
    (listing,) = (row for other, row in ROWS if other == key)
    query = f"{query}&limit=200".lstrip("&")
    for who in callers.files:
        if not listing.may(who, "own"):
            continue
        told = json.loads(callers.told(who, key, listing, world["own"], query=query).content)["items"]
        shown = {each.get("enrolment", each.get("id")) for each in told}
        for row in (row for other, row in ROWS if other == about_one):
            wanted = {place: row.may(who, ASTRAY if place == "foreign" else place) for place in where}
            assert {place: world[place][row.about][-1] in shown for place in where} == wanted, (who, row.about)


def test_everybody_is_told_of_their_campaigns_alone(world, callers):
    (listing,) = (row for key, row in ROWS if key == "GET /campaigns")
    (one,) = (row for key, row in ROWS if key == "GET /campaigns/{campaign}")
    for who in callers.files:
        told = json.loads(callers.told(who, "GET /campaigns", listing, world["own"]).content)["items"]
        wanted = {world[where]["campaign"][0] for where in ("own", "foreign") if one.may(who, where)}
        assert {each["id"] for each in told} == wanted, who


def test_log_of_a_campaign_holds_nothing_of_another(world, callers):
    row = Operation("campaign", READ, OFFICE)
    for key in ("GET log", "GET /log"):
        told = json.loads(callers.told("office", key, row, world["own"], query="limit=200").content)["items"]
        assert {each["campaign"] for each in told} == {world["own"]["campaign"][0]}


def test_hints_beside_a_contact_point_are_for_those_who_see_the_board(world, callers):
    key, row = next((key, row) for key, row in ROWS if key == "GET contact-points/{pk}")
    told = {who for who in callers.files if row.may(who, "own")}
    shown = {who for who in told if json.loads(callers.told(who, key, row, world["own"]).content)["hints"] is not None}
    assert (shown, told - shown) == (told & BOARD, {"lead", "clerk"})
