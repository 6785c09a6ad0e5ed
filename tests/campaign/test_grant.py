"""Who holds what where: the office gives and ends roles, with undo; nobody gives one to themselves."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from setright.campaign.access import Unknown, may
from setright.campaign.actions.enrolment import assign_group
from setright.campaign.actions.grant import NewRole, RoleOver, end_role, give_role, give_roles, restore_role
from setright.campaign.actions.group import create_group
from setright.campaign.enums import Role
from setright.campaign.errors import Conflict, Refused
from setright.campaign.models import Event, Grant
from tests import factories


def over(cast, role=Role.CLERK, unit=None):
    return RoleOver(role, cast.campaign, unit or cast.port)


def fresh(person):
    person.__dict__.pop("_held", None)
    return person


def test_given_role_works_at_once_and_an_ended_one_no_longer(cast):
    grant = give_role(person=cast.outsider, over=over(cast), by=cast.office)
    assert may(fresh(cast.outsider), "step.enter", campaign=cast.campaign, unit=cast.port)
    end_role(grant=grant, by=cast.office)
    assert not may(fresh(cast.outsider), "step.enter", campaign=cast.campaign, unit=cast.port)
    restore_role(grant=grant, by=cast.office)
    assert may(fresh(cast.outsider), "step.enter", campaign=cast.campaign, unit=cast.port)


def test_every_act_writes_one_entry(cast):
    before = Event.objects.count()
    grant = give_role(person=cast.outsider, over=over(cast), by=cast.office)
    end_role(grant=grant, by=cast.office)
    restore_role(grant=grant, by=cast.office)
    acts = list(Event.objects.order_by("seq").values_list("action", flat=True)[before:])
    assert acts == ["give_role", "end_role", "restore_role"]


def test_second_end_is_told_and_logs_nothing(cast):
    grant = give_role(person=cast.outsider, over=over(cast), by=cast.office)
    end_role(grant=grant, by=cast.office)
    before = Event.objects.count()
    with pytest.raises(Conflict):
        end_role(grant=Grant.objects.get(pk=grant.pk), by=cast.office)
    assert Event.objects.count() == before


def test_end_of_an_earlier_day_is_not_taken_back(cast):
    grant = give_role(person=cast.outsider, over=over(cast), by=cast.office)
    Grant.objects.filter(pk=grant.pk).update(until=timezone.localdate() - timedelta(days=2))
    with pytest.raises(Conflict):
        restore_role(grant=grant, by=cast.office)


def test_many_roles_are_given_as_one_act(cast):
    given = [NewRole(cast.outsider, Role.CLERK, cast.port), NewRole(cast.member, Role.CLERK, cast.hospital)]
    before = Event.objects.count()
    assert give_roles(campaign=cast.campaign, given=given, by=cast.office) == 2
    cast.outsider.__dict__.pop("_held", None)
    assert may(cast.outsider, "step.enter", campaign=cast.campaign, unit=cast.port)
    entry = Event.objects.order_by("seq").last()
    assert (entry.action, entry.n, Event.objects.count()) == ("give_roles", 2, before + 1)


def test_many_roles_are_given_by_the_rules_of_one_or_not_at_all(cast):
    before = Grant.objects.count()
    fine = NewRole(cast.outsider, Role.CLERK, cast.port)
    gone = factories.person("gone", is_active=False)
    for bad, why in (
        (NewRole(cast.office, Role.CLERK, cast.port), Refused),
        (NewRole(gone, Role.CLERK, cast.port), Refused),
        (NewRole(cast.member, Role.SUPERVISOR, cast.city), Refused),
        (NewRole(cast.clerk, Role.CLERK, cast.city), Conflict),
        (fine, Conflict),
        (NewRole(cast.outsider, Role.OFFICE, None), Unknown),
    ):
        with pytest.raises(why):
            give_roles(campaign=cast.campaign, given=[fine, bad], by=cast.office)
    with pytest.raises(Unknown):
        give_roles(campaign=cast.campaign, given=[fine], by=cast.lead)
    assert Grant.objects.count() == before


def test_role_is_given_once(cast):
    give_role(person=cast.outsider, over=over(cast), by=cast.office)
    with pytest.raises(Conflict):
        give_role(person=cast.outsider, over=over(cast), by=cast.office)


def test_nobody_gives_or_ends_their_own_role(cast):
    with pytest.raises(Refused):
        give_role(person=cast.office, over=over(cast), by=cast.office)
    with pytest.raises(Refused):
        end_role(grant=Grant.objects.get(person=cast.administrator), by=cast.administrator)


def test_nobody_supervises_their_own_unit(cast):
    factories.member(cast.hospital, cast.outsider)
    with pytest.raises(Refused):
        give_role(person=cast.outsider, over=over(cast, Role.SUPERVISOR, cast.city), by=cast.office)


def test_nobody_who_left_gets_a_role(cast):
    cast.outsider.is_active = False
    with pytest.raises(Refused):
        give_role(person=cast.outsider, over=over(cast), by=cast.office)


@pytest.mark.parametrize("role", [Role.OFFICE, Role.ADMINISTRATOR])
def test_office_names_neither_offices_nor_administrators(cast, role):
    with pytest.raises(Unknown):
        give_role(person=cast.outsider, over=RoleOver(role, cast.campaign, None), by=cast.office)


@pytest.mark.parametrize(
    "name", ["administrator", "lead", "clerk", "member", "supervisor", "sponsor", "analyst", "outsider"]
)
def test_only_the_office_gives_unit_roles(cast, name):
    with pytest.raises(Unknown):
        give_role(person=cast.accused, over=over(cast), by=cast.people[name])


# ----------------------------------------------------------------------------------------------------------- the pages


def page(cast, name="grant_list", *args):
    return reverse(name, args=(cast.campaign.pk, *args))


def test_list_is_filtered_by_words_role_and_end(cast, browse):
    client = browse("office")
    ended = Grant.objects.get(person=cast.analyst)
    end_role(grant=ended, by=cast.office)

    def listed(query):
        return [grant.person.username for grant in client.get(page(cast) + query).context["page"]]

    assert {query: listed(query) for query in ("?q=clerk", "?role=sponsor", "?ended=1", "?q=P-C-H", "?q=nobody")} == {
        "?q=clerk": ["clerk"],
        "?role=sponsor": ["sponsor"],
        "?ended=1": ["analyst"],
        "?q=P-C-H": ["accused"],
        "?q=nobody": [],
    }


def test_list_shows_one_campaigns_roles_even_to_the_office_of_two(cast, browse):
    other = factories.campaign()
    factories.grant(cast.outsider, Role.CLERK, other, cast.port)
    assert browse("office").get(reverse("grant_list", args=(other.pk,))).status_code == 404
    factories.grant(cast.office, Role.OFFICE, other)
    people = [grant.person for grant in browse("office").get(page(cast)).context["page"]]
    assert cast.outsider not in people


def test_office_of_a_subtree_sees_and_gives_there_alone(cast, browse):
    factories.grant(cast.outsider, Role.OFFICE, cast.campaign, cast.city)
    client = browse("outsider")
    shown = {grant.unit for grant in client.get(page(cast)).context["page"]}
    assert shown == {cast.city, cast.hospital}
    given = client.post(
        page(cast, "grant_add") + "?who=accused&where=P-P",
        {"person": cast.accused.pk, "unit": cast.port.pk, "role": "clerk"},
    )
    assert (given.status_code, Grant.objects.filter(person=cast.accused, role=Role.CLERK).exists()) == (404, False)


def test_role_is_found_given_and_undone_on_pages(cast, browse):
    client = browse("office")
    search = page(cast, "grant_add") + "?who=outsider&where=P-P"
    found = client.get(search).context
    assert ([p.username for p in found["people"]], [u.code for u in found["units"]]) == (["outsider"], ["P-P"])
    answer = client.post(search, {"person": cast.outsider.pk, "unit": cast.port.pk, "role": "clerk"}, follow=True)
    (grant,) = Grant.objects.filter(person=cast.outsider)
    undo = page(cast, "grant_end", grant.pk)
    assert (answer.status_code, undo in answer.text) == (200, True)
    answer = client.post(undo, follow=True)
    assert page(cast, "grant_restore", grant.pk) in answer.text
    client.post(page(cast, "grant_restore", grant.pk))
    assert Grant.objects.get(pk=grant.pk).until is None


def test_refused_role_keeps_what_was_chosen(cast, browse):
    factories.member(cast.port, cast.outsider)
    search = page(cast, "grant_add") + "?who=outsider&where=P-P"
    answer = browse("office").post(search, {"person": cast.outsider.pk, "unit": cast.port.pk, "role": "supervisor"})
    form = answer.context["form"]
    assert (form["role"].value(), form["unit"].value(), "nobody supervises their own" in answer.text) == (
        "supervisor",
        str(cast.port.pk),
        True,
    )


@pytest.mark.parametrize("role", ["lead", "office", "administrator", "king"])
def test_page_gives_no_role_that_is_given_elsewhere(cast, browse, role):
    search = page(cast, "grant_add") + "?who=outsider&where=P-P"
    browse("office").post(search, {"person": cast.outsider.pk, "unit": cast.port.pk, "role": role})
    assert Grant.objects.filter(person=cast.outsider).count() == 0


@pytest.mark.parametrize("role", [Role.OFFICE, Role.LEAD])
def test_page_ends_no_role_that_is_ended_elsewhere(cast, browse, role):
    grant = factories.grant(factories.person(), role, cast.campaign, cast.port)
    answer = browse("office").post(page(cast, "grant_end", grant.pk))
    assert (answer.status_code, Grant.objects.get(pk=grant.pk).until) == (404, None)


@pytest.fixture
def of_group(cast):
    group = create_group(campaign=cast.campaign, name="一组", name_en="One", members=[cast.outsider], by=cast.office)
    assign_group(enrolments=[cast.at_port], group=group, by=cast.office)
    return Grant.objects.get(group=group)


def test_role_of_a_supervision_group_names_it_and_ends_with_it_alone(cast, browse, of_group):
    own = Grant.objects.get(person=cast.supervisor)
    text = browse("office").get(page(cast) + "?role=supervisor").text
    ends = [page(cast, "grant_end", each.pk) in text for each in (own, of_group)]
    assert (ends, page(cast, "group_page", of_group.group_id) in text) == ([True, False], True)


def test_role_of_a_supervision_group_is_neither_ended_nor_restored_by_itself(cast, browse, of_group):
    before = Event.objects.count()
    answers = [browse("office").post(page(cast, name, of_group.pk)) for name in ("grant_end", "grant_restore")]
    assert [each.status_code for each in answers] == [422, 422]
    assert ("comes from “One”" in answers[0].text, Event.objects.count() - before) == (True, 0)
    assert Grant.objects.get(pk=of_group.pk).until is None


def test_office_of_a_subtree_reads_the_groups_name_without_a_link_it_cannot_follow(cast, browse, of_group):
    factories.grant(cast.accused, Role.OFFICE, cast.campaign, cast.province)
    text = browse("accused").get(page(cast) + "?role=supervisor").text
    assert ("One" in text, page(cast, "group_page", of_group.group_id) in text) == (True, False)


@pytest.mark.parametrize(
    "name", ["administrator", "lead", "clerk", "member", "supervisor", "sponsor", "analyst", "outsider"]
)
def test_nobody_else_sees_or_changes_roles(cast, browse, name):
    client = browse(name)
    grant = Grant.objects.get(person=cast.clerk)
    answers = [
        client.get(page(cast)),
        client.get(page(cast, "grant_add")),
        client.post(page(cast, "grant_end", grant.pk)),
        client.post(page(cast, "grant_restore", grant.pk)),
    ]
    assert ([a.status_code for a in answers], Grant.objects.get(pk=grant.pk).until) == ([404] * 4, None)


def test_list_asks_as_much_for_many_as_for_few(cast, browse, django_assert_max_num_queries, django_assert_num_queries):
    client = browse("office")
    with django_assert_max_num_queries(22) as few:
        client.get(page(cast))
    for _n in range(40):
        factories.grant(factories.person(), Role.CLERK, cast.campaign, cast.port)
    with django_assert_num_queries(len(few.captured_queries)):
        client.get(page(cast))
