"""A file somebody handed in: a sealed original and a cleaned copy that is shown."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from setright.campaign.models.person import Person


class File(models.Model):
    """`sha256` is the original's; the copies lie in the files folder under random names, never under this one."""

    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=100)
    n_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    original = models.CharField(max_length=64)
    cleaned = models.CharField(max_length=64, blank=True, default="")
    cleaned_bytes = models.BigIntegerField(default=0)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    on = models.DateField(default=timezone.localdate)

    def __str__(self) -> str:
        return self.name
