"""Notices: writing one, choosing whom it goes to, replying, passing on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from setright.campaign.forms.fields import Base, Day
from setright.campaign.models import Batch, Campaign, Enrolment, File, Person, Unit
from setright.campaign.queries.notice import Choice, roots_of, units_below


class BatchChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic when run
    """A batch by its number."""

    def label_from_instance(self, obj: Any) -> str:
        label: str = _now("batch %(n)d") % {"n": obj.number}
        return label


class TreeChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic when run
    """A unit with its place in the tree."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{chr(0x3000) * (int(obj.depth) - 1)}{obj.label}"


class UnitsByEnrolment(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not generic when run
    """Units taking part, each to be ticked."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.unit.label)


class UnitsByName(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not generic when run
    """Units, each to be ticked."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class _Attached(Base):
    """A form with one file; once handed in it is kept by reference, so that a preview or an error loses nothing."""

    file = forms.FileField(
        label=_("Attachment"), required=False, help_text=_("A cleaned copy is shown. At most 32 MB.")
    )
    kept = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, by: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by

    def kept_file(self) -> File | None:
        """The file that was handed in before, if it is this person's own."""
        number = self.cleaned_data.get("kept")
        return File.objects.filter(pk=number, by=self.by).first() if number else None

    def shown_file(self) -> File | None:
        """The file to name beside the field, once one was handed in."""
        number = str(self.data.get("kept") or "") if self.is_bound else ""
        return File.objects.filter(pk=number, by=self.by).first() if number.isdigit() else None

    def keep(self, file: File | None) -> None:
        """Show the form with this file kept."""
        data: Any = self.data
        self.data = data.copy()
        self.data["kept"] = str(file.pk) if file else ""  # type: ignore[index]  # a copy of what was posted


class NoticeForm(_Attached):
    """A notice in both languages, and whom it goes to."""

    title = forms.CharField(label=_("Title"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    text = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 8}))
    text_en = forms.CharField(label=_("Text in English"), required=False, widget=forms.Textarea(attrs={"rows": 5}))
    reply_by = Day(label=_("Reply by"), required=False, help_text=_("Leave empty when no reply is asked."))
    to = forms.ChoiceField(
        label=_("To which units"),
        choices=(
            ("all", _("every unit taking part")),
            ("batch", _("a batch")),
            ("tree", _("a unit and all below it")),
            ("some", _("units ticked below")),
        ),
    )
    batch = BatchChoice(
        label=_("Batch"),
        queryset=Batch.objects.none(),
        required=False,
        empty_label="–",
        help_text=_("Only for “a batch”."),
    )
    root = TreeChoice(
        label=_("Unit and all below it"),
        queryset=Unit.objects.none(),
        required=False,
        empty_label="–",
        help_text=_("Only for “a unit and all below it”."),
    )
    units = UnitsByEnrolment(
        label=_("Units"),
        queryset=Enrolment.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "picks"}),
        help_text=_("Only for “units ticked below”."),
    )
    field_order = ("title", "text", "title_en", "text_en", "file", "reply_by", "to", "batch", "root", "units", "kept")

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["batch"].queryset = campaign.batches.order_by("number")
        fields["root"].queryset = roots_of(campaign)
        fields["units"].queryset = campaign.enrolments.select_related("unit").order_by("unit__path")

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        needed = {"batch": "batch", "tree": "root", "some": "units"}.get(typed.get("to", ""))
        if needed and not typed.get(needed) and needed not in self.errors:
            self.add_error(needed, _now("Choose here whom it goes to."))
        return typed

    def choice(self) -> Choice:
        """Whom it goes to, as typed."""
        typed = self.cleaned_data
        units = tuple(e.unit_id for e in typed["units"])
        return Choice(typed["to"], typed["batch"], typed["root"], units)


class ReplyForm(_Attached):
    """A unit's reply."""

    reply = forms.CharField(label=_("Reply"), required=False, widget=forms.Textarea(attrs={"rows": 5}))
    field_order = ("reply", "file", "kept")


class PassForm(_Attached):
    """Passing a notice on to units directly below, with words of one's own."""

    units = UnitsByName(
        label=_("To which units"),
        queryset=Unit.objects.none(),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "picks"}),
    )
    text = forms.CharField(
        label=_("Your own words"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("They stand above the notice, which travels along unchanged."),
    )
    text_en = forms.CharField(
        label=_("Your own words in English"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    reply_by = Day(label=_("Reply by"), required=False)
    field_order = ("units", "text", "text_en", "reply_by", "file", "kept")

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["units"].queryset = units_below(unit)  # type: ignore[attr-defined]
