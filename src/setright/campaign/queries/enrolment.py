"""Who could take part in a batch and who not, with the reason; who does, with lead and supervision."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign.days import in_full
from setright.campaign.enums import EnrolmentState
from setright.campaign.models import Batch, Enrolment, Person, TeamMember, Unit
from setright.campaign.queries.unit import by_codes

_BETWEEN: Final = re.compile(r"[\s,，、;；]+")
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Turned:
    """A unit that cannot join, and why."""

    code: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Units that can join a batch, how many of them have no head to lead them, and those that cannot join."""

    units: list[Unit]
    n_headless: int
    turned: list[Turned]

    @property
    def codes(self) -> str:
        return " ".join(unit.code for unit in self.units)


def judged_codes(batch: Batch, text: str) -> Judged:
    """Judge the codes somebody pasted, apart by blanks, commas or lines."""
    codes = list(dict.fromkeys(code for code in _BETWEEN.split(text) if code))
    known = by_codes(codes)
    judged = judged_units(batch, [known[code] for code in codes if code in known])
    unknown = [Turned(code, "", _("there is no unit with this code")) for code in codes if code not in known]
    return Judged(judged.units, judged.n_headless, [*unknown, *judged.turned])


def judged_units(batch: Batch, units: list[Unit]) -> Judged:
    """Judge units: those that take part already, that went up in another or that do not exist then cannot join."""
    taken = _taken(batch, units)
    day = max(batch.starts_on, timezone.localdate())
    able, turned = [], []
    for unit in units:
        if unit.pk in taken:
            turned.append(
                Turned(unit.code, unit.label, _("takes part already, in batch %(n)d") % {"n": taken[unit.pk]})
            )
        elif unit.merged_into_id:
            turned.append(Turned(unit.code, unit.label, _("went up in another unit")))
        elif not unit.is_valid_on(day):
            turned.append(Turned(unit.code, unit.label, _("does not exist on %(day)s") % {"day": in_full(day)}))
        else:
            able.append(unit)
    return Judged(able, len(able) - _n_headed(able), turned)


def _taken(batch: Batch, units: list[Unit]) -> dict[int, int]:
    found: dict[int, int] = {}
    for start in range(0, len(units), _CHUNK):
        rows = Enrolment.objects.filter(campaign=batch.campaign_id, unit__in=units[start : start + _CHUNK])
        found.update(rows.values_list("unit_id", "batch__number"))
    return found


def _n_headed(units: list[Unit]) -> int:
    return sum(
        TeamMember.objects.filter(
            unit__in=units[start : start + _CHUNK], is_head=True, until=None, person__isnull=False
        ).count()
        for start in range(0, len(units), _CHUNK)
    )


def enrolments_in(batch: Batch) -> QuerySet[Enrolment]:
    """Everyone in a batch, in the order of the tree."""
    return batch.enrolments.select_related("unit", "lead", "group").order_by("unit__path")


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of a batch: what the set-up and the filters show."""

    n: int
    n_leaderless: int
    n_groupless: int
    n_waiting: int


def tally(rows: QuerySet[Enrolment]) -> Tally:
    """Count enrolments by what is missing."""
    counts = rows.aggregate(
        n=Count("pk"),
        leaderless=Count("pk", filter=Q(lead=None)),
        groupless=Count("pk", filter=Q(group=None)),
        waiting=Count("pk", filter=Q(state=EnrolmentState.WAITING)),
    )
    return Tally(counts["n"], counts["leaderless"], counts["groupless"], counts["waiting"])


def possible_leads(enrolment: Enrolment) -> QuerySet[Person]:
    """Present members of the unit's team who can sign in and do not lead it yet."""
    posts = TeamMember.objects.filter(unit=enrolment.unit_id, until=None, person__isnull=False)
    people = Person.objects.filter(is_active=True, pk__in=posts.values("person_id")).order_by("name", "pk")
    return people.exclude(pk=enrolment.lead_id) if enrolment.lead_id else people
