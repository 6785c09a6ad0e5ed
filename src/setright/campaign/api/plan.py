"""The plan of contact work: its versions, drafting, the committee's approval."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from annotated_types import Ge, Le, Len
from ninja import Router, Schema
from pydantic.types import Strict

from setright.campaign import access
from setright.campaign.actions.plan import Approval, DutyDraft, PlanDraft, approve_plan, draft_plan, edit_plan
from setright.campaign.api.guard import Call, reads, seen, writes
from setright.campaign.api.paging import Page, page
from setright.campaign.api.refs import PersonRef
from setright.campaign.api.typed import Day, Id, In, Maybe, Name, Phase, Seen, Text
from setright.campaign.enums import PlanState
from setright.campaign.models import ContactPlan
from setright.campaign.queries.plan import plans_of

router = Router()
_ALL: Final = "/campaigns/{campaign}/plans"
_AT: Final = f"{_ALL}/{{pk}}"
Times = Annotated[int, Strict(), Ge(1), Le(1_000)]


class DutyOut(Schema):
    """What every sponsor owes in a phase, how many times, by when."""

    id: int
    phase: int
    name: str
    name_en: str
    times: int
    due_on: date | None


class PlanRow(Schema):
    id: int
    version: int
    state: PlanState
    committee: str
    committee_en: str
    approved_on: date | None


class PlanOut(PlanRow):
    """A version with its text and duties. `seen` is its hash: an approval binds to it."""

    text: str
    seen: str
    drafted_by: PersonRef
    recorded_by: PersonRef | None
    duties: list[DutyOut]


class DutyIn(In):
    phase: Phase
    name: Name
    name_en: Maybe = ""
    times: Times = 1
    due_on: Day | None = None


class PlanIn(In):
    text: Text = ""
    duties: Annotated[list[DutyIn], Len(0, 200)]

    def draft(self) -> PlanDraft:
        duties = tuple(DutyDraft(**each.model_dump()) for each in self.duties)
        return PlanDraft(self.text, duties)


class PlanEdit(PlanIn):
    seen: Seen = ""


class ApprovalIn(In):
    """Which committee approved exactly this text, and when."""

    committee: Name
    committee_en: Maybe = ""
    on: Day
    seen: Seen = ""


def _plans(request: Call) -> Any:
    """Every version; drafts for those alone who manage plans."""
    rows = plans_of(request.campaign)
    may_manage = access.may(request.user, "plan.manage", campaign=request.campaign)
    return rows if may_manage else rows.exclude(state=PlanState.DRAFT)


def _plan(request: Call, pk: int, right: str = "plan.view") -> ContactPlan:
    if right != "plan.view":
        access.require(request.user, right, campaign=request.campaign)
    found: ContactPlan | None = _plans(request).select_related("campaign").filter(pk=pk).first()
    if found is None:
        raise access.Unknown
    return found


def _out(plan: ContactPlan) -> PlanOut:
    return PlanOut(
        id=plan.pk,
        version=plan.version,
        state=PlanState(plan.state),
        committee=plan.committee,
        committee_en=plan.committee_en,
        approved_on=plan.approved_on,
        text=plan.text,
        seen=plan.text_hash,
        drafted_by=PersonRef.model_validate(plan.drafted_by),
        recorded_by=PersonRef.model_validate(plan.recorded_by) if plan.recorded_by else None,
        duties=[DutyOut.model_validate(each) for each in plan.duties.all()],
    )


@reads(router, _ALL, "plan.view", Page[PlanRow])
def list_plans(request: Call) -> Any:
    """Every version, newest first."""
    return page(request, _plans(request), ("-version", "-pk"), PlanRow.model_validate)


@reads(router, _AT, "plan.view", PlanOut)
def read_plan(request: Call, pk: Id) -> PlanOut:
    """One version with its duties."""
    return _out(_plan(request, pk))


@writes(router, _ALL, "plan.manage", PlanOut, status=201)
def draft_a_plan(request: Call, body: PlanIn) -> PlanOut:
    """Begin the next version; the one in force stays so until this one is approved."""
    made = draft_plan(campaign=request.campaign, draft=body.draft(), by=request.user)
    return _out(_plan(request, made.pk))


@writes(router, _AT, "plan.manage", PlanOut, method="PATCH")
def edit_a_plan(request: Call, pk: Id, body: PlanEdit) -> PlanOut:
    """Change a draft; of a plan in force it makes the next version, a draft."""
    plan = _plan(request, pk, "plan.manage")
    read = seen(request, body.seen, _out(plan), plan.text_hash)
    saved = edit_plan(plan=plan, draft=body.draft(), seen_hash=read, by=request.user)
    return _out(_plan(request, saved.pk))


@writes(router, f"{_AT}/approve", "plan.manage", PlanOut)
def record_approval(request: Call, pk: Id, body: ApprovalIn) -> PlanOut:
    """Record that the committee approved exactly this text. It cannot be undone, only superseded."""
    plan = _plan(request, pk, "plan.manage")
    read = seen(request, body.seen, _out(plan), plan.text_hash)
    approval = Approval(body.committee, body.committee_en, body.on, read)
    approve_plan(plan=plan, approval=approval, by=request.user)
    return _out(_plan(request, pk))
