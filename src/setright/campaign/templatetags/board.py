"""The drawn parts of the board: a square per unit, a bar per group, the gate's mark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from setright.campaign.queries.board import Group, Mark, Row
from setright.campaign.templatetags.parts import icon, number, short_day

register = template.Library()

_LEFT: Final = 236
_PITCH: Final = 20
_LINE: Final = 26
_PER_LINE: Final = 45
_ROOM: Final = 32
"""Half characters of a group's name that fit beside its squares."""
STAGES: Final = {0: _("Not started"), 1: _("Phase 1"), 2: _("Phase 2"), 3: _("Phase 3"), 4: _("Sealed")}


@register.simple_tag
def squares(groups: Sequence[Group]) -> SafeString:
    """Every unit as one square, a line per group, furthest first; a corner where it is late, a frame round contacts."""
    parts: list[str] = []
    y = 4
    for group in groups:
        parts.append(_named(group, y))
        rows = group.by_progress
        for i, row in enumerate(rows):
            parts.append(_square(row, _LEFT + _PITCH * (i % _PER_LINE), y + _PITCH * (i // _PER_LINE)))
        y += _LINE + _PITCH * ((len(rows) - 1) // _PER_LINE)
    n = sum(len(group.rows) for group in groups)
    said = ngettext("Where %(n)d unit stands", "Where each of %(n)d units stands", n) % {"n": n}
    drawn = mark_safe("".join(parts))  # noqa: S308 - see _square
    return format_html('<svg class="ch" viewBox="0 0 1150 {}" role="img" aria-label="{}">{}</svg>', y, said, drawn)


def _named(group: Group, y: int) -> SafeString:
    short = group.label
    while len(short) > 1 and _width(short) > _ROOM:
        short = short.removesuffix("…")[:-1] + "…"
    return format_html(
        '<text x="0" y="{0}" class="k">{1}</text><text x="224" y="{0}" text-anchor="end">{2}</text>',
        y + 14,
        short,
        number(len(group.rows)),
    )


def _width(text: str) -> int:
    """How wide it stands, in half characters: a Chinese one takes two."""
    return sum(2 if ord(each) > 0x2E7F else 1 for each in text)


def _square(row: Row, x: int, y: int) -> str:
    """One of hundreds on a page, so put together as a string: of what it holds only the name needs escaping."""
    corner = f'<path class="lt" d="M{x + 7} {y}h9v9z"/>' if row.n_late else ""
    frame = (
        f'<rect class="ax2" fill="none" x="{x - 2}" y="{y - 2}" width="20" height="20" rx="2.5" stroke-width="1.5"/>'
        if row.is_contact
        else ""
    )
    square = f'<rect class="cell p{row.stage}" x="{x}" y="{y}" width="16" height="16" rx="1.5"/>'
    return f"<g><title>{escape(row.enrolment.unit.label)}</title>{square}{corner}{frame}</g>"


@register.simple_tag
def stage_bar(group: Group, width: int = 180) -> SafeString:
    """How a group's units share the stages, furthest first."""
    drawn, x = [], 0.5
    for stage, n in group.stages:
        share = n / len(group.rows) * (width - 1)
        drawn.append((stage, f"{x:.1f}", f"{max(share - 1, 1):.1f}"))
        x += share
    rects = format_html_join(
        "", '<rect class="cell p{}" x="{}" y=".5" width="{}" height="11"/>', ((s, at, w) for s, at, w in drawn)
    )
    return format_html('<svg width="{}" height="12" class="fold" aria-hidden="true">{}</svg>', width, rects)


@register.simple_tag
def key_square(stage: int) -> SafeString:
    """The square of a stage, for the key."""
    return format_html(
        '<svg width="14" height="14" aria-hidden="true">'
        '<rect class="cell p{}" x=".5" y=".5" width="13" height="13" rx="1.5"/></svg>{}',
        stage,
        STAGES[stage],
    )


@register.simple_tag
def gate_mark(mark: Mark) -> SafeString:
    """Passed on a day; asked and refused with n; needs n, not asked; – where it is not reached."""
    if mark.kind == "y":
        return format_html('<span class="gt y">{}{}</span>', icon("check-lg"), short_day(mark.on))
    if mark.kind == "n":
        words = gettext("ref. %(n)d") % {"n": mark.n}
        said = ngettext("asked and refused: %(n)d unmet", "asked and refused: %(n)d unmet", mark.n) % {"n": mark.n}
        return format_html('<span class="gt n" title="{}">{}{}</span>', said, icon("x-octagon-fill"), words)
    if mark.kind == "d":
        words = ngettext("needs %(n)d", "needs %(n)d", mark.n) % {"n": mark.n}
        return format_html('<span class="gt d">{}</span>', words if mark.n else _("may ask"))
    return mark_safe('<span class="faint">–</span>')


@register.simple_tag
def gate_words(mark: Mark) -> SafeString:
    """The gate at full length, where there is room: passed on, refused with how many unmet, how many are needed."""
    sign = {"y": icon("check-lg"), "n": icon("x-octagon-fill")}.get(mark.kind, "")
    return format_html('<span class="gt {}">{}{}</span>', mark.kind or "d", sign, gate_text(mark))


def gate_text(mark: Mark) -> str:
    """The same in words alone, for a cell of a table; empty where the gate is not reached."""
    if mark.kind == "y":
        return gettext("passed %(on)s") % {"on": short_day(mark.on)}
    if mark.kind == "n":
        return ngettext("gate refused, %(n)d unmet", "gate refused, %(n)d unmet", mark.n) % {"n": mark.n}
    if mark.n:
        return ngettext("gate: %(n)d condition unmet", "gate: %(n)d conditions unmet", mark.n) % {"n": mark.n}
    return gettext("the gate may be asked") if mark.kind else ""


@register.filter
def at(named: dict[int, str], number: int | str) -> str:
    """What a table of numbers holds under this one; empty where there is none."""
    return named.get(int(number), "")


@register.simple_tag
def of_invited(got: int, whole: int) -> str:
    """The base of a count of people, and from 20 on the percentage: “of 620 invited, 66.5%”."""
    if not whole:
        return gettext("nobody invited yet")
    values = {"n": number(whole), "percent": f"{100 * got / whole:.1f}"}
    if whole < 20:
        return gettext("of %(n)s invited") % values
    return gettext("of %(n)s invited, %(percent)s%%") % values
