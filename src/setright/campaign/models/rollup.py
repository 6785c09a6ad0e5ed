"""Counts that a board of hundreds of units reads instead of their steps and rounds."""

from __future__ import annotations

from django.db import models

from setright.campaign.models.campaign import Enrolment


class Rollup(models.Model):
    """One row per enrolment. `cells` holds each mandatory step as [phase, state, due day], in order.

    Late is not stored, since it changes with the day: it follows from `cells`.
    """

    enrolment = models.OneToOneField(Enrolment, on_delete=models.CASCADE, related_name="rollup")
    cells = models.JSONField(default=list)
    n_waiting = models.IntegerField(default=0)
    waiting_since = models.DateField(null=True)
    n_rounds = models.IntegerField(default=0)
    n_rounds_closed = models.IntegerField(default=0)
    n_methods = models.IntegerField(default=0)
    n_invited = models.BigIntegerField(default=0)
    n_reached = models.BigIntegerField(default=0)
    gates = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"rollup of {self.enrolment_id}"
