"""Days of a story: months as heads, the day of the month before each line."""

from __future__ import annotations

from datetime import date

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from setright.campaign.templatetags.parts import short_day

register = template.Library()


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")


@register.filter
def month(value: date) -> str:
    """2026 年 11 月 / November 2026."""
    return f"{value.year} 年 {value.month} 月" if _is_chinese() else f"{value:%B} {value.year}"


@register.filter
def day_of_month(value: date) -> str:
    """24 日 / 24."""
    return f"{value.day} 日" if _is_chinese() else str(value.day)


@register.filter
def until_day(value: date) -> str:
    """“by 30 Nov” / “11-30 前”."""
    return _("by %(day)s") % {"day": short_day(value)}
