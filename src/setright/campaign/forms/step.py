"""Entering, reviewing and waiving a step."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from setright.campaign.forms.fields import Base, Day, Files


class StepForm(Base):
    """What a unit hands in."""

    note = forms.CharField(
        label=_("What was done"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Who, when, where, how many. The reviewer and the story of your unit show it."),
    )
    done_on = Day(label=_("Done on"), required=False)
    files = Files(  # type: ignore[assignment]  # a field of this name, as uploads are called everywhere
        label=_("Evidence"),
        required=False,
        help_text=_("Several at once. A cleaned copy is shown; the original stays sealed. At most 32 MB."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class ReviewForm(Base):
    """Accept or return the version that was read."""

    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Needed when returning: say what to change. The unit sees it."),
    )
    seen_hash = forms.CharField(widget=forms.HiddenInput)


class WaiveForm(Base):
    """Waive a mandatory step in public."""

    reason = forms.CharField(
        label=_("Public reason"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("It is published with your name and enters the final report."),
    )


class OwnStepForm(Base):
    """A step of the unit's own."""

    name = forms.CharField(label=_("Name"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    phase = forms.TypedChoiceField(
        label=_("Phase"), coerce=int, choices=((1, _("phase 1")), (2, _("phase 2")), (3, _("phase 3")))
    )
    due_on = Day(label=_("Due on"))
