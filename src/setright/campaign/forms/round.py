"""Planning a round with its audiences, saying how many were reached, closing it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from setright.campaign.actions.round import AudiencePlan, Reached, RoundPlan
from setright.campaign.enums import Method
from setright.campaign.forms.fields import Base, Day, Seen
from setright.campaign.models import Audience

MOST_ROWS = 60


@dataclass(frozen=True, slots=True)
class AudienceRow:
    """The three fields of one audience, side by side."""

    number: int
    name: BoundField
    name_en: BoundField
    invited: BoundField


class RoundForm(Seen):
    """A round and its audiences; rows left empty are no audiences."""

    method = forms.ChoiceField(label=gettext_lazy("How people are heard"), choices=Method.choices)
    starts_on = Day(label=gettext_lazy("From"))
    ends_on = Day(label=gettext_lazy("To"))
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Where, who leads it, what is asked. Never what anyone said."),
    )

    def __init__(self, *args: Any, rows: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.n_rows = min(max(rows, 1), MOST_ROWS)
        for at in range(self.n_rows):
            n = {"n": at + 1}
            self.fields[f"name_{at}"] = forms.CharField(label=_("Audience %(n)d") % n, max_length=200, required=False)
            self.fields[f"name_en_{at}"] = forms.CharField(
                label=_("Audience %(n)d in English") % n, max_length=200, required=False
            )
            self.fields[f"invited_{at}"] = forms.IntegerField(
                label=_("Invited of audience %(n)d") % n, min_value=1, max_value=100_000_000, required=False
            )

    @property
    def rows(self) -> list[AudienceRow]:
        """The audience fields, row by row."""
        return [
            AudienceRow(at + 1, self[f"name_{at}"], self[f"name_en_{at}"], self[f"invited_{at}"])
            for at in range(self.n_rows)
        ]

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        starts_on, ends_on = typed.get("starts_on"), typed.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("It ends before it begins."))
        audiences = []
        for at in range(self.n_rows):
            audiences += self._audience(typed, at)
        if not audiences and not self.errors:
            self.add_error("name_0", _("Name at least one audience, and how many of it are invited."))
        typed["audiences"] = tuple(audiences)
        return typed

    def _audience(self, typed: dict[str, Any], at: int) -> list[AudiencePlan]:
        name, name_en = typed.get(f"name_{at}", ""), typed.get(f"name_en_{at}", "")
        invited = typed.get(f"invited_{at}")
        if not (name or name_en) and invited is None:
            return []
        if not (name or name_en):
            self.add_error(f"name_{at}", _("Say who these %(n)d people are.") % {"n": invited})
        elif invited is None and f"invited_{at}" not in self.errors:
            self.add_error(f"invited_{at}", _("Say how many are invited."))
        return [AudiencePlan(name or name_en, name_en, invited or 0)]

    def plan(self) -> RoundPlan:
        """What was typed, once it is valid."""
        typed = self.cleaned_data
        return RoundPlan(
            typed["method"], typed["starts_on"], typed["ends_on"], typed["note"].strip(), typed["audiences"]
        )


@dataclass(frozen=True, slots=True)
class ReachedRow:
    """An audience and the field for how many of it were reached."""

    audience: Audience
    reached: BoundField
    seen: BoundField


class ReachedForm(Base):
    """How many were reached, audience by audience."""

    def __init__(self, *args: Any, audiences: Iterable[Audience], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.audiences = list(audiences)
        for each in self.audiences:
            said = _("From 0 to the %(n)d invited.") % {"n": each.n_invited}
            self.fields[f"reached_{each.pk}"] = forms.IntegerField(
                label=each.label,
                min_value=0,
                max_value=each.n_invited,
                initial=each.n_reached,
                error_messages=dict.fromkeys(("min_value", "max_value", "required", "invalid"), said),
            )
            self.fields[f"seen_{each.pk}"] = forms.IntegerField(initial=each.n_reached, widget=forms.HiddenInput)

    @property
    def rows(self) -> list[ReachedRow]:
        """The audiences and their fields."""
        return [ReachedRow(each, self[f"reached_{each.pk}"], self[f"seen_{each.pk}"]) for each in self.audiences]

    def see_again(self) -> None:
        """Read what stands there now, keeping what was typed: saving once more then replaces it knowingly."""
        data = dict(self.data.items())
        for each in self.audiences:
            each.refresh_from_db()
            data[f"seen_{each.pk}"] = str(each.n_reached)
        self.data = data

    def reached(self) -> list[Reached]:
        """What was typed, once it is valid."""
        typed = self.cleaned_data
        return [Reached(each.pk, typed[f"seen_{each.pk}"], typed[f"reached_{each.pk}"]) for each in self.audiences]


class CloseForm(Base):
    """An act that cannot be undone asks for its word."""

    word = forms.CharField(label=gettext_lazy("Write “close”"), max_length=20)

    def clean_word(self) -> str:
        typed: str = self.cleaned_data["word"].strip().casefold()
        if typed != _("close"):
            raise forms.ValidationError(_("Write the word “close”, or go back."))
        return typed
