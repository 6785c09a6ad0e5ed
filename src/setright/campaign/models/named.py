"""What has a name in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    return (english or chinese) if _is_english() else (chinese or english)


def headings(columns: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """The headings of a list's columns, those of the active language first: the first is how a column is told."""
    return {
        name: sorted(each, key=lambda heading: heading.isascii() != _is_english()) for name, each in columns.items()
    }


def _is_english() -> bool:
    return (get_language() or "").startswith("en")
