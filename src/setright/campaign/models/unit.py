"""Units in a tree, and the leading team of each."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node, MP_NodeManager, MP_NodeQuerySet

from setright.campaign.models.named import Named, in_language
from setright.campaign.models.person import Person


class UnitManager(MP_NodeManager):  # type: ignore[misc]  # treebeard carries no types
    """Units that stand in the tree; rows of an import that is still being written have depth 0 and are nobody's yet."""

    def get_queryset(self) -> MP_NodeQuerySet:
        return super().get_queryset().filter(depth__gt=0)


class Unit(Named, MP_Node):  # type: ignore[misc]  # treebeard carries no types
    """One organisation in the tree. A subtree is every path that begins with this one's (materialised path)."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=60, blank=True, default="")
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")

    steplen = 5
    node_order_by: ClassVar[list[str]] = []

    objects: ClassVar[models.Manager[Unit]] = UnitManager()

    class Meta:
        ordering = ("path",)
        indexes = (
            models.Index(fields=("depth", "path"), name="unit_children"),
            models.Index(fields=("path", "valid_from", "valid_to"), name="unit_subtree"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="unit_ends_after_it_begins"
            ),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def below(self) -> tuple[str, str]:
        """The first and last path a unit below this one can have."""
        return below(self.path)

    @property
    def parent_path(self) -> str:
        """The path of the unit above; empty at the top."""
        return str(self.path)[: -self.steplen]

    def is_valid_on(self, day: date) -> bool:
        return bool(self.valid_from <= day and (self.valid_to is None or self.valid_to >= day))


def below(path: str) -> tuple[str, str]:
    """Bounds of a subtree without its top: an index finds them, whatever the database's collation."""
    return f"{path}0", f"{path}{'Z' * 250}"[:255]


class TeamMember(models.Model):
    """A post in a unit's leading team and who holds it, from a day to a day. `person` is empty until they sign in."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="team")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="posts")
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=100, blank=True, default="")
    post = models.CharField(_("post"), max_length=100)
    post_en = models.CharField(_("post in English"), max_length=100, blank=True, default="")
    is_head = models.BooleanField(_("head of the team"), default=False)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        ordering = ("unit", "-is_head", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("unit",), condition=Q(is_head=True, until=None), name="team_has_one_head_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_en)

    @property
    def post_label(self) -> str:
        return in_language(self.post, self.post_en)
