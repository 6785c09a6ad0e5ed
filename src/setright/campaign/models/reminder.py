"""What a person is told to look at: in the app at once, by mail once a day."""

from __future__ import annotations

from django.db import models

from setright.campaign.models.person import Person


class Reminder(models.Model):
    """One matter for one person: `code` names the sentence, `values` fill it; each reads it in their own language."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="reminders")
    code = models.CharField(max_length=40)
    values = models.JSONField(default=dict)
    object_type = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField(null=True)
    url = models.CharField(max_length=200, blank=True, default="")
    on = models.DateField()
    seen_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("person", "code", "object_type", "object_id", "on"), name="reminder_once_a_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} for {self.person_id}"
