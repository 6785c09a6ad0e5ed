"""Study: programmes, their terms and themed activities, sessions, and who was there."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from setright.campaign.enums import StudyKind, StudyState
from setright.campaign.models.campaign import Campaign
from setright.campaign.models.named import Named
from setright.campaign.models.unit import TeamMember, Unit


class Programme(Named):
    """What is to be studied, by whom: every member of the teams in a subtree."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="programmes")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="programmes")
    text = models.TextField(_("what for"), blank=True, default="")

    class Meta:
        ordering = ("campaign", "pk")


class Term(models.Model):
    """One run of a training programme (轮训期次)."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="terms")
    number = models.IntegerField(_("number"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    place = models.CharField(_("where"), max_length=200, blank=True, default="")

    class Meta:
        ordering = ("programme", "number")
        constraints = (models.UniqueConstraint(fields=("programme", "number"), name="term_number_once"),)

    def __str__(self) -> str:
        return f"{self.programme} {self.number}"


class StudySession(Named):
    """A session of a term, or a themed activity that belongs to a programme alone.

    `code` is in the QR poster by which those present say that they are.
    """

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="sessions")
    term = models.ForeignKey(Term, null=True, blank=True, on_delete=models.CASCADE, related_name="sessions")
    kind = models.CharField(_("kind"), max_length=10, choices=StudyKind)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="study_sessions")
    place = models.CharField(_("where"), max_length=200, blank=True, default="")
    on = models.DateField(_("day"))
    state = models.CharField(max_length=10, choices=StudyState, default=StudyState.PLANNED)
    code = models.CharField(max_length=32, unique=True)

    class Meta:
        ordering = ("on", "pk")


class Attendance(models.Model):
    """One member expected at a session, and whether they came."""

    session = models.ForeignKey(StudySession, on_delete=models.CASCADE, related_name="attendance")
    member = models.ForeignKey(TeamMember, on_delete=models.PROTECT, related_name="attendance")
    is_present = models.BooleanField(default=False)
    how = models.CharField(
        max_length=10, choices=(("list", _("from a list")), ("code", _("by QR code"))), default="list"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("session", "member"), name="member_attends_once"),
            models.CheckConstraint(condition=Q(how__in=("list", "code")), name="attendance_how"),
        )

    def __str__(self) -> str:
        return f"{self.member_id} at {self.session_id}"
