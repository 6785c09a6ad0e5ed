"""What an action says when it cannot be done.

CampaignError
├── Refused        a rule says no; carries every reason
├── Conflict       somebody else was quicker; carries what stands now
└── Invalid        what was typed cannot be; carries the field
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from setright.intake.errors import InputError


class CampaignError(Exception):
    """Anything an action may say no with; its text is one sentence for the reader."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One unmet condition: what is there, what is needed, in words, and where to mend it.

    `got` and `need` are counts (or None where nothing is counted); `url_name` and `url_args` name the page that lists
    exactly what is missing.
    """

    code: str
    title: str
    detail: str = ""
    got: int | None = None
    need: int | None = None
    url_name: str = ""
    url_args: tuple[object, ...] = ()


class Refused(CampaignError):
    """A rule refuses; `reasons` holds every unmet condition, never only the first."""

    def __init__(self, sentence: str, reasons: tuple[Reason, ...] = ()) -> None:
        super().__init__(sentence)
        self.reasons = reasons


class Conflict(CampaignError):
    """Another person decided first, or the text changed since it was read."""


class Invalid(CampaignError):
    """A value that cannot be; `field` names where it was typed."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def in_words(error: InputError) -> str:
    """What is wrong with a file, in the active language."""
    told = error.filled(_(error.what))
    if error.line:
        told = _("%(file)s, line %(n)d: %(what)s") % {"file": error.where, "n": error.line, "what": told}
    elif error.where:
        told = _("%(file)s: %(what)s") % {"file": error.where, "what": told}
    if not error.remedy:
        return _("%(what)s.") % {"what": told}
    return _("%(what)s. %(remedy)s.") % {"what": told, "remedy": error.filled(_(error.remedy)).rstrip(".")}
