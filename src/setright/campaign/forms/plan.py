"""The plan of contact work: its text, its duties line by line, and the committee's approval."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from setright.campaign.actions.plan import DutyDraft
from setright.campaign.forms.fields import Base, Day, Seen

_PHASES = ((1, _("phase 1")), (2, _("phase 2")), (3, _("phase 3")))
MOST_DUTIES = 60


class PlanForm(Seen):
    """The text; duties stand in a formset beside it."""

    text = forms.CharField(
        label=_("Text of the plan"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("What contact work is for and how it is done. The committee approves these very words."),
    )


class DutyForm(Base):
    """One line of duties; a line without words is left out."""

    phase = forms.TypedChoiceField(label=_("Phase"), coerce=int, choices=_PHASES)
    name = forms.CharField(label=_("What every sponsor does"), max_length=200, required=False)
    name_en = forms.CharField(label=_("The same in English"), max_length=200, required=False)
    times = forms.IntegerField(label=_("Times"), min_value=1, max_value=99, initial=1)
    due_on = Day(label=_("By"), required=False)

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("name_en") and not typed.get("name"):
            self.add_error("name", _now("Write it in Chinese too: it is the name that counts."))
        return typed

    def draft(self) -> DutyDraft | None:
        """The duty, or None for an empty line."""
        return DutyDraft(**self.cleaned_data) if self.cleaned_data.get("name") else None


DutyFormSet = forms.formset_factory(DutyForm, extra=4, max_num=MOST_DUTIES, validate_max=True)


class ApprovalForm(Base):
    """Which committee approved this very text, and when."""

    committee = forms.CharField(label=_("Committee"), max_length=200)
    committee_en = forms.CharField(label=_("Committee in English"), max_length=200, required=False)
    on = Day(label=_("Approved on"))
    seen_hash = forms.CharField(widget=forms.HiddenInput)
