"""Answers kept for two days, so that a program that asks again with the same key does nothing twice."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from setright.campaign.models.person import Token


class Replay(models.Model):
    """The answer to one request of one token. `answer` is sealed: it may hold what only its reader may know."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="replays")
    key = models.CharField(max_length=100)
    body_hash = models.CharField(max_length=64)
    status = models.IntegerField(default=0)
    answer = models.BinaryField(default=b"")
    day = models.DateField(default=timezone.localdate)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("token", "key"), name="key_answered_once"),)

    def __str__(self) -> str:
        return f"answer {self.pk}"
