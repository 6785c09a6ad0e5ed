"""A step's page: enter it, hand it in, decide about it, waive it."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from setright.campaign import access
from setright.campaign.actions.file import keep_file
from setright.campaign.actions.step import (
    OwnStep,
    add_own_step,
    edit_step,
    review_step,
    revoke_review,
    submit_step,
    waive_step,
)
from setright.campaign.enums import StepState, Verdict
from setright.campaign.forms.step import OwnStepForm, ReviewForm, StepForm, WaiveForm
from setright.campaign.models import Campaign, Enrolment, Step, StepFile
from setright.campaign.queries.step import evidence_of, history_of, repeated_evidence, reviews_of, steps_of
from setright.campaign.views.file import shown_file
from setright.campaign.views.page import BOTH, GET, POST, attempt, done, page


def _step(request: Any, campaign: Campaign, pk: int, right: str = "step.view") -> Step:
    rows = Step.objects.select_related("enrolment__unit", "enrolment__campaign", "enrolment__lead", "template")
    return access.get(
        rows,
        request.user,
        right,
        unit="enrolment__unit",
        campaign="enrolment__campaign",
        pk=pk,
        enrolment__campaign=campaign,
    )


def _enrolment(request: Any, campaign: Campaign, pk: int, right: str) -> Enrolment:
    rows = Enrolment.objects.select_related("unit", "campaign", "batch")
    return access.get(rows, request.user, right, pk=pk, campaign_id=campaign.pk)


@page("step.view", *GET)
def step_list(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Every step of one enrolment, by phase."""
    enrolment = _enrolment(request, campaign, pk, "step.view")
    may_enter = access.may(request.user, "step.enter", campaign=campaign, unit=enrolment.unit)
    context = {"enrolment": enrolment, "steps": steps_of(enrolment), "may_enter": may_enter}
    return render(request, "step/list.html", context)


@page("step.enter", *BOTH)
def step_add(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Add a step of the unit's own."""
    enrolment = _enrolment(request, campaign, pk, "step.enter")
    form = OwnStepForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        own = OwnStep(**form.cleaned_data)
        if attempt(form, lambda: add_own_step(enrolment=enrolment, own=own, by=request.user)):
            return done(
                request, _("Added: %(name)s.") % {"name": own.name}, reverse("step_list", args=(campaign.pk, pk))
            )
    return render(request, "step/add.html", {"form": form, "enrolment": enrolment})


@page("step.view", *BOTH)
def step_page(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """What was handed in and what was decided; a form for whoever enters it."""
    step = _step(request, campaign, pk)
    unit = step.enrolment.unit
    may_enter = access.may(request.user, "step.enter", campaign=campaign, unit=unit) and step.state != StepState.WAIVED
    form = _entry_form(request, step) if may_enter else None
    if request.method == "POST":
        access.require(request.user, "step.enter", campaign=campaign, unit=unit)
        if form is not None and form.is_valid() and attempt(form, lambda: _save(request, step, form.cleaned_data)):
            url = reverse("step_page", args=(campaign.pk, pk))
            is_in = step.state == StepState.SUBMITTED
            return done(request, _("Handed in.") if is_in else _("Saved. It is not handed in yet."), url)
    context = {
        "form": form,
        "history": history_of(step)[:50],
        "may_waive": access.may(request.user, "step.waive", campaign=campaign, unit=unit) and step.is_mandatory,
        "is_mine_to_review": _is_reviewer(request, step),
        **review_context(request, step),
    }
    return render(request, "step/page.html", context)


def _is_reviewer(request: Any, step: Step) -> bool:
    unit = step.enrolment.unit
    return access.may(
        request.user, "step.review", campaign=step.enrolment.campaign_id, unit=unit
    ) and not access.is_of_the_unit(request.user, unit)


def _entry_form(request: Any, step: Step) -> StepForm:
    initial = {"note": step.note, "done_on": step.done_on, "version": step.version}
    if request.method == "POST":
        return StepForm(request.POST, request.FILES, initial=initial)
    return StepForm(initial=initial)


def _save(request: Any, step: Step, typed: dict[str, Any]) -> None:
    """Keep what was typed, and hand it in where that button was pressed."""
    step.version = typed["version"]
    files = [keep_file(upload=upload, by=request.user) for upload in typed["files"]]
    drop = [int(each) for each in request.POST.getlist("drop") if each.isdigit()]
    edit_step(step=step, note=typed["note"], done_on=typed["done_on"], files=files, drop=drop, by=request.user)
    if "submit" in request.POST:
        submit_step(step=step, by=request.user)


def review_context(request: Any, step: Step) -> dict[str, Any]:
    """What a reviewer sees beside a step: evidence, earlier decisions, repeated evidence, the form."""
    reviews, evidence = reviews_of(step), evidence_of(step)
    return {
        "step": step,
        "evidence": evidence,
        "reviews": reviews,
        "last_return": next((r for r in reviews if r.verdict == Verdict.RETURNED and not r.revoked_at), None),
        "repeated": repeated_evidence(step, evidence, request.user),
        "review_form": ReviewForm(initial={"seen_hash": step.version_hash}),
        "mine": next((r for r in reviews if r.reviewer_id == request.user.pk and r.is_standing), None),
    }


@page("step.review", *POST)
def step_review(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Accept or return the version that was read; can be undone by the same person."""
    step = _step(request, campaign, pk, "step.review")
    form = ReviewForm(request.POST)
    verdict = Verdict.ACCEPTED if "accept" in request.POST else Verdict.RETURNED
    if form.is_valid() and attempt(form, lambda: _review(request, step, verdict, form.cleaned_data)):
        sentence = _("Accepted: %(name)s.") if verdict == Verdict.ACCEPTED else _("Returned: %(name)s.")
        undo = reverse("step_revoke", args=(campaign.pk, pk))
        return done(request, sentence % {"name": step.label}, reverse("work", args=(campaign.pk,)), undo=undo)
    context = {"is_mine_to_review": True, **review_context(request, step), "review_form": form, "history": []}
    return render(request, "step/page.html", context, status=422)


def _review(request: Any, step: Step, verdict: Verdict, typed: dict[str, Any]) -> None:
    review_step(step=step, verdict=verdict, comment=typed["comment"], seen_hash=typed["seen_hash"], by=request.user)


@page("step.review", *POST)
def step_revoke(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take one's own decision back."""
    step = _step(request, campaign, pk, "step.review")
    revoke_review(step=step, by=request.user)
    url = reverse("work", args=(campaign.pk,)) + f"?step={pk}"
    return done(request, _("Taken back: %(name)s waits for review again.") % {"name": step.label}, url)


@page("step.waive", *BOTH)
def step_waive(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Waive a mandatory step with a public reason."""
    step = _step(request, campaign, pk, "step.waive")
    form = WaiveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if attempt(form, lambda: waive_step(step=step, reason=reason, by=request.user)):
            url = reverse("step_page", args=(campaign.pk, pk))
            return done(request, _("Waived in public: %(name)s.") % {"name": step.label}, url)
    return render(request, "step/waive.html", {"form": form, "step": step})


@page("step.view", *GET)
def step_file(request: Any, campaign: Campaign, pk: int, file: int) -> FileResponse:
    """The cleaned copy of a piece of evidence."""
    step = _step(request, campaign, pk)
    evidence = StepFile.objects.filter(step=step, pk=file).select_related("file").first()
    if evidence is None:
        raise access.Unknown
    return shown_file(evidence.file)


urlpatterns = [
    path("c/<int:campaign>/enrolments/<int:pk>/steps/", step_list, name="step_list"),
    path("c/<int:campaign>/enrolments/<int:pk>/steps/add/", step_add, name="step_add"),
    path("c/<int:campaign>/steps/<int:pk>/", step_page, name="step_page"),
    path("c/<int:campaign>/steps/<int:pk>/review/", step_review, name="step_review"),
    path("c/<int:campaign>/steps/<int:pk>/revoke/", step_revoke, name="step_revoke"),
    path("c/<int:campaign>/steps/<int:pk>/waive/", step_waive, name="step_waive"),
    path("c/<int:campaign>/steps/<int:pk>/files/<int:file>/", step_file, name="step_file"),
]
