"""What the log page is asked for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from setright.campaign.forms.fields import Base, Day
from setright.campaign.words import ACTS, OBJECTS


class LogForm(Base):
    """Filters, all in the address."""

    act = forms.ChoiceField(label=_("Act"), required=False)
    who = forms.CharField(label=_("Person"), required=False, max_length=100)
    unit = forms.CharField(label=_("Unit: name or code"), required=False, max_length=200)
    kind = forms.ChoiceField(label=_("About"), required=False)
    number = forms.IntegerField(label=_("Number"), required=False, min_value=0, max_value=2**63 - 1)
    since = Day(label=_("From"), required=False)
    until = Day(label=_("To"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        acts = sorted(((code, str(word)) for code, word in ACTS.items()), key=lambda each: each[1])
        kinds = sorted(((code, str(word)) for code, word in OBJECTS.items()), key=lambda each: each[1])
        self.fields["act"].choices = [("", _("every act")), *acts]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [("", _("everything")), *kinds]  # type: ignore[attr-defined]
