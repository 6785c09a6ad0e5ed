"""The nouns of a campaign, one file each; foreign keys run only to earlier nouns (docs/structure.md)."""

from setright.campaign.models.campaign import (
    Batch,
    Campaign,
    Enrolment,
    GateAttempt,
    Grant,
    Phase,
    Step,
    StepFile,
    StepTemplate,
    SupervisionGroup,
)
from setright.campaign.models.contact import (
    ContactPlan,
    ContactPoint,
    DutyRecord,
    Hearing,
    Instruction,
    PlanDuty,
    Visit,
)
from setright.campaign.models.draft import Draft
from setright.campaign.models.event import Event, LogHead
from setright.campaign.models.file import File
from setright.campaign.models.idempotency import Replay
from setright.campaign.models.job import Job
from setright.campaign.models.notice import Notice, NoticeUnit
from setright.campaign.models.person import Invitation, Person, StaffSession, Token
from setright.campaign.models.reminder import Reminder
from setright.campaign.models.review import Review
from setright.campaign.models.rollup import Rollup
from setright.campaign.models.round import Audience, Round
from setright.campaign.models.study import Attendance, Programme, StudySession, Term
from setright.campaign.models.unit import TeamMember, Unit

__all__ = [
    "Attendance",
    "Audience",
    "Batch",
    "Campaign",
    "ContactPlan",
    "ContactPoint",
    "Draft",
    "DutyRecord",
    "Enrolment",
    "Event",
    "File",
    "GateAttempt",
    "Grant",
    "Hearing",
    "Instruction",
    "Invitation",
    "Job",
    "LogHead",
    "Notice",
    "NoticeUnit",
    "Person",
    "Phase",
    "PlanDuty",
    "Programme",
    "Reminder",
    "Replay",
    "Review",
    "Rollup",
    "Round",
    "StaffSession",
    "Step",
    "StepFile",
    "StepTemplate",
    "StudySession",
    "SupervisionGroup",
    "TeamMember",
    "Term",
    "Token",
    "Unit",
    "Visit",
]
