"""Kinds of values that programs send: nothing here reaches a database that it would not take."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Final

from annotated_types import Ge, Le
from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.types import Strict

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_LARGEST: Final = 2**63 - 1
_NO_NUL: Final = r"^[^\x00]*$"


def _day(value: Any) -> Any:
    """Only YYYY-MM-DD, of a year that a campaign can have: day sums must stay within the calendar."""
    if value is None or isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value) or not 1900 <= int(value[:4]) <= 2200:
        raise ValueError("a day is written YYYY-MM-DD, from 1900 to 2200")
    return value


Id = Annotated[int, Ge(1), Le(_LARGEST)]
"""A number in an address."""
Ref = Annotated[int, Strict(), Ge(1), Le(_LARGEST)]
"""A number in a body that names something."""
Count = Annotated[int, Strict(), Ge(0), Le(100_000_000)]
Phase = Annotated[int, Strict(), Ge(1), Le(3)]
Flag = Annotated[bool, Strict()]
Day = Annotated[date, BeforeValidator(_day)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_NO_NUL)]
Maybe = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=_NO_NUL)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=_NO_NUL)]
MaybeShort = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100, pattern=_NO_NUL)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=_NO_NUL)]
Kind = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60, pattern=_NO_NUL)]
Matter = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=_NO_NUL)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=_NO_NUL)]
Username = Annotated[str, StringConstraints(min_length=1, max_length=150, pattern=r"^[\w.@+-]+$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=50_000, pattern=_NO_NUL)]
Seen = Annotated[str, StringConstraints(max_length=64, pattern=_NO_NUL)]
"""The `seen` of what the caller read; empty where If-Match names it."""
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=_NO_NUL)]
"""What is looked for."""
Limit = Annotated[int, Ge(1), Le(200), Field(description="How many at most.")]
Cursor = Annotated[str, StringConstraints(max_length=2_000), Field(description="From the `next` of the page before.")]


class In(Schema):
    """What is sent; a field that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid")
