"""Units and teams: what is typed to add, rename, move, end and merge them, and lists of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from setright.campaign.forms.fields import Base, Day
from setright.campaign.models import Person, Unit

_END = gettext_lazy("The last day it exists. Everything of it stays in the history.")


class UnitForm(Base):
    """A new unit."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        help_text=gettext_lazy("Lists know the unit by it."),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=200, required=False)
    kind = forms.CharField(
        label=gettext_lazy("Kind"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Such as city, bureau, school."),
    )
    valid_from = Day(label=gettext_lazy("Valid from"))
    valid_to = Day(label=gettext_lazy("Valid to"), required=False)


class UnitWordsForm(Base):
    """Another name, code or kind."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=200, required=False)
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        help_text=gettext_lazy("Lists know the unit by it: tell whoever keeps lists when you change it."),
    )
    kind = forms.CharField(
        label=gettext_lazy("Kind"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Such as city, bureau, school."),
    )


class OneUnit(forms.CharField):
    """A unit, named by its code, or by its name where only one is called so."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, **kwargs)
        self.units: QuerySet[Unit] = Unit.objects.none()

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = list(self.units.filter(Q(code=text) | Q(name=text) | Q(name_en=text)).order_by("path")[:3])
        exact = [unit for unit in found if unit.code == text] or found
        if not exact:
            raise forms.ValidationError(_("There is no unit with this code or name: “Units and teams” finds it."))
        if len(exact) > 1:
            raise forms.ValidationError(_("Several units are called so: give the code."))
        return exact[0]


class MoveForm(Base):
    """Where a unit goes."""

    to = OneUnit(
        label=gettext_lazy("New place: below which unit"),
        required=False,
        help_text=gettext_lazy("Code or full name. Leave it empty to put it at the top."),
    )

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].units = units  # type: ignore[attr-defined]


class MergeForm(Base):
    """Which unit it goes up in."""

    into = OneUnit(label=gettext_lazy("Into which unit"), help_text=gettext_lazy("Code or full name."))

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].units = units  # type: ignore[attr-defined]


class EndForm(Base):
    """The last day of a unit."""

    on = Day(label=gettext_lazy("Last day"), help_text=_END)


class ListForm(Base):
    """A list of units or of teams."""

    list = forms.FileField(
        label=gettext_lazy("List"),
        help_text=gettext_lazy("CSV or XLSX; the first line names the columns. At most 32 MB."),
    )


class MemberForm(Base):
    """A new member of a team."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=100, required=False)
    post = forms.CharField(label=gettext_lazy("Post"), max_length=100)
    post_en = forms.CharField(label=gettext_lazy("Post in English"), max_length=100, required=False)
    since = Day(label=gettext_lazy("Since"))
    is_head = forms.BooleanField(label=gettext_lazy("Head of the team"), required=False)
    person = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("Of the person who signs in, where there is one."),
    )

    def clean_person(self) -> Person | None:
        return _person(self.cleaned_data["person"])


class LinkForm(Base):
    """Which user a member is."""

    person = forms.CharField(label=gettext_lazy("User name"), max_length=150)

    def clean_person(self) -> Person | None:
        return _person(self.cleaned_data["person"])


class LastDayForm(Base):
    """The last day of a post."""

    on = Day(label=gettext_lazy("Last day in the post"))


class HeadForm(Base):
    """The post a new head takes."""

    post = forms.CharField(label=gettext_lazy("Post as head"), max_length=100)
    post_en = forms.CharField(label=gettext_lazy("Post in English"), max_length=100, required=False)


def _person(username: str) -> Person | None:
    if not username:
        return None
    found = Person.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise forms.ValidationError(_("Nobody has this user name: invite the person first, or leave it empty."))
    return found
