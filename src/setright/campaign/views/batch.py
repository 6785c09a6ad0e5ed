"""Batches: planned, filled with units, begun, opened through gate 8; who leads and who supervises."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from setright.campaign import access
from setright.campaign.actions.batch import add_batch, open_batch
from setright.campaign.actions.enrolment import assign_group, begin_enrolments, change_lead
from setright.campaign.enums import BatchState, EnrolmentState
from setright.campaign.forms.campaign import AssignForm, BatchForm, LeadForm
from setright.campaign.forms.fields import Base
from setright.campaign.models import Batch, Campaign, Enrolment, SupervisionGroup, Unit
from setright.campaign.queries.enrolment import enrolments_in, possible_leads, tally
from setright.campaign.queries.gate import gate_8
from setright.campaign.queries.unit import found_by
from setright.campaign.views.page import BOTH, GET, PER_PAGE, POST, attempt, done, page, paged
from setright.campaign.views.picking import Offer, changed_sentence, picked


def batch_for(request: Any, campaign: Campaign, pk: int) -> Batch:
    """The batch of this number in the campaign, for its office."""
    access.require(request.user, "enrolment.manage", campaign=campaign)
    found = campaign.batches.select_related("campaign", "predecessor").filter(pk=pk).first()
    if found is None:
        raise access.Unknown
    return found


def _at(campaign: Campaign, pk: int) -> str:
    return reverse("batch_page", args=(campaign.pk, pk))


@page("campaign.manage", *BOTH)
def batch_add(request: Any, campaign: Campaign) -> HttpResponse:
    """Plan the next batch."""
    access.require(request.user, "campaign.manage", campaign=campaign)
    form = BatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made: list[Batch] = []
        starts_on = form.cleaned_data["starts_on"]
        if attempt(form, lambda: made.append(add_batch(campaign=campaign, starts_on=starts_on, by=request.user))):
            return done(request, _("Planned: batch %(n)d.") % {"n": made[0].number}, _at(campaign, made[0].pk))
    return render(request, "batch/add.html", {"form": form, "last": campaign.batches.order_by("number").last()})


@page("enrolment.manage", *GET)
def batch_page(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Who is in the batch, with lead, group and state; `?missing=` lead or group, `?state=`, `?group=`, `?q=`."""
    batch = batch_for(request, campaign, pk)
    shown = paged(request, _filtered(request, enrolments_in(batch)))
    groups = SupervisionGroup.objects.filter(campaign=campaign).order_by("pk")
    context = {
        "batch": batch,
        "counts": tally(batch.enrolments.all()),
        "page": shown,
        "offer": Offer([each.pk for each in shown], shown.paginator.count),
        "states": _states(batch),
        "groups": groups,
        "assign": AssignForm(groups=groups),
        "words": request.GET.get("q", "").strip(),
        "missing": request.GET.get("missing", ""),
        "state": request.GET.get("state", ""),
    }
    return render(request, "batch/page.html", context)


def _states(batch: Batch) -> list[tuple[str, str, int]]:
    counts = dict(batch.enrolments.order_by().values_list("state").annotate(n=Count("pk")))
    return [(state.value, str(state.label), counts[state]) for state in EnrolmentState if counts.get(state)]


def _filtered(request: Any, rows: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
    missing, state = request.GET.get("missing", ""), request.GET.get("state", "")
    words, group = request.GET.get("q", "").strip(), request.GET.get("group", "")
    if missing in ("lead", "group"):
        rows = rows.filter(**{missing: None})
    if state in EnrolmentState.values:
        rows = rows.filter(state=state)
    if group.isdigit():
        rows = rows.filter(group=group)
    return rows.filter(unit__in=found_by(Unit.objects.order_by(), words).values("pk")) if words else rows


@page("enrolment.manage", *POST)
def batch_assign(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Give units to a supervision group: those ticked at once, all that the filters match after one more look."""
    batch = batch_for(request, campaign, pk)
    form = AssignForm(request.POST, groups=SupervisionGroup.objects.filter(campaign=campaign))
    whole = enrolments_in(batch)
    chosen = picked(request, "enrolment", matching=_filtered(request, whole), whole=whole)
    if not chosen.n:
        form.add_error(None, _("Tick the units first."))
    elif chosen.has_changed:
        form.add_error(None, changed_sentence(chosen.n))
    if form.is_valid() and chosen.may_go:
        group = form.cleaned_data["group"]
        if attempt(form, lambda: assign_group(enrolments=list(chosen.rows), group=group, by=request.user)):
            sentence = ngettext("%(n)d unit given to %(name)s.", "%(n)d units given to %(name)s.", chosen.n)
            return done(request, sentence % {"n": chosen.n, "name": group.label}, _at(campaign, pk))
    context = {
        "form": form,
        "batch": batch,
        "chosen": chosen,
        "shown": chosen.rows[:PER_PAGE],
        "n_given": chosen.rows.exclude(group=None).count() if chosen.is_all else 0,
    }
    return render(request, "batch/assign.html", context, status=422 if form.errors else 200)


@page("enrolment.manage", *BOTH)
def lead_change(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Hand the lead of a unit over to another member of its team."""
    rows = Enrolment.objects.select_related("unit", "batch", "lead", "campaign")
    enrolment = access.get(rows, request.user, "enrolment.manage", pk=pk, campaign_id=campaign.pk)
    people = possible_leads(enrolment)
    form = LeadForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        person = form.cleaned_data["person"]
        if attempt(form, lambda: change_lead(enrolment=enrolment, person=person, by=request.user)):
            values = {"name": person.label, "unit": enrolment.unit.label}
            return done(request, _("%(name)s leads %(unit)s from today.") % values, _at(campaign, enrolment.batch_id))
    context = {"form": form, "enrolment": enrolment, "has_people": people.exists()}
    return render(request, "batch/lead.html", context)


@page("enrolment.manage", *BOTH)
def batch_begin(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Put every waiting unit of a running batch into phase 1."""
    batch = batch_for(request, campaign, pk)
    form = Base(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        begun: list[int] = []
        if attempt(form, lambda: begun.append(begin_enrolments(batch=batch, by=request.user))):
            n = begun[0]
            sentence = ngettext("Phase 1 begun: %(n)d unit.", "Phase 1 begun: %(n)d units.", n) % {"n": n}
            return done(request, sentence, _at(campaign, pk))
    counts = tally(batch.enrolments.all())
    context = {"batch": batch, "form": form, "counts": counts, "is_running": batch.state == BatchState.RUNNING}
    return render(request, "batch/begin.html", context)


@page("batch.open", *BOTH)
def batch_gate(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Gate 8: look at every condition; ask to open the batch."""
    batch = batch_for(request, campaign, pk)
    if batch.predecessor_id is None:
        raise access.Unknown
    if request.method == "POST" and batch.state == BatchState.PLANNED:
        answer = open_batch(batch=batch, by=request.user)
        if answer.is_open:
            return done(request, _("Batch %(n)d runs.") % {"n": batch.number}, _at(campaign, pk))
    context = {
        "batch": batch,
        "answer": gate_8(batch),
        "may_ask": batch.state == BatchState.PLANNED and access.may(request.user, "batch.open", campaign=campaign),
        "attempts": batch.attempts.filter(number=8).select_related("by")[:10],
    }
    return render(request, "batch/gate.html", context)


urlpatterns = [
    path("c/<int:campaign>/batches/add/", batch_add, name="batch_add"),
    path("c/<int:campaign>/batches/<int:pk>/", batch_page, name="batch_page"),
    path("c/<int:campaign>/batches/<int:pk>/assign/", batch_assign, name="batch_assign"),
    path("c/<int:campaign>/batches/<int:pk>/begin/", batch_begin, name="batch_begin"),
    path("c/<int:campaign>/batches/<int:pk>/gate/", batch_gate, name="batch_gate"),
    path("c/<int:campaign>/enrolments/<int:pk>/lead/", lead_change, name="lead_change"),
]
