"""The plan of contact work: drafted and edited by the office, approved by a named committee on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions.transition import text_hash
from setright.campaign.enums import PlanState
from setright.campaign.errors import Conflict, Invalid, Reason, Refused
from setright.campaign.models import Campaign, ContactPlan, DutyRecord, Person, PlanDuty

_PHASES = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class DutyDraft:
    """One duty as typed: what every sponsor owes in a phase, how many times, by when."""

    phase: int
    name: str
    name_en: str = ""
    times: int = 1
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """What is typed to draft a plan."""

    text: str
    duties: tuple[DutyDraft, ...]

    @property
    def hash(self) -> str:
        """What an approval binds to: every word, duty, number and day."""
        return text_hash(self.text, [astuple(duty) for duty in self.duties])


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved, when, and which text was before them."""

    committee: str
    committee_en: str
    on: date
    seen_hash: str


def draft_plan(*, campaign: Campaign, draft: PlanDraft, by: Person) -> ContactPlan:
    """Begin the next version; the one in force stays so until this one is approved."""
    access.require(by, "plan.manage", campaign=campaign)
    with transaction.atomic():
        Campaign.objects.select_for_update().get(pk=campaign.pk)
        if campaign.contact_plans.filter(state=PlanState.DRAFT).exists():
            raise Conflict(_("There is a draft already: go on with that one."))
        last = campaign.contact_plans.aggregate(n=Max("version"))["n"] or 0
        plan = ContactPlan.objects.create(
            campaign=campaign, version=last + 1, text=draft.text, text_hash=draft.hash, drafted_by=by
        )
        _write_duties(plan, draft)
        _log("draft_plan", plan, by, {"version": plan.version, "hash": plan.text_hash})
    return plan


def edit_plan(*, plan: ContactPlan, draft: PlanDraft, seen_hash: str, by: Person) -> ContactPlan:
    """Change a draft; a plan in force is never changed: its edit becomes the next version, to be approved anew.

    Parameters
    ----------
    seen_hash
        The hash of the text that was opened: if it changed since, nothing is overwritten.
    """
    access.require(by, "plan.manage", campaign=plan.campaign_id)
    if plan.state != PlanState.DRAFT:
        return draft_plan(campaign=plan.campaign, draft=draft, by=by)
    with transaction.atomic():
        same = ContactPlan.objects.filter(pk=plan.pk, state=PlanState.DRAFT, text_hash=seen_hash)
        if not same.update(text=draft.text, text_hash=draft.hash):
            raise Conflict(
                _("Somebody changed the plan while you were writing. Yours is kept below; compare and save again.")
            )
        plan.duties.all().delete()
        _write_duties(plan, draft)
        _log("edit_plan", plan, by, {"hash": draft.hash})
    plan.refresh_from_db()
    return plan


def approve_plan(*, plan: ContactPlan, approval: Approval, by: Person) -> None:
    """Record that the committee approved exactly this text; the version in force before is superseded."""
    access.require(by, "plan.manage", campaign=plan.campaign_id)
    if approval.on > timezone.localdate():
        raise Invalid("on", _("The day lies in the future."))
    _require_whole(plan)
    with transaction.atomic():
        before = ContactPlan.objects.filter(campaign=plan.campaign_id, state=PlanState.APPROVED).first()
        ContactPlan.objects.filter(campaign=plan.campaign_id, state=PlanState.APPROVED).update(
            state=PlanState.SUPERSEDED
        )
        _approve(plan, approval, by)
        if before is not None:
            _carry_records(before, plan)
        after = {
            "state": plan.state,
            "hash": plan.text_hash,
            "on": approval.on.isoformat(),
            "superseded": before.version if before else None,
        }
        _log("approve_plan", plan, by, after)


def _approve(plan: ContactPlan, approval: Approval, by: Person) -> None:
    same = ContactPlan.objects.filter(pk=plan.pk, state=PlanState.DRAFT, text_hash=approval.seen_hash)
    done = same.update(
        state=PlanState.APPROVED,
        committee=approval.committee,
        committee_en=approval.committee_en,
        approved_on=approval.on,
        recorded_by=by,
    )
    if not done:
        raise Conflict(_("The text changed since you opened it: read the new version first. Nothing was decided."))
    plan.refresh_from_db()


def _require_whole(plan: ContactPlan) -> None:
    """A plan says something and fixes duties in each phase; every gap is named at once."""
    reasons = [] if plan.text.strip() else [Reason("text", _("The plan has no text yet"))]
    phases = set(plan.duties.values_list("phase", flat=True))
    reasons += [
        Reason("duties", _("Phase %(n)d has no duty yet") % {"n": number}, got=0, need=1)
        for number in _PHASES
        if number not in phases
    ]
    if reasons:
        told = _("; ").join(reason.title for reason in reasons)
        raise Refused(_("It cannot be approved yet: %(reasons)s.") % {"reasons": told}, tuple(reasons))


def _write_duties(plan: ContactPlan, draft: PlanDraft) -> None:
    PlanDuty.objects.bulk_create(
        PlanDuty(
            plan=plan,
            phase=duty.phase,
            position=position,
            name=duty.name,
            name_en=duty.name_en,
            times=duty.times,
            due_on=duty.due_on,
        )
        for position, duty in enumerate(sorted(draft.duties, key=lambda d: d.phase), 1)
    )


def _carry_records(before: ContactPlan, plan: ContactPlan) -> None:
    """What was done for a duty that the new version keeps (same phase, same words) goes on counting."""
    kept = {(duty.phase, duty.name): duty for duty in plan.duties.all()}
    for duty in before.duties.all():
        if same := kept.get((duty.phase, duty.name)):
            DutyRecord.objects.filter(duty=duty).update(duty=same)


def _log(action: str, plan: ContactPlan, by: Person, after: Mapping[str, object]) -> None:
    log.write(action, plan, by, log.About(plan.campaign_id), log.Change(after=dict(after)))
