"""The board: where every unit stands, most urgent first; groups load when they are opened; a file of it."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from setright.campaign import access
from setright.campaign.models import Campaign
from setright.campaign.queries.board import (
    GATES,
    SHOWN,
    Group,
    Row,
    branches_of,
    figures_of,
    grouped,
    matches,
    phase_names,
    rows_of,
    whole,
)
from setright.campaign.templatetags.board import STAGES, gate_text
from setright.campaign.views.page import GET, PER_PAGE, csv_file, page

_FILTERS: Final = {
    "": _("All"),
    "late": _("Late"),
    "refused": _("Refused"),
    "waiting": pgettext_lazy("board", "Waiting"),
    "formal": _("Looks formal"),
    "remedial": _("Remedial"),
}

_BEFORE: Final = (_("Code"), _("Unit"), _("Batch"), _("Lead"), _("Stage"))
_AFTER: Final = (
    _("Waiting for supervisors"),
    _("Late steps"),
    _("Days late"),
    _("Closed rounds"),
    _("Invited"),
    _("Reached"),
)
"""Heads of the file before and after those of the phases."""


@page("board.view", *GET)
def board(request: Any, campaign: Campaign) -> HttpResponse:
    """Every unit in sight by contact unit; `?part=` gives one group's table alone, for a page that is open already."""
    points = whole(campaign).points
    everything = rows_of(request.user, campaign)
    batches = sorted({row.enrolment.batch for row in everything}, key=lambda each: each.number)
    rows = [row for row in everything if _is_of_batch(request, row)]
    kept = _kept(request, rows)
    branches = branches_of(everything)
    groups = grouped(kept, points, branches, is_by_tree=request.GET.get("sort") == "tree")
    context = {
        "groups": [(group, _table(request, group, len(kept))) for group in groups],
        "phase_names": phase_names(campaign),
        "min_rounds": campaign.rules["min_rounds"],
    }
    if part := request.GET.get("part"):
        return _part(request, context, part)
    context |= {
        "squares": groups if len(kept) == len(rows) else grouped(rows, points, branches),
        "figures": figures_of(rows),
        "stages": _stages(rows),
        "n_contacts": sum(row.is_contact for row in rows),
        "chips": _chips(rows),
        "batches": [(each, sum(row.enrolment.batch_id == each.pk for row in everything)) for each in batches],
        "batch": next((b for b in batches if len(batches) == 1 or str(b.number) == request.GET.get("batch")), None),
        "n_kept": len(kept),
        "now": timezone.localtime(),
        "may_issue": access.may_somewhere(request.user, "notice.issue", campaign),
        "is_print": "print" in request.GET,
    }
    return render(request, "board/board.html", context)


def _is_of_batch(request: HttpRequest, row: Row) -> bool:
    return request.GET.get("batch", "") in ("", str(row.enrolment.batch.number))


def _kept(request: HttpRequest, rows: list[Row]) -> list[Row]:
    """Rows that the filter and the words typed leave."""
    shown, sought = SHOWN.get(request.GET.get("show", "")), request.GET.get("q", "").strip()
    return [row for row in rows if (shown is None or shown(row)) and (not sought or matches(row, sought))]


def _chips(rows: list[Row]) -> list[tuple[str, Any, int]]:
    """Every filter with how many it would show; those of nothing are left out, the one in use never."""
    counts = [
        (key, label, sum(SHOWN[key](row) for row in rows) if key else len(rows)) for key, label in _FILTERS.items()
    ]
    return [each for each in counts if each[2] or each[0] != "remedial"]


def _stages(rows: list[Row]) -> list[tuple[int, int]]:
    counts = Counter(row.stage for row in rows)
    return [(stage, counts[stage]) for stage in range(5)]


def _table(request: HttpRequest, group: Group, n_kept: int) -> Any:
    """The page of an open group's rows; None while it is closed. What a filter leaves on one page is open anyway."""
    wanted = request.GET.getlist("open")
    is_narrow = ("show" in request.GET or "q" in request.GET) and n_kept <= PER_PAGE
    if "all" in wanted:
        return Paginator(group.rows, max(len(group.rows), 1)).page(1)
    if group.key not in (*wanted, request.GET.get("part")) and not (is_narrow and not wanted):
        return None
    number = request.GET.get("page") if len(wanted) == 1 else 1
    return Paginator(group.rows, PER_PAGE).get_page(number)


def _part(request: Any, context: dict[str, Any], part: str) -> HttpResponse:
    found = next(((group, table) for group, table in context["groups"] if group.key == part), None)
    if found is None:
        raise access.Unknown
    return render(request, "board/group.html", {**context, "group": found[0], "page": found[1]})


@page("board.view", *GET)
def board_export(request: Any, campaign: Campaign) -> HttpResponse:
    """The units that the filters leave, in the order of the tree, as a file for a spreadsheet program."""
    rows = rows_of(request.user, campaign)
    kept = _kept(request, [row for row in rows if _is_of_batch(request, row)])
    names = phase_names(campaign)
    phases = [head for number in GATES for head in _heads(number, names.get(number, ""))]
    heads = [*_BEFORE, *phases, *_AFTER]
    return csv_file("board", heads, [_cells(row) for row in kept])


def _heads(number: int, name: str) -> tuple[str, str, str]:
    gate = gettext("Gate %(n)d") % {"n": number} if number < max(GATES) else gettext("Seal")
    return f"{number} {name}", gettext("%(n)d: mandatory steps") % {"n": number}, gate


def _cells(row: Row) -> list[object]:
    enrolment, rollup = row.enrolment, row.rollup
    lead = enrolment.lead.label if enrolment.lead else ""
    cells: list[object] = [enrolment.unit.code, enrolment.unit.label, enrolment.batch.number, lead, STAGES[row.stage]]
    for phase in row.phases:
        cells += [phase.n_settled, len(phase.steps), gate_text(phase.mark)]
    counts = (rollup.n_rounds_closed, rollup.n_invited, rollup.n_reached)
    return [*cells, rollup.n_waiting, row.n_late, row.days_late, *counts]


urlpatterns = [
    path("c/<int:campaign>/board/", board, name="board"),
    path("c/<int:campaign>/board/export/", board_export, name="board_export"),
]
