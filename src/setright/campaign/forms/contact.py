"""Contact points, visits, hearings and instructions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from setright.campaign.enums import HearingWay
from setright.campaign.forms.fields import Base, Day, Seen
from setright.campaign.models import Enrolment, Person, PlanDuty


class UnitChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic when run
    """A unit by its enrolment: its name and code."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.unit.label} ({obj.unit.code})"


class DutyChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic when run
    """A duty of the plan in force."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class PersonChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic when run
    """A person by name and user name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.label} ({obj.username})"


class PickUnitForm(Base):
    """Which unit it is about."""

    unit = UnitChoice(label=_("Unit"), queryset=Enrolment.objects.none())

    def __init__(self, *args: Any, units: QuerySet[Enrolment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]


class SponsorForm(Base):
    """Who takes the unit on."""

    sponsor = forms.CharField(
        label=_("Sponsor"),
        help_text=_("Their name or user name. Nobody sponsors their own unit, or one they supervise."),
    )

    def clean_sponsor(self) -> Person:
        return _called(Person.objects.filter(is_active=True), self.cleaned_data["sponsor"])


def _called(people: QuerySet[Person], typed: str) -> Person:
    """The one among these people of this user name, or of this name where only one has it."""
    typed = typed.strip()
    named = people.filter(Q(name=typed) | Q(name_en__iexact=typed)).order_by("username")
    found = list(people.filter(username=typed)) or list(named[:5])
    if not found:
        raise forms.ValidationError(_now("Nobody here has this name."))
    if len(found) > 1:
        names = ", ".join(person.username for person in found)
        raise forms.ValidationError(_now("Several have this name. Write the user name: %(names)s") % {"names": names})
    return found[0]


class PointForm(PickUnitForm, SponsorForm):
    """A sponsor for a unit and, where wished, for a field of work across units."""

    field = forms.CharField(label=_("Field of work"), max_length=200, required=False)
    field_en = forms.CharField(label=_("Field of work in English"), max_length=200, required=False)
    field_order = ("unit", "sponsor", "field", "field_en")


class DutyDoneForm(Base):
    """One duty, done once."""

    duty = DutyChoice(label=_("Duty"), queryset=PlanDuty.objects.none())
    on = Day(label=_("Done on"))
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, duties: QuerySet[PlanDuty], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["duty"].queryset = duties  # type: ignore[attr-defined]


class _Counts(Base):
    """Whatever was held may count for a duty; asked only of whoever has duties."""

    duty = DutyChoice(
        label=_("Counts for this duty of the plan"),
        queryset=PlanDuty.objects.none(),
        required=False,
        empty_label=_("none"),
    )

    def __init__(self, *args: Any, duties: QuerySet[PlanDuty], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if duties:
            self.fields["duty"].queryset = duties  # type: ignore[attr-defined]
        else:
            del self.fields["duty"]

    @property
    def chosen_duty(self) -> PlanDuty | None:
        return self.cleaned_data.get("duty")


_LATER = _("Leave this empty when it is still to come. Until you report it, only you can read it.")


class VisitForm(PickUnitForm, _Counts):
    """A visit that is planned, or one that was held."""

    on = Day(label=_("Day"))
    place = forms.CharField(label=_("Where"), max_length=200, required=False)
    purpose = forms.CharField(label=_("What for"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    findings = forms.CharField(
        label=_("What was seen"), required=False, widget=forms.Textarea(attrs={"rows": 6}), help_text=_LATER
    )
    field_order = ("unit", "on", "place", "purpose", "findings", "duty")


class VisitHeldForm(_Counts):
    """What was seen on a visit."""

    on = Day(label=_("Day"))
    findings = forms.CharField(label=_("What was seen"), widget=forms.Textarea(attrs={"rows": 8}))
    field_order = ("on", "findings", "duty")


class HearingForm(PickUnitForm, _Counts):
    """A hearing that is planned, or one that was held, such as a call."""

    way = forms.ChoiceField(label=_("How"), choices=HearingWay.choices)
    on = Day(label=_("Day"))
    matter = forms.CharField(label=_("Matter"), max_length=300)
    summary = forms.CharField(
        label=_("What was reported"), required=False, widget=forms.Textarea(attrs={"rows": 6}), help_text=_LATER
    )
    field_order = ("unit", "way", "on", "matter", "summary", "duty")


class HearingHeldForm(_Counts):
    """What was reported in a hearing."""

    on = Day(label=_("Day"))
    summary = forms.CharField(label=_("What was reported"), widget=forms.Textarea(attrs={"rows": 8}))
    field_order = ("on", "summary", "duty")


class InstructionForm(Base):
    """An instruction to somebody of the unit's team, to be answered by a day."""

    addressee = PersonChoice(label=_("Addressee"), queryset=Person.objects.none())
    text = forms.CharField(
        label=_("Instruction"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Say what is to be done and how you will see that it was."),
    )
    due_on = Day(label=_("Answer by"))

    def __init__(self, *args: Any, people: list[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Person.objects.filter(pk__in=[person.pk for person in people]).order_by("pk")
        self.fields["addressee"].queryset = rows  # type: ignore[attr-defined]


class ReaddressForm(Base):
    """Who an instruction goes to instead."""

    addressee = forms.CharField(
        label=_("New addressee"),
        help_text=_("Name or user name of somebody of the unit, or of one below it."),
    )

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = people

    def clean_addressee(self) -> Person:
        return _called(self.people, self.cleaned_data["addressee"])


class AnswerForm(Seen):
    """The answer to an instruction."""

    answer = forms.CharField(label=_("Answer"), widget=forms.Textarea(attrs={"rows": 6}))
