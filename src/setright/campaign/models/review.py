"""A decision about one version of something (gate 9): it holds for that hash and no other."""

from __future__ import annotations

from django.db import models

from setright.campaign.enums import Verdict
from setright.campaign.models.person import Person


class Review(models.Model):
    """Who decided what about which version. A later edit of the thing sets `voided_at`; its author may revoke it."""

    object_type = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    version = models.IntegerField()
    version_hash = models.CharField(max_length=64)
    reviewer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="reviews")
    verdict = models.CharField(max_length=10, choices=Verdict)
    comment = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("object_type", "object_id", "-at"), name="review_of_object"),)

    def __str__(self) -> str:
        return f"{self.verdict} {self.object_type} {self.object_id}"

    @property
    def is_standing(self) -> bool:
        """Neither revoked nor voided by a later edit."""
        return self.revoked_at is None and self.voided_at is None
