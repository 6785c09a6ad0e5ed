"""The plan of contact work: its versions, drafting it, recording the committee's approval."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from setright.campaign import access
from setright.campaign.actions.plan import Approval, PlanDraft, approve_plan, draft_plan, edit_plan
from setright.campaign.enums import PlanState
from setright.campaign.forms.plan import ApprovalForm, DutyFormSet, PlanForm
from setright.campaign.models import Campaign, ContactPlan
from setright.campaign.queries.plan import history_of_plan, plans_of
from setright.campaign.views.page import BOTH, GET, attempt, done, page


def _plan(request: Any, campaign: Campaign, pk: int) -> ContactPlan:
    if not access.may_somewhere(request.user, "plan.view", campaign):
        raise access.Unknown
    found = plans_of(campaign).filter(pk=pk).first()
    if found is None or (found.state == PlanState.DRAFT and not _may_manage(request, campaign)):
        raise access.Unknown
    return found


def _may_manage(request: Any, campaign: Campaign) -> bool:
    return access.may(request.user, "plan.manage", campaign=campaign)


@page("plan.view", *GET)
def plan_list(request: Any, campaign: Campaign) -> HttpResponse:
    """The plan in force; its office sees drafts and earlier versions too."""
    may_manage = _may_manage(request, campaign)
    plans = [plan for plan in plans_of(campaign) if may_manage or plan.state != PlanState.DRAFT]
    shown = next((plan for plan in plans if plan.state == PlanState.APPROVED), plans[0] if plans else None)
    return _shown(request, campaign, shown, plans)


@page("plan.view", *GET)
def plan_page(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """One version, with its duties by phase."""
    plan = _plan(request, campaign, pk)
    may_manage = _may_manage(request, campaign)
    plans = [each for each in plans_of(campaign) if may_manage or each.state != PlanState.DRAFT]
    return _shown(request, campaign, plan, plans)


def _shown(request: Any, campaign: Campaign, plan: ContactPlan | None, plans: list[ContactPlan]) -> HttpResponse:
    may_manage = _may_manage(request, campaign)
    draft = next((each for each in plans if each.state == PlanState.DRAFT), None)
    context = {
        "plan": plan,
        "plans": plans,
        "draft": draft,
        "duties": list(plan.duties.all()) if plan else [],
        "history": history_of_plan(plan)[:50] if plan else [],
        "may_manage": may_manage,
    }
    return render(request, "plan/page.html", context)


@page("plan.manage", *BOTH)
def plan_edit(request: Any, campaign: Campaign, pk: int | None = None) -> HttpResponse:
    """Draft a plan, go on with a draft, or begin the next version of the one in force."""
    access.require(request.user, "plan.manage", campaign=campaign)
    plan = _plan(request, campaign, pk) if pk else None
    form, duties = _forms(request, plan)
    if request.method == "POST" and form.is_valid() and duties.is_valid():
        lines = tuple(draft for line in duties.forms if (draft := line.draft()))
        draft = PlanDraft(form.cleaned_data["text"], lines)
        saved: list[ContactPlan] = []
        if attempt(form, lambda: saved.append(_save(request, campaign, plan, draft, form.cleaned_data["seen_hash"]))):
            url = reverse("plan_page", args=(campaign.pk, saved[0].pk))
            return done(request, _("Saved as version %(n)d, a draft.") % {"n": saved[0].version}, url)
        plan = _plan(request, campaign, pk) if pk else None
        form.see(plan.text_hash if plan else "")
    has_changed = bool(plan and request.method == "POST" and plan.text_hash != request.POST.get("seen_hash"))
    context = {"form": form, "duties": duties, "plan": plan, "has_changed": has_changed}
    return render(request, "plan/edit.html", context)


def _forms(request: Any, plan: ContactPlan | None) -> tuple[PlanForm, Any]:
    if request.method == "POST":
        return PlanForm(request.POST), DutyFormSet(request.POST, prefix="duty")
    fields = ("phase", "name", "name_en", "times", "due_on")
    lines = [{name: getattr(duty, name) for name in fields} for duty in plan.duties.all()] if plan else []
    start = {"text": plan.text, "seen_hash": plan.text_hash} if plan else {}
    return PlanForm(initial=start), DutyFormSet(initial=lines or [{"phase": n} for n in (1, 2, 3)], prefix="duty")


def _save(request: Any, campaign: Campaign, plan: ContactPlan | None, draft: PlanDraft, seen: str) -> ContactPlan:
    if plan is None:
        return draft_plan(campaign=campaign, draft=draft, by=request.user)
    return edit_plan(plan=plan, draft=draft, seen_hash=seen, by=request.user)


@page("plan.manage", *BOTH)
def plan_approve(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Record the committee's approval of exactly this text; it cannot be undone, only superseded."""
    access.require(request.user, "plan.manage", campaign=campaign)
    plan = _plan(request, campaign, pk)
    form = ApprovalForm(request.POST or None, initial={"seen_hash": plan.text_hash})
    if request.method == "POST" and form.is_valid():
        approval = Approval(**form.cleaned_data)
        if attempt(form, lambda: approve_plan(plan=plan, approval=approval, by=request.user)):
            url = reverse("plan_page", args=(campaign.pk, pk))
            return done(request, _("Version %(n)d is in force.") % {"n": plan.version}, url)
    before = plans_of(campaign).filter(state=PlanState.APPROVED).first()
    context = {"form": form, "plan": plan, "before": before, "duties": list(plan.duties.all())}
    return render(request, "plan/approve.html", context)


urlpatterns = [
    path("c/<int:campaign>/plan/", plan_list, name="plan_list"),
    path("c/<int:campaign>/plan/add/", plan_edit, name="plan_add"),
    path("c/<int:campaign>/plan/<int:pk>/", plan_page, name="plan_page"),
    path("c/<int:campaign>/plan/<int:pk>/edit/", plan_edit, name="plan_edit"),
    path("c/<int:campaign>/plan/<int:pk>/approve/", plan_approve, name="plan_approve"),
]
