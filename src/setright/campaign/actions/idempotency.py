"""Answer the same request of a program once: the second time it gets the first answer. Not an act, so not logged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign.errors import Invalid
from setright.campaign.models import Replay, Token
from setright.campaign.seal import seal, unseal

KEPT: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was given."""

    status: int
    content: bytes


def claim_key(*, token: Token, key: str, body_hash: str) -> Replay | Kept:
    """Take a key for the request at hand, or return what was answered before; runs inside the request's transaction.

    Two that come at once queue up at the row: the second waits and finds the first one's answer.

    Raises
    ------
    Invalid
        When the key was used for another request.
    """
    Replay.objects.filter(token=token, day__lt=timezone.localdate() - KEPT).delete()
    row, is_new = Replay.objects.get_or_create(token=token, key=key, defaults={"body_hash": body_hash})
    if is_new:
        return row
    if row.body_hash != body_hash:
        raise Invalid("Idempotency-Key", _("This key was used for another request: take a new one."))
    return Kept(row.status, unseal(bytes(row.answer), settings.CONFIG.key_folder))


def keep_answer(*, row: Replay, kept: Kept) -> None:
    """Keep what was answered, sealed."""
    row.status, row.answer = kept.status, seal(kept.content, settings.CONFIG.key_folder)
    row.save(update_fields=["status", "answer"])
