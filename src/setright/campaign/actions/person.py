"""A person's own settings, accounts, invitations."""

from __future__ import annotations

from django.utils.translation import gettext as _

from setright.campaign.enums import Language, Theme
from setright.campaign.errors import Invalid
from setright.campaign.models import Person


def change_language(*, person: Person, language: str) -> None:
    """Speak another language from now on; a matter of taste, so not logged."""
    if language not in Language.values:
        raise Invalid("language", _("There is no such language."))
    Person.objects.filter(pk=person.pk).update(language=language)


def change_theme(*, person: Person, theme: str) -> None:
    """Use other colours from now on; not logged either."""
    if theme not in Theme.values:
        raise Invalid("theme", _("There are no such colours."))
    Person.objects.filter(pk=person.pk).update(theme=theme)
