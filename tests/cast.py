"""The fixed cast of every test: one person per role, and an outsider who must see nothing.

province
├── city            enrolled; lead, clerk, member, supervisor and sponsor are about it
│   └── hospital    below it: what holds for the city's subtree holds here
└── port            its sibling, enrolled too; nobody of the city's may see it
elsewhere           another root
"""

from __future__ import annotations

from dataclasses import dataclass

from setright.campaign.enums import Role
from setright.campaign.models import Batch, Campaign, Enrolment, Person, Unit
from tests import factories


@dataclass
class Cast:
    campaign: Campaign
    batch: Batch
    province: Unit
    city: Unit
    hospital: Unit
    port: Unit
    elsewhere: Unit
    at_city: Enrolment
    at_hospital: Enrolment
    at_port: Enrolment
    office: Person
    administrator: Person
    lead: Person
    clerk: Person
    member: Person
    accused: Person
    supervisor: Person
    sponsor: Person
    analyst: Person
    outsider: Person

    @property
    def people(self) -> dict[str, Person]:
        names = (
            "office",
            "administrator",
            "lead",
            "clerk",
            "member",
            "accused",
            "supervisor",
            "sponsor",
            "analyst",
            "outsider",
        )
        return {name: getattr(self, name) for name in names}


def assemble() -> Cast:
    """Build the cast; everyone's password is `factories.PASSWORD`, their user name is their role."""
    people = {
        name: factories.person(f"{name}", username=name)
        for name in (
            "office",
            "administrator",
            "lead",
            "clerk",
            "member",
            "accused",
            "supervisor",
            "sponsor",
            "analyst",
            "outsider",
        )
    }
    province = factories.unit("省", name_en="Province", code="P")
    city = factories.unit("市", province, name_en="City", code="P-C")
    hospital = factories.unit("医院", city, name_en="Hospital", code="P-C-H")
    port = factories.unit("港口", province, name_en="Port", code="P-P")
    elsewhere = factories.unit("外省", name_en="Elsewhere", code="E")
    city.refresh_from_db()
    campaign = factories.campaign()
    batch = factories.batch(campaign)
    factories.member(city, people["lead"], is_head=True)
    factories.member(city, people["member"])
    factories.member(hospital, people["accused"], is_head=True)
    factories.grant(people["office"], Role.OFFICE, campaign)
    factories.grant(people["administrator"], Role.ADMINISTRATOR, None)
    at_city, at_hospital, at_port = factories.enrolled(batch, [city, hospital, port], people["office"])
    for name, role, over in (
        ("clerk", Role.CLERK, city),
        ("member", Role.MEMBER, city),
        ("supervisor", Role.SUPERVISOR, city),
        ("sponsor", Role.SPONSOR, city),
        ("analyst", Role.ANALYST, city),
    ):
        factories.grant(people[name], role, campaign, over)
    for each in people.values():
        each.__dict__.pop("_held", None)
    return Cast(campaign, batch, province, city, hospital, port, elsewhere, at_city, at_hospital, at_port, **people)
