"""Supervision groups: what their members may review follows the units they are given."""

import pytest
from django.urls import reverse

from setright.campaign import access
from setright.campaign.access import Unknown
from setright.campaign.actions.enrolment import assign_group
from setright.campaign.actions.group import change_members, create_group
from setright.campaign.errors import Refused
from setright.campaign.models import Enrolment, Event, Grant, Person, SupervisionGroup
from tests import factories


@pytest.fixture
def group(cast):
    return create_group(campaign=cast.campaign, name="一组", name_en="One", members=[cast.outsider], by=cast.office)


def may_review(cast, person, unit):
    return access.may(Person.objects.get(pk=person.pk), "step.review", campaign=cast.campaign, unit=unit)


def at(cast, name, *args):
    return reverse(name, args=(cast.campaign.pk, *args))


def test_members_review_what_their_group_is_given(cast, group):
    assert may_review(cast, cast.outsider, cast.port) is False
    assign_group(enrolments=[cast.at_port], group=group, by=cast.office)
    assert [may_review(cast, cast.outsider, unit) for unit in (cast.port, cast.city)] == [True, False]
    assert Enrolment.objects.get(pk=cast.at_port.pk).group == group


def test_unit_given_to_another_group_is_taken_from_the_first(cast, group):
    person = factories.person()
    other = create_group(campaign=cast.campaign, name="二组", name_en="", members=[person], by=cast.office)
    assign_group(enrolments=[cast.at_port], group=group, by=cast.office)
    assign_group(enrolments=[cast.at_port], group=other, by=cast.office)
    assert [may_review(cast, p, cast.port) for p in (cast.outsider, person)] == [False, True]


def test_a_supervisors_own_grant_is_left_alone(cast, group):
    assign_group(enrolments=[cast.at_city], group=group, by=cast.office)
    assert may_review(cast, cast.supervisor, cast.city) is True


def test_nobody_supervises_their_own_unit(cast):
    group = create_group(
        campaign=cast.campaign, name="三组", name_en="", members=[cast.member, cast.accused], by=cast.office
    )
    with pytest.raises(Refused) as told:
        assign_group(enrolments=[cast.at_city, cast.at_port], group=group, by=cast.office)
    assert (len(told.value.reasons), Grant.objects.filter(group=group).count()) == (2, 0)


def test_who_joins_may_review_and_who_leaves_no_longer(cast, group):
    person = factories.person()
    assign_group(enrolments=[cast.at_port], group=group, by=cast.office)
    change_members(group=group, members=[person], by=cast.office)
    assert [may_review(cast, p, cast.port) for p in (cast.outsider, person)] == [False, True]
    assert Event.objects.filter(action="change_members").count() == 1


def test_nobody_joins_a_group_that_watches_their_unit(cast, group):
    assign_group(enrolments=[cast.at_city], group=group, by=cast.office)
    with pytest.raises(Refused):
        change_members(group=group, members=[cast.lead], by=cast.office)
    assert list(group.members.all()) == [cast.outsider]


def test_bulk_assignment_writes_one_entry_with_its_number(cast, group):
    assign_group(enrolments=[cast.at_port, cast.at_city], group=group, by=cast.office)
    assert list(Event.objects.filter(action="assign_group").values_list("n", flat=True)) == [2]


@pytest.mark.parametrize("name", ["lead", "supervisor", "administrator", "outsider"])
def test_no_other_role_makes_or_fills_groups(cast, group, name):
    by = cast.people[name]
    with pytest.raises(Unknown):
        create_group(campaign=cast.campaign, name="x", name_en="", members=[], by=by)
    with pytest.raises(Unknown):
        change_members(group=group, members=[by], by=by)
    with pytest.raises(Unknown):
        assign_group(enrolments=[cast.at_port], group=group, by=by)


# --------------------------------------------------------------------------------------------------------------- pages


def test_group_is_made_and_changed_on_pages(cast, browse):
    client = browse("office")
    client.post(at(cast, "group_add"), {"name": "甲组", "members": "outsider\nsponsor"})
    group = SupervisionGroup.objects.get()
    assert {p.username for p in group.members.all()} == {"outsider", "sponsor"}
    client.post(at(cast, "group_page", group.pk), {"members": "analyst"})
    assert {p.username for p in group.members.all()} == {"analyst"}


def test_unknown_member_keeps_what_was_typed(cast, browse):
    answer = browse("office").post(at(cast, "group_add"), {"name": "很长的组名", "members": "outsider nobody-so"})
    assert (list(answer.context["form"].errors), "很长的组名" in answer.text, "nobody-so" in answer.text) == (
        ["members"],
        True,
        True,
    )


def test_ticked_units_are_given_to_a_group(cast, group, browse):
    page = at(cast, "batch_assign", cast.batch.pk)
    browse("office").post(page, {"enrolment": [cast.at_port.pk], "group": group.pk})
    assert Enrolment.objects.get(pk=cast.at_port.pk).group == group


def test_refused_assignment_keeps_the_ticks_and_says_why(cast, browse):
    own = create_group(campaign=cast.campaign, name="三组", name_en="", members=[cast.member], by=cast.office)
    page = at(cast, "batch_assign", cast.batch.pk)
    answer = browse("office").post(page, {"enrolment": [cast.at_city.pk], "group": own.pk})
    assert (answer.status_code, list(answer.context["chosen"].rows)) == (422, [cast.at_city])
    assert len(answer.context["form"].non_field_errors()) == 2
    nothing = browse("office").post(page, {"group": own.pk})
    assert nothing.context["chosen"].n == 0


@pytest.mark.parametrize("name", ["lead", "supervisor", "administrator", "outsider"])
def test_nobody_else_finds_a_groups_page(cast, group, browse, name):
    client = browse(name)
    assert [
        client.get(at(cast, "group_page", group.pk)).status_code,
        client.get(at(cast, "group_list")).status_code,
    ] == [
        404,
        404,
    ]


def test_group_of_another_campaign_is_no_such_page(cast, browse):
    other = factories.campaign()
    foreign = SupervisionGroup.objects.create(campaign=other, name="别的")
    assert browse("office").get(at(cast, "group_page", foreign.pk)).status_code == 404


def test_group_list_asks_the_same_number_of_questions(cast, group, browse, django_assert_max_num_queries):
    for n in range(9):
        create_group(campaign=cast.campaign, name=f"组{n}", name_en="", members=[cast.sponsor], by=cast.office)
    client = browse("office")
    client.get(at(cast, "group_list"))
    with django_assert_max_num_queries(20):
        client.get(at(cast, "group_list"))
