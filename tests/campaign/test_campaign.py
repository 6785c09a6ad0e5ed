"""A campaign from its template to its archive, and the page that says what is ready."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from setright.campaign.access import Unknown
from setright.campaign.actions.campaign import (
    CampaignDraft,
    archive_campaign,
    close_campaign,
    create_campaign,
    start_campaign,
)
from setright.campaign.actions.group import create_group
from setright.campaign.enums import CampaignState, PlanState, Role
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.models import Campaign, ContactPlan, Enrolment, Event, Grant, StepTemplate
from setright.campaign.queries.campaign import setup_of
from setright.campaign.queries.template import templates
from tests import factories


@pytest.fixture
def founder(cast):
    """An office of the whole site: it makes campaigns."""
    factories.grant(cast.office, Role.OFFICE, None)
    return cast.office


def draft(**values):
    return CampaignDraft(
        **{
            "name": "新活动",
            "name_en": "New",
            "theme": "听",
            "theme_en": "",
            "starts_on": date(2027, 1, 1),
            "ends_on": date(2027, 12, 1),
            "template": "three-phases",
            **values,
        }
    )


def typed(**values):
    fields = {each: getattr(draft(), each) for each in ("name", "name_en", "theme", "theme_en", "template")}
    return {**fields, "starts_on": "2027-01-01", "ends_on": "2027-12-01", **values}


@pytest.mark.parametrize("code", ["three-phases", "listen-find-fix"])
def test_campaign_has_the_steps_of_its_template_and_a_first_batch(founder, code):
    campaign = create_campaign(draft=draft(template=code), by=founder)
    expected = [s.code for p in templates()[code].phases for s in p.steps]
    assert list(StepTemplate.objects.filter(campaign=campaign).values_list("code", flat=True)) == expected
    assert (campaign.state, [b.number for b in campaign.batches.all()]) == (CampaignState.DRAFT, [1])
    assert Grant.objects.filter(campaign=campaign, person=founder, role=Role.OFFICE).count() == 1


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_makers_own_role_begins_on_the_sites_day_whatever_the_machines(founder, zone):
    with timezone.override(zone):  # 26 hours apart: never the same day
        campaign = create_campaign(draft=draft(starts_on=timezone.localdate() + timedelta(days=9)), by=founder)
        assert Grant.objects.get(campaign=campaign).since == timezone.localdate()


@pytest.mark.parametrize(
    ("values", "field"), [({"template": "none"}, "template"), ({"ends_on": date(2027, 1, 1)}, "ends_on")]
)
def test_what_cannot_be_is_told_beside_its_field(founder, values, field):
    with pytest.raises(Invalid) as told:
        create_campaign(draft=draft(**values), by=founder)
    assert (told.value.field, Campaign.objects.count()) == (field, 1)


def test_office_of_one_campaign_makes_no_other(cast):
    with pytest.raises(Unknown):
        create_campaign(draft=draft(), by=cast.office)


def test_campaign_starts_only_with_units(founder):
    campaign = create_campaign(draft=draft(), by=founder)
    founder.__dict__.pop("_held", None)
    with pytest.raises(Refused):
        start_campaign(campaign=campaign, by=founder)


def test_two_who_close_it_close_it_once(cast):
    stale = Campaign.objects.get(pk=cast.campaign.pk)
    close_campaign(campaign=cast.campaign, by=cast.office)
    with pytest.raises(Conflict):
        close_campaign(campaign=stale, by=cast.office)
    archive_campaign(campaign=cast.campaign, by=cast.office)
    acts = Event.objects.order_by("-seq").values_list("action", flat=True)[:2]
    assert list(acts) == ["archive_campaign", "close_campaign"]


# -------------------------------------------------------------------------------------------------------------- set-up


def ready(campaign):
    return {item.code: (item.is_ready, item.got, item.need) for item in setup_of(campaign)}


def test_new_campaign_lacks_all_but_its_batch(founder):
    campaign = create_campaign(draft=draft(), by=founder)
    assert [code for code, (is_ready, *_rest) in ready(campaign).items() if is_ready] == ["units", "batch"]


def test_set_up_counts_what_is_there(cast):
    found = ready(cast.campaign)
    assert found["enrolled"] == (True, 3, None)
    assert found["leads"] == (False, 2, 3)
    assert found["groups"] == (False, 0, 3)
    assert found["started"] == (True, 3, 3)
    assert found["plan"] == (False, 0, 1)


def test_approved_plan_and_full_groups_make_it_ready(cast):
    group = factories_group(cast)
    Enrolment.objects.update(lead=cast.lead, group=group)
    ContactPlan.objects.create(campaign=cast.campaign, version=1, state=PlanState.APPROVED, drafted_by=cast.office)
    assert [code for code, (is_ready, *_rest) in ready(cast.campaign).items() if not is_ready] == []


def factories_group(cast):
    return create_group(campaign=cast.campaign, name="一组", name_en="One", members=[cast.supervisor], by=cast.office)


# --------------------------------------------------------------------------------------------------------------- pages


def at(cast, name):
    return reverse(name, args=(cast.campaign.pk,))


PAGES = [
    "campaign_page",
    "campaign_start",
    "campaign_close",
    "campaign_archive",
    "batch_add",
    "group_list",
    "group_add",
]


@pytest.mark.parametrize("name", PAGES)
def test_office_opens_every_page_of_the_set_up(cast, browse, name):
    assert browse("office").get(at(cast, name)).status_code == 200


@pytest.mark.parametrize(
    "who", ["lead", "clerk", "member", "supervisor", "sponsor", "administrator", "analyst", "outsider"]
)
def test_nobody_else_finds_the_set_up(cast, browse, who):
    client = browse(who)
    assert [client.get(at(cast, name)).status_code for name in PAGES] == [404] * len(PAGES)
    assert client.post(at(cast, "campaign_close"), {"word": "close"}).status_code == 404


def test_list_shows_only_campaigns_in_which_one_has_a_role(cast, browse):
    other = factories.campaign(state=CampaignState.DRAFT)
    assert [c.pk for c in browse("lead").get(reverse("campaign_list")).context["page"]] == [cast.campaign.pk]
    assert [c.pk for c in browse("administrator").get(reverse("campaign_list")).context["page"]] == [
        other.pk,
        cast.campaign.pk,
    ]


def test_empty_list_says_why(cast, browse):
    answer = browse("outsider").get(reverse("campaign_list"))
    assert (list(answer.context["page"]), 'class="empty"' in answer.text) == ([], True)


def test_list_counts_batches_and_units_once_each(cast, browse):
    factories.batch(cast.campaign, number=2)
    row = browse("office").get(reverse("campaign_list")).context["page"][0]
    assert (row.n_batches, row.n_units) == (2, 3)


def test_list_keeps_one_state_when_asked(cast, browse):
    factories.campaign(state=CampaignState.DRAFT)
    answer = browse("administrator").get(reverse("campaign_list") + "?state=draft")
    assert [c.state for c in answer.context["page"]] == ["draft"]


def test_new_campaign_is_made_on_its_page(founder, cast, browse):
    answer = browse("office").post(reverse("campaign_new"), typed())
    made = Campaign.objects.order_by("pk").last()
    assert (answer.url, made.theme) == (reverse("campaign_page", args=(made.pk,)), "听")


def test_new_campaign_page_shows_every_step_of_every_template(founder, cast, browse):
    text = browse("office").get(reverse("campaign_new")).text
    with translation.override("en"):
        missing = [s.label for t in templates().values() for p in t.phases for s in p.steps if s.label not in text]
    assert missing == []


def test_wrong_dates_keep_what_was_typed(founder, cast, browse):
    answer = browse("office").post(reverse("campaign_new"), typed(ends_on="2026-01-01", name="写了很久"))
    assert (list(answer.context["form"].errors), "写了很久" in answer.text) == (["ends_on"], True)


@pytest.mark.parametrize("who", ["office", "lead", "outsider"])
def test_new_campaign_is_no_page_for_whoever_makes_none(cast, browse, who):
    assert browse(who).get(reverse("campaign_new")).status_code == 404


def test_close_wants_its_word(cast, browse):
    client = browse("office")
    answer = client.post(at(cast, "campaign_close"), {"word": "yes"})
    assert list(answer.context["form"].errors) == ["word"]
    client.post(at(cast, "campaign_close"), {"word": answer.context["turn"].word})
    assert Campaign.objects.get(pk=cast.campaign.pk).state == CampaignState.CLOSED


def test_start_on_its_page_runs_the_first_batch(cast, browse):
    Campaign.objects.update(state=CampaignState.DRAFT)
    browse("office").post(at(cast, "campaign_start"))
    assert Campaign.objects.get(pk=cast.campaign.pk).state == CampaignState.RUNNING
    again = browse("office").post(at(cast, "campaign_start"))
    assert len(again.context["form"].non_field_errors()) == 1


def test_set_up_asks_the_same_number_of_questions_however_much_there_is(cast, browse, django_assert_max_num_queries):
    for number in range(2, 8):
        factories.batch(cast.campaign, number=number)
        factories_group(cast)
    with django_assert_max_num_queries(42):
        browse("office").get(at(cast, "campaign_page"))
