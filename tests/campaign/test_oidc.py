"""The organisation's own sign-in, against a small provider on the loopback."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from setright.campaign.actions.person import deactivate_person
from setright.campaign.models import Person
from setright.server.config import Config

LOGIN = "/app/account/oidc/oidc/login/"


class Provider(BaseHTTPRequestHandler):
    """Knows one person; says who it is to whoever brings a code."""

    claims: ClassVar[dict] = {}

    def do_GET(self):
        root = f"http://{self.headers['Host']}"
        if self.path.endswith("openid-configuration"):
            self._say(
                {
                    "issuer": root,
                    "authorization_endpoint": f"{root}/authorise",
                    "token_endpoint": f"{root}/token",
                    "userinfo_endpoint": f"{root}/userinfo",
                    "jwks_uri": f"{root}/keys",
                }
            )
        else:
            self._say(self.claims)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self._say({"access_token": "token", "token_type": "Bearer"})

    def _say(self, answer):
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def provider(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    app = {
        "provider_id": "oidc",
        "name": "省局统一登录",
        "client_id": "setright",
        "secret": "x",
        "settings": {"server_url": f"http://127.0.0.1:{server.server_port}"},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def clerk(cast):
    cache.clear()
    Person.objects.filter(pk=cast.clerk.pk).update(email="clerk@example.org")
    return cast.clerk


def come_back(client, *, strict=True, process="login", **claims):
    """Press the button, and come back from the provider as who it says."""
    Provider.claims = {"sub": "77", "email": "clerk@example.org", "email_verified": True, **claims}
    away = client.post(f"{LOGIN}?process={process}")
    state = parse_qs(urlsplit(away.url).query)["state"][0]
    back = f"{LOGIN}callback/?code=c&state={state}"
    if strict:
        stranger = Client().get(back)
        assert ('http-equiv="refresh"' in stranger.text, "_redir" in stranger.text) == (True, True)
    return client.get(f"{back}&_redir=")


def test_button_is_shown_where_a_provider_is_set_and_only_there(client, db, provider, settings):
    shown = client.get(reverse("account_login")).text
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    hidden = client.get(reverse("account_login")).text
    assert ["省局统一登录" in text for text in (shown, hidden)] == [True, False]


def test_person_made_here_signs_in_by_their_verified_address(client, clerk, provider):
    come_back(client)
    assert client.session[SESSION_KEY] == str(clerk.pk)


@pytest.mark.parametrize(
    "claims", [{"email": "stranger@example.org"}, {"email_verified": False}, {"email": ""}], ids=str
)
def test_whoever_was_not_made_here_or_is_not_vouched_for_stays_outside(client, clerk, provider, claims):
    n = Person.objects.count()
    answer = come_back(client, **claims)
    assert (
        SESSION_KEY in client.session,
        Person.objects.count(),
        "Setright" in answer.text or answer.status_code == 302,
    ) == (
        False,
        n,
        True,
    )


def test_second_factor_is_asked_for_here_too(client, clerk, provider):
    totp.TOTP.activate(clerk, totp.generate_totp_secret())
    answer = come_back(client)
    assert (answer.url, SESSION_KEY in client.session) == (reverse("mfa_authenticate"), False)


def test_person_who_left_stays_outside(client, cast, clerk, provider):
    come_back(client)
    client.logout()
    deactivate_person(person=clerk, by=cast.administrator)
    come_back(client)
    assert SESSION_KEY not in client.session


def test_nobody_ties_an_outside_account_to_their_own(browse, cast, clerk, provider):
    answer = come_back(browse("office"), process="connect")
    assert (answer.status_code, cast.office.socialaccount_set.count()) == (404, 0)


def test_getting_the_button_s_address_starts_nothing(client, db, provider):
    assert client.get(LOGIN).status_code == 200


def test_policy_lets_the_form_lead_to_the_provider_and_nowhere_else():
    chosen = Config(oidc_server="https://id.example.org/realms/x")
    assert (chosen.oidc_origin, Config().oidc_origin) == (("https://id.example.org",), ())
