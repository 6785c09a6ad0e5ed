"""Decisions about a version: recorded, and voided visibly by a later edit."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from setright.campaign.enums import Verdict
from setright.campaign.models import Person, Review


def record_review(*, thing: Any, verdict: Verdict, comment: str, by: Person) -> Review:
    """Keep who decided what about the thing's present version; runs inside the noun's own action."""
    return Review.objects.create(
        object_type=thing._meta.model_name,
        object_id=thing.pk,
        version=thing.version,
        version_hash=thing.version_hash,
        reviewer=by,
        verdict=verdict,
        comment=comment,
        at=timezone.now(),
    )


def void_reviews(thing: Any, version: int) -> int:
    """Void every standing acceptance of an earlier version; return how many. Returns stay: they say what to mend."""
    return Review.objects.filter(
        object_type=thing._meta.model_name,
        object_id=thing.pk,
        version__lt=version,
        verdict=Verdict.ACCEPTED,
        revoked_at=None,
        voided_at=None,
    ).update(voided_at=timezone.now())
