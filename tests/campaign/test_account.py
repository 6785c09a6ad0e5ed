"""The pages of signing in: sessions, passwords, and what is no page here."""

import re

import pytest
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.test import Client
from django.urls import get_resolver, reverse

from setright.campaign.models import Event, Person, StaffSession
from tests import factories


def signed_in(username, password=factories.PASSWORD):
    client = Client()
    client.post(reverse("account_login"), {"login": username, "password": password})
    return client


def test_session_that_was_there_before_signing_in_is_not_the_one_after(cast):
    client = Client()
    client.get(reverse("account_login"))
    session = client.session
    session["seeded"] = "by an attacker"
    session.save()
    fixed = session.session_key
    client.cookies["setright_session"] = fixed
    client.post(reverse("account_login"), {"login": "clerk", "password": factories.PASSWORD})
    assert SESSION_KEY in client.session
    assert (client.session.session_key == fixed, StaffSession.objects.filter(session_key=fixed).exists()) == (
        False,
        False,
    )


def test_getting_the_sign_out_page_signs_nobody_out(cast):
    client = signed_in("clerk")
    page = client.get(reverse("account_logout"))
    assert (page.status_code, client.get(reverse("me")).status_code) == (200, 200)
    client.post(reverse("account_logout"))
    assert client.get(reverse("me")).status_code == 302


def test_sign_in_by_e_mail_works_too(cast):
    Person.objects.filter(pk=cast.clerk.pk).update(email="clerk@example.org")
    assert SESSION_KEY in signed_in("clerk@example.org").session


def test_wrong_password_and_unknown_name_are_told_alike(cast):
    told = []
    for name in ("clerk", "nobody"):
        answer = Client().post(reverse("account_login"), {"login": name, "password": "wrong wrong wrong"})
        told.append((answer.status_code, answer.context["form"].non_field_errors()))
    assert told[0] == told[1]


def test_password_reset_mail_says_the_same_for_known_and_unknown(cast):
    Person.objects.filter(pk=cast.clerk.pk).update(email="clerk@example.org", language="zh-hans")
    answers = [
        Client().post(reverse("account_reset_password"), {"email": address})
        for address in ("clerk@example.org", "nobody@example.org")
    ]
    assert [a.status_code for a in answers] == [302, 302]
    (letter,) = mail.outbox
    assert letter.to == ["clerk@example.org"]


def test_password_reset_ends_every_earlier_sign_in(cast):
    Person.objects.filter(pk=cast.clerk.pk).update(email="clerk@example.org")
    earlier = signed_in("clerk")
    client = Client()
    client.post(reverse("account_reset_password"), {"email": "clerk@example.org"})
    link = re.search(r"http://testserver(/app/\S+)", mail.outbox[0].body).group(1)
    page = client.get(link, follow=True)
    new = {"password1": "ein neuer satz", "password2": "ein neuer satz"}
    client.post(page.redirect_chain[-1][0], new)
    assert (earlier.get(reverse("me")).status_code, Event.objects.order_by("seq").last().action) == (
        302,
        "reset_password",
    )
    assert SESSION_KEY in signed_in("clerk", "ein neuer satz").session


def test_changed_password_is_logged_without_it(cast):
    client = signed_in("clerk")
    other = signed_in("clerk")
    new = "ein neuer satz"
    client.post(
        reverse("account_change_password"),
        {"oldpassword": factories.PASSWORD, "password1": new, "password2": new},
    )
    entry = Event.objects.order_by("seq").last()
    assert (entry.action, entry.after, other.get(reverse("me")).status_code) == ("change_password", {}, 302)


UNUSED = ["account_signup", "account_email", "account_email_verification_sent", "socialaccount_connections"]


@pytest.mark.parametrize("name", [*UNUSED, "socialaccount_signup"])
def test_pages_that_nobody_uses_are_no_pages(cast, browse, name):
    assert [browse("clerk").get(reverse(name)).status_code, Client().get(reverse(name)).status_code] == [404, 404]


def test_every_address_of_signing_in_is_one_we_chose():
    (account,) = [p for p in get_resolver("setright.server.urls").url_patterns if str(p.pattern) == "app/account/"]
    names = {p.name for p in account.url_patterns if hasattr(p, "name")}
    assert names == {
        *UNUSED,
        "socialaccount_signup",
        "account_login",
        "account_logout",
        "account_inactive",
        "account_reauthenticate",
        "account_change_password",
        "account_set_password",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "openid_connect_login",
        "openid_connect_callback",
        "socialaccount_login_cancelled",
        "socialaccount_login_error",
    }
