"""People: one's own settings and tokens, corrections, handing over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from setright.campaign.enums import Language, Role, Scope, Theme
from setright.campaign.forms.fields import Base, Day
from setright.campaign.models import Campaign, Person


class OwnForm(Base):
    """What a person chooses for themselves."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("As it stands under your decisions."))
    name_en = forms.CharField(label=_("Name in English"), max_length=100, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)
    theme = forms.ChoiceField(label=_("Colours"), choices=Theme.choices)
    has_keys = forms.TypedChoiceField(
        label=_("Single-letter keys"),
        choices=((1, _("on")), (0, _("off"))),
        coerce=lambda value: value == "1",
        help_text=_("j and k move, o opens, a accepts … Off helps who speaks to the machine."),
    )


class DetailsForm(Base):
    """What an administrator may correct."""

    name = forms.CharField(label=_("Name"), max_length=100)
    name_en = forms.CharField(label=_("Name in English"), max_length=100, required=False)
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("One-time links and reminders go there. It also signs in.")
    )


class HandoverForm(Base):
    """To whom, from when."""

    to = forms.CharField(label=_("Successor’s user name"), max_length=150)
    on = Day(label=_("From"), help_text=_("The successor’s first day: today or earlier."))

    def clean_to(self) -> Person:
        found = Person.objects.filter(username__iexact=self.cleaned_data["to"].strip(), is_active=True).first()
        if found is None:
            raise forms.ValidationError(_("No living account has this user name. Invite the person first."))
        return found


class OfficeRoleForm(Base):
    """The two roles that an administrator gives."""

    role = forms.ChoiceField(
        label=_("Role"), choices=[(role.value, role.label) for role in (Role.OFFICE, Role.ADMINISTRATOR)]
    )
    campaign = forms.ModelChoiceField(
        label=_("Campaign"),
        queryset=Campaign.objects.none(),
        required=False,
        empty_label=_("every campaign"),
        help_text=_("An administrator keeps the accounts of the whole site: leave it at “every campaign”."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["campaign"].queryset = Campaign.objects.order_by("-starts_on")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        if typed.get("role") == Role.ADMINISTRATOR and typed.get("campaign"):
            self.add_error("campaign", _("An administrator’s role is over the whole site."))
        return typed


class TokenForm(Base):
    """A token for a program."""

    name = forms.CharField(label=_("Used for"), max_length=100, help_text=_("Such as “monthly figures”."))
    scopes = forms.MultipleChoiceField(
        label=_("It may"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple, initial=[Scope.READ]
    )
    expires_on = Day(label=_("Until"), help_text=_("At most a year; and never more than you may yourself."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expires_on"].initial = timezone.localdate() + timedelta(days=90)
