"""Keep what somebody is still writing, and forget it. Nothing here is an act of the campaign, so nothing is logged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign.errors import Invalid
from setright.campaign.models import Draft, Person

LONGEST: Final = 100_000
"""Characters of one draft, all its fields together."""
KEPT: Final = timedelta(days=30)
_PLACES: Final = "/app/"
_LONGEST_PLACE: Final = 200


def keep_draft(*, person: Person, place: str, fields: Mapping[str, str]) -> datetime:
    """Keep the texts of the form sent to `place`, in place of what was kept before; empty ones drop it. When it was.

    Raises
    ------
    Invalid
        Where the place is none of ours, or the texts are longer than a draft may be.
    """
    if not place.startswith(_PLACES) or len(place) > _LONGEST_PLACE:
        raise Invalid("place", _("A draft belongs to a page of this site."))
    if sum(map(len, fields.values())) > LONGEST:
        raise Invalid("fields", _("This is too long to keep as a draft: send it, or keep it elsewhere."))
    now = timezone.now()
    if any(fields.values()):
        Draft.objects.update_or_create(person=person, place=place, defaults={"fields": dict(fields), "at": now})
    else:
        drop_draft(person=person, place=place)
    return now


def drop_draft(*, person: Person, place: str) -> None:
    """Forget what was kept for this place: it was sent, or is not wanted."""
    Draft.objects.filter(person=person, place=place).delete()


def forget_drafts() -> int:
    """Forget every draft that nobody went on with for `KEPT`, and those of people who left; return how many."""
    old = Draft.objects.filter(at__lt=timezone.now() - KEPT)
    gone = Draft.objects.filter(person__is_active=False)
    return sum(rows.delete()[0] for rows in (old, gone))
