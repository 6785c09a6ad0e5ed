"""Enrolling units into a batch: chosen in the tree, by pasted codes, or a whole level; looked at before it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from setright.campaign.actions.enrolment import enrol_units
from setright.campaign.actions.job import enqueue
from setright.campaign.forms.campaign import CodesForm, LevelForm
from setright.campaign.models import Batch, Campaign, Enrolment, Unit
from setright.campaign.queries.enrolment import Judged, judged_codes, judged_units
from setright.campaign.queries.unit import (
    ancestors_of,
    children_of,
    counted_on,
    enrolled_in,
    found_by,
    level_below,
    tops,
    valid_on,
    visible_units,
)
from setright.campaign.views.batch import batch_for
from setright.campaign.views.page import BOTH, POST, attempt, done, page, paged
from setright.campaign.views.picking import Offer, Picked, changed_sentence, picked
from setright.campaign.views.unit import unit_for

_AT_ONCE = 300


@page("enrolment.manage", *BOTH)
def batch_enrol(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Three ways to name units; whatever is named is judged and shown before anything is done."""
    batch = batch_for(request, campaign, pk)
    way = request.POST.get("way", "")
    codes = CodesForm(request.POST if way == "codes" else None)
    level = LevelForm(
        request.POST if way == "level" else None,
        units=visible_units(request.user, campaign),
        initial={"below": request.GET.get("below", "")},
    )
    tree = _tree(request, campaign)
    chosen = picked(request, "unit", matching=_free(tree.rows, campaign), whole=Unit.objects.order_by("path"))
    judged = _judged(batch, way, (codes, level), chosen)
    if judged is not None:
        return render(request, "batch/preview.html", {"batch": batch, "judged": judged})
    context = _shown(request, campaign, tree) | {"batch": batch, "codes": codes, "level": level}
    if way == "tree":
        context["error"] = changed_sentence(chosen.n) if chosen.n else _("Tick at least one unit.")
    return render(request, "batch/enrol.html", context)


def _judged(batch: Batch, way: str, forms: tuple[CodesForm, LevelForm], chosen: Picked[Unit]) -> Judged | None:
    codes, level = forms
    if way == "codes" and codes.is_valid():
        return judged_codes(batch, codes.cleaned_data["codes"])
    if way == "level" and level.is_valid():
        found = level_below(level.cleaned_data["below"], level.cleaned_data["levels"])
        return judged_units(batch, list(valid_on(found, timezone.localdate())))
    if way == "tree" and chosen.n and not chosen.has_changed:  # what was judged is looked at before it is done
        return judged_units(batch, list(chosen.rows))
    return None


@dataclass(frozen=True, slots=True)
class _Tree:
    """The part of the tree that the address asks for: below a unit, by words, or the tops."""

    under: Unit | None
    words: str
    rows: QuerySet[Unit]


def _tree(request: Any, campaign: Campaign) -> _Tree:
    number, words = request.GET.get("under", ""), request.GET.get("q", "").strip()
    under = unit_for(request, campaign, number, "enrolment.manage") if number.isdigit() else None
    rows = children_of(under) if under else tops(request.user, campaign)
    if words:
        rows = found_by(visible_units(request.user, campaign), words)
    return _Tree(under, words, valid_on(rows, timezone.localdate()).order_by("path"))


def _free(rows: QuerySet[Unit], campaign: Campaign) -> QuerySet[Unit]:
    """Those that take no part yet: the ones with a box."""
    return rows.exclude(pk__in=Enrolment.objects.filter(campaign=campaign).values("unit"))


def _shown(request: Any, campaign: Campaign, tree: _Tree) -> dict[str, Any]:
    page_of_it = paged(request, counted_on(tree.rows, timezone.localdate()))
    taken = enrolled_in(campaign, list(page_of_it))
    return {
        "under": tree.under,
        "above": ancestors_of(tree.under, request.user, campaign) if tree.under else [],
        "words": tree.words,
        "page": page_of_it,
        "rows": [(unit, taken.get(unit.pk)) for unit in page_of_it],
        "offer": Offer([unit.pk for unit in page_of_it if unit.pk not in taken], _free(tree.rows, campaign).count()),
    }


@page("enrolment.manage", *POST)
def batch_enrol_do(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Enrol the units that were looked at; many of them in the background. Shown again where one cannot join by now."""
    batch = batch_for(request, campaign, pk)
    judged = judged_codes(batch, request.POST.get("codes", ""))
    url = reverse("batch_page", args=(campaign.pk, pk))
    if judged.turned or not judged.units:
        return render(request, "batch/preview.html", {"batch": batch, "judged": judged}, status=409)
    if len(judged.units) > _AT_ONCE:
        arguments = {"batch": pk, "units": [unit.pk for unit in judged.units], "by": request.user.pk}
        job = enqueue(name="enrol_units", arguments=arguments, by=request.user)
        return done(request, _("The units are being enrolled."), reverse("job_page", args=(job.pk,)))
    form = CodesForm(request.POST)
    if form.is_valid() and attempt(form, lambda: enrol_units(batch=batch, units=judged.units, by=request.user)):
        n = len(judged.units)
        return done(request, ngettext("%(n)d unit enrolled.", "%(n)d units enrolled.", n) % {"n": n}, url)
    return render(request, "batch/preview.html", {"batch": batch, "judged": judged, "form": form}, status=422)


urlpatterns = [
    path("c/<int:campaign>/batches/<int:pk>/enrol/", batch_enrol, name="batch_enrol"),
    path("c/<int:campaign>/batches/<int:pk>/enrol/do/", batch_enrol_do, name="batch_enrol_do"),
]
