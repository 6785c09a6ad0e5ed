"""The event log: the only place that writes entries, and the check that nobody changed them since.

Every entry carries the hash of the one before it; the single head row knows how many there are and the last hash.
A changed entry breaks its own hash, a removed one the chain, a cut-off end the head. Whoever could rewrite the whole
table could rewrite the head as well: `head()` is therefore printed and mailed, to be kept elsewhere (`anchor`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, models, transaction
from django.utils import timezone

from setright.campaign.models import Event, LogHead, Person

_FIRST: Final = "0" * 64
_STEP: Final = 2_000


@dataclass(frozen=True, slots=True)
class About:
    """What an entry is about beside its object: the campaign and the unit whose story shows it."""

    campaign_id: int | None = None
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """States, field names and hashes before and after; never free text. `n` is the count of a bulk act."""

    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the log is not what was written, and how."""

    seq: int
    what: str


def write(action: str, thing: models.Model, by: Person | None, about: About, change: Change | None = None) -> Event:
    """Append one entry; must run inside the transaction of the action it records.

    The head row is locked first, so writers queue up and the chain never forks (on SQLite the transaction itself holds
    the write lock).
    """
    if not connection.in_atomic_block:
        raise RuntimeError("log.write needs the action's own transaction")
    change = change or Change()
    head = LogHead.objects.select_for_update().filter(pk=1).first() or _first_head()
    entry = Event(
        seq=head.seq + 1,
        at=timezone.now(),
        actor=by,
        action=action,
        object_type=thing._meta.model_name or "",
        object_id=thing.pk,
        campaign_id=about.campaign_id,
        unit_id=about.unit_id,
        before=change.before or {},
        after=change.after or {},
        n=change.n,
        previous=head.hash,
    )
    entry.hash = digest(entry)
    entry.save(force_insert=True)
    LogHead.objects.filter(pk=1).update(seq=entry.seq, hash=entry.hash)
    return entry


def _first_head() -> LogHead:
    """Make the head row before the very first entry; where two do so at once, both lock the one that stands."""
    LogHead.objects.get_or_create(pk=1)
    return LogHead.objects.select_for_update().get(pk=1)


def digest(entry: Event) -> str:
    """SHA-256 over everything an entry says and the hash before it."""
    said = {
        "seq": entry.seq,
        "at": _instant(entry.at),
        "actor": entry.actor_id,
        "action": entry.action,
        "object": [entry.object_type, entry.object_id],
        "campaign": entry.campaign_id,
        "unit": entry.unit_id,
        "before": entry.before,
        "after": entry.after,
        "n": entry.n,
        "previous": entry.previous,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _instant(at: datetime) -> str:
    return at.astimezone(tz=timezone.get_fixed_timezone(0)).isoformat(timespec="microseconds")


def head() -> tuple[int, str]:
    """How many entries there are and the last hash: what to keep elsewhere."""
    found = LogHead.objects.filter(pk=1).first()
    return (found.seq, found.hash) if found else (0, _FIRST)


def units_since(earlier: tuple[int, str], campaign: int) -> set[int] | None:
    """The units that a campaign's entries name since an earlier head; None where that cannot be told by unit.

    It cannot where an entry is about the campaign as a whole, or where the log does not follow from that head.
    """
    if not Event.objects.filter(seq=earlier[0], hash=earlier[1]).exists():
        return None
    since = Event.objects.filter(seq__gt=earlier[0])
    if since.filter(campaign_id=campaign, unit_id=None).exists():
        return None
    named = since.filter(campaign_id=campaign).values_list("unit_id", flat=True)
    return {unit for unit in named if unit is not None}


def verify(anchor: tuple[int, str] | None = None) -> list[Fault]:
    """Read the whole log and return every fault, oldest first; an empty list means that it is as written.

    Parameters
    ----------
    anchor
        A head kept elsewhere earlier; the entry of that number must still have that hash.
    """
    with transaction.atomic():
        return list(_faults(anchor))


def _faults(anchor: tuple[int, str] | None) -> Iterator[Fault]:
    expected, previous = 1, _FIRST
    for entry in Event.objects.order_by("seq").iterator(chunk_size=_STEP):
        if entry.seq != expected:
            yield Fault(expected, f"entries {expected} to {entry.seq - 1} are missing")
        elif entry.previous != previous:
            yield Fault(entry.seq, "does not follow from the entry before it")
        if digest(entry) != entry.hash:
            yield Fault(entry.seq, "was changed after it was written")
        if anchor and entry.seq == anchor[0] and entry.hash != anchor[1]:
            yield Fault(entry.seq, "is not the entry that the anchor names")
        expected, previous = entry.seq + 1, entry.hash
    n, last = head()
    if (expected - 1, previous) != (n, last):
        yield Fault(n, f"the log ends at {expected - 1}, but {n} entries were written")
    if anchor and anchor[0] >= expected:
        yield Fault(anchor[0], "the anchor names an entry that is no longer there")
