"""An open instruction is sent on to somebody else of its unit or of one below it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from setright.campaign.access import Unknown
from setright.campaign.actions.instruction import (
    InstructionDraft,
    answer_instruction,
    give_instruction,
    readdress_instruction,
)
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.models import Event, Instruction, Reminder
from tests import factories
from tests.campaign.test_api import Caller, token_of


@pytest.fixture
def given(cast):
    draft = InstructionDraft(cast.city, cast.lead, "食堂夜班要有热饭", timezone.localdate() + timedelta(days=7))
    return give_instruction(campaign=cast.campaign, draft=draft, by=cast.sponsor)


def at(cast, given, name="instruction_readdress"):
    return reverse(name, args=(cast.campaign.pk, given.pk))


def sent(given, to, by):
    readdress_instruction(instruction=Instruction.objects.get(pk=given.pk), addressee=to, by=by)
    return Instruction.objects.get(pk=given.pk)


def told(code):
    return set(Reminder.objects.filter(code=code).values_list("person__username", flat=True))


def test_it_goes_to_another_of_the_unit_and_both_are_told(cast, given):
    before = Event.objects.count()
    now = sent(given, cast.member, cast.office)
    assert (now.addressee, now.unit, now.state, now.due_on) == (cast.member, cast.city, "given", given.due_on)
    assert (told("instruction_new"), told("instruction_moved")) == ({"member"}, {"lead"})
    (entry,) = Event.objects.order_by("seq")[before:]
    assert (entry.action, entry.unit_id, entry.before, entry.after) == (
        "readdress_instruction",
        cast.city.pk,
        {"to": cast.lead.pk},
        {"to": cast.member.pk},
    )


def test_it_goes_to_a_unit_below_and_is_answered_there(cast, given):
    now = sent(given, cast.accused, cast.office)
    assert (now.addressee, now.unit) == (cast.accused, cast.hospital)
    entry = Event.objects.order_by("seq").last()
    assert (entry.unit_id, entry.before["unit"], entry.after["unit"]) == (
        cast.city.pk,
        cast.city.pk,
        cast.hospital.pk,
    )
    answer_instruction(instruction=now, answer="开了", seen_hash="", by=cast.accused)
    with pytest.raises(Unknown):
        answer_instruction(instruction=given, answer="我答", seen_hash="", by=cast.member)


@pytest.mark.parametrize("name", ["outsider", "clerk", "supervisor", "analyst"])
def test_nobody_gets_it_who_could_not_answer_for_the_unit(cast, given, name):
    factories.member(cast.port, cast.outsider)
    with pytest.raises(Invalid) as why:
        sent(given, cast.people[name], cast.office)
    assert (why.value.field, Instruction.objects.get().addressee) == ("addressee", cast.lead)


def test_it_is_not_sent_to_whoever_has_it(cast, given):
    with pytest.raises(Invalid):
        sent(given, cast.lead, cast.office)


def test_answered_one_stays_with_whoever_answered(cast, given):
    answer_instruction(instruction=given, answer="开了", seen_hash="", by=cast.lead)
    with pytest.raises(Refused):
        sent(given, cast.member, cast.office)


def test_answer_that_comes_first_wins(cast, given):
    stale = Instruction.objects.get(pk=given.pk)
    answer_instruction(instruction=given, answer="开了", seen_hash="", by=cast.lead)
    before = Event.objects.count()
    with pytest.raises(Conflict):
        readdress_instruction(instruction=stale, addressee=cast.member, by=cast.office)
    assert (Event.objects.count(), told("instruction_moved")) == (before, set())


@pytest.mark.parametrize("name", ["sponsor", "supervisor", "lead", "administrator", "outsider"])
def test_nobody_else_sends_it_on(cast, given, browse, name):
    with pytest.raises(Unknown):
        sent(given, cast.member, cast.people[name])
    client = browse(name)
    codes = [client.get(at(cast, given)).status_code, client.post(at(cast, given)).status_code]
    assert (codes, Instruction.objects.get().addressee) == ([404, 404], cast.lead)


def test_page_says_to_whom_and_for_which_unit_before_it_goes(cast, given, browse):
    client = browse("office")
    assert at(cast, given) in client.get(at(cast, given, "instruction_page")).text
    asked = client.post(at(cast, given), {"addressee": "accused"})
    assert (asked.status_code, asked.context["to"], asked.context["unit"]) == (200, cast.accused, cast.hospital)
    assert (f'name="sure" value="{cast.accused.pk}"' in asked.text, Instruction.objects.get().addressee) == (
        True,
        cast.lead,
    )
    done = client.post(at(cast, given), {"addressee": "accused", "sure": str(cast.accused.pk)})
    assert (done.url, Instruction.objects.get().addressee) == (at(cast, given, "instruction_page"), cast.accused)


def test_name_changed_after_the_look_is_looked_at_anew(cast, given, browse):
    typed = {"addressee": "member", "sure": str(cast.accused.pk)}
    asked = browse("office").post(at(cast, given), typed)
    assert (asked.context["to"], Instruction.objects.get().addressee) == (cast.member, cast.lead)


@pytest.mark.parametrize("typed", ["outsider", "nobody", "lead", ""])
def test_name_that_cannot_be_is_told_beside_the_field_and_stays(cast, given, browse, typed):
    answer = browse("office").post(at(cast, given), {"addressee": typed})
    form = answer.context["form"]
    assert (answer.status_code, list(form.errors), form["addressee"].value()) == (422, ["addressee"], typed)


def test_two_of_one_name_are_told_apart_by_user_name(cast, given, browse):
    for n in (1, 2):
        factories.member(cast.city, factories.person("同名", username=f"same{n}"))
    answer = browse("office").post(at(cast, given), {"addressee": "同名"})
    assert ("same1, same2" in answer.text, answer.context["to"]) == (True, None)


def test_page_of_an_answered_one_offers_nothing(cast, given, browse):
    answer_instruction(instruction=given, answer="开了", seen_hash="", by=cast.lead)
    client = browse("office")
    assert at(cast, given) not in client.get(at(cast, given, "instruction_page")).text
    answer = client.post(at(cast, given), {"addressee": "member", "sure": str(cast.member.pk)})
    assert (answer.status_code, Instruction.objects.get().addressee) == (422, cast.lead)


def test_program_of_the_office_sends_it_on(cast, given, client):
    path = f"/instructions/{given.pk}/readdress"
    office, sponsor = (Caller(client, token_of(cast.people[name]), cast.campaign) for name in ("office", "sponsor"))
    answer = office("post", path, {"addressee": cast.accused.pk})
    assert (answer.status_code, answer.json()["addressee"]["id"], answer.json()["unit"]["id"]) == (
        200,
        cast.accused.pk,
        cast.hospital.pk,
    )
    codes = [
        office("post", path, {"addressee": cast.outsider.pk}).status_code,
        sponsor("post", path, {"addressee": cast.member.pk}).status_code,
    ]
    assert codes == [422, 404]
