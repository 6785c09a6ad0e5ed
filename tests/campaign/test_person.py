"""Accounts: my own, and people as an administrator keeps them."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from setright.campaign.access import Unknown
from setright.campaign.actions.handover import Handover, hand_over
from setright.campaign.actions.invitation import NewPerson, accept_invitation, invite_person, renew_invitation
from setright.campaign.actions.person import (
    WantedToken,
    create_token,
    deactivate_person,
    end_other_sessions,
    reactivate_person,
    revoke_token,
    session_mark,
)
from setright.campaign.enums import Role
from setright.campaign.errors import Conflict, Invalid, Refused
from setright.campaign.models import Event, Grant, Invitation, Person, StaffSession, TeamMember, Token
from tests import factories

LONG = "ein langer satz"
TODAY = timezone.localdate


def invited(cast, **fields):
    new = {"username": "wang", "name": "王一", "name_en": "", "email": "wang@example.org", "language": "en", **fields}
    return invite_person(new=NewPerson(**new), by=cast.administrator)


def signed_in(username, password=factories.PASSWORD):
    client = Client()
    client.post(reverse("account_login"), {"login": username, "password": password})
    return client


def confirmed(client):
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    return client


def acts(since=0):
    return list(Event.objects.order_by("seq").values_list("action", flat=True)[since:])


# --------------------------------------------------------------------------------------------------------- invitations


def test_invitation_keeps_the_hash_of_its_link_alone(cast):
    link = invited(cast)
    kept = Invitation.objects.get(person=link.person)
    assert (link.token in str(vars(kept)), len(kept.token_hash), kept.expires_on - TODAY()) == (
        False,
        64,
        timedelta(days=14),
    )


def test_invitation_is_accepted_once(cast):
    link = invited(cast)
    accept_invitation(token=link.token, password=LONG)
    with pytest.raises(Conflict):
        accept_invitation(token=link.token, password=LONG)
    assert Person.objects.get(username="wang").check_password("ein langer satz")


@pytest.mark.parametrize("how", ["expired", "replaced", "ended", "switched off"])
def test_invitation_that_no_longer_holds_opens_nothing(cast, how):
    link = invited(cast)
    if how == "expired":
        Invitation.objects.update(expires_on=TODAY() - timedelta(days=1))
    elif how == "replaced":
        renew_invitation(person=link.person, by=cast.administrator)
    elif how == "ended":
        deactivate_person(person=link.person, by=cast.administrator)
    else:
        Person.objects.filter(pk=link.person.pk).update(is_active=False)
    with pytest.raises(Conflict):
        accept_invitation(token=link.token, password=LONG)
    page = Client().get(reverse("invitation_page", args=(link.token,)))
    assert (page.status_code, "no longer works" in page.text) == (404, True)


def test_invitation_page_sets_a_password_and_signs_nobody_in(cast):
    link = invited(cast)
    client = Client()
    page = reverse("invitation_page", args=(link.token,))
    weak = client.post(page, {"password1": "1234567890", "password2": "1234567890"})
    unequal = client.post(page, {"password1": "ein langer satz", "password2": "ein anderer satz"})
    assert [answer.text.count('class="err"') for answer in (weak, unequal)] == [1, 1]
    answer = client.post(page, {"password1": "ein langer satz", "password2": "ein langer satz"})
    assert (answer.status_code, SESSION_KEY in client.session) == (302, False)
    assert SESSION_KEY in signed_in("wang", "ein langer satz").session


def test_invite_page_shows_the_link_once_and_mails_it(cast, browse):
    answer = browse("administrator").post(
        reverse("person_invite"),
        {"username": "li", "name": "李二", "email": "li@example.org", "language": "zh-hans"},
    )
    link = re.search(r"/app/invitation/([\w-]+)/", answer.text).group(1)
    (letter,) = mail.outbox
    again = browse("administrator").get(reverse("person_page", args=(Person.objects.get(username="li").pk,)))
    assert (letter.to, link in letter.body, link in again.text) == (["li@example.org"], True, False)
    sessions = "".join(str(StaffSession.objects.values_list("session_data", flat=True)))
    assert link not in sessions


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"username": "OFFICE"}, "username"),
        ({"username": "with space"}, "username"),
        ({"email": "no mail"}, "email"),
        ({"email": "TAKEN@example.org"}, "email"),
    ],
)
def test_bad_invitation_says_so_beside_the_field_and_keeps_what_was_typed(cast, browse, typed, field):
    Person.objects.filter(pk=cast.lead.pk).update(email="taken@example.org")
    good = {"username": "li", "name": "一个很长的名字", "email": "", "language": "en"}
    answer = browse("administrator").post(reverse("person_invite"), {**good, **typed})
    form = answer.context["form"]
    assert (list(form.errors), form["name"].value(), Person.objects.filter(username="li").exists()) == (
        [field],
        "一个很长的名字",
        False,
    )


def test_invitation_is_logged_without_a_text(cast):
    before = Event.objects.count()
    link = invited(cast)
    accept_invitation(token=link.token, password=LONG)
    entries = Event.objects.order_by("seq")[before:]
    assert [(e.action, e.after) for e in entries] == [
        ("invite_person", {"state": "invited"}),
        ("accept_invitation", {"state": "active"}),
    ]


# ------------------------------------------------------------------------------------------------------- ending, return


def test_deactivation_ends_everything_at_once(cast):
    client = signed_in("clerk")
    assert client.get(reverse("me")).status_code == 200
    wanted = WantedToken("x", ("read",), TODAY())
    create_token(person=cast.clerk, wanted=wanted)
    factories.member(cast.port, cast.clerk)
    before = Event.objects.count()
    deactivate_person(person=cast.clerk, by=cast.administrator)
    assert {
        "page": client.get(reverse("me")).status_code,
        "sessions": StaffSession.objects.filter(person=cast.clerk).count(),
        "roles": Grant.objects.filter(person=cast.clerk, until=None).count(),
        "tokens": Token.objects.filter(person=cast.clerk, revoked_on=None).count(),
        "posts": list(TeamMember.objects.filter(person=cast.clerk).values_list("until", flat=True)),
        "acts": acts(before),
    } == {"page": 302, "sessions": 0, "roles": 0, "tokens": 0, "posts": [TODAY()], "acts": ["deactivate_person"]}


def test_deactivated_person_cannot_sign_in(cast):
    deactivate_person(person=cast.clerk, by=cast.administrator)
    assert SESSION_KEY not in signed_in("clerk").session


def test_second_deactivation_is_told(cast):
    deactivate_person(person=cast.clerk, by=cast.administrator)
    with pytest.raises(Conflict):
        deactivate_person(person=cast.clerk, by=cast.administrator)


def test_nobody_ends_their_own_account(cast):
    with pytest.raises(Refused):
        deactivate_person(person=cast.administrator, by=cast.administrator)


def test_person_taken_back_has_neither_password_nor_roles(cast):
    deactivate_person(person=cast.clerk, by=cast.administrator)
    reactivate_person(person=cast.clerk, by=cast.administrator)
    back = Person.objects.get(pk=cast.clerk.pk)
    assert (
        back.is_active,
        back.left_on,
        back.has_usable_password(),
        Grant.objects.filter(person=back, until=None).count(),
    ) == (
        True,
        None,
        False,
        0,
    )
    assert SESSION_KEY not in signed_in("clerk").session


@pytest.mark.parametrize("name", ["office", "lead", "clerk", "member", "supervisor", "sponsor", "analyst", "outsider"])
def test_only_administrators_keep_accounts(cast, browse, name):
    client = browse(name)
    pk = cast.accused.pk
    pages = [
        client.get(reverse("person_list")),
        client.get(reverse("person_page", args=(pk,))),
        client.post(reverse("person_invite"), {"username": "x", "name": "x", "language": "en"}),
        client.post(reverse("person_end", args=(pk,))),
        client.post(reverse("person_return", args=(pk,))),
        client.post(reverse("person_renew", args=(pk,))),
        client.post(reverse("person_edit", args=(pk,)), {"name": "x"}),
        client.post(reverse("person_handover", args=(pk,)), {"to": "clerk", "on": "2026-01-01"}),
        client.post(reverse("person_role", args=(pk,)), {"role": "office"}),
        client.get(reverse("people_import")),
    ]
    assert [page.status_code for page in pages] == [404] * len(pages)
    assert Person.objects.filter(username="x").exists() is False


def test_administrator_of_one_campaign_alone_keeps_no_accounts(cast, browse):
    factories.grant(cast.outsider, Role.ADMINISTRATOR, cast.campaign)
    assert browse("outsider").get(reverse("person_list")).status_code == 404


# ------------------------------------------------------------------------------------------------------------ handover


def test_handover_moves_posts_roles_lead_and_group(cast):
    successor = factories.person()
    before = Event.objects.count()
    counts = hand_over(person=cast.lead, handover=Handover(successor, TODAY()), by=cast.administrator)
    cast.at_city.refresh_from_db()
    old = TeamMember.objects.get(person=cast.lead)
    new = TeamMember.objects.get(person=successor)
    assert (old.until, new.since, new.is_head, new.post) == (TODAY() - timedelta(days=1), TODAY(), True, old.post)
    assert (cast.at_city.lead, counts["posts"], counts["led"]) == (successor, 1, 1)
    roles = Grant.objects.filter(person=successor, until=None).values_list("role", "unit_id")
    assert list(roles) == [(Role.LEAD, cast.city.pk)]
    assert (Grant.objects.filter(person=cast.lead, until=None).count(), acts(before)) == (0, ["hand_over"])


def test_handover_gives_rights_from_now_even_where_the_post_began_earlier(cast):
    successor = factories.person()
    earlier = TODAY() - timedelta(days=20)
    hand_over(person=cast.clerk, handover=Handover(successor, earlier), by=cast.administrator)
    assert list(Grant.objects.filter(person=successor).values_list("since", "until")) == [(TODAY(), None)]


def test_handover_refuses_with_every_reason_at_once(cast):
    factories.grant(cast.supervisor, Role.SUPERVISOR, cast.campaign, cast.port)
    factories.member(cast.port, cast.outsider)
    factories.grant(cast.outsider, Role.SUPERVISOR, cast.campaign, cast.city)
    factories.member(cast.hospital, cast.supervisor)
    with pytest.raises(Refused) as told:
        hand_over(person=cast.supervisor, handover=Handover(cast.outsider, TODAY()), by=cast.administrator)
    assert [reason.code for reason in told.value.reasons] == ["own_unit", "own_unit"]
    assert Grant.objects.filter(person=cast.supervisor, until=None).count() == 2


def test_handover_to_oneself_or_into_the_future_is_refused(cast):
    with pytest.raises(Refused):
        hand_over(person=cast.office, handover=Handover(cast.administrator, TODAY()), by=cast.administrator)
    with pytest.raises(Invalid) as told:
        tomorrow = TODAY() + timedelta(days=1)
        hand_over(person=cast.office, handover=Handover(cast.clerk, tomorrow), by=cast.administrator)
    assert told.value.field == "on"


def test_handover_page_lists_every_reason_and_keeps_what_was_typed(cast, browse):
    factories.member(cast.city, cast.outsider)
    page = reverse("person_handover", args=(cast.supervisor.pk,))
    answer = browse("administrator").post(page, {"to": "outsider", "on": TODAY().isoformat()})
    assert ("would supervise it" in answer.text, 'value="outsider"' in answer.text) == (True, True)


# ----------------------------------------------------------------------------------------------------------- the pages


def test_people_are_found_by_words_and_state(cast, browse):
    invited(cast)
    deactivate_person(person=cast.clerk, by=cast.administrator)
    client = browse("administrator")
    listed = {
        query: [who.username for who, _standing in client.get(reverse("person_list") + query).context["lines"]]
        for query in ("?q=wan", "?state=invited", "?state=left", "?q=nobody")
    }
    assert listed == {"?q=wan": ["wang"], "?state=invited": ["wang"], "?state=left": ["clerk"], "?q=nobody": []}


def test_people_list_asks_as_much_for_many_as_for_one(
    cast, browse, django_assert_num_queries, django_assert_max_num_queries
):
    client = browse("administrator")
    with django_assert_max_num_queries(16) as few:
        client.get(reverse("person_list"))
    for n in range(30):
        who = factories.person(f"人{n}")
        factories.member(cast.port, who)
        factories.grant(who, Role.CLERK, cast.campaign, cast.port)
    with django_assert_num_queries(len(few.captured_queries)):
        client.get(reverse("person_list"))


def test_administrator_names_an_office_with_undo(cast, browse):
    client = browse("administrator")
    page = reverse("person_role", args=(cast.outsider.pk,))
    answer = client.post(page, {"role": "office", "campaign": cast.campaign.pk}, follow=True)
    (given,) = Grant.objects.filter(person=cast.outsider)
    undo = reverse("person_role_end", args=(cast.outsider.pk, given.pk))
    assert (given.role, given.campaign, undo in answer.text) == (Role.OFFICE, cast.campaign, True)
    client.post(undo)
    given.refresh_from_db()
    assert given.until == TODAY() - timedelta(days=1)
    client.post(reverse("person_role_restore", args=(cast.outsider.pk, given.pk)))
    given.refresh_from_db()
    assert given.until is None


def test_administrator_ends_no_unit_role(cast, browse):
    grant = Grant.objects.get(person=cast.clerk)
    answer = browse("administrator").post(reverse("person_role_end", args=(cast.clerk.pk, grant.pk)))
    assert (answer.status_code, Grant.objects.get(pk=grant.pk).until) == (404, None)


def test_correction_logs_the_field_names_alone(cast, browse):
    browse("administrator").post(
        reverse("person_edit", args=(cast.clerk.pk,)), {"name": cast.clerk.name, "email": "secret@example.org"}
    )
    entry = Event.objects.order_by("seq").last()
    assert (entry.action, entry.after, Person.objects.get(pk=cast.clerk.pk).email) == (
        "edit_person",
        {"fields": ["name_en", "email"]},
        "secret@example.org",
    )


# --------------------------------------------------------------------------------------------------------- my account


def test_own_settings_are_saved_and_only_a_new_name_is_logged(cast, browse):
    client = browse("clerk")
    wishes = {"name": "clerk", "name_en": cast.clerk.name_en, "language": "en", "theme": "dark", "has_keys": "0"}
    before = Event.objects.count()
    client.post(reverse("me"), wishes)
    assert (Person.objects.get(pk=cast.clerk.pk).theme, acts(before)) == ("dark", [])
    client.post(reverse("me"), {**wishes, "name": "新名"})
    who = Person.objects.get(pk=cast.clerk.pk)
    assert (who.name, who.has_keys, acts(before)) == ("新名", False, ["edit_person"])


def test_bad_settings_keep_what_was_typed(cast, browse):
    answer = browse("clerk").post(reverse("me"), {"name": "", "name_en": "Kept words", "language": "fr"})
    assert (set(answer.context["form"].errors) >= {"name", "language"}, "Kept words" in answer.text) == (True, True)


def test_sessions_are_ended_one_by_one_or_all_but_this(cast):
    here, other, third = signed_in("clerk"), signed_in("clerk"), signed_in("clerk")
    page = here.get(reverse("me"))
    mark = session_mark(other.session.session_key)
    assert (len(page.context["sessions"]), other.session.session_key in page.text) == (3, False)
    here.post(reverse("session_end", args=(mark,)))
    assert [c.get(reverse("me")).status_code for c in (here, other, third)] == [200, 302, 200]
    here.post(reverse("sessions_end"))
    assert [c.get(reverse("me")).status_code for c in (here, third)] == [200, 302]


def test_nobody_ends_somebody_elses_session(cast):
    mine, theirs = signed_in("clerk"), signed_in("lead")
    answer = mine.post(reverse("session_end", args=(session_mark(theirs.session.session_key),)))
    assert (answer.status_code, theirs.get(reverse("me")).status_code) == (409, 200)


def test_ending_the_others_says_how_many(cast):
    signed_in("clerk")
    keep = signed_in("clerk").session.session_key
    assert end_other_sessions(person=cast.clerk, keep=keep) == 1


def test_token_is_shown_once_and_kept_as_a_hash(cast):
    client = confirmed(signed_in("clerk"))
    typed = {"name": "月报", "scopes": ["read"], "expires_on": TODAY().isoformat()}
    answer = client.post(reverse("token_add"), typed)
    secret = re.search(r"setright_[\w-]{43}", answer.text).group()
    token = Token.objects.get()
    assert (token.scopes, secret in str(vars(token)), secret in client.get(reverse("me")).text) == (
        ["read"],
        False,
        False,
    )
    assert secret not in str(list(StaffSession.objects.values_list("session_data", flat=True)))


def test_token_asks_who_it_is_first(cast, browse):
    answer = browse("clerk").get(reverse("token_add"))
    assert (answer.status_code, reverse("account_reauthenticate") in answer.url) == (302, True)


@pytest.mark.parametrize(
    ("scopes", "days", "field"),
    [((), 1, "scopes"), (("all",), 1, "scopes"), (("read",), 400, "expires_on"), (("read",), -1, "expires_on")],
)
def test_token_beyond_its_limits_is_refused(cast, scopes, days, field):
    with pytest.raises(Invalid) as told:
        create_token(person=cast.clerk, wanted=WantedToken("x", scopes, TODAY() + timedelta(days=days)))
    assert told.value.field == field


def test_nobody_ends_somebody_elses_token(cast, browse):
    token, _secret = create_token(person=cast.lead, wanted=WantedToken("x", ("read",), TODAY()))
    with pytest.raises(Unknown):
        revoke_token(token=token, by=cast.clerk)
    assert browse("clerk").post(reverse("token_end", args=(token.pk,))).status_code == 404
    revoke_token(token=token, by=cast.lead)
    with pytest.raises(Conflict):
        revoke_token(token=token, by=cast.lead)
