"""What a person was told, in words."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from setright.campaign.models import Campaign, Person, Reminder
from setright.campaign.models.named import in_language

SENTENCES: Final[dict[str, str | Promise]] = {
    "notice_new": _("New notice for %(unit)s: %(title)s"),
    "notice_remind": _("Reminder, %(unit)s: “%(title)s” still waits"),
    "instruction_new": _("An instruction for you, %(unit)s: answer by %(due)s"),
    "instruction_moved": _("An instruction for %(unit)s now goes to somebody else: you owe no answer"),
    "instruction_answered": _("Your instruction to %(unit)s was answered: accept it or return it"),
    "instruction_accepted": _("Your answer to an instruction was accepted (%(unit)s)"),
    "instruction_returned": _("Your answer to an instruction was returned (%(unit)s)"),
    "returned": _("Returned to you: %(title)s (%(unit)s)"),
    "due_soon": _("Due on %(due)s: %(title)s (%(unit)s)"),
    "late": _("Late since %(due)s: %(title)s (%(unit)s)"),
}
ICONS: Final[dict[str, str]] = {
    "notice_new": "send",
    "notice_remind": "bell",
    "instruction_new": "pencil-square",
    "instruction_moved": "arrow-right",
    "instruction_answered": "hourglass-split",
    "instruction_accepted": "check-circle",
    "instruction_returned": "arrow-return-left",
    "returned": "arrow-return-left",
    "due_soon": "clock-history",
    "late": "exclamation-circle-fill",
}
_MONTHS: Final = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def reminders_of(person: Person, campaign: Campaign) -> QuerySet[Reminder]:
    """What the person was told in this campaign, newest first."""
    return Reminder.objects.filter(person=person, campaign_id=campaign.pk).order_by("-on", "-pk")


def n_unseen(person: Person, campaign: Campaign) -> int:
    """How many of them they have not looked at: the figure beside the bell."""
    return Reminder.objects.filter(person=person, campaign_id=campaign.pk, seen_at=None).count()


def sentence(reminder: Reminder) -> str:
    """The reminder in the active language."""
    values = dict.fromkeys(("unit", "title", "due"), "")
    for key, value in reminder.values.items():
        if key.endswith("_en"):
            continue
        values[key] = (
            _day(value) if key == "due" else in_language(str(value), str(reminder.values.get(f"{key}_en", "")))
        )
    return str(SENTENCES.get(reminder.code, reminder.code)) % values


def _day(value: str | None) -> str:
    if not value:
        return "–"
    on = date.fromisoformat(value)
    if (get_language() or "").startswith("zh"):
        return f"{on.month} 月 {on.day} 日"
    return f"{on.day} {_MONTHS[on.month - 1]}"
