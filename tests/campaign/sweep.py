"""What the sweeps over pages and over API operations share: who there is, where things lie, one thing of each kind.

Who may what is written out in each sweep by hand from DOMAIN; nothing here reads `rights.py`.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from setright.campaign.actions.file import keep_file
from setright.campaign.actions.transition import text_hash
from setright.campaign.enums import Method, PlanState, Role, StudyKind
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

# ----------------------------------------------------------------------------------------------------------------- who

OFFICE = frozenset({"office"})
ENTRY = frozenset({"lead", "clerk"})
UNIT_EYES = frozenset({"office", "lead", "clerk", "member", "supervisor", "sponsor"})
EVERYONE = UNIT_EYES | {"analyst"}
ADMIN = frozenset({"administrator"})
ABOVE = frozenset({"supervisor", "sponsor"})
CONTACT = frozenset({"office", "sponsor", "supervisor", "lead", "clerk"})
NOTICED = frozenset({"office", "lead", "clerk", "member"})
BOARD = frozenset({"office", "supervisor", "sponsor", "analyst"})


def with_leads(who):
    """The accused leads the hospital and may there what a lead may."""
    return who | {"accused"} if "lead" in who else who


# --------------------------------------------------------------------------------------------------------------- where

WHERE = ("own", "below", "sibling", "foreign")
OF_THE_CITY = {"lead", "clerk", "member", "supervisor", "sponsor", "analyst"}
REACH = {
    "own": OF_THE_CITY | {"office", "administrator"},
    "below": OF_THE_CITY | {"office", "administrator", "accused"},
    "sibling": {"office", "administrator"},
    "foreign": {"administrator"},
}
"""Who holds a role whose subtree contains the object, by where it lies; `accused` leads the hospital below the city."""

SITE = {
    "site",
    "nothing",
    "person",
    "person who left",
    "person role",
    "holder",
    "office role",
    "ended office role",
    "people list",
    "people run",
}
WHOLE = {"campaign", "batch", "later batch", "group", "import", "unit list", "plan", "plan in force"}


def reach(about, where):
    """Who holds a role that reaches the object: its subtree, its whole campaign, or the site."""
    if about in SITE or (about in WHOLE and where != "foreign"):
        return REACH["below"]
    return REACH[where]


# ---------------------------------------------------------------------------------------------------------- the objects


def places(cast):
    """For every place its campaign, unit and enrolment, and somebody of its office."""
    other = factories.campaign()
    their_office = factories.person()
    factories.grant(their_office, Role.OFFICE, other)
    there = factories.enrolled(factories.batch(other), [cast.elsewhere], their_office)[0]
    return {
        "own": (cast.campaign, cast.city, cast.at_city, cast.office),
        "below": (cast.campaign, cast.hospital, cast.at_hospital, cast.office),
        "sibling": (cast.campaign, cast.port, cast.at_port, cast.office),
        "foreign": (other, cast.elsewhere, there, their_office),
    }


def objects(cast, campaign, unit, enrolment, office):
    """One object of every noun at a place: the numbers that name it in an address."""
    today = timezone.localdate()
    step = Step.objects.filter(enrolment=enrolment, phase=1).first()
    evidence = StepFile.objects.create(step=step, file=kept_file(office), added_in=1)
    member = unit.team.filter(until=None).order_by("is_head").first() or factories.member(unit)
    plan = campaign.contact_plans.filter(state=PlanState.DRAFT).first() or ContactPlan.objects.create(
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


def kept_file(by, name="a.txt", words="材料") -> File:
    return keep_file(upload=SimpleUploadedFile(name, words.encode()), by=by)


@contextmanager
def undone():
    """Whatever is changed inside is rolled back, so that each request starts from the same world."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
