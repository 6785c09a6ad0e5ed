"""The day a cell names, however it is written, or None: never a guess between two days."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

_EXCEL_EPOCH: Final = date(1899, 12, 30)
_EXCEL_DAYS: Final = range(20_000, 80_000)
"""October 1954 to January 2119: serial numbers outside are rather amounts or years."""

_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_CHINESE: Final = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_COMPACT: Final = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:T\d*Z?)?$")
_DOTTED: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")
_YEAR_LAST: Final = re.compile(r"(\d{1,2})([-/])(\d{1,2})\2(\d{4})(?!\d)")
_SERIAL: Final = re.compile(r"(\d{5})(?:\.\d+)?$")


def day_of(value: str) -> date | None:
    """Return the calendar day that `value` names, as written (no time zone is applied), or None.

    Parameters
    ----------
    value : str
        ISO dates and times, 2014/3/18 2:06:24, 2015-02-23 08:19:49 -0800, 2014年3月18日, 20140318, 18.3.2014
        (dots mean the day comes first), 3/18/2014 or 18/3/2014 where only one reading is a day, and the
        serial numbers of a spreadsheet (45321).

    Notes
    -----
    3/4/2014 names two days and gives None; `both_orders` gives the two. About 1 µs a cell, less where days repeat.
    """
    written = value.strip()
    return _first_reading(written[:24]) if written else None


def both_orders(value: str) -> tuple[date | None, date | None]:
    """What 3/4/2014 and its like name if the day comes first, and if the month does; nothing for any other writing."""
    return _both(value.strip()[:24])


@lru_cache(maxsize=1 << 16)
def _both(written: str) -> tuple[date | None, date | None]:
    match = _YEAR_LAST.match(written)
    if not match:
        return None, None
    return _day(match[4], match[3], match[1]), _day(match[4], match[1], match[3])


@lru_cache(maxsize=1 << 16)
def _first_reading(written: str) -> date | None:
    for reading in _READINGS:
        if (found := reading(written)) is not None:
            return found
    return None


def _year_first(written: str) -> date | None:
    match = _YEAR_FIRST.match(written)
    return _day(match[1], match[3], match[4]) if match else None


def _chinese(written: str) -> date | None:
    match = _CHINESE.match(written)
    return _day(match[1], match[2], match[3]) if match else None


def _compact(written: str) -> date | None:
    match = _COMPACT.match(written)
    return _day(match[1], match[2], match[3]) if match else None


def _dotted(written: str) -> date | None:
    match = _DOTTED.match(written)
    return _day(match[3], match[2], match[1]) if match else None


def _year_last(written: str) -> date | None:
    readings = set(_both(written)) - {None}
    return readings.pop() if len(readings) == 1 else None


def _serial(written: str) -> date | None:
    match = _SERIAL.match(written)
    if not match or int(match[1]) not in _EXCEL_DAYS:
        return None
    return _EXCEL_EPOCH + timedelta(days=int(match[1]))


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


_READINGS: Final[tuple[Callable[[str], date | None], ...]] = (
    _year_first,
    _chinese,
    _compact,
    _dotted,
    _year_last,
    _serial,
)
