"""Notices: whom one goes to, who has read and replied, what was passed on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, F, Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from setright.campaign import access
from setright.campaign.enums import NoticeState, Role
from setright.campaign.models import Batch, Campaign, Enrolment, Grant, Notice, NoticeUnit, Person, Unit

_IN_ITS_NAME: Final = (Role.LEAD, Role.CLERK)

FILTERS: Final = {
    "late": _("late"),
    "issued": _("not read"),
    "read": _("read, no reply"),
    "replied": _("replied"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom a notice goes to: everyone taking part, a batch, a subtree, or units named one by one."""

    kind: str
    batch: Batch | None = None
    root: Unit | None = None
    units: tuple[int, ...] = ()


def units_chosen(campaign: Campaign, choice: Choice) -> list[Unit]:
    """The units taking part that a choice names, in the tree's order."""
    rows = Unit.objects.filter(enrolments__campaign=campaign).order_by("path")
    if choice.kind == "batch" and choice.batch:
        rows = rows.filter(enrolments__batch=choice.batch)
    elif choice.kind == "tree" and choice.root:
        rows = rows.filter(path__startswith=choice.root.path)
    elif choice.kind == "some":
        rows = rows.filter(pk__in=choice.units)
    elif choice.kind != "all":
        return []
    return list(rows)


def roots_of(campaign: Campaign) -> QuerySet[Unit]:
    """Units with at least one other taking part below them: what a notice can be sent down."""
    paths = list(Enrolment.objects.filter(campaign=campaign).values_list("unit__path", flat=True))
    step = Unit.steplen
    above = {path[:n] for path in paths for n in range(step, len(path), step)}
    rows: QuerySet[Unit] = Unit.objects.filter(path__in=above)
    return rows.order_by("path")


def units_below(unit: Unit) -> QuerySet[Unit]:
    """The units directly below that stand today: whom a notice is passed on to."""
    today = timezone.localdate()
    rows: QuerySet[Unit] = Unit.objects.filter(path__startswith=unit.path, depth=unit.depth + 1, merged_into=None)
    return rows.filter(Q(valid_to=None) | Q(valid_to__gte=today), valid_from__lte=today).order_by("path")


def people_of(campaign_id: int, units: Iterable[Unit]) -> dict[int, list[int]]:
    """Who acts in each unit's own name (its leads and clerks), by unit."""
    today = timezone.localdate()
    rows = Grant.objects.filter(
        Q(until=None) | Q(until__gte=today),
        campaign=campaign_id,
        unit__in=[unit.pk for unit in units],
        role__in=_IN_ITS_NAME,
        since__lte=today,
        person__is_active=True,
    )
    found: dict[int, list[int]] = {}
    for unit, person in rows.values_list("unit_id", "person_id").distinct().order_by("unit_id", "person_id"):
        found.setdefault(unit or 0, []).append(person)
    return found


def own_notices(person: Person, campaign: Campaign) -> QuerySet[NoticeUnit]:
    """What reached the units in whose own name the person reads and replies."""
    paths = access.own_paths(person, "notice.reply", campaign.pk)
    rows = NoticeUnit.objects.filter(notice__campaign=campaign, unit__path__in=paths)
    return rows.select_related("notice__by", "notice__source__unit", "unit")


def received_by(person: Person, campaign: Campaign) -> QuerySet[NoticeUnit]:
    """What reached any unit over which the person may see notices."""
    rows = NoticeUnit.objects.filter(notice__campaign=campaign)
    scoped = access.scope(rows, person, "notice.view", unit="unit", campaign="notice__campaign")
    return scoped.select_related("notice__by", "notice__source__unit", "unit")


def sent_seen_by(person: Person, campaign: Campaign) -> QuerySet[Notice]:
    """Notices whose board the person may see: the office all, a unit those it passed on."""
    rows = Notice.objects.filter(campaign=campaign)
    if access.may(person, "notice.issue", campaign=campaign):
        return rows.select_related("by", "source__unit")
    scoped = access.scope(rows.filter(source__isnull=False), person, "notice.view", unit="source__unit")
    return scoped.select_related("by", "source__unit")


def with_counts(rows: QuerySet[Notice]) -> QuerySet[Notice]:
    """Each with how many units it went to, read it, replied, and how many passed it on."""
    return rows.annotate(
        n_units=Count("addressed", distinct=True),
        n_read=Count("addressed", filter=~Q(addressed__state=NoticeState.ISSUED), distinct=True),
        n_replied=Count("addressed", filter=Q(addressed__state=NoticeState.REPLIED), distinct=True),
        n_passed=Count("addressed__passed_on", distinct=True),
    )


def board_of(notice: Notice, only: str = "") -> QuerySet[NoticeUnit]:
    """Every unit it went to: who has not comes first, then in the tree's order."""
    rows = filtered(notice.addressed.all(), only).select_related("unit", "read_by", "replied_by", "reply_file")
    rows = rows.annotate(n_on=Count("passed_on__addressed", distinct=True), on=Max("passed_on__pk"))
    rows = rows.annotate(
        n_on_read=Count(
            "passed_on__addressed", filter=~Q(passed_on__addressed__state=NoticeState.ISSUED), distinct=True
        )
    )
    return rows.order_by("state", "unit__path")


def filtered(rows: QuerySet[NoticeUnit], only: str) -> QuerySet[NoticeUnit]:
    """The rows of one chip."""
    if only == "late":
        return rows.filter(_late())
    return rows.filter(state=only) if only in NoticeState.values else rows


def chips(rows: QuerySet[NoticeUnit]) -> list[tuple[str, Any, int]]:
    """Chips that have something, each with its count, in one query."""
    counted = rows.order_by().aggregate(
        late=Count("pk", filter=_late(), distinct=True),
        **{state: Count("pk", filter=Q(state=state), distinct=True) for state in NoticeState.values},
    )
    return [(key, word, counted[key]) for key, word in FILTERS.items() if counted[key]]


def _late() -> Q:
    return ~Q(state=NoticeState.REPLIED) & Q(notice__reply_by__lt=timezone.localdate())


def still_owing(notice: Notice) -> QuerySet[NoticeUnit]:
    """Units that have not read it, or not replied where a reply is asked."""
    rows = notice.addressed.exclude(state=NoticeState.REPLIED)
    return rows if notice.reply_by else rows.filter(state=NoticeState.ISSUED)


def levels_above(notice: Notice) -> list[Notice]:
    """The notice that this one passes on, and so on up to the office's own, nearest first."""
    found, here = [], notice
    while here.source_id:
        here = Notice.objects.select_related("by", "source__unit", "attachment").get(addressed=here.source_id)
        found.append(here)
    return found


def may_read(person: Person, campaign: Campaign, notice: Notice) -> bool:
    """Whoever sent a notice, whoever it went to, and whoever it was passed on to, at whatever level."""
    if sent_seen_by(person, campaign).filter(pk=notice.pk).exists():
        return True
    received, level = received_by(person, campaign), [notice.pk]
    while level:
        if received.filter(notice__in=level).exists():
            return True
        level = list(Notice.objects.filter(source__notice__in=level).values_list("pk", flat=True))
    return False


def shows_reply(at: NoticeUnit, person: Person) -> bool:
    """Until it is sent, and once it was taken back, a reply is a draft: its own unit's alone."""
    if at.state == NoticeState.REPLIED:
        return True
    return access.serves(person, "notice.reply", campaign=at.notice.campaign_id, unit=at.unit)


def to_answer(person: Person, campaign: Campaign) -> QuerySet[NoticeUnit]:
    """What the person's own units have not read, or not replied to where a reply is asked; soonest due first."""
    rows = own_notices(person, campaign).exclude(state=NoticeState.REPLIED)
    rows = rows.exclude(state=NoticeState.READ, notice__reply_by=None)
    return rows.order_by(F("notice__reply_by").asc(nulls_last=True), "pk")
