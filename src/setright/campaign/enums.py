"""States, roles, rights and methods as data; nothing here knows a model.

A noun's moves stand beside its states: `MOVES[noun][act] = (states it may start from, state it ends in)`. Actions read
the table; pages ask it which acts to offer, so that what is offered and what is allowed cannot differ.
"""

from __future__ import annotations

from typing import Final

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Language(TextChoices):
    """What the interface speaks; each name in its own language."""

    ZH = "zh-hans", "中文"
    EN = "en", "English"


class Theme(TextChoices):
    SYSTEM = "system", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Role(TextChoices):
    """Roles of DOMAIN; each is held for a campaign and a unit's subtree."""

    OFFICE = "office", _("Campaign office")
    ADMINISTRATOR = "administrator", _("Administrator")
    CLERK = "clerk", _("Clerk")
    LEAD = "lead", _("Unit lead")
    MEMBER = "member", _("Team member")
    SUPERVISOR = "supervisor", _("Supervisor")
    SPONSOR = "sponsor", _("Sponsor")
    ANALYST = "analyst", _("Analyst")


class Tone(TextChoices):
    """How a state looks: one mapping for all nouns (icon, colour)."""

    TODO = "todo", "circle"
    MOVE = "move", "circle-half"
    WAIT = "wait", "hourglass-split"
    BACK = "back", "arrow-return-left"
    DONE = "done", "check-circle"
    SHUT = "shut", "lock-fill"
    OFF = "off", "slash-circle"
    LATE = "late", "exclamation-circle-fill"


class CampaignState(TextChoices):
    DRAFT = "draft", pgettext_lazy("campaign", "draft")
    RUNNING = "running", pgettext_lazy("campaign", "running")
    CLOSED = "closed", pgettext_lazy("campaign", "closed")
    ARCHIVED = "archived", pgettext_lazy("campaign", "archived")


class BatchState(TextChoices):
    PLANNED = "planned", pgettext_lazy("batch", "planned")
    RUNNING = "running", pgettext_lazy("batch", "running")
    CLOSED = "closed", pgettext_lazy("batch", "closed")


class EnrolmentState(TextChoices):
    """Where a unit stands; the phase number follows from it."""

    WAITING = "waiting", _("not started")
    P1 = "p1", _("phase 1")
    P2 = "p2", _("phase 2")
    P3 = "p3", _("phase 3")
    REMEDIAL = "remedial", _("remedial")
    SEALED = "sealed", _("sealed")


class StepState(TextChoices):
    OPEN = "open", pgettext_lazy("step", "open")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned")
    ACCEPTED = "accepted", _("accepted")
    WAIVED = "waived", _("waived")


class PlanState(TextChoices):
    DRAFT = "draft", pgettext_lazy("plan", "draft")
    APPROVED = "approved", _("approved")
    SUPERSEDED = "superseded", _("superseded")


class PointState(TextChoices):
    ACTIVE = "active", pgettext_lazy("contact point", "active")
    ENDED = "ended", pgettext_lazy("contact point", "ended")


class HeldState(TextChoices):
    """A visit or a hearing."""

    PLANNED = "planned", pgettext_lazy("visit", "planned")
    DONE = "done", pgettext_lazy("visit", "held")
    REPORTED = "reported", pgettext_lazy("visit", "reported")


class InstructionState(TextChoices):
    GIVEN = "given", pgettext_lazy("instruction", "given")
    ANSWERED = "answered", pgettext_lazy("instruction", "answered")
    ACCEPTED = "accepted", pgettext_lazy("instruction", "accepted")
    RETURNED = "returned", pgettext_lazy("instruction", "returned")


class NoticeState(TextChoices):
    """A notice at one of its units."""

    ISSUED = "issued", _("not read")
    READ = "read", _("read")
    REPLIED = "replied", _("replied")


class StudyState(TextChoices):
    PLANNED = "planned", pgettext_lazy("study", "planned")
    HELD = "held", pgettext_lazy("study", "held")
    CANCELLED = "cancelled", pgettext_lazy("study", "cancelled")


class RoundState(TextChoices):
    PLANNED = "planned", pgettext_lazy("round", "planned")
    OPEN = "open", pgettext_lazy("round", "open")
    CLOSED = "closed", pgettext_lazy("round", "closed")


class JobState(TextChoices):
    QUEUED = "queued", pgettext_lazy("job", "queued")
    RUNNING = "running", pgettext_lazy("job", "running")
    DONE = "done", pgettext_lazy("job", "done")
    FAILED = "failed", pgettext_lazy("job", "failed")
    CANCELLED = "cancelled", pgettext_lazy("job", "cancelled")


class Scope(TextChoices):
    """What a token lets a program do, of what its owner may."""

    READ = "read", pgettext_lazy("scope", "read")
    ENTER = "enter", _("enter: steps, rounds, attendance, replies")
    DECIDE = "decide", _("decide: accept, return, open, close, issue")
    MANAGE = "manage", _("manage: campaigns, units, teams, roles, people")


class Verdict(TextChoices):
    """What a reviewer decided."""

    ACCEPTED = "accepted", _("accepted")
    RETURNED = "returned", _("returned")


class Method(TextChoices):
    """How a round hears people (征求意见的方式)."""

    MEETING = "meeting", _("group talk")
    VISIT = "visit", _("door-to-door visit")
    SURVEY = "survey", _("questionnaire")
    BOX = "box", _("letter box")
    ONLINE = "online", _("online")
    TALK = "talk", _("one-to-one talk")


class HearingWay(TextChoices):
    PAPER = "paper", _("on paper")
    PERSON = "person", _("in person")
    PHONE = "phone", _("by telephone")


class StudyKind(TextChoices):
    """What a study event is: a term of a programme, or a themed activity."""

    TERM = "term", _("training term")
    ACTIVITY = "activity", _("themed activity")
    SESSION = "session", _("study session")


class GateNumber(IntegerChoices):
    """Gates between states of an enrolment that this release can be asked."""

    FIRST = 1, _("Gate 1: from listening to finding problems")
    SECOND = 4, _("Gate 2: from criticism to setting right")
    SEAL = 7, _("Seal")


TONES: Final[dict[str, Tone]] = {
    **dict.fromkeys(
        ("waiting", "draft", "planned", "open", "issued", "queued"),
        Tone.TODO,
    ),
    **dict.fromkeys(("running", "p1", "p2", "p3", "given", "active", "read", "done"), Tone.MOVE),
    **dict.fromkeys(("submitted", "answered"), Tone.WAIT),
    **dict.fromkeys(("returned", "remedial"), Tone.BACK),
    **dict.fromkeys(("accepted", "approved", "held", "reported", "replied", "job.done"), Tone.DONE),
    **dict.fromkeys(("sealed", "archived", "closed", "ended"), Tone.SHUT),
    **dict.fromkeys(("waived", "superseded", "cancelled"), Tone.OFF),
    **dict.fromkeys(("failed",), Tone.LATE),
}
"""By the state’s value; by “noun.value” where a noun means more by it: a job that is done waits for nothing."""
