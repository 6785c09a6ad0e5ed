"""Add a checked list of units, with their teams, as one act.

The rows are written in short transactions under paths that nobody reads (`~file~…`, depth 0: `models.unit.UnitManager`
leaves them out). A last transaction puts them all in the tree at once and writes the one log entry. A run that was
killed goes on where it stood; one that was stopped is swept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Length, Substr
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions.team import as_member
from setright.campaign.actions.transition import text_hash
from setright.campaign.actions.unit import lock_tree, next_path
from setright.campaign.enums import JobState
from setright.campaign.errors import Conflict, Refused
from setright.campaign.models import Campaign, File, Job, Person, TeamMember, Unit
from setright.campaign.queries.unit import by_codes, children_of
from setright.campaign.queries.unit_file import was_applied
from setright.campaign.queries.unit_line import UnitRow

CHUNK: Final = 1_000
_PART: Final = 500
_RESTARTS: Final = 3

Say = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Placed:
    """A unit with the path it will have."""

    row: UnitRow
    path: str
    n_children: int


def import_units(*, file: File, rows: list[UnitRow], campaign: Campaign, by: Person, say: Say) -> int:
    """Add every unit of a checked list; return how many. Asked again for the same file, it adds nothing.

    Parameters
    ----------
    say
        Told after each chunk how many of how many are written; it may raise to stop, and the run is then swept.
    """
    access.require(by, "unit.manage", campaign=campaign)
    if was_applied(file):
        return 0
    for _attempt in range(_RESTARTS):
        starts = _free_paths(rows)
        placed = list(_placed(rows, starts))
        try:
            _stage(file, placed, say)
        except IntegrityError as error:
            sweep_import(file=file)
            raise Conflict(_("Somebody else added one of these units meanwhile. Nothing was added.")) from error
        except Exception:
            sweep_import(file=file)
            raise
        if _put_in(file, rows, starts, campaign, by):
            return len(placed)
        sweep_import(file=file)
    raise Conflict(_("The tree kept changing while the list was added. Nothing was added; try again."))


def _prefix(file: File) -> str:
    return f"~{file.pk}~"


def _staged(file: File) -> QuerySet[Unit]:
    rows: QuerySet[Unit] = Unit._base_manager.filter(depth=0, path__startswith=_prefix(file))
    return rows


def _free_paths(rows: list[UnitRow]) -> dict[str, str]:
    """For each unit of the tree that gets new ones (“” for the top): the first path that is free below it."""
    outside = _outside(rows)
    found = by_codes(outside)
    if gone := [code for code in outside if code not in found]:
        raise Refused(_("The unit “%(code)s” is no longer there: check the list again.") % {"code": gone[0]})
    starts = {code: next_path(found[code]) for code in outside}
    if any(not row.parent for row in rows):
        starts[""] = next_path(None)
    return starts


def _outside(rows: list[UnitRow]) -> list[str]:
    return sorted({row.parent for row in rows} - {row.code for row in rows} - {""})


def _placed(rows: list[UnitRow], starts: dict[str, str]) -> Iterator[Placed]:
    """Give every unit its path: parents before children, in the order of the list, after what the tree has now."""
    children: dict[str, list[UnitRow]] = {}
    for row in rows:
        children.setdefault(row.parent, []).append(row)
    for code, first in starts.items():
        at = Unit._str2int(first[-Unit.steplen :])
        yield from _below(children[code], first[: -Unit.steplen], at, children)


def _below(tops: list[UnitRow], prefix: str, first: int, children: dict[str, list[UnitRow]]) -> Iterator[Placed]:
    waiting = [(row, _path(prefix, first + at)) for at, row in enumerate(tops)]
    waiting.reverse()
    while waiting:
        row, path = waiting.pop()
        own = children.get(row.code, [])
        yield Placed(row, path, len(own))
        waiting.extend((child, _path(path, at)) for at, child in reversed(list(enumerate(own, 1))))


def _path(prefix: str, step: int) -> str:
    return prefix + str(Unit._int2str(step)).rjust(Unit.steplen, "0")


def _stage(file: File, placed: list[Placed], say: Say) -> None:
    """Write what is not written yet, chunk by chunk; a chunk stands whole or not at all."""
    n = _n_standing(file, placed)
    while n < len(placed):
        with transaction.atomic():
            _write(file, placed[n : n + CHUNK])
        n = min(n + CHUNK, len(placed))
        say(n, len(placed))


def _n_standing(file: File, placed: list[Placed]) -> int:
    """How many rows an earlier run wrote that still hold; all are swept where the tree changed since."""
    prefix = _prefix(file)
    written = list(_staged(file).order_by("pk").values_list("code", "path"))
    if written == [(each.row.code, prefix + each.path) for each in placed[: len(written)]]:
        return len(written)
    sweep_import(file=file)
    return 0


def _write(file: File, chunk: list[Placed]) -> None:
    units = Unit._base_manager.bulk_create((_unit(each, _prefix(file)) for each in chunk), batch_size=_PART)
    members = [
        as_member(member, unit.pk) for unit, each in zip(units, chunk, strict=True) for member in each.row.members
    ]
    TeamMember.objects.bulk_create(members, batch_size=_PART)


def _unit(each: Placed, prefix: str) -> Unit:
    row = each.row
    return Unit(
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        kind=row.kind,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        path=prefix + each.path,
        depth=0,
        numchild=each.n_children,
    )


def _put_in(file: File, rows: list[UnitRow], starts: dict[str, str], campaign: Campaign, by: Person) -> bool:
    """Put the staged rows in the tree at once; False where the tree changed so that their paths no longer hold."""
    with transaction.atomic():
        lock_tree()
        if _free_paths(rows) != starts:
            return False
        cut = len(_prefix(file))
        depth = (Length("path") - Value(cut)) / Value(Unit.steplen)
        n = _staged(file).update(path=Substr("path", cut + 1), depth=depth)
        for parent in by_codes(_outside(rows)).values():
            Unit.objects.filter(pk=parent.pk).update(numchild=children_of(parent).count())
        digest = text_hash(sorted(row.code for row in rows))
        change = log.Change(None, {"digest": digest, "team": sum(len(row.members) for row in rows)}, n)
        log.write("import_units", file, by, log.About(campaign.pk), change)
    return True


def sweep_abandoned() -> int:
    """Remove what runs left behind that nobody goes on with; return how many units."""
    paths = Unit._base_manager.filter(depth=0).values_list("path", flat=True)
    files = {int(path.split("~")[1]) for path in paths.iterator()}
    alive = Job.objects.filter(name="import_units", state__in=(JobState.QUEUED, JobState.RUNNING))
    files -= {each.arguments["file"] for each in alive}
    return sum(sweep_import(file=file) for file in File.objects.filter(pk__in=files))


def sweep_import(*, file: File) -> int:
    """Remove what a stopped run had written; return how many units. What stands in the tree is never touched."""
    with transaction.atomic():
        left = _staged(file)
        TeamMember.objects.filter(unit__in=left.values("pk")).delete()
        return left.delete()[0]
