"""Units join a batch; who leads them is handed over, with the right that goes with it."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from setright.campaign import access
from setright.campaign.access import Unknown
from setright.campaign.actions.enrolment import change_lead, enrol_units
from setright.campaign.days import in_full
from setright.campaign.enums import EnrolmentState, Role
from setright.campaign.errors import Conflict, Invalid
from setright.campaign.jobs.worker import work_once
from setright.campaign.models import Enrolment, Event, Grant, Job, Person, Phase, Step, StepTemplate, Unit
from setright.campaign.queries.enrolment import judged_codes
from tests import factories


def at(cast, name, *args):
    return reverse(name, args=(cast.campaign.pk, *args))


def again(person):
    """The same person at their next request: what they hold is read anew."""
    return Person.objects.get(pk=person.pk)


def test_enrolled_unit_has_its_phases_steps_and_lead(cast):
    factories.member(cast.elsewhere, cast.outsider, is_head=True)
    (made,) = enrol_units(batch=cast.batch, units=[cast.elsewhere], by=cast.office)
    n_steps = StepTemplate.objects.filter(campaign=cast.campaign).count()
    assert (made.lead_id, Phase.objects.filter(enrolment=made).count()) == (cast.outsider.pk, 3)
    assert Step.objects.filter(enrolment=made).count() == n_steps
    assert access.may(again(cast.outsider), "gate.ask", campaign=cast.campaign, unit=cast.elsewhere) is True


def test_nothing_is_enrolled_where_one_cannot_join(cast):
    with pytest.raises(Invalid) as told:
        enrol_units(batch=cast.batch, units=[cast.elsewhere, cast.city], by=cast.office)
    assert (told.value.field, Enrolment.objects.count()) == ("units", 3)


def test_every_code_that_cannot_join_says_why(cast):
    ended = factories.unit(code="END", valid_to=date(2024, 1, 1))
    merged = factories.unit(code="GONE", merged_into=ended)
    with translation.override("en"):
        judged = judged_codes(cast.batch, f"E, P-C；NONE\n{ended.code} {merged.code} E")
    today = timezone.localdate()
    assert [u.code for u in judged.units] == ["E"]
    assert [(t.code, t.why) for t in judged.turned] == [
        ("NONE", "there is no unit with this code"),
        ("P-C", "takes part already, in batch 1"),
        ("END", f"does not exist on {in_full(today)}"),
        ("GONE", "went up in another unit"),
    ]


def test_handing_over_moves_the_right_with_the_lead(cast):
    change_lead(enrolment=cast.at_city, person=cast.outsider, by=cast.office)
    old, new = again(cast.lead), again(cast.outsider)
    rights = [access.may(p, "gate.ask", campaign=cast.campaign, unit=cast.city) for p in (old, new)]
    assert rights == [False, True]
    assert Enrolment.objects.get(pk=cast.at_city.pk).lead_id == cast.outsider.pk
    assert Grant.objects.filter(role=Role.LEAD, unit=cast.city, until=None).count() == 1


def test_earlier_lead_keeps_the_record_of_having_led(cast):
    Grant.objects.filter(role=Role.LEAD, unit=cast.city).update(since=timezone.localdate() - timedelta(days=9))
    change_lead(enrolment=cast.at_city, person=cast.outsider, by=cast.office)
    ended = Grant.objects.get(role=Role.LEAD, unit=cast.city, person=cast.lead)
    assert ended.until == timezone.localdate() - timedelta(days=1)


def test_other_leads_of_the_unit_keep_their_role(cast):
    deputy = factories.grant(cast.member, Role.LEAD, cast.campaign, cast.city)
    change_lead(enrolment=cast.at_city, person=cast.outsider, by=cast.office)
    assert Grant.objects.get(pk=deputy.pk).until is None


def test_second_hand_over_is_told_that_somebody_was_quicker(cast):
    stale = Enrolment.objects.get(pk=cast.at_city.pk)
    change_lead(enrolment=cast.at_city, person=cast.outsider, by=cast.office)
    with pytest.raises(Conflict):
        change_lead(enrolment=stale, person=cast.member, by=cast.office)
    assert Event.objects.filter(action="change_lead").count() == 1


def test_lead_is_not_handed_to_the_lead(cast):
    with pytest.raises(Invalid) as told:
        change_lead(enrolment=cast.at_city, person=cast.lead, by=cast.office)
    assert told.value.field == "person"


@pytest.mark.parametrize("name", ["lead", "clerk", "supervisor", "administrator", "outsider"])
def test_no_other_role_enrols_or_hands_over(cast, name):
    with pytest.raises(Unknown):
        enrol_units(batch=cast.batch, units=[cast.elsewhere], by=cast.people[name])
    with pytest.raises(Unknown):
        change_lead(enrolment=cast.at_city, person=cast.member, by=cast.people[name])


# --------------------------------------------------------------------------------------------------------------- pages


def looked_at(client, cast, **typed):
    return client.post(at(cast, "batch_enrol", cast.batch.pk), typed).context["judged"]


def test_three_ways_lead_to_the_same_look(cast, browse):
    below = [factories.unit(parent=cast.elsewhere) for _ in range(2)]
    client = browse("office")
    codes = " ".join(unit.code for unit in below)
    by_codes = looked_at(client, cast, way="codes", codes=codes)
    by_level = looked_at(client, cast, way="level", below="E", levels="1")
    by_tree = looked_at(client, cast, way="tree", unit=[str(unit.pk) for unit in below])
    assert [u.code for u in by_codes.units] == [u.code for u in by_level.units] == [u.code for u in by_tree.units]
    assert (len(by_codes.units), by_codes.turned, Enrolment.objects.count()) == (2, [], 3)


def test_level_two_leaves_level_one_out(cast, browse):
    judged = looked_at(browse("office"), cast, way="level", below="P", levels="2")
    assert [t.code for t in judged.turned] == ["P-C-H"]


def test_units_that_were_looked_at_are_enrolled(cast, browse):
    answer = browse("office").post(at(cast, "batch_enrol_do", cast.batch.pk), {"codes": "E P"})
    assert (answer.status_code, Enrolment.objects.filter(batch=cast.batch).count()) == (302, 5)


def test_unit_that_somebody_enrolled_meanwhile_is_shown_again(cast, browse):
    answer = browse("office").post(at(cast, "batch_enrol_do", cast.batch.pk), {"codes": "E P-C"})
    assert (answer.status_code, [t.code for t in answer.context["judged"].turned]) == (409, ["P-C"])
    assert Enrolment.objects.filter(unit=cast.elsewhere).count() == 0


def test_many_units_are_enrolled_in_the_background_once(cast, browse, monkeypatch):
    monkeypatch.setattr("setright.campaign.views.enrolment._AT_ONCE", 1)
    browse("office").post(at(cast, "batch_enrol_do", cast.batch.pk), {"codes": "E P"})
    work_once()
    job = Job.objects.get()
    Job.objects.update(state="queued")
    work_once()
    job.refresh_from_db()
    assert (job.state, Enrolment.objects.count(), Event.objects.filter(action="enrol_units", n=2).count()) == (
        "done",
        5,
        1,
    )


def test_nothing_ticked_is_told(cast, browse):
    answer = browse("office").post(at(cast, "batch_enrol", cast.batch.pk), {"way": "tree"})
    assert ("judged" in answer.context, 'class="err"' in answer.text) == (False, True)


def test_unknown_unit_of_a_level_keeps_what_was_typed(cast, browse):
    answer = browse("office").post(
        at(cast, "batch_enrol", cast.batch.pk), {"way": "level", "below": "NONE", "levels": "1"}
    )
    assert (list(answer.context["level"].errors), 'value="NONE"' in answer.text) == (["below"], True)


def test_lead_is_chosen_among_the_team(cast, browse):
    client, page = browse("office"), at(cast, "lead_change", cast.at_city.pk)
    people = client.get(page).context["form"].fields["person"].queryset
    assert list(people) == [cast.member]
    client.post(page, {"person": cast.member.pk})
    assert Enrolment.objects.get(pk=cast.at_city.pk).lead == cast.member


def test_units_that_take_part_are_marked_in_the_tree(cast, browse):
    Enrolment.objects.update(state=EnrolmentState.P2)
    page = browse("office").get(at(cast, "batch_enrol", cast.batch.pk) + f"?under={cast.province.pk}")
    assert [(u.code, e.state if e else None) for u, e in page.context["rows"]] == [("P-C", "p2"), ("P-P", "p2")]


def test_ended_units_are_not_offered(cast, browse):
    Unit.objects.filter(pk=cast.elsewhere.pk).update(valid_to=date(2024, 1, 1))
    page = browse("office").get(at(cast, "batch_enrol", cast.batch.pk))
    assert [u.code for u, _e in page.context["rows"]] == ["P"]


def test_whole_list_of_the_tree_is_looked_at_by_its_filter(cast, browse):
    units = [factories.unit(parent=cast.elsewhere) for _ in range(60)]
    factories.enrolled(cast.batch, units[:4], cast.office)
    client, page = browse("office"), at(cast, "batch_enrol", cast.batch.pk) + f"?under={cast.elsewhere.pk}"
    offer = client.get(page).context["offer"]
    assert (len(offer.keys), offer.n) == (46, 56)
    whole = client.post(page, {"way": "tree", "which": "all", "n": "56"}).context["judged"]
    here = client.post(page, {"way": "tree", "which": "page", "shown": [str(key) for key in offer.keys]})
    assert [len(each.units) for each in (whole, here.context["judged"])] == [56, 46]
    assert [whole.turned, Enrolment.objects.count()] == [[], 7]


def test_tree_that_changed_since_it_was_shown_is_not_looked_at(cast, browse):
    page = at(cast, "batch_enrol", cast.batch.pk) + f"?under={cast.elsewhere.pk}"
    factories.unit(parent=cast.elsewhere)
    answer = browse("office").post(page, {"way": "tree", "which": "all", "n": "7"})
    assert ("judged" in answer.context, "The list has 1 unit by now" in answer.text) == (False, True)
