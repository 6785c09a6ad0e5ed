"""Make a campaign from a template, start it, close it, archive it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from setright.campaign import access, log
from setright.campaign.actions.transition import move
from setright.campaign.enums import BatchState, CampaignState, Role
from setright.campaign.errors import Invalid, Refused
from setright.campaign.models import Batch, Campaign, Grant, Person, StepTemplate
from setright.campaign.queries.template import CampaignTemplate, templates


@dataclass(frozen=True, slots=True)
class CampaignDraft:
    """What is typed to make a campaign."""

    name: str
    name_en: str
    theme: str
    theme_en: str
    starts_on: date
    ends_on: date
    template: str


def create_campaign(*, draft: CampaignDraft, by: Person) -> Campaign:
    """Make a campaign in draft with its first batch and the template's mandatory steps; its maker is its office."""
    access.require(by, "campaign.manage")
    if draft.template not in templates():
        raise Invalid("template", _("There is no such template."))
    if draft.ends_on <= draft.starts_on:
        raise Invalid("ends_on", _("The end must come after the start."))
    used = templates()[draft.template]
    with transaction.atomic():
        campaign = Campaign.objects.create(
            name=draft.name,
            name_en=draft.name_en,
            theme=draft.theme,
            theme_en=draft.theme_en,
            starts_on=draft.starts_on,
            ends_on=draft.ends_on,
            template=used.code,
            template_version=used.version,
            rules={**used.rules, "phase_days": [phase.days for phase in used.phases]},
            taxonomy=used.taxonomy,
        )
        _copy_steps(campaign, used)
        Batch.objects.create(campaign=campaign, number=1, starts_on=draft.starts_on)
        Grant.objects.create(person=by, role=Role.OFFICE, campaign=campaign, since=draft_day(draft))
        log.write("create_campaign", campaign, by, log.About(campaign.pk), log.Change(after={"state": "draft"}))
    return campaign


def draft_day(draft: CampaignDraft) -> date:
    """The day from which the maker's own grant holds: today at the latest, so that they can prepare it."""
    return min(draft.starts_on, timezone.localdate())


def _copy_steps(campaign: Campaign, used: CampaignTemplate) -> None:
    StepTemplate.objects.bulk_create(
        StepTemplate(
            campaign=campaign,
            phase=phase.number,
            position=position,
            code=step.code,
            name=step.name,
            name_en=step.name_en,
            requirements=[list(need) for need in step.needs],
            min_files=step.min_files,
            due_days=step.due_days,
        )
        for phase in used.phases
        for position, step in enumerate(phase.steps, 1)
    )


def start_campaign(*, campaign: Campaign, by: Person) -> None:
    """From draft to running; its first batch runs with it."""
    access.require(by, "campaign.manage", campaign=campaign)
    if not campaign.enrolments.exists():
        raise Refused(_("No unit takes part yet: enrol units first."))
    with transaction.atomic():
        move(campaign, (CampaignState.DRAFT,), state=CampaignState.RUNNING)
        campaign.batches.filter(number=1).update(state=BatchState.RUNNING)
        log.write(
            "start_campaign",
            campaign,
            by,
            log.About(campaign.pk),
            log.Change({"state": "draft"}, {"state": "running"}),
        )


def close_campaign(*, campaign: Campaign, by: Person) -> None:
    """From running to closed: nothing more is entered."""
    _end(campaign, by, CampaignState.RUNNING, CampaignState.CLOSED)


def archive_campaign(*, campaign: Campaign, by: Person) -> None:
    """From closed to archived."""
    _end(campaign, by, CampaignState.CLOSED, CampaignState.ARCHIVED)


def _end(campaign: Campaign, by: Person, start: CampaignState, end: CampaignState) -> None:
    access.require(by, "campaign.manage", campaign=campaign)
    with transaction.atomic():
        move(campaign, (start,), state=end)
        log.write(
            f"{end.value.removesuffix('d')}_campaign",
            campaign,
            by,
            log.About(campaign.pk),
            log.Change({"state": start}, {"state": end}),
        )
