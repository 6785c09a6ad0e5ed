"""Days in words, for sentences and pages alike."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.utils.translation import get_language

_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def in_full(day: date) -> str:
    """2026 年 11 月 24 日 / 24 November 2026, whatever the machine's own language."""
    if (get_language() or "").startswith("zh"):
        return f"{day.year} 年 {day.month} 月 {day.day} 日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
