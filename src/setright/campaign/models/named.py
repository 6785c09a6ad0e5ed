"""What has a name in both languages."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language


class Named(models.Model):
    """A Chinese name and, where there is one, an English name; pages show the reader's."""

    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the active language; the other one where it is missing."""
        return in_language(self.name, self.name_en)


def in_language(chinese: str, english: str) -> str:
    """The text for the active language; the other where that one is empty."""
    is_english = (get_language() or "").startswith("en")
    return (english or chinese) if is_english else (chinese or english)
