"""The one way a state changes: an UPDATE that only succeeds from the states it may start from."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from setright.campaign.errors import Conflict


def move(thing: models.Model, start: tuple[str, ...], **fields: Any) -> None:
    """Write `fields` where the thing still stands in one of `start`, in the database and on the object.

    Two people may press at once: the second finds no row to update and is told.

    Raises
    ------
    Conflict
        When it stands elsewhere by now; the sentence names the state it is in.
    """
    changed = type(thing)._default_manager.filter(pk=thing.pk, state__in=start).update(**fields)
    if not changed:
        now = type(thing)._default_manager.filter(pk=thing.pk).first()
        if now is None:
            raise Conflict(_("Somebody took this out meanwhile: it is no longer there."))
        raise Conflict(
            _("Somebody was quicker: it is “%(state)s” by now. Nothing of yours was changed.")
            % {"state": now.get_state_display()}  # type: ignore[attr-defined]
        )
    for name, value in fields.items():
        setattr(thing, name, value)


def text_hash(*parts: Any) -> str:
    """SHA-256 over the parts in order: what a decision binds to."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, default=str).encode()).hexdigest()
