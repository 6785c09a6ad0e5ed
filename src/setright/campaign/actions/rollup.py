"""Keep the rollups equal to what they count; called by every action that changes a step, a round or a gate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from django.db import connection, transaction

from setright.campaign.models import Campaign, Enrolment, Rollup
from setright.campaign.queries.rollup import counted

_CHUNK = 500
_put_off: Final[ContextVar[set[int] | None]] = ContextVar("put_off", default=None)


def refresh(enrolment: Enrolment) -> None:
    """Count one enrolment anew inside the action's transaction; its row is locked, so two writers cannot mix counts."""
    waiting = _put_off.get()
    if waiting is not None:
        waiting.add(enrolment.pk)
        return
    Rollup.objects.get_or_create(enrolment=enrolment)
    Rollup.objects.select_for_update().get(enrolment=enrolment)
    figures = counted(Enrolment.objects.filter(pk=enrolment.pk))[enrolment.pk]
    Rollup.objects.filter(enrolment=enrolment).update(**figures.fields())


@contextmanager
def counted_once() -> Iterator[None]:
    """Inside one transaction with many acts: count each enrolment they touch once, at the end, all of them together.

    Nobody else sees the database between the acts, so nobody sees a rollup that lags behind.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("rollups are put off inside a transaction alone")
    waiting: set[int] = set()
    token = _put_off.set(waiting)
    try:
        yield
    finally:
        _put_off.reset(token)
    keys = sorted(waiting)
    for start in range(0, len(keys), _CHUNK):
        part = keys[start : start + _CHUNK]
        list(Rollup.objects.select_for_update().filter(enrolment__in=part))
        _recompute(part)


def recompute(campaign: Campaign) -> int:
    """Count every enrolment of a campaign anew; return how many rollups were not as they should have been."""
    n_wrong = 0
    keys = list(campaign.enrolments.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), _CHUNK):
        with transaction.atomic():
            n_wrong += _recompute(keys[start : start + _CHUNK])
    return n_wrong


def _recompute(keys: list[int]) -> int:
    kept = {r.enrolment_id: r for r in Rollup.objects.filter(enrolment__in=keys)}
    n_wrong = 0
    for key, figures in counted(Enrolment.objects.filter(pk__in=keys)).items():
        row = kept.get(key) or Rollup(enrolment_id=key)
        if row.pk and all(getattr(row, name) == value for name, value in figures.fields().items()):
            continue
        n_wrong += 1
        for name, value in figures.fields().items():
            setattr(row, name, value)
        row.save()
    return n_wrong
