"""What somebody is still writing is kept for them alone, offered again, and gone once it is sent."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from setright.campaign.actions.draft import LONGEST, forget_drafts, keep_draft
from setright.campaign.errors import Invalid
from setright.campaign.models import Draft, Event, Step
from setright.campaign.queries.draft import draft_of

URL = "/app/me/draft/"


def place(cast):
    step = Step.objects.get(enrolment=cast.at_city, template__code="own-plan")
    return reverse("step_page", args=(cast.campaign.pk, step.pk))


def post(client, at, **fields):
    return client.post(URL, {"place": at, "fields": json.dumps(fields)})


def test_draft_is_kept_for_its_writer_alone_and_replaced_by_the_next(cast, browse):
    at, n = place(cast), Event.objects.count()
    clerk = browse("clerk")
    assert "Kept at" in post(clerk, at, note="写到一半").json()["said"]
    post(clerk, at, note="写到一半，又写了些")
    told = clerk.get(URL, {"place": at})
    assert (told.json()["fields"], Draft.objects.count()) == ({"note": "写到一半，又写了些"}, 1)
    assert browse("lead").get(URL, {"place": at}).status_code == 204
    assert Event.objects.count() == n


def test_sending_the_form_drops_its_draft_and_no_other(cast, browse):
    clerk, at = browse("clerk"), place(cast)
    keep_draft(person=cast.clerk, place=at, fields={"note": "没写完"})
    keep_draft(person=cast.clerk, place="/app/elsewhere/", fields={"note": "别处"})
    keep_draft(person=cast.lead, place=at, fields={"note": "别人"})
    step = Step.objects.get(pk=int(at.split("/")[-2]))
    answer = clerk.post(at, {"note": "写完了", "version": step.version, "done_on": ""})
    assert answer.status_code == 302
    left = set(Draft.objects.values_list("person_id", "place"))
    assert left == {(cast.clerk.pk, "/app/elsewhere/"), (cast.lead.pk, at)}


def test_refused_form_leaves_the_draft(cast, browse):
    at = place(cast)
    keep_draft(person=cast.clerk, place=at, fields={"note": "没写完"})
    step = Step.objects.get(pk=int(at.split("/")[-2]))
    browse("clerk").post(at, {"note": "写完了", "version": step.version, "done_on": "2026-13-01"})
    assert draft_of(cast.clerk, at).fields == {"note": "没写完"}


def test_emptied_texts_drop_the_draft(cast):
    keep_draft(person=cast.clerk, place="/app/a/", fields={"note": "一"})
    keep_draft(person=cast.clerk, place="/app/a/", fields={"note": "", "more": ""})
    assert draft_of(cast.clerk, "/app/a/") is None


@pytest.mark.parametrize(
    ("at", "fields"),
    [("/elsewhere/", {"a": "b"}), ("/app/" + "x" * 200, {"a": "b"}), ("/app/", {"a": "x" * LONGEST, "b": "y"})],
)
def test_place_outside_the_site_and_endless_text_are_refused(cast, at, fields):
    with pytest.raises(Invalid):
        keep_draft(person=cast.clerk, place=at, fields=fields)
    assert Draft.objects.count() == 0


@pytest.mark.parametrize("fields", ["", "[]", "{", '{"a": 1}', "null"])
def test_what_is_no_form_is_no_draft(cast, browse, fields):
    answer = browse("clerk").post(URL, {"place": "/app/", "fields": fields})
    assert (answer.status_code, Draft.objects.count()) == (400, 0)


def test_forgotten_after_a_month_and_when_the_writer_has_left(cast):
    for person, days in ((cast.clerk, 29), (cast.lead, 31), (cast.supervisor, 1)):
        keep_draft(person=person, place="/app/", fields={"a": "b"})
        Draft.objects.filter(person=person).update(at=timezone.now() - timedelta(days=days))
    type(cast.supervisor).objects.filter(pk=cast.supervisor.pk).update(is_active=False)
    assert forget_drafts() == 2
    assert [each.person for each in Draft.objects.all()] == [cast.clerk]
