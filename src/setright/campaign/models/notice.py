"""Notices: from the office to chosen units, and on, level by level (层层传导)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from setright.campaign.enums import NoticeState
from setright.campaign.models.campaign import Campaign
from setright.campaign.models.file import File
from setright.campaign.models.named import in_language
from setright.campaign.models.person import Person
from setright.campaign.models.unit import Unit


class Notice(models.Model):
    """One notice. `source` is the notice a unit passed on; empty for the office's own."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="notices")
    source = models.ForeignKey("NoticeUnit", null=True, on_delete=models.PROTECT, related_name="passed_on")
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True, default="")
    text = models.TextField(_("text"))
    text_en = models.TextField(_("text in English"), blank=True, default="")
    attachment = models.ForeignKey(File, null=True, blank=True, on_delete=models.PROTECT, related_name="notices")
    reply_by = models.DateField(_("reply by"), null=True, blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="notices")
    issued_on = models.DateField(default=timezone.localdate)

    class Meta:
        ordering = ("-issued_on", "-pk")

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return in_language(self.title, self.title_en)

    @property
    def text_label(self) -> str:
        return in_language(self.text, self.text_en)


class NoticeUnit(models.Model):
    """The notice at one unit: not read, read, replied."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="addressed")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="notices")
    state = models.CharField(max_length=10, choices=NoticeState, default=NoticeState.ISSUED)
    read_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    replied_at = models.DateTimeField(null=True)
    replied_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    reply = models.TextField(_("reply"), blank=True, default="")
    reply_file = models.ForeignKey(File, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("notice", "unit__path")
        constraints = (models.UniqueConstraint(fields=("notice", "unit"), name="notice_reaches_a_unit_once"),)

    def __str__(self) -> str:
        return f"{self.notice_id} at {self.unit_id}"
