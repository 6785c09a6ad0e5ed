"""The event log: one entry per action, each bound to the one before it by its hash."""

from __future__ import annotations

from django.db import models

from setright.campaign.models.person import Person


class Event(models.Model):
    """One entry. It holds states, field names and hashes, never free text; only `log.py` writes it.

    `object_type` and `object_id` name what it is about without a foreign key, so that the log outlives it.
    """

    seq = models.BigIntegerField(unique=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    n = models.BigIntegerField(null=True)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = (
            models.Index(fields=("unit_id", "campaign_id", "-seq"), name="event_of_unit"),
            models.Index(fields=("object_type", "object_id", "seq"), name="event_of_object"),
            models.Index(fields=("campaign_id", "-seq"), name="event_of_campaign"),
        )

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class LogHead(models.Model):
    """The one row every writer locks first, so that the chain cannot fork; it also shows a truncation."""

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"head at {self.seq}"
