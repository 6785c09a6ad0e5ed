"""Accounts: one demo login per role, everybody else from lists."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.hashers import get_hasher
from django.core.files.uploadedfile import SimpleUploadedFile

from setright.campaign.actions.file import keep_file
from setright.campaign.actions.invitation import (
    NewPerson,
    accept_invitation,
    finish_run,
    invite_person,
    stage_people,
)
from setright.campaign.actions.job import claim_job, end_job, enqueue
from setright.campaign.actions.person import Details, add_first_person, change_language, edit_person
from setright.campaign.demo.names import Name, person_name
from setright.campaign.demo.world import World, site_language
from setright.campaign.enums import JobState, Role
from setright.campaign.models import Person
from setright.campaign.queries.invitation import Row

PASSWORD: Final = "hear-it-set-it-right"  # noqa: S105 - printed on purpose: it opens invented data alone
_MOST: Final = 3_000
INVITED: Final = {
    Role.LEAD: Name("梁静怡", "Liang Jingyi"),
    Role.CLERK: Name("邓敏", "Deng Min"),
    Role.MEMBER: Name("陶岚", "Tao Lan"),
    Role.SUPERVISOR: Name("石磊", "Shi Lei"),
    Role.SPONSOR: Name("顾明川", "Gu Mingchuan"),
    Role.ANALYST: Name("夏知远", "Xia Zhiyuan"),
}
_FIRST: Final = {Role.ADMINISTRATOR: Name("陆文", "Lu Wen"), Role.OFFICE: Name("何敏", "He Min")}


@contextmanager
def quick_passwords() -> Iterator[None]:
    """Hash passwords with next to no work: the one of the demonstration is printed for all to read.

    At the first sign-in Django sees that the hash is weaker than it should be, and makes it anew.
    """
    hasher: Any = get_hasher()
    least = {"time_cost": 1, "memory_cost": 8 * getattr(hasher, "parallelism", 1)}  # as little as Argon2 takes
    before = {name: getattr(hasher, name) for name in least if hasattr(hasher, name)}
    try:
        vars(hasher).update({name: least[name] for name in before})
        yield
    finally:
        vars(hasher).update(before)


def first_people() -> tuple[Person, Person]:
    """The administrator and the office, as `setright user add` makes them."""
    found = []
    for role, name in _FIRST.items():
        person = add_first_person(username=role.value, name=name.zh, email="", role=role.value, password=PASSWORD)
        change_language(person=person, language=site_language().value)
        found.append(person)
    for person, name in zip(found, _FIRST.values(), strict=True):
        edit_person(person=person, details=Details(name.zh, name.en, ""), by=found[0])
    return found[0], found[1]


def invited_people(world: World) -> dict[Role, Person]:
    """The other demo logins: invited one by one, each has opened their link."""
    found = {}
    for role, name in INVITED.items():
        new = NewPerson(role.value, name.zh, name.en, "", site_language().value)
        link = invite_person(new=new, by=world.administrator)
        found[role] = accept_invitation(token=link.token, password=PASSWORD)
    return found


@dataclass(frozen=True, slots=True)
class Drawn:
    """Somebody still to be invited."""

    username: str
    name: Name


def drawn_people(world: World, what: str, n: int) -> list[Drawn]:
    """Draw `n` people; their user names say what they are here for."""
    rng = world.luck("people", what)
    return [Drawn(f"{what}{number:05}", person_name(rng)) for number in range(1, n + 1)]


def invite_all(world: World, drawn: list[Drawn]) -> list[Person]:
    """Invite everybody from lists of at most 3,000, as the page does; nobody of them has opened their link."""
    for start in range(0, len(drawn), _MOST):
        _invite_list(world, drawn[start : start + _MOST], start // _MOST + 1)
    made: dict[str, Person] = {}
    for part in _parts([each.username for each in drawn]):
        made.update((p.username, p) for p in Person.objects.filter(username__in=part))
    return [made[each.username] for each in drawn]


def _parts(names: list[str]) -> Iterator[list[str]]:
    yield from (names[start : start + _MOST] for start in range(0, len(names), _MOST))


def _invite_list(world: World, drawn: list[Drawn], number: int) -> None:
    language, by = site_language().value, world.administrator
    rows = [Row(at, d.username, d.name.zh, d.name.en, "", language, None) for at, d in enumerate(drawn, 2)]
    lines = ["用户名,姓名,英文名", *(f"{row.username},{row.name},{row.name_en}" for row in rows)]
    upload = SimpleUploadedFile(f"people-{number}.csv", "\n".join(lines).encode(), "text/csv")
    file = keep_file(upload=upload, by=by)
    enqueue(name="invite_people", arguments={"file": file.pk, "by": by.pk}, by=by)
    run = claim_job()
    assert run is not None  # noqa: S101 - it was queued just now, and nobody works on this database
    stage_people(run=run, rows=rows)
    n = finish_run(run=run, rows=rows, by=by)
    end_job(job=run, state=JobState.DONE, result={"people": n, "mailed": 0, "left": n})
