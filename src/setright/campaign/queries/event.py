"""The event log as it is read: filtered, and each shown entry held against its hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Final

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from setright.campaign import log
from setright.campaign.models import Campaign, Event, Person, Unit
from setright.campaign.words import FIELDS, STANDING

_LINES: Final = 50
_GATES: Final = frozenset({"ask_gate", "open_batch"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for; empty fields ask for everything."""

    act: str = ""
    who: str = ""
    unit: str = ""
    kind: str = ""
    number: int | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry with its unit and whether it still is what was written."""

    event: Event
    unit: Unit | None
    is_sound: bool
    details: list[tuple[str, str]] = field(default_factory=list)

    @property
    def n_unmet(self) -> int | None:
        """Where a gate was asked the count is of unmet conditions, not of things done."""
        return self.event.n if self.event.action in _GATES else None


def entries(rows: QuerySet[Event], wanted: Wanted) -> QuerySet[Event]:
    """The entries that match every wish, newest first."""
    if wanted.act:
        rows = rows.filter(action=wanted.act)
    if wanted.who:
        rows = rows.filter(actor__in=_people(wanted.who))
    if wanted.unit:
        rows = rows.filter(unit_id__in=_units(wanted.unit))
    if wanted.number is not None:
        rows = rows.filter(object_id=wanted.number)
    if wanted.since:
        rows = rows.filter(at__date__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(at__date__lte=wanted.until)
    return rows.order_by("-seq")


def of_kind(rows: QuerySet[Event], kind: str) -> QuerySet[Event]:
    """Entries about one kind of object; all where none is named."""
    return rows.filter(object_type=kind) if kind else rows


def counts_by_kind(rows: QuerySet[Event]) -> dict[str, int]:
    """How many entries there are about each kind of object, most first."""
    found = rows.order_by().values_list("object_type").annotate(n=Count("pk")).order_by("-n", "object_type")
    return dict(found)


def _people(words: str) -> QuerySet[Person]:
    exact = Q(username__iexact=words)
    return Person.objects.filter(exact | Q(name__icontains=words) | Q(name_en__icontains=words)).values("pk")  # type: ignore[return-value]


def _units(words: str) -> list[int]:
    """The units of this code or name, each with everything below it."""
    found = Unit.objects.filter(Q(code__iexact=words) | Q(name__icontains=words) | Q(name_en__icontains=words))
    below = Q(pk=None)
    for path in found.values_list("path", flat=True)[:_LINES]:
        below |= Q(path__startswith=path)
    return list(Unit.objects.filter(below).values_list("pk", flat=True))


def of_campaign(rows: QuerySet[Event], campaign: Campaign | None) -> QuerySet[Event]:
    """The entries of one campaign; all of `rows` where none is named."""
    return rows.filter(campaign_id=campaign.pk) if campaign else rows


def shown(events: list[Event]) -> list[Shown]:
    """The entries of a page with their units, each checked against its own hash and the one before it."""
    units = {unit.pk: unit for unit in Unit.objects.filter(pk__in={e.unit_id for e in events if e.unit_id})}
    before = dict(Event.objects.filter(seq__in=[e.seq - 1 for e in events]).values_list("seq", "hash"))
    return [
        Shown(e, units.get(e.unit_id or 0), log.digest(e) == e.hash and _follows(e, before), _details(e))
        for e in events
    ]


def _follows(event: Event, before: dict[int, str]) -> bool:
    return event.previous == before.get(event.seq - 1, "0" * 64 if event.seq == 1 else "")


def _details(event: Event) -> list[tuple[str, str]]:
    """What changed in words: field, and what it was and is."""
    names = sorted({*event.before, *event.after})
    return [(str(FIELDS.get(name, name)), _change(event, name)) for name in names]


def _change(event: Event, name: str) -> str:
    before, after = event.before.get(name), event.after.get(name)
    words = _choices(event.object_type, name)
    if before is None or before == after:
        return _plain(after if after is not None else before, words)
    return f"{_plain(before, words)} → {_plain(after, words)}"


@cache
def _choices(kind: str, name: str) -> Mapping[str, Any]:
    """The words for the values of a field that has choices; none for any other."""
    try:
        found = apps.get_model("campaign", kind)._meta.get_field(name)
    except (LookupError, FieldDoesNotExist):
        return STANDING if kind == "person" else {}
    return dict(getattr(found, "flatchoices", ()))


def _plain(value: Any, words: Mapping[str, Any]) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(each, words) for each in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    text = "–" if value is None else str(words.get(value, value))
    is_hash = len(text) == 64 and set(text) <= set("0123456789abcdef")
    return f"{text[:4]}…{text[-3:]}" if is_hash else text


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: how many entries, the last hash, and whether the last entry is the one the head names."""

    n: int
    hash: str
    is_sound: bool


def head() -> Head:
    """What the head row says, held against the last entry; the whole chain is checked by `setright log verify`."""
    n, last = log.head()
    event = Event.objects.order_by("-seq").first()
    if event is None:
        return Head(n, last, n == 0)
    return Head(n, last, (event.seq, event.hash) == (n, last) and log.digest(event) == event.hash)
