"""Programmes, terms and sessions of study; a list of who came."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from setright.campaign.actions.study import ProgrammePlan, SessionPlan, TermPlan
from setright.campaign.days import in_full
from setright.campaign.forms.fields import Base, Day, Seen
from setright.campaign.models import Programme, Term, Unit

_SUGGESTED = 100


class _NamedForm(Seen):
    """A name in either language."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=200, required=False)


class UnitCode(forms.CharField):
    """A unit by its code, among those the writer may choose; the first ones are suggested while typing."""

    def __init__(self, **kwargs: Any) -> None:
        self.units: QuerySet[Unit] = Unit.objects.none()
        attrs = {"list": "units", "autocomplete": "off"}
        super().__init__(max_length=40, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> Unit | None:
        code = super().clean(value)
        if not code:
            return None
        found = self.units.filter(code__iexact=code).first()
        if found is None:
            raise forms.ValidationError(_("No unit with the code “%(code)s” can be chosen here.") % {"code": code})
        return found


class ProgrammeForm(_NamedForm):
    """A programme; its unit is chosen once."""

    unit = UnitCode(
        label=gettext_lazy("For the teams of"),
        help_text=gettext_lazy("The unit’s code. Every member of its team and of all teams below it is to be reached."),
    )
    text = forms.CharField(label=gettext_lazy("What for"), required=False, widget=forms.Textarea(attrs={"rows": 4}))
    field_order = ("name", "name_en", "unit", "text")

    def __init__(self, *args: Any, units: QuerySet[Unit] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.suggested = suggest(self, units)

    def plan(self) -> ProgrammePlan:
        typed = self.cleaned_data
        return ProgrammePlan(typed["name"], typed["name_en"], typed["text"])


class TermForm(Seen):
    """A term of a programme."""

    starts_on = Day(label=gettext_lazy("From"))
    ends_on = Day(label=gettext_lazy("To"))
    place = forms.CharField(label=gettext_lazy("Where"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        starts_on, ends_on = typed.get("starts_on"), typed.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("It ends before it begins."))
        return typed

    def plan(self) -> TermPlan:
        typed = self.cleaned_data
        return TermPlan(typed["starts_on"], typed["ends_on"], typed["place"])


class TermChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # no type argument at run time
    """A term by its number and days."""

    def label_from_instance(self, obj: Any) -> str:
        days = {"n": obj.number, "start": in_full(obj.starts_on), "end": in_full(obj.ends_on)}
        return _("Term %(n)d, %(start)s to %(end)s") % days


class SessionForm(_NamedForm):
    """A session of a term, or a themed activity."""

    term = TermChoice(
        label=gettext_lazy("Term"),
        queryset=Term.objects.none(),
        required=False,
        empty_label=gettext_lazy("none: a themed activity"),
    )
    on = Day(label=gettext_lazy("Day"))
    place = forms.CharField(label=gettext_lazy("Where"), max_length=200, required=False)
    unit = UnitCode(
        label=gettext_lazy("Who takes part"),
        help_text=gettext_lazy(
            "A unit’s code: all who hold a post in its team or below. You can choose among them after."
        ),
    )
    field_order = ("name", "name_en", "term", "on", "place", "unit")

    def __init__(self, *args: Any, programme: Programme, units: QuerySet[Unit] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["term"].queryset = programme.terms.order_by("number")  # type: ignore[attr-defined]
        self.suggested = suggest(self, units)

    def plan(self) -> SessionPlan:
        typed = self.cleaned_data
        return SessionPlan(typed["name"], typed["name_en"], typed["term"], typed["place"], typed["on"])


def suggest(form: Base, units: QuerySet[Unit] | None) -> list[Unit]:
    """Let a form choose among units; without any, the unit was chosen before and is no longer asked for."""
    if units is None:
        del form.fields["unit"]
        return []
    field = form.fields["unit"]
    assert isinstance(field, UnitCode)  # noqa: S101 - for the type checker
    field.units = units
    suggested = list(units.order_by("path")[:_SUGGESTED])
    if len(suggested) == 1:
        form.initial.setdefault("unit", suggested[0].code)
    return suggested


class ListForm(Base):
    """A list of who came."""

    file = forms.FileField(
        label=gettext_lazy("List"),
        help_text=gettext_lazy(
            "CSV or XLSX. Columns: user name or name; unit code where a name is not enough; present (yes or no). "
            "Without the last one, everybody listed was present. Those not listed stay as they are."
        ),
    )
