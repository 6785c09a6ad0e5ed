"""Units: add, rename, move with everything below, end, merge.

Every act that changes paths locks the tree first, so that two moves never cross each other.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from setright.campaign import access, log
from setright.campaign.days import in_full
from setright.campaign.errors import Conflict, Invalid, Reason, Refused
from setright.campaign.models import Campaign, Person, TeamMember, Unit
from setright.campaign.queries.unit import children_of, on_day, running_enrolments, still_valid_below

DEEPEST = 50


@dataclass(frozen=True, slots=True)
class UnitDraft:
    """What is typed to add a unit."""

    code: str
    name: str
    name_en: str
    kind: str
    valid_from: date
    valid_to: date | None = None


def lock_tree() -> None:
    """Let nobody else change the tree until this transaction ends; SQLite locks the whole file by itself."""
    if not connection.in_atomic_block:
        raise RuntimeError("the tree is locked inside a transaction")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{Unit._meta.db_table}" IN SHARE ROW EXCLUSIVE MODE')


def add_unit(*, draft: UnitDraft, parent: Unit | None, campaign: Campaign, by: Person) -> Unit:
    """Add a unit below another, or at the top."""
    access.require(by, "unit.manage", campaign=campaign, unit=parent)
    if draft.valid_to and draft.valid_to < draft.valid_from:
        raise Invalid("valid_to", _("The last day must not lie before the first."))
    try:
        with transaction.atomic():
            lock_tree()
            unit = _added(draft, parent)
            _log("add_unit", unit, campaign, by, log.Change(after={"parent": parent.pk if parent else None}))
    except IntegrityError as error:
        raise Invalid("code", _("There is a unit with this code already.")) from error
    return unit


def _added(draft: UnitDraft, parent: Unit | None) -> Unit:
    if Unit.objects.filter(code=draft.code).exists():
        raise Invalid("code", _("There is a unit with this code already."))
    above = _fresh(parent) if parent else None
    if above and above.valid_to and above.valid_to < draft.valid_from:
        raise Invalid("valid_from", _("%(name)s ends before that day.") % {"name": above.label})
    if above and above.depth >= DEEPEST:
        raise Refused(_("The tree has at most %(n)d levels.") % {"n": DEEPEST})
    depth = above.depth + 1 if above else 1
    unit = Unit(
        code=draft.code,
        name=draft.name,
        name_en=draft.name_en,
        kind=draft.kind,
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        depth=depth,
        path=next_path(above),
    )
    unit.save(force_insert=True)
    _recount(above)
    return unit


def next_path(parent: Unit | None) -> str:
    """The path after the last one in use below `parent` (at the top for None); the tree must be locked."""
    rows = children_of(parent) if parent else Unit.objects.filter(depth=1)
    last = rows.order_by("-path").values_list("path", flat=True).first()
    step = Unit._str2int(last[-Unit.steplen :]) if last else 0
    return str(Unit._get_path(parent.path if parent else None, parent.depth + 1 if parent else 1, step + 1))


def _fresh(unit: Unit) -> Unit:
    """The unit as it stands under the lock: its path may have changed since it was read."""
    return Unit.objects.get(pk=unit.pk)


def _recount(parent: Unit | None) -> None:
    if parent:
        Unit.objects.filter(pk=parent.pk).update(numchild=children_of(parent).count())


@dataclass(frozen=True, slots=True)
class UnitWords:
    """What a unit is called: by lists, by people, and what kind of unit it is."""

    code: str
    name: str
    name_en: str
    kind: str


def edit_unit(*, unit: Unit, words: UnitWords, campaign: Campaign, by: Person) -> None:
    """Give it another name, code or kind; no other unit has the code, and lists written before name the old one."""
    access.require(by, "unit.manage", campaign=campaign, unit=unit)
    before = {key: getattr(unit, key) for key in asdict(words)}
    changed = {key: new for key, new in asdict(words).items() if before[key] != new}
    if not changed:
        return
    act = "edit_unit" if {"code", "kind"} & set(changed) else "rename_unit"
    try:
        with transaction.atomic():
            if Unit.objects.filter(code=words.code).exclude(pk=unit.pk).exists():
                raise Invalid("code", _("There is a unit with this code already."))
            if not Unit.objects.filter(pk=unit.pk, **before).update(**changed):
                raise Conflict(_("Somebody changed this unit meanwhile. Yours is kept below; compare and save again."))
            _log(act, unit, campaign, by, log.Change(after={"fields": list(changed)}))
    except IntegrityError as error:
        raise Invalid("code", _("There is a unit with this code already.")) from error
    for key, new in changed.items():
        setattr(unit, key, new)


def move_unit(*, unit: Unit, to: Unit | None, campaign: Campaign, by: Person) -> int:
    """Move a unit with everything below it under another (to the top for None); return how many units moved."""
    access.require(by, "unit.manage", campaign=campaign, unit=unit)
    access.require(by, "unit.manage", campaign=campaign, unit=to)
    with transaction.atomic():
        lock_tree()
        moving, above = _fresh(unit), _fresh(to) if to else None
        before = _movable(moving, above)
        n = carry(moving, above)
        _recount(before)
        change = log.Change({"parent": before.pk if before else None}, {"parent": above.pk if above else None}, n)
        _log("move_unit", unit, campaign, by, change)
    unit.refresh_from_db()
    return n


def _movable(moving: Unit, above: Unit | None) -> Unit | None:
    """The parent it leaves; refuses what would make a circle or change nothing."""
    before = Unit.objects.filter(path=moving.parent_path).first() if moving.depth > 1 else None
    if above and above.path.startswith(moving.path):
        raise Invalid("to", _("A unit cannot stand under itself or under one below it."))
    if (before.pk if before else None) == (above.pk if above else None):
        raise Invalid("to", _("It stands there already."))
    if above and not above.is_valid_on(timezone.localdate()):
        raise Invalid("to", _("%(name)s does not exist today: choose one that does.") % {"name": above.label})
    deepest = Unit.objects.filter(path__range=moving.below).order_by("-depth").first()
    height = (deepest.depth if deepest else moving.depth) - moving.depth
    if (above.depth if above else 0) + 1 + height > DEEPEST:
        raise Refused(_("The tree has at most %(n)d levels.") % {"n": DEEPEST})
    return before


def carry(moving: Unit, above: Unit | None) -> int:
    """Rewrite the paths of a subtree so that it hangs below `above`; the tree must be locked."""
    old, new = moving.path, next_path(above)
    by = (above.depth + 1 if above else 1) - moving.depth
    rest = Concat(Value(new), Substr("path", len(old) + 1))
    n = Unit.objects.filter(path__range=moving.below).update(path=rest, depth=F("depth") + by)
    n += Unit.objects.filter(pk=moving.pk).update(path=new, depth=moving.depth + by)
    _recount(above)
    return n


def end_unit(*, unit: Unit, on: date, campaign: Campaign, by: Person) -> None:
    """The unit exists until `on`, its last day. Nothing below it may outlive it."""
    access.require(by, "unit.manage", campaign=campaign, unit=unit)
    if on < unit.valid_from:
        raise Invalid(
            "on", _("It begins on %(day)s: its last day cannot lie before.") % {"day": in_full(unit.valid_from)}
        )
    with transaction.atomic():
        lock_tree()
        _endable(_fresh(unit), on)
        if not Unit.objects.filter(pk=unit.pk, valid_to=unit.valid_to).update(valid_to=on):
            raise Conflict(_("Somebody ended this unit meanwhile. Nothing of yours was changed."))
        before = unit.valid_to.isoformat() if unit.valid_to else None
        _log("end_unit", unit, campaign, by, log.Change({"valid_to": before}, {"valid_to": on.isoformat()}))
    unit.valid_to = on


def _endable(unit: Unit, on: date) -> None:
    reasons = [*_taking_part(unit)]
    if n := still_valid_below(unit, on).count():
        title = ngettext("%(n)d unit below it would outlive it", "%(n)d units below it would outlive it", n) % {"n": n}
        reasons.append(Reason("below", title, _("End or move them first."), n))
    if reasons:
        raise Refused(_("This unit cannot end yet."), tuple(reasons))


def _taking_part(unit: Unit) -> list[Reason]:
    return [
        Reason(
            "enrolled",
            _("It takes part in %(campaign)s: %(state)s")
            % {"campaign": e.campaign.label, "state": e.get_state_display()},
            _("Seal it there first, or close the campaign."),
        )
        for e in running_enrolments(unit)
    ]


def reopen_unit(*, unit: Unit, campaign: Campaign, by: Person) -> None:
    """Take an end back; one that was merged stays ended."""
    access.require(by, "unit.manage", campaign=campaign, unit=unit)
    with transaction.atomic():
        lock_tree()
        above = Unit.objects.filter(path=_fresh(unit).parent_path).first()
        if above and above.valid_to:
            raise Refused(_("%(name)s above it has an end: take that back first.") % {"name": above.label})
        if not Unit.objects.filter(pk=unit.pk, merged_into=None, valid_to__isnull=False).update(valid_to=None):
            raise Conflict(_("There is no end to take back. Nothing was changed."))
        _log("reopen_unit", unit, campaign, by, log.Change(after={"valid_to": None}))
    unit.valid_to = None


def merge_unit(*, unit: Unit, into: Unit, campaign: Campaign, by: Person) -> int:
    """Let a unit go up in another: what lies below it moves, its team goes on there, its history stays with it.

    Return how many units moved.
    """
    access.require(by, "unit.manage", campaign=campaign, unit=unit)
    access.require(by, "unit.manage", campaign=campaign, unit=into)
    today = timezone.localdate()
    with transaction.atomic():
        lock_tree()
        merged, target = _fresh(unit), _fresh(into)
        _mergeable(merged, target, today)
        children = list(children_of(merged))
        n = sum(carry(child, target) for child in children)
        n_team = _hand_over_team(merged, target, today)
        last = max(merged.valid_from, today - timedelta(days=1))
        Unit.objects.filter(pk=merged.pk).update(valid_to=last, merged_into=target, numchild=0)
        change = log.Change(None, {"into": target.pk, "team": n_team, "valid_to": last.isoformat()}, n)
        _log("merge_unit", unit, campaign, by, change)
    unit.refresh_from_db()
    return n


def _mergeable(merged: Unit, target: Unit, today: date) -> None:
    if merged.pk == target.pk or target.path.startswith(merged.path):
        raise Invalid("into", _("A unit cannot go up in itself or in one below it."))
    if not target.is_valid_on(today):
        raise Invalid("into", _("%(name)s does not exist today: choose one that does.") % {"name": target.label})
    if merged.merged_into_id:
        raise Conflict(_("This unit went up in another already. Nothing was changed."))
    if reasons := _taking_part(merged):
        raise Refused(_("This unit cannot be merged yet."), tuple(reasons))


def _hand_over_team(merged: Unit, target: Unit, today: date) -> int:
    """Present posts end here and go on there from today; the target keeps its own head."""
    present = list(on_day(merged.team.all(), today).filter(until=None))
    has_head = target.team.filter(is_head=True, until=None).exists()
    end_posts([each.pk for each in present], today)
    TeamMember.objects.bulk_create(
        TeamMember(
            unit=target,
            person_id=each.person_id,
            name=each.name,
            name_en=each.name_en,
            post=each.post,
            post_en=each.post_en,
            is_head=each.is_head and not has_head,
            since=today,
        )
        for each in present
    )
    return len(present)


def end_posts(keys: list[int], today: date) -> None:
    """End posts with yesterday as their last day; one that began today ends today."""
    rows = TeamMember.objects.filter(pk__in=keys)
    rows.filter(since__lt=today).update(until=today - timedelta(days=1))
    rows.filter(since__gte=today).update(until=F("since"))


def _log(action: str, unit: Unit, campaign: Campaign, by: Person, change: log.Change) -> None:
    log.write(action, unit, by, log.About(campaign.pk, unit.pk), change)
