"""What things look like where another names them, and how a body's numbers become things."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from ninja import Schema

from setright.campaign.errors import Invalid
from setright.campaign.models import File, Person, Review, Unit
from setright.campaign.queries.unit import visible_units

_M = TypeVar("_M", bound=Model)


class UnitRef(Schema):
    id: int
    code: str
    name: str
    name_en: str


class PersonRef(Schema):
    id: int
    name: str
    name_en: str


class FileRef(Schema):
    """A file that was handed in; `sha256` is that of the original."""

    id: int
    name: str
    media_type: str
    n_bytes: int
    sha256: str


class ReviewOut(Schema):
    """A decision about one version; it no longer stands once it was taken back or voided by a later edit."""

    reviewer: PersonRef
    verdict: str
    comment: str
    version: int
    at: datetime
    revoked_at: datetime | None
    voided_at: datetime | None


def review_out(review: Review) -> ReviewOut:
    return ReviewOut.model_validate(review)


def one(rows: QuerySet[_M], field: str, pk: int | None) -> _M:
    """The row of this number that a body names.

    Raises
    ------
    Invalid
        When there is none, or none that the caller may choose.
    """
    found = rows.filter(pk=pk).first() if pk is not None else None
    if found is None:
        raise Invalid(field, _("There is none of this number to choose."))
    return found


def some(rows: QuerySet[_M], field: str, keys: list[int]) -> list[_M]:
    """Every row that a body names, in the order of the rows; none may be missing."""
    wanted = set(keys)
    found = [each for start in range(0, len(keys), 500) for each in rows.filter(pk__in=keys[start : start + 500])]
    if missing := wanted - {each.pk for each in found}:
        shown = ", ".join(str(key) for key in sorted(missing)[:5])
        raise Invalid(field, _("There is none of these numbers to choose: %(keys)s.") % {"keys": shown})
    return list(dict.fromkeys(found))


def person(field: str, pk: int) -> Person:
    """Somebody with a living account."""
    return one(Person.objects.filter(is_active=True), field, pk)


def unit(call: Any, field: str, pk: int) -> Unit:
    """A unit that the caller may see."""
    return one(visible_units(call.user, call.campaign), field, pk)


def own_file(call: Any, field: str, pk: int | None) -> File | None:
    """A file that the caller handed in before; None where none is named."""
    return None if pk is None else one(File.objects.filter(by=call.user), field, pk)
