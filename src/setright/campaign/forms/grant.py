"""Giving a role in a campaign."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from setright.campaign.enums import Role
from setright.campaign.forms.fields import Base
from setright.campaign.models import Person, Unit

GIVEN_HERE: Final = (Role.CLERK, Role.MEMBER, Role.SUPERVISOR, Role.SPONSOR, Role.ANALYST)
"""Not the unit lead, who is named at the unit; not the office, which an administrator names."""


class GrantForm(Base):
    """Who, what, where; people and units are those the search found."""

    role = forms.ChoiceField(label=_("Role"), choices=[(role.value, role.label) for role in GIVEN_HERE])
    person = forms.ModelChoiceField(
        label=_("Person"),
        queryset=Person.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": _("Find and choose a person.")},
    )
    unit = forms.ModelChoiceField(
        label=_("Unit"),
        queryset=Unit.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        help_text=_("The role holds for everything below it too."),
        error_messages={"required": _("Find and choose a unit.")},
    )

    def __init__(self, *args: Any, people: dict[int, str], units: dict[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("person", Person.objects.filter(is_active=True), people)
        self._offer("unit", Unit.objects.all(), units)

    def _offer(self, name: str, rows: Any, found: dict[int, str]) -> None:
        field: Any = self.fields[name]
        field.queryset = rows
        field.choices = list(found.items())
        if len(found) == 1:
            field.initial = next(iter(found))
