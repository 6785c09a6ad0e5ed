"""Long texts that somebody is still writing."""

from __future__ import annotations

from django.db import models

from setright.campaign.models.person import Person


class Draft(models.Model):
    """What one person typed into the form of one address and has not sent: field names and texts. Nobody else reads it.

    `place` is the path that the form is sent to.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="drafts")
    place = models.CharField(max_length=200)
    fields = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "place"), name="draft_one_a_place"),)

    def __str__(self) -> str:
        return self.place
