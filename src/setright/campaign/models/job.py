"""Background work: queued by name with ids, claimed by a worker, alive as long as its heart beats."""

from __future__ import annotations

from django.db import models

from setright.campaign.enums import JobState
from setright.campaign.models.person import Person


class Job(models.Model):
    """`arguments` are ids and plain values only. `doing`, `done`, `total` are what a page shows as progress."""

    name = models.CharField(max_length=60)
    arguments = models.JSONField(default=dict)
    key = models.CharField(max_length=100, unique=True, null=True)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    doing = models.CharField(max_length=100, blank=True, default="")
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    n_attempts = models.IntegerField(default=0)
    is_cancel_asked = models.BooleanField(default=False)
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    queued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    trouble = models.TextField(blank=True, default="")

    class Meta:
        indexes = (models.Index(fields=("state", "queued_at"), name="job_next"),)

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"
