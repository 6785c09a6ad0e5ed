"""The tree of units, level by level, and the acts on one unit."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from setright.campaign import access
from setright.campaign.actions.unit import (
    UnitDraft,
    UnitWords,
    add_unit,
    edit_unit,
    end_unit,
    merge_unit,
    move_unit,
    reopen_unit,
)
from setright.campaign.forms.unit import EndForm, MergeForm, MoveForm, UnitForm, UnitWordsForm
from setright.campaign.models import Campaign, Unit
from setright.campaign.queries.unit import (
    ancestors_of,
    children_of,
    counted_on,
    found_by,
    n_on,
    tops,
    touched_by,
    valid_on,
    visible_units,
)
from setright.campaign.views.page import BOTH, GET, PER_PAGE, POST, attempt, done, page


class CountedPages(Paginator):  # type: ignore[type-arg]  # it takes none at run time
    """Pages of rows whose number is known already: half a million are not counted twice."""

    def __init__(self, rows: Any, per_page: int, n: int) -> None:
        super().__init__(rows, per_page)
        self._n = n

    @property
    def count(self) -> int:
        return self._n


def unit_for(request: Any, campaign: Campaign, pk: int | str, right: str) -> Unit:
    """The unit of this number, where the person has the right over it."""
    found = Unit.objects.select_related("merged_into").filter(pk=pk).first()
    if found is None:
        raise access.Unknown
    access.require(request.user, right, campaign=campaign, unit=found)
    return found


@page("unit.view", *GET)
def unit_list(request: Any, campaign: Campaign) -> HttpResponse:
    """Units right below `?under=`, or found by `?q=`; those that exist on `?on=`, or all of them."""
    number = request.GET.get("under", "")
    under = unit_for(request, campaign, number, "unit.view") if number.isdigit() else None
    words, day, is_all = request.GET.get("q", "").strip(), _day(request), request.GET.get("all") == "1"
    found = _rows(request, campaign, under, words)
    n_all, n_there = n_on(found, day)
    rows = counted_on(found if is_all else valid_on(found, day), day).order_by("path")
    context = {
        "under": counted_on(Unit.objects.filter(pk=under.pk), day).first() if under else None,
        "above": ancestors_of(under, request.user, campaign) if under else [],
        "page": CountedPages(rows, PER_PAGE, n_all if is_all else n_there).get_page(request.GET.get("page")),
        "words": words,
        "day": day,
        "is_today": day == timezone.localdate(),
        "is_all": is_all,
        "n_all": n_all,
        "n_there": n_there,
        "may_manage": access.may(request.user, "unit.manage", campaign=campaign, unit=under),
    }
    return render(request, "unit/list.html", context)


def _rows(request: Any, campaign: Campaign, under: Unit | None, words: str) -> Any:
    if words:
        seen = visible_units(request.user, campaign)
        return found_by(seen.filter(path__range=under.below) if under else seen, words)
    return children_of(under) if under else tops(request.user, campaign)


def _day(request: Any) -> date:
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return timezone.localdate()


def at(campaign: Campaign, unit: Unit | None) -> str:
    """The address of a unit's place in the tree; the whole tree for None."""
    return reverse("unit_list", args=(campaign.pk,)) + (f"?under={unit.pk}" if unit else "")


@page("unit.manage", *BOTH)
def unit_add(request: Any, campaign: Campaign) -> HttpResponse:
    """Add a unit below `?under=`, or at the top."""
    number = request.GET.get("under", "")
    under = unit_for(request, campaign, number, "unit.manage") if number.isdigit() else None
    access.require(request.user, "unit.manage", campaign=campaign, unit=under)
    form = UnitForm(request.POST or None, initial={"valid_from": min(campaign.starts_on, timezone.localdate())})
    if request.method == "POST" and form.is_valid():
        draft = UnitDraft(**form.cleaned_data)
        if attempt(form, lambda: add_unit(draft=draft, parent=under, campaign=campaign, by=request.user)):
            return done(request, _("Added: %(name)s.") % {"name": draft.name}, at(campaign, under))
    return render(request, "unit/add.html", {"form": form, "under": under})


@page("unit.manage", *BOTH)
def unit_rename(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Give a unit another name, code or kind."""
    unit = unit_for(request, campaign, pk, "unit.manage")
    present = {"name": unit.name, "name_en": unit.name_en, "code": unit.code, "kind": unit.kind}
    form = UnitWordsForm(request.POST or None, initial=present)
    if request.method == "POST" and form.is_valid():
        words = UnitWords(**form.cleaned_data)
        if attempt(form, lambda: edit_unit(unit=unit, words=words, campaign=campaign, by=request.user)):
            return done(request, _("Saved: %(name)s.") % {"name": unit.label}, at(campaign, unit))
    return render(request, "unit/rename.html", {"form": form, "unit": unit})


@page("unit.manage", *BOTH)
def unit_move(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Say where it goes; look at how much moves; move it. The undo posts to the same address with the old place."""
    unit = unit_for(request, campaign, pk, "unit.manage")
    typed = request.POST if "to" in request.POST else request.GET
    form = MoveForm(typed if "to" in typed else None, units=visible_units(request.user, campaign))
    is_clear = form.is_bound and form.is_valid()
    if request.method == "POST" and is_clear:
        before = Unit.objects.filter(path=unit.parent_path).first()
        to = form.cleaned_data["to"]
        moved: list[int] = []
        if attempt(form, lambda: moved.append(move_unit(unit=unit, to=to, campaign=campaign, by=request.user))):
            undo = reverse("unit_move", args=(campaign.pk, pk)) + f"?to={before.code if before else ''}"
            sentence = ngettext("%(n)d unit moved.", "%(n)d units moved.", moved[0]) % {"n": moved[0]}
            return done(request, sentence, at(campaign, unit), undo=undo)
    context = {
        "form": form,
        "unit": unit,
        "to": form.cleaned_data.get("to") if is_clear else None,
        "is_clear": is_clear and not form.errors,
        "touched": touched_by(unit, timezone.localdate()),
    }
    return render(request, "unit/move.html", context)


@page("unit.manage", *BOTH)
def unit_merge(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Let a unit go up in another; cannot be undone, so it is asked first with what it touches."""
    unit = unit_for(request, campaign, pk, "unit.manage")
    typed = request.POST if request.method == "POST" else request.GET
    form = MergeForm(typed if "into" in typed else None, units=visible_units(request.user, campaign))
    is_clear = form.is_bound and form.is_valid()
    if request.method == "POST" and is_clear:
        into = form.cleaned_data["into"]
        if attempt(form, lambda: merge_unit(unit=unit, into=into, campaign=campaign, by=request.user)):
            values = {"name": unit.label, "into": into.label}
            return done(request, _("%(name)s went up in %(into)s.") % values, at(campaign, into))
    context = {
        "form": form,
        "unit": unit,
        "into": form.cleaned_data.get("into") if is_clear else None,
        "is_clear": is_clear and not form.errors,
        "touched": touched_by(unit, timezone.localdate()),
    }
    return render(request, "unit/merge.html", context)


@page("unit.manage", *BOTH)
def unit_end(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Give a unit its last day; can be taken back."""
    unit = unit_for(request, campaign, pk, "unit.manage")
    form = EndForm(request.POST or None, initial={"on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        on = form.cleaned_data["on"]
        if attempt(form, lambda: end_unit(unit=unit, on=on, campaign=campaign, by=request.user)):
            undo = reverse("unit_reopen", args=(campaign.pk, pk))
            return done(request, _("Ended: %(name)s.") % {"name": unit.label}, at(campaign, unit), undo=undo)
    context = {"form": form, "unit": unit, "touched": touched_by(unit, timezone.localdate())}
    return render(request, "unit/end.html", context)


@page("unit.manage", *POST)
def unit_reopen(request: Any, campaign: Campaign, pk: int) -> HttpResponse:
    """Take an end back."""
    unit = unit_for(request, campaign, pk, "unit.manage")
    reopen_unit(unit=unit, campaign=campaign, by=request.user)
    return done(request, _("%(name)s goes on.") % {"name": unit.label}, at(campaign, unit))


urlpatterns = [
    path("c/<int:campaign>/units/", unit_list, name="unit_list"),
    path("c/<int:campaign>/units/add/", unit_add, name="unit_add"),
    path("c/<int:campaign>/units/<int:pk>/rename/", unit_rename, name="unit_rename"),
    path("c/<int:campaign>/units/<int:pk>/move/", unit_move, name="unit_move"),
    path("c/<int:campaign>/units/<int:pk>/merge/", unit_merge, name="unit_merge"),
    path("c/<int:campaign>/units/<int:pk>/end/", unit_end, name="unit_end"),
    path("c/<int:campaign>/units/<int:pk>/reopen/", unit_reopen, name="unit_reopen"),
]
