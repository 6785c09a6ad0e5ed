"""Which rows of a list an act is about: those ticked, every one of the page, or every one that the filters match.

The boxes' form is sent to an address that carries the list's filters, so “every one that matches” is found anew by the
same scoped filter; where their number is no longer the one that was shown, nothing is done before it was looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import ngettext

_M = TypeVar("_M", bound=Model)
_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be picked at once: the keys of the boxes on this page, and how many boxes the whole list has."""

    keys: list[int]
    n: int


@dataclass(frozen=True, slots=True)
class Picked(Generic[_M]):
    """The rows picked.

    Attributes
    ----------
    is_all
        Everything that matches was picked, also what stands on other pages: it is asked for once more.
    is_sure
        It was.
    has_changed
        There are more or fewer than were shown.
    """

    rows: QuerySet[_M]
    n: int
    is_all: bool = False
    is_sure: bool = True
    has_changed: bool = False

    @property
    def may_go(self) -> bool:
        return self.n > 0 and self.is_sure and not self.has_changed


def picked(request: Any, name: str, *, matching: QuerySet[_M], whole: QuerySet[_M]) -> Picked[_M]:
    """Read what was picked: `name` is that of the boxes, `matching` the filtered list, `whole` what may be ticked."""
    which = request.POST.get("which", "")
    if which == "all":
        n = matching.count()
        return Picked(matching, n, True, "sure" in request.POST, request.POST.get("n") != str(n))
    rows = whole.filter(pk__in=keys_in(request.POST.getlist("shown" if which == "page" else name)))
    return Picked(rows, rows.count())


def keys_in(values: Iterable[str]) -> list[int]:
    """The numbers among what was sent; whatever else was is left out."""
    return [int(each) for each in values if each.isdecimal() and len(each) <= _DIGITS]


def changed_sentence(n: int) -> str:
    """What is said where the list has changed since it was shown."""
    sentence = ngettext(
        "The list has %(n)d unit by now, not as many as you were shown: look once more, then press again.",
        "The list has %(n)d units by now, not as many as you were shown: look once more, then press again.",
        n,
    )
    return sentence % {"n": n}
