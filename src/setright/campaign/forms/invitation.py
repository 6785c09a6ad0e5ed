"""Inviting one person, a list of people, and accepting."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from setright.campaign.enums import Language
from setright.campaign.forms.fields import Base
from setright.campaign.models import Person


class InviteForm(Base):
    """One person."""

    username = forms.RegexField(
        r"^[\w.@+-]+$",
        label=_("User name"),
        max_length=150,
        help_text=_("Letters, figures and . @ + - _ only. It does not change later."),
        error_messages={"invalid": _("Letters, figures and . @ + - _ only.")},
    )
    name = forms.CharField(label=_("Name"), max_length=100)
    name_en = forms.CharField(label=_("Name in English"), max_length=100, required=False)
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("The link goes there too. Without one, hand it over yourself.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)


class ListForm(Base):
    """A list of people."""

    file = forms.FileField(
        label=_("List"),
        help_text=_("CSV or XLSX, at most 3,000 people. Nothing happens before you have seen what would."),
    )


class ApplyForm(Base):
    """Confirms a preview."""

    digest = forms.CharField(widget=forms.HiddenInput)
    mail = forms.BooleanField(label=_("Send each link by mail where there is an address"), required=False)


class AcceptForm(Base):
    """A first password."""

    password1 = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
        help_text=_("At least 10 characters, not a common one, not like your name. A short sentence is easiest."),
    )
    password2 = forms.CharField(
        label=_("Password, once more"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_password1(self) -> str:
        typed: str = self.cleaned_data["password1"]
        validate_password(typed, self.person)
        return typed

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        if typed.get("password1") and typed.get("password2") and typed["password1"] != typed["password2"]:
            self.add_error("password2", _("This is not what you typed above."))
        return typed
