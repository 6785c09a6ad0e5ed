"""The tree of units and the leading team of each, brought in as one list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Final

from django.core.files.uploadedfile import SimpleUploadedFile

from setright.campaign.actions.file import keep_file
from setright.campaign.actions.unit_import import import_units
from setright.campaign.demo.names import CITY, COUNTY, PROVINCE, SECTORS, Kind, Name, places
from setright.campaign.demo.people import drawn_people, invite_all
from setright.campaign.demo.world import World
from setright.campaign.enums import Role
from setright.campaign.models import Person
from setright.campaign.queries.unit_line import MemberRow, UnitRow

_SINCE: Final = date(2020, 1, 1)
_SMALL: Final = 2
"""People in the team of a unit of batch 2: its own campaign comes later."""


@dataclass
class Planned:
    """A unit to be brought in; `batch` 0 takes no part itself."""

    code: str
    name: Name
    kind: Kind | None
    parent: str
    batch: int
    n_team: int
    people: list[Person] = field(default_factory=list)


def plan_tree(world: World) -> list[Planned]:
    """Contact units with their cities and counties, then the sectors with the other units."""
    rng, names = world.luck("tree"), iter(places(world.luck("places")))
    found = []
    for at in range(1, world.size.n_contacts + 1):
        code = f"P{at:02}"
        found.append(Planned(code, PROVINCE.named(next(names)), PROVINCE, "", 1, max(4, rng.randint(*world.size.team))))
        found += _below(world, code, names)
    sectors = SECTORS[: world.size.n_sectors]
    found += [Planned(sector.code, sector.name, None, "", 0, 0) for sector in sectors]
    for at in range(world.size.n_others):
        sector = sectors[at % len(sectors)]
        kind = sector.kinds[at // len(sectors) % len(sector.kinds)]
        code = f"{sector.code}{at // len(sectors) + 1:03}"
        found.append(Planned(code, kind.named(next(names)), kind, sector.code, 1, rng.randint(*world.size.team)))
    return found


def _below(world: World, code: str, names: Iterator[Name]) -> Iterator[Planned]:
    for city in range(1, world.size.n_cities + 1):
        yield Planned(f"{code}-{city:02}", CITY.named(next(names)), CITY, code, 2, _SMALL)
    for city, county in product(range(1, world.size.n_cities + 1), range(1, world.size.n_counties + 1)):
        above = f"{code}-{city:02}"
        yield Planned(f"{above}-{county:02}", COUNTY.named(next(names)), COUNTY, above, 2, _SMALL)


def bring_in(world: World, planned: list[Planned], logins: dict[Role, Person]) -> None:
    """Invite everyone of the teams, then import the units with them; the first unit is the demo logins' own."""
    own = (logins[Role.LEAD], logins[Role.MEMBER])
    n = sum(each.n_team for each in planned) - len(own)
    people = iter([*own, *invite_all(world, drawn_people(world, "u", n))])
    for each in planned:
        each.people = [next(people) for _ in range(each.n_team)]
    rows = [_row(world, at, each) for at, each in enumerate(planned, 2)]
    lines = ["代码,名称,英文名称,上级代码,姓名,职务", *(line for row in rows for line in _lines(row))]
    upload = SimpleUploadedFile("units.csv", "\n".join(lines).encode(), "text/csv")
    file = keep_file(upload=upload, by=world.office)
    import_units(file=file, rows=rows, campaign=world.campaign, by=world.office, say=lambda _done, _of: None)


def _row(world: World, number: int, planned: Planned) -> UnitRow:
    kind = world.say(Name(planned.kind.zh, planned.kind.en)) if planned.kind else ""
    row = UnitRow(number, planned.code, planned.name.zh, planned.name.en, planned.parent, kind, _SINCE, None)
    for at, person in enumerate(planned.people):
        assert planned.kind is not None  # noqa: S101 - only units with a kind have teams
        post = planned.kind.head if at == 0 else planned.kind.deputy
        row.members.append(
            MemberRow(
                number,
                planned.code,
                person.name,
                person.name_en,
                post.zh,
                post.en,
                at == 0,
                _SINCE,
                person.username,
                person_id=person.pk,
            )
        )
    return row


def _lines(row: UnitRow) -> Iterator[str]:
    yield f"{row.code},{row.name},{row.name_en},{row.parent},,"
    yield from (f"{row.code},{row.name},{row.name_en},{row.parent},{m.name},{m.post}" for m in row.members)


def clerks_of(world: World, n: int) -> list[Person]:
    """Invite the clerks of so many units."""
    return invite_all(world, drawn_people(world, "c", n))
