"""Campaigns and the templates they are made from."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from ninja import Router, Schema

from setright.campaign import access
from setright.campaign.actions.campaign import (
    CampaignDraft,
    archive_campaign,
    close_campaign,
    create_campaign,
    start_campaign,
)
from setright.campaign.api.guard import Call, reads, writes
from setright.campaign.api.paging import Page, page
from setright.campaign.api.typed import Day, In, Line, Maybe, Name, Short
from setright.campaign.enums import CampaignState
from setright.campaign.models import Campaign
from setright.campaign.queries.campaign import Item, setup_of
from setright.campaign.queries.template import CampaignTemplate, PhasePlan, StepPlan, templates

router = Router()


class CampaignOut(Schema):
    """A campaign; `rules` are its thresholds as the template had them."""

    id: int
    name: str
    name_en: str
    theme: str
    theme_en: str
    starts_on: date
    ends_on: date
    state: CampaignState
    template: str
    template_version: int
    rules: dict[str, Any]
    taxonomy: str


class CampaignIn(In):
    template: Short
    name: Name
    name_en: Maybe = ""
    theme: Line = ""
    theme_en: Line = ""
    starts_on: Day
    ends_on: Day


class SetupItem(Schema):
    """One thing a campaign needs, how far it is, and the page where it is done."""

    code: str
    title: str
    detail: str
    got: int
    need: int | None
    is_ready: bool
    url: str


class SetupOut(Schema):
    items: list[SetupItem]


class StepPlanOut(Schema):
    code: str
    name: str
    name_en: str
    due_days: int
    needs: list[list[str]]
    min_files: int


class PhasePlanOut(Schema):
    number: int
    name: str
    name_en: str
    days: int
    steps: list[StepPlanOut]


class TemplateOut(Schema):
    """What a campaign is made from; `needs` are (Chinese, English)."""

    code: str
    version: int
    name: str
    name_en: str
    taxonomy: str
    rules: dict[str, int]
    phases: list[PhasePlanOut]


class TemplateList(Schema):
    items: list[TemplateOut]


def campaign_out(row: Campaign) -> CampaignOut:
    return CampaignOut.model_validate(row)


@reads(router, "/templates", "campaign.view", TemplateList)
def list_templates(request: Call) -> TemplateList:
    """Every template that comes with Setright."""
    return TemplateList(items=[_template(each) for each in templates().values()])


def _template(each: CampaignTemplate) -> TemplateOut:
    return TemplateOut(
        code=each.code,
        version=each.version,
        name=each.name,
        name_en=each.name_en,
        taxonomy=each.taxonomy,
        rules=each.rules,
        phases=[_phase(phase) for phase in each.phases],
    )


def _phase(each: PhasePlan) -> PhasePlanOut:
    steps = [_step(step) for step in each.steps]
    return PhasePlanOut(number=each.number, name=each.name, name_en=each.name_en, days=each.days, steps=steps)


def _step(each: StepPlan) -> StepPlanOut:
    return StepPlanOut(
        code=each.code,
        name=each.name,
        name_en=each.name_en,
        due_days=each.due_days,
        needs=[list(need) for need in each.needs],
        min_files=each.min_files,
    )


@reads(router, "/campaigns", "", Page[CampaignOut])
def list_campaigns(request: Call, state: CampaignState | None = None) -> Any:
    """Every campaign the caller has a role in, newest first."""
    rows = access.campaigns_of(request.user)
    return page(request, rows.filter(state=state) if state else rows, ("-starts_on", "-pk"), campaign_out)


@writes(router, "/campaigns", "campaign.manage", CampaignOut, status=201)
def add_campaign(request: Call, body: CampaignIn) -> CampaignOut:
    """Make a campaign in draft from a template; its maker is its office."""
    return campaign_out(create_campaign(draft=CampaignDraft(**body.model_dump()), by=request.user))


@reads(router, "/campaigns/{campaign}", "campaign.view", CampaignOut)
def read_campaign(request: Call) -> CampaignOut:
    """One campaign."""
    return campaign_out(request.campaign)


@reads(router, "/campaigns/{campaign}/setup", "campaign.manage", SetupOut)
def read_setup(request: Call) -> SetupOut:
    """What is ready and what is missing, in the order in which it is done."""
    return SetupOut(items=[_item(each) for each in setup_of(request.campaign)])


def _item(each: Item) -> SetupItem:
    return SetupItem(
        code=each.code,
        title=each.title,
        detail=each.detail,
        got=each.got,
        need=each.need,
        is_ready=each.is_ready,
        url=reverse(each.url_name, args=each.url_args),
    )


@writes(router, "/campaigns/{campaign}/start", "campaign.manage", CampaignOut)
def begin_campaign(request: Call) -> CampaignOut:
    """From draft to running; its first batch runs with it."""
    start_campaign(campaign=request.campaign, by=request.user)
    return campaign_out(request.campaign)


@writes(router, "/campaigns/{campaign}/close", "campaign.manage", CampaignOut)
def end_campaign(request: Call) -> CampaignOut:
    """From running to closed: nothing more is entered. This cannot be undone."""
    close_campaign(campaign=request.campaign, by=request.user)
    return campaign_out(request.campaign)


@writes(router, "/campaigns/{campaign}/archive", "campaign.manage", CampaignOut)
def shelve_campaign(request: Call) -> CampaignOut:
    """From closed to archived. This cannot be undone."""
    archive_campaign(campaign=request.campaign, by=request.user)
    return campaign_out(request.campaign)
