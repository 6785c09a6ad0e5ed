"""Pages of a list: a cursor says after which row the next page begins, so that new rows shift nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import reduce
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import SerializeAsAny

from setright.campaign.errors import Invalid

_T = TypeVar("_T", bound=Schema)


class Page(Schema, Generic[_T]):
    """Some of a list, and the address of what follows; null at the end."""

    items: list[SerializeAsAny[_T]]
    next: str | None


def page(request: HttpRequest, rows: QuerySet[Any], order: Sequence[str], shape: Callable[[Any], _T]) -> Page[_T]:
    """The rows after the cursor in this order (“-” for falling; it must end with a unique key), each shaped."""
    return prepared(request, rows, order, list, shape)


def prepared(
    request: HttpRequest,
    rows: QuerySet[Any],
    order: Sequence[str],
    prepare: Callable[[list[Any]], Iterable[Any]],
    shape: Callable[[Any], _T],
) -> Page[_T]:
    """The same, where `prepare` first asks for what the rows of the page need, for all of them at once."""
    salt, limit = ",".join(order), _limit(request)
    after = _read(request, salt)
    if after is not None:
        rows = rows.filter(_beyond(order, after))
    found = list(rows.order_by(*order)[: limit + 1])
    more = _next(request, salt, _place(found[limit - 1], order)) if len(found) > limit else None
    return Page.model_construct(items=[shape(each) for each in prepare(found[:limit])], next=more)


def listed(
    request: HttpRequest, rows: Iterable[Any], place: Callable[[Any], list[Any]], shape: Callable[[Any], _T]
) -> Page[_T]:
    """The same over a list in memory that is sorted by `place`."""
    salt, limit = "listed", _limit(request)
    after = _read(request, salt)
    rest = [each for each in rows if after is None or place(each) > after]
    more = _next(request, salt, place(rest[limit - 1])) if len(rest) > limit else None
    return Page.model_construct(items=[shape(each) for each in rest[:limit]], next=more)


def _limit(request: HttpRequest) -> int:
    """As checked by the operation's own signature."""
    return int(request.GET.get("limit", "50"))


def _read(request: HttpRequest, salt: str) -> list[Any] | None:
    cursor = request.GET.get("cursor", "")
    if not cursor:
        return None
    try:
        found: list[Any] = signing.loads(cursor, salt=f"cursor:{salt}")
    except signing.BadSignature as error:
        raise Invalid("cursor", _("This is not a cursor of this list: begin again without one.")) from error
    return found


def _next(request: HttpRequest, salt: str, place: list[Any]) -> str:
    query = request.GET.copy()
    query["cursor"] = signing.dumps(place, salt=f"cursor:{salt}")
    return f"{request.path}?{query.urlencode()}"


def _place(row: Any, order: Sequence[str]) -> list[Any]:
    return [_plain(reduce(getattr, key.removeprefix("-").split("__"), row)) for key in order]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _beyond(order: Sequence[str], after: list[Any]) -> Q:
    """Rows whose keys come after these: greater in the first, or equal there and greater in the second, and so on."""
    found, same = Q(pk__in=()), Q()
    for key, value in zip(order, after, strict=True):
        name, sign = key.removeprefix("-"), "lt" if key.startswith("-") else "gt"
        found |= same & Q(**{f"{name}__{sign}": value})
        same &= Q(**{name: value})
    return found
