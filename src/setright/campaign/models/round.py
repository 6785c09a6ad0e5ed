"""Rounds of listening (征求意见轮次): who was to be heard, how, and how many were."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from setright.campaign.enums import Method, RoundState
from setright.campaign.models.campaign import Enrolment
from setright.campaign.models.named import Named


class Round(models.Model):
    """One round of one enrolment. What was said in it arrives with the opinions; counts of people stand by audience."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="rounds")
    number = models.IntegerField(_("number"))
    method = models.CharField(_("how"), max_length=10, choices=Method)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    opened_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=RoundState, default=RoundState.PLANNED)
    note = models.TextField(_("note"), blank=True, default="")

    class Meta:
        ordering = ("enrolment", "number")
        constraints = (models.UniqueConstraint(fields=("enrolment", "number"), name="round_number_once"),)

    def __str__(self) -> str:
        return f"{self.enrolment} {self.number}"


class Audience(Named):
    """A part of those whom a round invites, such as night nurses: how many were invited, how many were reached."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="audiences")
    n_invited = models.IntegerField(_("invited"))
    n_reached = models.IntegerField(_("reached"), default=0)

    class Meta:
        ordering = ("round", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(n_reached__lte=F("n_invited")) & Q(n_reached__gte=0), name="reached_at_most_the_invited"
            ),
        )
