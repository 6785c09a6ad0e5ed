"""Before the first day: the campaign, its people and units, who takes part, who supervises, who holds which role."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import timezone

from setright.campaign.actions.batch import add_batch
from setright.campaign.actions.campaign import CampaignDraft, create_campaign, start_campaign
from setright.campaign.actions.enrolment import assign_group, begin_enrolments, enrol_units
from setright.campaign.actions.grant import NewRole, give_roles
from setright.campaign.actions.group import create_group
from setright.campaign.demo.people import drawn_people, invite_all, invited_people
from setright.campaign.demo.size import DAYS
from setright.campaign.demo.tree import Planned, bring_in, clerks_of, plan_tree
from setright.campaign.demo.world import Party, World, hour
from setright.campaign.enums import Role
from setright.campaign.models import Campaign, Enrolment, Person, Unit

_A_GROUP: Final = 3
_ZH_NUMBERS: Final = "一二三四五六七八九"
_PART: Final = 500


def found(world: World) -> dict[Role, Person]:
    """Do everything that comes before the first day, and begin phase 1 on it; return the demo logins but two."""
    world.campaign = _campaign(world)
    _on(world, -14)
    logins = invited_people(world)
    planned = plan_tree(world)
    bring_in(world, planned, logins)
    _on(world, -7)
    _enrol(world, planned)
    _gather(world, planned, logins)
    _on(world, -5)
    _give_roles(world, logins)
    _supervise(world, logins[Role.SUPERVISOR])
    world.sponsors = [logins[Role.SPONSOR], *invite_all(world, drawn_people(world, "s", world.size.n_contacts - 1))]
    _on(world, 0)
    start_campaign(campaign=world.campaign, by=world.office)
    world.batches[0].refresh_from_db()
    begin_enrolments(batch=world.batches[0], by=world.office)
    world.campaign = Campaign.objects.get(pk=world.campaign.pk)
    _reread(world)
    return logins


def _on(world: World, day: int) -> None:
    world.clock.advance(hour(world.day(day), 8 * 60))


def _campaign(world: World) -> Campaign:
    draft = CampaignDraft(
        name="听真话 改真事（演示）",
        name_en="Hear it, set it right (demonstration)",
        theme="演示数据：人名、地名、单位和文字都是编的，不指任何真实的人和单位。",
        theme_en="Demonstration data: people, places, units and texts are all invented and mean nobody and nowhere.",
        starts_on=world.first,
        ends_on=world.first + timedelta(days=330),
        template="three-phases",
    )
    campaign = create_campaign(draft=draft, by=world.office)
    second = world.day(DAYS + 100)
    world.batches = [campaign.batches.get(number=1), add_batch(campaign=campaign, starts_on=second, by=world.office)]
    return campaign


def _enrol(world: World, planned: list[Planned]) -> None:
    units = {unit.code: unit for unit in Unit.objects.all()}
    for number, batch in enumerate(world.batches, 1):
        joining = [units[each.code] for each in planned if each.batch == number]
        enrol_units(batch=batch, units=joining, by=world.office)


def _gather(world: World, planned: list[Planned], logins: dict[Role, Person]) -> None:
    """Who acts for which unit: batch 1 has clerks of its own, a unit of batch 2 its head alone so far."""
    enrolments = {e.unit.code: e for e in Enrolment.objects.select_related("unit", "campaign", "batch")}
    first = [each for each in planned if each.batch == 1]
    clerks = [logins[Role.CLERK], *clerks_of(world, len(first) - 1)]
    for number, (each, clerk) in enumerate(zip(first, clerks, strict=True)):
        party = Party(number, enrolments[each.code], each.people[0], clerk, each.people[1:])
        party.is_contact = each.code.startswith("P")
        world.parties.append(party)
    by_code = {party.enrolment.unit.code: party for party in world.parties}
    for each in planned:
        if each.batch == 2 and each.parent in by_code:
            party = Party(-1, enrolments[each.code], each.people[0], each.people[0], each.people[1:])
            world.below.setdefault(by_code[each.parent].number, []).append(party)


def _give_roles(world: World, logins: dict[Role, Person]) -> None:
    given = [NewRole(logins[Role.ANALYST], Role.ANALYST, None)]
    for party in world.parties:
        unit = party.enrolment.unit
        given.append(NewRole(party.clerk, Role.CLERK, unit))
        given += [NewRole(member, Role.MEMBER, unit) for member in party.members]
    give_roles(campaign=world.campaign, given=given, by=world.office)


def _supervise(world: World, login: Person) -> None:
    """Groups of three; the first watches the first contact unit, and units of several sectors beside it."""
    parties, n = world.parties, world.size.n_watched
    n_groups = -(-len(parties) // n)
    drawn = invite_all(world, drawn_people(world, "g", n_groups * _A_GROUP - 1))
    people = iter([login, *drawn])
    for at in range(n_groups):
        members = [next(people) for _ in range(_A_GROUP)]
        group = create_group(
            campaign=world.campaign,
            name=f"督导{_zh(at + 1)}组",
            name_en=f"Supervision group {at + 1}",
            members=members,
            by=world.office,
        )
        watched = parties[at::n_groups]
        assign_group(enrolments=[party.enrolment for party in watched], group=group, by=world.office)
        for party in watched:
            party.reviewers = members
        world.groups.append(group)


def _zh(number: int) -> str:
    """A number below 1,000 in Chinese."""
    if number >= 100:
        return str(number)
    tens, ones = divmod(number, 10)
    said = ("" if tens < 2 else _ZH_NUMBERS[tens - 1]) + ("十" if tens else "")
    return said + (_ZH_NUMBERS[ones - 1] if ones else "")


def _reread(world: World) -> None:
    """Enrolments as they stand now, on one campaign object: acts ask them thousands of times."""
    keys = [party.enrolment.pk for party in world.parties]
    now: dict[int, Enrolment] = {}
    for start in range(0, len(keys), _PART):
        now.update(Enrolment.objects.select_related("unit", "batch").in_bulk(keys[start : start + _PART]))
    for party in world.parties:
        party.enrolment = now[party.enrolment.pk]
        party.enrolment.campaign = world.campaign
    assert timezone.localdate() == world.first  # noqa: S101 - phase 1 begins on the first day
