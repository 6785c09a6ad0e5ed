"""Plain builders of campaign rows for tests: real rows through the real models, sensible where nothing is said."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

from django.utils import timezone

from setright.campaign.actions.enrolment import begin_enrolments, enrol_units
from setright.campaign.enums import BatchState, CampaignState, Role
from setright.campaign.models import Batch, Campaign, File, Grant, Person, StepTemplate, TeamMember, Unit
from setright.campaign.queries.template import template

_count = itertools.count(1)
PASSWORD = "a long enough password"


def person(name: str = "", **fields) -> Person:
    n = next(_count)
    username = fields.pop("username", f"p{n}")
    return Person.objects.create_user(
        username, PASSWORD, name=name or f"人{n}", name_en=f"Person {n}", **{"language": "en", **fields}
    )


def unit(name: str = "", parent: Unit | None = None, **fields) -> Unit:
    n = next(_count)
    values = {
        "name": name or f"单位{n}",
        "name_en": fields.pop("name_en", name or f"Unit {n}"),
        "code": fields.pop("code", f"U{n:05}"),
        "valid_from": date(2020, 1, 1),
        **fields,
    }
    return Unit.objects.add_child(parent, values) if parent else Unit.objects.add_root(values)


def member(of: Unit, who: Person | None = None, *, is_head: bool = False, since: date = date(2021, 1, 1)) -> TeamMember:
    return TeamMember.objects.create(
        unit=of,
        person=who,
        name=who.name if who else "成员",
        name_en=who.name_en if who else "Member",
        post="主任" if is_head else "副主任",
        post_en="Head" if is_head else "Deputy",
        is_head=is_head,
        since=since,
    )


def campaign(
    *, state: CampaignState = CampaignState.RUNNING, starts_on: date | None = None, code: str = "three-phases"
) -> Campaign:
    used = template(code)
    starts_on = starts_on or timezone.localdate() - timedelta(days=30)
    made = Campaign.objects.create(
        name="听真话 改真事",
        name_en="Hear it, fix it",
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=365),
        state=state,
        template=used.code,
        template_version=used.version,
        rules={**used.rules, "phase_days": [p.days for p in used.phases]},
        taxonomy=used.taxonomy,
    )
    StepTemplate.objects.bulk_create(
        StepTemplate(
            campaign=made,
            phase=p.number,
            position=position,
            code=s.code,
            name=s.name,
            name_en=s.name_en,
            requirements=[list(need) for need in s.needs],
            min_files=s.min_files,
            due_days=s.due_days,
        )
        for p in used.phases
        for position, s in enumerate(p.steps, 1)
    )
    return made


def batch(of: Campaign, *, number: int = 1, state: BatchState = BatchState.RUNNING, **fields) -> Batch:
    return Batch.objects.create(campaign=of, number=number, state=state, **{"starts_on": of.starts_on, **fields})


def grant(who: Person, role: Role, of: Campaign | None, over: Unit | None = None) -> Grant:
    who.__dict__.pop("_held", None)
    return Grant.objects.create(
        person=who, role=role, campaign=of, unit=over, since=timezone.localdate() - timedelta(days=1)
    )


def enrolled(of: Batch, units: list[Unit], office: Person):
    """Enrol units through the real action and begin phase 1."""
    made = enrol_units(batch=of, units=units, by=office)
    begin_enrolments(batch=of, by=office)
    for each in made:
        each.refresh_from_db()
    return made


def file(by: Person, *, name: str = "report.pdf", sha256: str = "") -> File:
    n = next(_count)
    return File.objects.create(
        name=name,
        media_type="application/pdf",
        n_bytes=1234,
        sha256=sha256 or f"{n:064x}",
        original=f"{n:032x}",
        cleaned=f"{n:032x}",
        cleaned_bytes=1000,
        by=by,
    )
