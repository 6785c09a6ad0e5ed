"""The parts of every page: state marks, icons, dates, numbers, step cells; one mapping for all nouns (DESIGN)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from setright.campaign.days import in_full
from setright.campaign.enums import TONES, Tone
from setright.campaign.words import ACTS, OBJECTS

register = template.Library()

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FEW: Final = 20  # below this a percentage says more than is known
_CELL_CLASSES: Final = {"a": "a", "s": "s", "r": "b", "o": "", "w": "w"}


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")


@register.simple_tag
def icon(name: str) -> SafeString:
    """One Bootstrap icon from the page's sprite file."""
    return format_html('<svg class="bi" aria-hidden="true"><use href="/static/setright/icons.svg#i-{}"/></svg>', name)


@register.simple_tag
def state(thing: Any, field: str = "state") -> SafeString:
    """The state of anything that has one: icon, word, colour."""
    value = getattr(thing, field)
    own = f"{thing._meta.model_name}.{value}"
    return mark(own if own in TONES else value, getattr(thing, f"get_{field}_display")())


@register.simple_tag
def mark(value: str, word: str) -> SafeString:
    """A state by its value and its word."""
    tone = TONES.get(value, Tone.TODO)
    return format_html('<span class="st {}">{}{}</span>', tone.value, icon(tone.label), word)


@register.simple_tag
def late(due_on: date | None, today: date | None = None) -> SafeString:
    """“late n d” where the day is past; nothing otherwise. A second mark beside the state, since it is derived."""
    n = days_late(due_on, today)
    if n <= 0:
        return mark_safe("")
    words = ngettext("late %(n)d d", "late %(n)d d", n) % {"n": n}
    return format_html('<span class="st late">{}{}</span>', icon("exclamation-circle-fill"), words)


def days_late(due_on: date | None, today: date | None = None) -> int:
    """Days past the due day; 0 or less when not late."""
    return ((today or timezone.localdate()) - due_on).days if due_on else 0


@register.filter
def day(value: date | datetime | None) -> str:
    """A date in full: 2026 年 11 月 24 日 / 24 November 2026."""
    found = _as_date(value)
    if found is None:
        return "–"
    return in_full(found)


@register.filter
def short_day(value: date | datetime | None) -> str:
    """A date in a table: 11-24 / 24 Nov this year, with the year otherwise."""
    found = _as_date(value)
    if found is None:
        return "–"
    is_this_year = found.year == timezone.localdate().year
    if _is_chinese():
        return f"{found:%m-%d}" if is_this_year else found.isoformat()
    return f"{found.day} {_MONTHS[found.month - 1]}" + ("" if is_this_year else f" {found.year}")


def _as_date(value: date | datetime | str | None) -> date | None:
    if isinstance(value, datetime):
        return timezone.localtime(value).date()
    return date.fromisoformat(value) if isinstance(value, str) and value else value or None


@register.filter
def waited(value: date | datetime | None) -> str:
    """Whole days since: “9 天” / “9 d”."""
    found = _as_date(value)
    if found is None:
        return ""
    n = (timezone.localdate() - found).days
    return ngettext("%(n)d d", "%(n)d d", n) % {"n": n}


@register.filter
def days_since(value: date | datetime | None) -> int:
    """The same as a number, for emphasis from 7 on."""
    found = _as_date(value)
    return (timezone.localdate() - found).days if found else 0


@register.filter
def number(value: int | None) -> str:
    """Thousands by comma; – where there is none."""
    return "–" if value is None else f"{value:,}"


@register.simple_tag
def share(got: int, n: int) -> str:
    """A share with its base: “66.5%, n = 620”; below 20 only “13 / 18”, – where there is no base."""
    if not n:
        return "–"
    if n < _FEW:
        return f"{got} / {n}"
    return gettext("%(percent)s%%, n = %(n)s") % {"percent": f"{100 * got / n:.1f}", "n": number(n)}


@register.filter
def headline(value: int | None) -> SafeString:
    """A headline figure: 36.04 万 from 10,000 up in Chinese, the exact value in its title."""
    if value is None or value < 10_000 or not _is_chinese():
        return format_html("{}", number(value))
    if value >= 100_000_000:
        short, word = f"{value / 100_000_000:.2f}", "亿"
    else:
        short, word = f"{value / 10_000:.2f}", "万"
    return format_html('<span title="{}">{} {}</span>', number(value), short, word)


@register.filter
def short_hash(value: str) -> str:
    """First and last of a hash: 9c2e…71a."""
    return f"{value[:4]}…{value[-3:]}" if value else "–"


@register.filter
def size(n_bytes: int) -> str:
    """Bytes as KB or MB."""
    if n_bytes < 1_000_000:
        return f"{max(1, round(n_bytes / 1000)):,} KB"
    return f"{n_bytes / 1_000_000:.1f} MB"


_CELL_WORDS: Final = (
    ("a", _("accepted")),
    ("s", _("submitted")),
    ("r", _("returned")),
    ("l", _("late")),
    ("w", _("waived")),
)


@register.simple_tag
def cells(steps: Iterable[tuple[str, bool]]) -> SafeString:
    """Step cells: (letter, late?) in order. Shape and height say it too, never colour alone."""
    listed = list(steps)
    classes = ["l" if is_late else _CELL_CLASSES[letter] for letter, is_late in listed]
    counts = {"l": sum(1 for _letter, is_late in listed if is_late)}
    for letter, _is_late in listed:
        counts[letter] = counts.get(letter, 0) + 1
    told = [f"{counts[key]} {word}" for key, word in _CELL_WORDS if counts.get(key)]
    marks = format_html_join("", '<i class="{}"></i>', ((c,) for c in classes))
    return format_html(
        '<span class="sg" role="img" aria-label="{}">{}</span>', ", ".join(told) or gettext("nothing yet"), marks
    )


@register.simple_tag
def meter(got: int | None, need: int | None, width: int = 200) -> SafeString:
    """A bar of what is there, with the bar of what is needed marked."""
    if not need or got is None:
        return mark_safe("")
    whole = max(got, need) / 0.9 if got < need else got
    filled, tick = round(width * min(got / whole, 1)), round(width * need / whole)
    return format_html(
        '<svg class="meter" viewBox="0 0 {0} 6" aria-hidden="true"><rect class="bg" width="{0}" height="6" rx="1"/>'
        '<rect class="fg" width="{1}" height="6" rx="1"/><rect class="tick" x="{2}" y="0" width="2" height="6"/></svg>',
        width,
        filled,
        min(tick, width - 2),
    )


@register.simple_tag
def bar(got: int, n: int) -> SafeString:
    """A short bar of a share: full is all of them. Says nothing where there is no base."""
    if not n:
        return mark_safe("")
    return format_html(
        '<svg class="meter short" viewBox="0 0 96 6" aria-hidden="true"><rect class="bg" width="96" height="6" rx="1"/>'
        '<rect class="fg" width="{}" height="6" rx="1"/></svg>',
        round(96 * min(got / n, 1)),
    )


@register.simple_tag(takes_context=True)
def keep(context: dict[str, Any], **changes: Any) -> str:
    """The present address's query with some values changed: every filter stays in the address."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag
def act(code: str) -> str:
    """A logged act in words."""
    return str(ACTS.get(code, code))


@register.simple_tag(name="object")
def object_word(kind: str) -> str:
    """What an entry of the log is about, in words."""
    return str(OBJECTS.get(kind, kind))


@register.simple_tag
def reason_url(reason: Any) -> str:
    """Where an unmet condition is mended."""
    return reverse(reason.url_name, args=reason.url_args)
