"""Campaigns as their list shows them, and what of one is ready and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from setright.campaign import access
from setright.campaign.enums import BatchState, CampaignState, PlanState
from setright.campaign.models import Batch, Campaign, ContactPlan, Enrolment, Person, SupervisionGroup, Unit
from setright.campaign.queries.enrolment import Tally, tally
from setright.campaign.queries.unit import valid_on


def campaigns_for(person: Person) -> QuerySet[Campaign]:
    """The campaigns a person has a role in, each with `n_batches` and `n_units`."""
    rows = access.campaigns_of(person)
    return rows.annotate(n_batches=Count("batches", distinct=True), n_units=Count("enrolments", distinct=True))


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a campaign needs: how far it is, and the page where it is done."""

    code: str
    title: str
    detail: str
    got: int
    need: int | None
    url_name: str
    url_args: tuple[Any, ...]
    act: str
    is_ready: bool


def setup_of(campaign: Campaign) -> list[Item]:
    """What is ready and what is missing, in the order in which it is done."""
    batch = current_batch(campaign)
    counts = tally(batch.enrolments.all()) if batch else Tally(0, 0, 0, 0)
    return [
        _units(campaign),
        _batch(campaign, batch),
        _enrolled(campaign, batch, counts),
        _leads(campaign, batch, counts),
        _groups(campaign, batch, counts),
        _plan(campaign),
        _started(campaign, batch, counts),
    ]


def current_batch(campaign: Campaign) -> Batch | None:
    """The batch that is being set up or runs: the last one that is not closed."""
    return campaign.batches.exclude(state=BatchState.CLOSED).order_by("number").first()


def _units(campaign: Campaign) -> Item:
    n = valid_on(Unit.objects.order_by(), timezone.localdate()).count()
    title = ngettext("%(n)s unit in the tree", "%(n)s units in the tree", n) % {"n": f"{n:,}"}
    detail = _("A list of codes, names and parents adds them all at once, with their teams.")
    return Item("units", title, detail, n, None, "unit_list", (campaign.pk,), _("Units and teams"), n > 0)


def _batch(campaign: Campaign, batch: Batch | None) -> Item:
    n = campaign.batches.count()
    if batch is None:
        url = ("batch_add", (campaign.pk,))
        return Item("batch", _("No batch is planned"), _("Every unit joins in a batch."), n, 1, *url, _("Add"), False)
    title = _("Batch %(n)d: %(state)s") % {"n": batch.number, "state": batch.get_state_display()}
    return Item("batch", title, "", n, 1, "batch_page", (campaign.pk, batch.pk), _("Open"), True)


def _at(campaign: Campaign, batch: Batch | None, name: str = "batch_page") -> tuple[str, tuple[Any, ...]]:
    return (name, (campaign.pk, batch.pk)) if batch else ("batch_add", (campaign.pk,))


def _enrolled(campaign: Campaign, batch: Batch | None, counts: Tally) -> Item:
    title = ngettext("%(n)s unit takes part", "%(n)s units take part", counts.n) % {"n": f"{counts.n:,}"}
    detail = "" if counts.n else _("Choose them in the tree, paste their codes, or take a whole level.")
    return Item(
        "enrolled", title, detail, counts.n, None, *_at(campaign, batch, "batch_enrol"), _("Enrol"), counts.n > 0
    )


def _leads(campaign: Campaign, batch: Batch | None, counts: Tally) -> Item:
    n = counts.n - counts.n_leaderless
    title = _("%(got)s of %(n)s units have a lead who can sign in") % {"got": f"{n:,}", "n": f"{counts.n:,}"}
    detail = _("The head of a team leads, once they are linked to a user.") if counts.n_leaderless else ""
    url = _at(campaign, batch)
    return Item("leads", title, detail, n, counts.n, *url, _("Name leads"), counts.n > 0 and not counts.n_leaderless)


def _groups(campaign: Campaign, batch: Batch | None, counts: Tally) -> Item:
    n = counts.n - counts.n_groupless
    n_groups = SupervisionGroup.objects.filter(campaign=campaign).count()
    values = {"got": f"{n:,}", "n": f"{counts.n:,}"}
    title = _("%(got)s of %(n)s units have a supervision group") % values
    detail = ngettext("%(n)d group is made.", "%(n)d groups are made.", n_groups) % {"n": n_groups}
    url = _at(campaign, batch) if n_groups else ("group_list", (campaign.pk,))
    act = _("Assign") if n_groups else _("Make groups")
    return Item("groups", title, detail, n, counts.n, *url, act, counts.n > 0 and not counts.n_groupless)


def _plan(campaign: Campaign) -> Item:
    plan = ContactPlan.objects.filter(campaign=campaign).order_by("-version").first()
    is_approved = ContactPlan.objects.filter(campaign=campaign, state=PlanState.APPROVED).exists()
    title = _("Contact plan approved") if is_approved else _("Contact plan not approved")
    detail = "" if is_approved else (_("A draft waits for its committee.") if plan else _("No draft yet."))
    return Item("plan", title, detail, int(is_approved), 1, "plan_list", (campaign.pk,), _("Open"), is_approved)


def _started(campaign: Campaign, batch: Batch | None, counts: Tally) -> Item:
    if campaign.state == CampaignState.DRAFT:
        title, url = _("The campaign has not started"), ("campaign_start", (campaign.pk,))
        return Item("started", title, _("Its first batch starts with it."), 0, 1, *url, _("Start"), False)
    n = counts.n - counts.n_waiting
    values = {"got": f"{n:,}", "n": f"{counts.n:,}"}
    title = _("%(got)s of %(n)s units have begun phase 1") % values
    is_ready = counts.n > 0 and not counts.n_waiting
    url = _at(campaign, batch) if is_ready else _at(campaign, batch, "batch_begin")
    return Item("started", title, "", n, counts.n, *url, _("Open") if is_ready else _("Begin phase 1"), is_ready)


def batches_of(campaign: Campaign) -> QuerySet[Batch]:
    """Every batch with `n_units`."""
    return campaign.batches.annotate(n_units=Count("enrolments")).order_by("number")


def groups_of(campaign: Campaign) -> QuerySet[SupervisionGroup]:
    """Every supervision group with its members and `n_units`."""
    rows = SupervisionGroup.objects.filter(campaign=campaign).prefetch_related("members")
    return rows.annotate(n_units=Count("enrolments", distinct=True)).order_by("pk")


def units_of_group(group: SupervisionGroup) -> QuerySet[Enrolment]:
    """The enrolments a group watches."""
    return group.enrolments.select_related("unit", "lead", "batch").order_by("unit__path")
