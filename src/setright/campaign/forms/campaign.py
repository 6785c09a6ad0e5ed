"""Campaigns, batches, enrolments and supervision groups: what is typed to make and change them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from setright.campaign.forms.fields import Base, Day
from setright.campaign.forms.unit import OneUnit
from setright.campaign.models import Person, SupervisionGroup, Unit
from setright.campaign.queries.template import templates


class CampaignForm(Base):
    """A new campaign; the template is chosen among cards beside the fields."""

    template = forms.ChoiceField(label=gettext_lazy("Template"), widget=forms.RadioSelect)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=200, required=False)
    theme = forms.CharField(
        label=gettext_lazy("Theme"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("What it is about, in one sentence. Every unit’s page shows it."),
    )
    theme_en = forms.CharField(label=gettext_lazy("Theme in English"), max_length=300, required=False)
    starts_on = Day(label=gettext_lazy("Starts on"))
    ends_on = Day(label=gettext_lazy("Ends on"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"].choices = [(t.code, t.label) for t in templates().values()]  # type: ignore[attr-defined]


class WordForm(Base):
    """A word typed to confirm what cannot be undone."""

    word = forms.CharField(max_length=20)

    def __init__(self, *args: Any, wanted: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = wanted
        self.fields["word"].label = _("Type “%(word)s” to confirm") % {"word": wanted}

    def clean_word(self) -> str:
        word = str(self.cleaned_data["word"]).strip()
        if word.casefold() != self.wanted.casefold():
            raise forms.ValidationError(_("That is not “%(word)s”.") % {"word": self.wanted})
        return word


class BatchForm(Base):
    """The next batch."""

    starts_on = Day(
        label=gettext_lazy("Starts on"), help_text=gettext_lazy("Phases and steps are planned from this day.")
    )


class CodesForm(Base):
    """Units by their codes."""

    codes = forms.CharField(
        label=gettext_lazy("Codes"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("As copied from a list: apart by lines, blanks or commas."),
    )


class LevelForm(Base):
    """All units so many levels below one."""

    below = OneUnit(label=gettext_lazy("Below which unit"), help_text=gettext_lazy("Code or full name."))
    levels = forms.IntegerField(
        label=gettext_lazy("How many levels below"),
        min_value=1,
        max_value=10,
        initial=1,
        help_text=gettext_lazy("1: right below it."),
    )

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["below"].units = units  # type: ignore[attr-defined]


class LeadForm(Base):
    """Who leads a unit from today."""

    person = forms.ModelChoiceField(
        label=gettext_lazy("New lead"), queryset=Person.objects.none(), empty_label=gettext_lazy("choose")
    )

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]


class AssignForm(Base):
    """Which group watches the chosen units."""

    group = forms.ModelChoiceField(
        label=gettext_lazy("Supervision group"),
        queryset=SupervisionGroup.objects.none(),
        empty_label=gettext_lazy("choose"),
    )

    def __init__(self, *args: Any, groups: QuerySet[SupervisionGroup], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = groups  # type: ignore[attr-defined]


class MembersForm(Base):
    """Who is in a supervision group."""

    members = forms.CharField(
        label=gettext_lazy("Members"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("User names, one a line. Nobody supervises their own unit."),
    )

    def clean_members(self) -> list[Person]:
        names = list(dict.fromkeys(str(self.cleaned_data["members"]).split()))
        found = {p.username: p for p in Person.objects.filter(username__in=names, is_active=True)}
        if missing := [name for name in names if name not in found]:
            raise forms.ValidationError(_("Nobody has the user name: %(names)s.") % {"names": ", ".join(missing)})
        return [found[name] for name in names]


class GroupForm(MembersForm):
    """A new supervision group."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=200, required=False)
    field_order = ("name", "name_en", "members")
