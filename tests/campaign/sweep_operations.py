"""Every operation of the API: about what, with which scope of a token, for whom; written by hand from DOMAIN.

A key is the method and the path: below `/campaigns/{campaign}/`, or of the whole site where it begins with a slash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    reach,
    with_leads,
)

READ, ENTER, DECIDE, MANAGE = "read", "enter", "decide", "manage"
NOBODY = frozenset()
PRESENT = EVERYONE | ADMIN
STUDY = OFFICE | ENTRY
ANYBODY = PRESENT | {"accused", "outsider"}

IN_ITS_NAME = {"own": {"lead", "clerk"}, "below": {"accused"}}
"""Whoever acts in the unit's own name; not who leads a unit above it."""
BY_SPONSOR = {"own": {"sponsor"}, "below": {"sponsor"}}
BY_SUPERVISOR = {"own": {"supervisor"}, "below": {"supervisor"}}
TO_LEAD = {"own": {"lead"}, "below": {"lead"}}
TO_MEMBER = {"own": {"member"}, "below": {"member"}}
"""Only whoever gave it, wrote it or got it, as long as their role reaches the unit."""
OWNED = {"own": {"clerk"}, "below": {"accused"}, "sibling": {"office"}, "foreign": {"administrator"}}
EXPECTED = {"own": {"lead", "member", "accused"}, "below": {"accused"}}
"""Whoever holds a post in one of the teams that a session is for."""

ASTRAY = "astray"
"""An object of the other campaign, looked for below one's own."""
TREE = {"unit", "member", "child", "ended child", "ended member"}
"""What belongs to no campaign: the tree is one, and whoever is of a whole campaign's office knows all of it."""


@dataclass(frozen=True)
class At:
    """In a body: the number of the thing of this kind that lies where the operation is tried."""

    about: str


TODAY, UPLOAD = object(), object()


@dataclass(frozen=True)
class Operation:
    """About which object, with which scope, for which roles (or exactly which people where), sending what.

    `is_down`: what a unit above plans for all below it concerns those below, too.
    """

    about: str
    scope: str
    who: frozenset[str]
    exactly: Mapping[str, set[str]] | None = None
    body: Any = None
    query: str = ""
    is_down: bool = False

    def may(self, who: str, where: str) -> bool:
        if self.exactly is not None:
            return who in self.exactly.get(where, ())
        if who not in with_leads(self.who):
            return False
        if where == ASTRAY:
            return self.about in TREE and who in OFFICE | ADMIN
        return (self.about == "anything" or who in reach(self.about, where)) or (
            self.is_down and (who, where) == ("accused", "own")
        )


def op(about, scope, who, body=None, query="", is_down=False):
    if isinstance(who, dict):
        return Operation(about, scope, NOBODY, who, body, query, is_down)
    return Operation(about, scope, frozenset(who), None, body, query, is_down)


ROUND = {
    "method": "meeting",
    "starts_on": TODAY,
    "ends_on": TODAY,
    "audiences": [{"name": "众", "n_invited": 9}],
}
PLAN = {"text": "方案", "duties": [{"phase": n, "name": f"做{n}"} for n in (1, 2, 3)]}
CAMPAIGN = {"template": "three-phases", "name": "新", "starts_on": TODAY, "ends_on": "2100-01-01"}
VISIT = {"unit": At("unit"), "on": TODAY}
HEARING = {"unit": At("unit"), "way": "paper", "on": TODAY, "matter": "进度"}
INSTRUCTION = {"unit": At("unit"), "addressee": At("the lead"), "text": "请查", "due_on": TODAY}
NOTICE = {"title": "通知", "text": "请看", "to": {"kind": "all"}}
WAIVER = {"reason": "洪水期间不能集中开会，改为线上学习。"}
TERM = {"starts_on": TODAY, "ends_on": TODAY}
POST = {"name": "新人", "post": "委员", "since": TODAY}

SHEET = {
    # ---- oneself
    "GET /me": op("anything", READ, ANYBODY),
    "GET reminders": op("campaign", READ, PRESENT),
    "POST reminders/see": op("campaign", ENTER, PRESENT),
    "GET due": op("campaign", READ, PRESENT),
    "GET work": op("campaign", READ, PRESENT),
    "GET my-sessions": op("campaign", READ, PRESENT),
    "GET /jobs/{pk}": op("job", READ, OWNED),
    "POST /jobs/{pk}/cancel": op("job", ENTER, OWNED),
    "POST /files": op("site", ENTER, STUDY | ADMIN, UPLOAD),
    "POST /attend/{code}": op("code", ENTER, EXPECTED),
    "DELETE /attend/{code}": op("code of who is here", ENTER, EXPECTED),
    # ---- the campaign as a whole
    "GET /templates": op("site", READ, PRESENT),
    "GET /campaigns": op("anything", READ, ANYBODY),
    "POST /campaigns": op("site", MANAGE, NOBODY, CAMPAIGN),  # an office of the whole site alone
    "GET /campaigns/{campaign}": op("campaign", READ, PRESENT),
    "GET setup": op("campaign", READ, OFFICE),
    "POST start": op("campaign", MANAGE, OFFICE),
    "POST close": op("campaign", MANAGE, OFFICE),
    "POST archive": op("campaign", MANAGE, OFFICE),
    "GET batches": op("campaign", READ, OFFICE),
    "POST batches": op("campaign", MANAGE, OFFICE, {"starts_on": TODAY}),
    "GET batches/{pk}": op("batch", READ, OFFICE),
    "POST batches/{pk}/judge": op("batch", MANAGE, OFFICE, {"codes": [At("code of a child")]}),
    "POST batches/{pk}/enrol": op("batch", MANAGE, OFFICE, {"codes": [At("code of a child")]}),
    "POST batches/{pk}/begin": op("batch", MANAGE, OFFICE),
    "POST batches/{pk}/assign": op("batch", MANAGE, OFFICE, {"group": At("group"), "enrolments": [At("enrolment")]}),
    "GET batches/{pk}/gate": (op("later batch", READ, OFFICE), op("batch", READ, NOBODY)),  # the first has none
    "POST batches/{pk}/gate": (op("later batch", DECIDE, OFFICE), op("batch", DECIDE, NOBODY)),
    "GET groups": op("campaign", READ, OFFICE),
    "POST groups": op("campaign", MANAGE, OFFICE, {"name": "组", "members": []}),
    "GET groups/{pk}": op("group", READ, OFFICE),
    "PUT groups/{pk}/members": op("group", MANAGE, OFFICE, {"members": [At("the supervisor")]}),
    "GET groups/{pk}/enrolments": op("group", READ, OFFICE),
    "GET grants": op("campaign", READ, OFFICE),
    "POST grants": op("campaign", MANAGE, OFFICE, {"person": At("person"), "role": "clerk", "unit": At("unit")}),
    "POST grants/{pk}/end": op("grant", MANAGE, OFFICE),
    "POST grants/{pk}/restore": op("ended grant", MANAGE, OFFICE),
    "GET people": op("campaign", READ, OFFICE, query="q=lead"),
    "GET board": op("campaign", READ, BOARD),
    "GET board/figures": op("campaign", READ, BOARD),
    "GET log": op("campaign", READ, OFFICE | ADMIN),
    "GET /log": op("site", READ, OFFICE | ADMIN),
    "GET /log/head": op("site", READ, OFFICE | ADMIN),
    # ---- units and teams
    "GET units": op("campaign", READ, PRESENT),
    "POST units": op(
        "campaign",
        MANAGE,
        OFFICE,
        {"parent": At("unit"), "code": "NEW", "name": "新", "valid_from": TODAY},
    ),
    "GET units/{pk}": op("unit", READ, PRESENT),
    "PATCH units/{pk}": op("unit", MANAGE, OFFICE, {"name": "新名"}),
    "POST units/{pk}/move": op("unit", MANAGE, OFFICE, {"to": None}),
    "POST units/{pk}/merge": op("child", MANAGE, OFFICE, {"into": At("a unit aside")}),
    "POST units/{pk}/end": op("child", MANAGE, OFFICE, {"on": TODAY}),
    "POST units/{pk}/reopen": op("ended child", MANAGE, OFFICE),
    "GET units/{pk}/team": op("unit", READ, PRESENT),
    "POST units/{pk}/team": op("unit", MANAGE, OFFICE, POST),
    "POST team/{pk}/end": op("member", MANAGE, OFFICE, {"on": TODAY}),
    "POST team/{pk}/reopen": op("ended member", MANAGE, OFFICE),
    "POST team/{pk}/head": op("member", MANAGE, OFFICE, {"post": "主任"}),
    "POST team/{pk}/link": op("member", MANAGE, OFFICE, {"person": At("person")}),
    "GET unit-lists/{file}": op("unit list", READ, OFFICE),
    "POST unit-lists/{file}": op("unit list", MANAGE, OFFICE),
    # ---- enrolments, steps, gates
    "GET enrolments": op("campaign", READ, EVERYONE),
    "GET enrolments/{pk}": op("enrolment", READ, EVERYONE),
    "GET enrolments/{pk}/story": op("enrolment", READ, EVERYONE),
    "GET enrolments/{pk}/hints": op("enrolment", READ, BOARD),
    "POST enrolments/{pk}/begin": op("enrolment", MANAGE, OFFICE),
    "GET enrolments/{pk}/possible-leads": op("enrolment", READ, OFFICE),
    "POST enrolments/{pk}/lead": op("enrolment", MANAGE, OFFICE, {"person": At("the member")}),
    "GET enrolments/{pk}/steps": op("enrolment", READ, UNIT_EYES),
    "POST enrolments/{pk}/steps": op("enrolment", ENTER, ENTRY, {"phase": 1, "name": "自选", "due_on": TODAY}),
    "GET steps/{pk}": op("step", READ, UNIT_EYES),
    "PATCH steps/{pk}": op("step", ENTER, ENTRY, {"note": "办了"}),
    "POST steps/{pk}/files": op("step", ENTER, ENTRY, UPLOAD),
    "GET steps/{pk}/files/{file}": (op("step file", READ, UNIT_EYES), op("file of another step", READ, NOBODY)),
    "DELETE steps/{pk}/files/{file}": (op("step file", ENTER, ENTRY), op("file of another step", ENTER, NOBODY)),
    "POST steps/{pk}/submit": op("step", ENTER, ENTRY),
    "POST steps/{pk}/review": op("submitted step", DECIDE, {"supervisor"}, {"verdict": "accepted"}),
    "POST steps/{pk}/revoke": op("accepted step", DECIDE, {"supervisor"}),
    "POST steps/{pk}/waive": op("step", DECIDE, OFFICE, WAIVER),
    "GET enrolments/{pk}/gates/{number}": op("gate", READ, UNIT_EYES),
    "POST enrolments/{pk}/gates/{number}": op("gate", DECIDE, {"lead"}),
    "GET enrolments/{pk}/gates/{number}/attempts": op("gate", READ, UNIT_EYES),
    # ---- rounds
    "GET enrolments/{pk}/rounds": op("enrolment", READ, EVERYONE),
    "POST enrolments/{pk}/rounds": op("enrolment", ENTER, ENTRY, ROUND),
    "GET enrolments/{pk}/heard": op("enrolment", READ, EVERYONE),
    "GET rounds/{pk}": op("round", READ, EVERYONE),
    "PATCH rounds/{pk}": op("round", ENTER, ENTRY, ROUND),
    "DELETE rounds/{pk}": op("round", ENTER, ENTRY),
    "POST rounds/{pk}/open": op("round", ENTER, ENTRY),
    "POST rounds/{pk}/unopen": op("open round", ENTER, ENTRY),
    "POST rounds/{pk}/reached": op(
        "open round", ENTER, ENTRY, {"reached": [{"audience": At("audience"), "seen": 0, "n": 1}]}
    ),
    "POST rounds/{pk}/close": op("heard round", DECIDE, {"lead"}),
    # ---- contact points
    "GET plans": op("campaign", READ, OFFICE | ABOVE),
    "POST plans": op("campaign", MANAGE, OFFICE, PLAN),
    "GET plans/{pk}": (op("plan in force", READ, OFFICE | ABOVE), op("plan", READ, OFFICE)),  # a draft is the office's
    "PATCH plans/{pk}": op("plan", MANAGE, OFFICE, PLAN),
    "POST plans/{pk}/approve": op("plan", MANAGE, OFFICE, {"committee": "常委会", "on": TODAY}),
    "GET contact-points": op("campaign", READ, CONTACT),
    "POST contact-points": op(
        "campaign", MANAGE, OFFICE, {"unit": At("unit without sponsor"), "sponsor": At("person")}
    ),
    "GET units-without-sponsor": op("campaign", READ, OFFICE),
    "GET contact-points/{pk}": op("point", READ, CONTACT),
    "POST contact-points/{pk}/looked": op("point", ENTER, {"sponsor"}),
    "POST contact-points/{pk}/end": op("point", MANAGE, OFFICE),
    "POST contact-points/{pk}/resume": op("ended point", MANAGE, OFFICE),
    "POST contact-points/{pk}/hand-over": op("point", MANAGE, OFFICE, {"sponsor": At("person")}),
    "GET contact-points/{pk}/duties": op("point", READ, CONTACT),
    "POST contact-points/{pk}/duties": op("point", ENTER, {"sponsor"}, {"duty": At("duty of the plan"), "on": TODAY}),
    "DELETE duty-records/{pk}": op("duty", ENTER, {"sponsor"}),
    "GET visits": op("campaign", READ, CONTACT),
    "POST visits": op("campaign", ENTER, ABOVE, VISIT),
    "GET visits/{pk}": (op("visit", READ, CONTACT), op("supervisor’s visit", READ, CONTACT)),
    "DELETE visits/{pk}": (op("visit", ENTER, BY_SPONSOR), op("supervisor’s visit", ENTER, BY_SUPERVISOR)),
    "POST visits/{pk}/hold": (
        op("visit", ENTER, BY_SPONSOR, {"on": TODAY, "findings": "看了"}),
        op("supervisor’s visit", ENTER, BY_SUPERVISOR, {"on": TODAY, "findings": "看了"}),
    ),
    "POST visits/{pk}/report": (op("visit", ENTER, BY_SPONSOR), op("supervisor’s visit", ENTER, BY_SUPERVISOR)),
    "POST visits/{pk}/unreport": op("reported visit", ENTER, BY_SUPERVISOR),
    "GET hearings": op("campaign", READ, CONTACT),
    "POST hearings": op("campaign", ENTER, ABOVE, HEARING),
    "GET hearings/{pk}": (op("hearing", READ, CONTACT), op("supervisor’s hearing", READ, CONTACT)),
    "DELETE hearings/{pk}": (op("hearing", ENTER, BY_SPONSOR), op("supervisor’s hearing", ENTER, BY_SUPERVISOR)),
    "POST hearings/{pk}/hold": (
        op("hearing", ENTER, BY_SPONSOR, {"on": TODAY, "summary": "听了"}),
        op("supervisor’s hearing", ENTER, BY_SUPERVISOR, {"on": TODAY, "summary": "听了"}),
    ),
    "POST hearings/{pk}/report": (op("hearing", ENTER, BY_SPONSOR), op("supervisor’s hearing", ENTER, BY_SUPERVISOR)),
    "POST hearings/{pk}/unreport": op("reported hearing", ENTER, BY_SUPERVISOR),
    "GET instructions": op("campaign", READ, CONTACT | {"member"}),
    "POST instructions": op("campaign", ENTER, ABOVE, INSTRUCTION),
    "GET units/{pk}/addressees": op("unit", READ, ABOVE),
    "GET instructions/{pk}": (
        op("instruction", READ, CONTACT),  # the lead's: no business of a member
        op("supervisor’s instruction", READ, CONTACT | {"member"}),  # the member's
    ),
    "DELETE instructions/{pk}": (
        op("instruction", ENTER, BY_SPONSOR),
        op("supervisor’s instruction", ENTER, BY_SUPERVISOR),
    ),
    "POST instructions/{pk}/answer": (
        op("instruction", ENTER, TO_LEAD, {"answer": "查了"}),
        op("supervisor’s instruction", ENTER, TO_MEMBER, {"answer": "查了"}),
    ),
    "POST instructions/{pk}/readdress": op("instruction", MANAGE, OFFICE, {"addressee": At("the member")}),
    "POST instructions/{pk}/review": (
        op("instruction", ENTER, BY_SPONSOR, {"verdict": "accepted"}),
        op("supervisor’s instruction", ENTER, BY_SUPERVISOR, {"verdict": "accepted"}),
    ),
    "POST instructions/{pk}/revoke": (
        op("instruction", ENTER, BY_SPONSOR),
        op("accepted instruction", ENTER, BY_SUPERVISOR),
    ),
    # ---- notices
    "GET notices": op("campaign", READ, NOTICED, query="passed=true"),
    "POST notices": op("campaign", DECIDE, OFFICE, NOTICE),
    "GET notices/{pk}": (op("notice", READ, OFFICE), op("passed notice", READ, NOTICED)),
    "DELETE notices/{pk}": (op("notice", DECIDE, OFFICE), op("passed notice", DECIDE, NOBODY)),
    "GET notices/{pk}/units": (op("notice", READ, OFFICE), op("passed notice", READ, NOTICED)),
    "POST notices/{pk}/remind": (op("notice", DECIDE, OFFICE), op("passed notice", DECIDE, NOBODY)),
    "DELETE passed-notices/{pk}": (op("passed notice", ENTER, IN_ITS_NAME), op("notice", ENTER, NOBODY)),
    "POST passed-notices/{pk}/remind": (op("passed notice", ENTER, IN_ITS_NAME), op("notice", ENTER, NOBODY)),
    "GET notices/{pk}/file": op("notice", READ, NOTICED),
    "GET received": op("campaign", READ, NOTICED),
    "GET received/{pk}": op("received", READ, NOTICED),
    "POST received/{pk}/read": op("received", ENTER, IN_ITS_NAME),
    "POST received/{pk}/reply": op("received", ENTER, IN_ITS_NAME, {"reply": "办了"}),
    "POST received/{pk}/unreply": op("replied", ENTER, IN_ITS_NAME),
    "POST received/{pk}/pass": op("received", ENTER, IN_ITS_NAME, {"units": [At("child")], "text": "抓紧"}),
    "GET received/{pk}/file": (op("replied", READ, NOTICED), op("taken back", READ, IN_ITS_NAME)),  # a draft again
    # ---- study
    "GET programmes": op("campaign", READ, UNIT_EYES),
    "POST programmes": op("campaign", MANAGE, STUDY, {"unit": At("unit"), "name": "学"}),
    "GET programmes/{pk}": op("programme", READ, UNIT_EYES, is_down=True),
    "PATCH programmes/{pk}": op("programme", MANAGE, STUDY, {"name": "学"}),
    "DELETE programmes/{pk}": op("empty programme", MANAGE, STUDY),
    "POST programmes/{pk}/terms": op("programme", MANAGE, STUDY, TERM),
    "PATCH terms/{pk}": op("term", MANAGE, STUDY, TERM),
    "DELETE terms/{pk}": op("empty term", MANAGE, STUDY),
    "GET programmes/{pk}/coverage": op("programme", READ, UNIT_EYES, is_down=True),
    "GET programmes/{pk}/missing": op("programme", READ, UNIT_EYES, is_down=True),
    "GET programmes/{pk}/sessions": op("programme", READ, UNIT_EYES, is_down=True),
    "POST programmes/{pk}/sessions": op(
        "programme", MANAGE, STUDY, {"unit": At("unit"), "name": "课", "on": TODAY}, is_down=True
    ),
    "GET sessions/{pk}": op("session", READ, UNIT_EYES, is_down=True),
    "PATCH sessions/{pk}": op("session", MANAGE, STUDY, {"name": "课", "on": TODAY}),
    "POST sessions/{pk}/hold": op("session", MANAGE, STUDY),
    "POST sessions/{pk}/unhold": op("held session", MANAGE, STUDY),
    "POST sessions/{pk}/cancel": op("session", MANAGE, STUDY),
    "POST sessions/{pk}/restore": op("cancelled session", MANAGE, STUDY),
    "GET sessions/{pk}/attendance": op("session", READ, UNIT_EYES, is_down=True),
    "POST sessions/{pk}/attendance": op("held session", MANAGE, STUDY, {"on": [At("attendance")]}),
    "GET sessions/{pk}/lists/{file}": (
        op("list of who came", READ, STUDY),
        op("another’s list of who came", READ, NOBODY),
    ),
    "POST sessions/{pk}/lists/{file}": (
        op("list of who came", MANAGE, STUDY),
        op("another’s list of who came", MANAGE, NOBODY),
    ),
    "GET sessions/{pk}/could-expect": op("session", READ, STUDY),
    "POST sessions/{pk}/expect": op("session", MANAGE, STUDY, {"on": [At("member")]}),
    # ---- accounts: of the whole site
    "GET /people": op("site", READ, ADMIN),
    "POST /people": op("site", MANAGE, ADMIN, {"username": "new", "name": "新人"}),
    "POST /people/{pk}/link": op("person", MANAGE, ADMIN),
    "GET /people/{pk}": op("person", READ, ADMIN),
    "PATCH /people/{pk}": op("person", MANAGE, ADMIN, {"name": "新名"}),
    "POST /people/{pk}/end": op("person", MANAGE, ADMIN),
    "POST /people/{pk}/return": op("person who left", MANAGE, ADMIN),
    "POST /people/{pk}/handover": op("holder", MANAGE, ADMIN, {"to": At("person"), "on": TODAY}),
    "POST /people/{pk}/grants": op("person", MANAGE, ADMIN, {"role": "office", "campaign": At("campaign")}),
    "POST /people/{pk}/grants/{grant}/end": (
        op("office role", MANAGE, ADMIN),
        op("role of another", MANAGE, NOBODY),
    ),
    "POST /people/{pk}/grants/{grant}/restore": (
        op("ended office role", MANAGE, ADMIN),
        op("role of another", MANAGE, NOBODY),
    ),
    "GET /people-lists/{file}": (op("people list", READ, ADMIN), op("another’s people list", READ, NOBODY)),
    "POST /people-lists/{file}": (
        op("people list", MANAGE, ADMIN, {"digest": At("digest of the people list")}),
        op("another’s people list", MANAGE, NOBODY, {"digest": "0"}),
    ),
    "POST /people-runs/{pk}/links": (op("people run", MANAGE, ADMIN), op("job", MANAGE, NOBODY)),
}

REFUSED = {
    "POST start",  # it runs
    "POST archive",  # it is not closed
    "POST plans",  # there is a draft
    "POST batches/{pk}/gate",  # nobody passes a gate by rank
    "POST enrolments/{pk}/gates/{number}",
}
"""Operations that a rule refuses here to everybody who may ask; every other one is done for somebody."""

NAMED = (
    # operation, asked by whom, field, what it names, where that lies
    ("POST visits", "supervisor", "unit", "unit", ("sibling", "foreign")),
    ("POST visits", "sponsor", "duty", "duty of the plan", ("foreign",)),
    ("POST hearings", "sponsor", "unit", "unit", ("sibling", "foreign")),
    ("POST hearings", "sponsor", "duty", "duty of the plan", ("foreign",)),
    ("POST instructions", "supervisor", "unit", "unit", ("sibling", "foreign")),
    ("POST contact-points", "office", "unit", "unit", ("foreign",)),
    ("POST contact-points/{pk}/duties", "sponsor", "duty", "duty of the plan", ("foreign",)),
    ("POST batches/{pk}/assign", "office", "group", "group", ("foreign",)),
    ("POST batches/{pk}/assign", "office", "enrolments", "enrolment", ("foreign",)),
    ("POST rounds/{pk}/reached", "clerk", "reached", "audience", ("below", "sibling", "foreign")),
    ("POST received/{pk}/reply", "clerk", "file", "file", ("own", "foreign")),
    ("POST received/{pk}/pass", "lead", "units", "unit", ("own", "sibling", "foreign")),
    ("POST received/{pk}/pass", "lead", "attachment", "file", ("own", "foreign")),
    ("POST notices", "office", "attachment", "file", ("foreign",)),
    ("POST programmes", "lead", "unit", "unit", ("sibling", "foreign")),
    ("POST programmes/{pk}/sessions", "clerk", "unit", "unit", ("sibling", "foreign")),
    ("POST programmes/{pk}/sessions", "clerk", "term", "term", ("below", "sibling", "foreign")),
    ("PATCH sessions/{pk}", "clerk", "term", "term", ("below", "sibling", "foreign")),
    ("POST sessions/{pk}/attendance", "clerk", "on", "attendance", ("below", "sibling", "foreign")),
    ("POST sessions/{pk}/expect", "clerk", "on", "member", ("sibling", "foreign")),
    ("GET units", "lead", "under", "unit", ("sibling", "foreign")),
    ("GET enrolments", "lead", "batch", "batch", ("foreign",)),
    ("GET board", "supervisor", "batch", "batch", ("foreign",)),
    ("GET programmes/{pk}/coverage", "lead", "unit", "unit", ("sibling", "foreign")),
    ("GET programmes/{pk}/missing", "lead", "unit", "unit", ("sibling", "foreign")),
    ("GET programmes/{pk}/sessions", "lead", "term", "term", ("sibling", "foreign")),
)
"""What a call names beside its address: the forbidden is told of exactly as what is not."""

LISTED = (
    # list, what stands behind the question mark, the operation about one of its rows, where these lie
    ("GET batches", "", "GET batches/{pk}", WHERE),
    ("GET groups", "", "GET groups/{pk}", WHERE),
    ("GET grants", "", "POST grants/{pk}/end", WHERE),
    ("GET board", "", "GET enrolments/{pk}/hints", WHERE),
    ("GET units", "q=P-", "GET units/{pk}", ("own", "below", "sibling")),
    ("GET units", "q=E", "GET units/{pk}", ("foreign",)),
    ("GET enrolments", "", "GET enrolments/{pk}", WHERE),
    ("GET plans", "", "GET plans/{pk}", WHERE),
    ("GET contact-points", "", "GET contact-points/{pk}", WHERE),
    ("GET visits", "", "GET visits/{pk}", WHERE),
    ("GET hearings", "", "GET hearings/{pk}", WHERE),
    ("GET instructions", "", "GET instructions/{pk}", WHERE),
    ("GET notices", "passed=true", "GET notices/{pk}", WHERE),
    ("GET received", "", "GET received/{pk}", WHERE),
    ("GET programmes", "", "GET programmes/{pk}", WHERE),
)
"""A list holds what may be read one by one, and nothing else."""
