"""A list of units or of teams, read and checked: what it would add, and every line that cannot be, with the reason.

Nothing is written here. The same check runs for the preview and once more in the job, so that what changed between the
two is noticed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from setright.campaign.models import Person, TeamMember, Unit
from setright.campaign.models.named import headings
from setright.campaign.queries.unit_line import (
    DEEPEST,
    MEMBER_COLUMNS,
    TEAM_COLUMNS,
    UNIT_COLUMNS,
    Checked,
    MemberRow,
    UnitRow,
    Wrong,
    find_hint,
    member_row,
    unit_row,
)
from setright.intake.listing import Line, read_listing

_CHUNK: Final = 500


def check_units(content: bytes, where: str, since: date) -> Checked:
    """Check a list of units, with their teams where it has such columns.

    A line that repeats a unit's code and names a member adds that member; parents may come after their children.

    Parameters
    ----------
    since
        The first day of units and posts that name none.
    """
    lines = read_listing(content, where, headings({**UNIT_COLUMNS, **MEMBER_COLUMNS}), ("code", "name"))
    checked = Checked(n_lines=len(lines))
    first: dict[str, tuple[Line, UnitRow]] = {}
    for line in lines:
        _take_unit(checked, line, first, since)
    _check_codes(checked)
    _check_parents(checked)
    _check_members(checked, [])
    return _sorted(checked)


def check_team(content: bytes, where: str, since: date) -> Checked:
    """Check a list of team members of units that stand in the tree."""
    lines = read_listing(content, where, headings(TEAM_COLUMNS), ("code", "member"))
    checked = Checked(n_lines=len(lines))
    known = _known_units(sorted({line.cells["code"] for line in lines}))
    for line in lines:
        code = line.cells["code"]
        if code not in known:
            what = _("there is no unit “%(code)s”") % {"code": code}
            checked.wrong.append(Wrong(line.number, _("unit code"), what, find_hint()))
        elif row := member_row(checked, line, since):
            row.unit_id, ends = known[code]
            checked.wrong.extend(_outlives(row, ends))
            checked.members.append(row)
    _check_members(checked, [key for key, _ends in known.values()])
    return _sorted(checked)


def _sorted(checked: Checked) -> Checked:
    checked.wrong.sort(key=lambda each: (each.number, each.column))
    return checked


def _take_unit(checked: Checked, line: Line, first: dict[str, tuple[Line, UnitRow]], since: date) -> None:
    code = line.cells["code"]
    earlier = first.get(code)
    if earlier and code and line.cells["member"] and _repeats(line, earlier[0]):
        if row := member_row(checked, line, since):
            earlier[1].members.append(row)
            checked.members.append(row)
        return
    if earlier and code:
        checked.wrong.append(
            Wrong(
                line.number,
                _("code"),
                _("“%(code)s” stands in line %(n)d already") % {"code": code, "n": earlier[0].number},
                _("every unit has a code of its own; a further member of a unit repeats its line exactly"),
            )
        )
        return
    unit = unit_row(checked, line, since)
    if code:
        first[code] = (line, unit)
    checked.units.append(unit)
    if line.cells["member"] and (row := member_row(checked, line, since)):
        unit.members.append(row)
        checked.members.append(row)


def _repeats(line: Line, earlier: Line) -> bool:
    """Whether the unit's cells are the same as before, or left empty."""
    return all(line.cells[name] in ("", earlier.cells[name]) for name in UNIT_COLUMNS)


def _outlives(row: MemberRow, ends: date | None) -> Iterator[Wrong]:
    if ends and ends < row.since:
        what = _("the unit ended on %(to)s, before this post begins") % {"to": ends}
        yield Wrong(row.number, _("since"), what, _("name the unit that follows it"))


def _known_units(codes: list[str]) -> dict[str, tuple[int, date | None]]:
    found: dict[str, tuple[int, date | None]] = {}
    for start in range(0, len(codes), _CHUNK):
        rows = Unit.objects.filter(code__in=codes[start : start + _CHUNK])
        found.update({code: (key, ends) for code, key, ends in rows.values_list("code", "pk", "valid_to")})
    return found


def _check_codes(checked: Checked) -> None:
    """No code that the tree has already."""
    taken = _known_units([unit.code for unit in checked.units])
    for unit in checked.units:
        if unit.code in taken:
            what = _("there is a unit “%(code)s” already") % {"code": unit.code}
            right = _("take the line out; renaming and moving are done on the unit’s own page")
            checked.wrong.append(Wrong(unit.number, _("code"), what, right))


def _check_parents(checked: Checked) -> None:
    """Every parent is in the list or in the tree, no circle, not too deep, not ended before its child begins."""
    inside = {unit.code: unit for unit in checked.units}
    outside = _parents_in_tree(sorted({u.parent for u in checked.units if u.parent and u.parent not in inside}))
    for unit in checked.units:
        if not unit.parent:
            continue
        ends = inside[unit.parent].valid_to if unit.parent in inside else outside.get(unit.parent, (0, None))[1]
        if unit.parent not in inside and unit.parent not in outside:
            what = _("there is no unit “%(code)s” above it, in the list or in the tree") % {"code": unit.parent}
            checked.wrong.append(Wrong(unit.number, _("parent code"), what, find_hint()))
        elif ends and ends < unit.valid_from:
            what = _("“%(code)s” ends on %(to)s, before this unit begins") % {"code": unit.parent, "to": ends}
            checked.wrong.append(Wrong(unit.number, _("parent code"), what, _("name the unit that follows it")))
    _check_circles(checked, inside, outside)


def _parents_in_tree(codes: list[str]) -> dict[str, tuple[int, date | None]]:
    found: dict[str, tuple[int, date | None]] = {}
    for start in range(0, len(codes), _CHUNK):
        rows = Unit.objects.filter(code__in=codes[start : start + _CHUNK])
        found.update({code: (depth, ends) for code, depth, ends in rows.values_list("code", "depth", "valid_to")})
    return found


def _check_circles(checked: Checked, inside: dict[str, UnitRow], outside: dict[str, tuple[int, date | None]]) -> None:
    depth: dict[str, int] = {}
    for unit in checked.units:
        way: dict[str, None] = {}
        code = unit.code
        while code in inside and code not in depth and code not in way:
            way[code] = None
            code = inside[code].parent
        if code in way:
            _refuse_circle(checked, [inside[each] for each in list(way)[list(way).index(code) :]])
        known = depth.get(code, outside.get(code, (0, None))[0])
        for up, each in enumerate(reversed(way), 1):
            depth[each] = known + up
    for unit in checked.units:
        if depth[unit.code] > DEEPEST and unit.code:
            what = _("it would stand on level %(n)d") % {"n": depth[unit.code]}
            checked.wrong.append(Wrong(unit.number, _("parent code"), what, _("at most %(n)d") % {"n": DEEPEST}))


def _refuse_circle(checked: Checked, circle: list[UnitRow]) -> None:
    shown = [unit.code for unit in circle[:4]] + (["…"] if len(circle) > 4 else []) + [circle[0].code]
    what = _("these units lie above each other in a circle: %(way)s") % {"way": " → ".join(shown)}
    for unit in circle:
        right = _("one of them needs a parent outside, or none")
        checked.wrong.append(Wrong(unit.number, _("parent code"), what, right))


def _check_members(checked: Checked, units: list[int]) -> None:
    """User names exist; one head at a time; nobody twice."""
    names = sorted({each.user for each in checked.members if each.user})
    people: dict[str, int] = {}
    for start in range(0, len(names), _CHUNK):
        rows = Person.objects.filter(username__in=names[start : start + _CHUNK], is_active=True)
        people.update(rows.values_list("username", "pk"))
    standing, heads = _standing(units)
    n_heads = Counter(each.code for each in checked.members if each.is_head and not each.until)
    seen: set[tuple[str, str, str, date | None]] = set()
    for each in checked.members:
        each.person_id = people.get(each.user)
        checked.wrong.extend(_member_faults(each, n_heads[each.code], heads.get(each.unit_id, "")))
        key = (each.code, each.name, each.post, each.until)
        stands = not each.until and (each.unit_id, each.name, each.post) in standing
        if key in seen or stands:
            what = _("%(name)s, %(post)s is in this team already") % {"name": each.name, "post": each.post}
            checked.wrong.append(Wrong(each.number, _("member"), what, _("take the line out")))
        seen.add(key)


def _member_faults(each: MemberRow, n_heads: int, head: str) -> Iterator[Wrong]:
    if each.user and each.person_id is None:
        what = _("nobody has the user name “%(name)s”") % {"name": each.user}
        yield Wrong(each.number, _("user name"), what, _("leave it empty and link the person once they are invited"))
    if each.is_head and not each.until and n_heads > 1:
        what = _("%(n)d heads are named for “%(code)s”") % {"n": n_heads, "code": each.code}
        yield Wrong(each.number, _("head"), what, _("one head for each team"))
    if each.is_head and not each.until and head:
        what = _("%(name)s heads this team already") % {"name": head}
        yield Wrong(each.number, _("head"), what, _("leave it empty, and change the head on the team’s page"))


def _standing(units: list[int]) -> tuple[set[tuple[int, str, str]], dict[int, str]]:
    """Present members of these teams, and the head of each."""
    present: set[tuple[int, str, str]] = set()
    heads: dict[int, str] = {}
    for start in range(0, len(units), _CHUNK):
        rows = TeamMember.objects.filter(unit__in=units[start : start + _CHUNK], until=None)
        for unit, name, post, is_head in rows.values_list("unit_id", "name", "post", "is_head"):
            present.add((unit, name, post))
            if is_head:
                heads[unit] = name
    return present, heads
