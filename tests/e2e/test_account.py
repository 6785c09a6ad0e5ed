"""Signing in with real keys in a real browser, under the site's own policy: nothing is blocked, nothing is fetched."""

import base64
import hmac
import os
import struct
import time
from pathlib import Path

import pytest

from setright.campaign.models import Campaign, Person
from tests import factories
from tests.cast import assemble

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parent / "axe.min.js"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium at /usr/bin/chromium"),
]


@pytest.fixture
def site(live_server, monkeypatch):
    """The live site under `localhost`, which browsers trust with keys, filled with the cast."""
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser's own loop runs beside the test
    assemble()
    return live_server.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def trouble():
    return []


@pytest.fixture
def tab(site, trouble):
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(locale="en-GB", base_url=site).new_page()
        page.on("console", lambda m: trouble.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith(site) else trouble.append(r.url))
        yield page
        browser.close()


def press(tab, what="main button.btn-primary"):
    with tab.expect_navigation():
        tab.click(what)


def sign_in(tab, name):
    tab.goto("/app/account/login/")
    tab.fill("#id_login", name)
    tab.fill("#id_password", factories.PASSWORD)
    press(tab)


def sign_out(tab):
    tab.goto("/app/account/logout/")
    press(tab)


def confirm(tab):
    tab.fill("#id_password", factories.PASSWORD)
    press(tab)


def code_of(secret):
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, "sha1").digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def plug_in_key(tab):
    devices = tab.context.new_cdp_session(tab)
    devices.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": key})


def path(tab):
    return tab.evaluate("location.pathname")


def test_app_with_codes_is_set_up_and_asked_for(tab, trouble):
    sign_in(tab, "analyst")
    tab.goto("/app/account/mfa/totp/activate/")
    confirm(tab)
    box = tab.locator(".qr svg").bounding_box()
    secret = tab.inner_text("main .mono").strip()
    tab.fill("#id_code", code_of(secret))
    press(tab)
    assert (path(tab), tab.locator(".codes li").count(), box["width"] > 100) == (
        "/app/account/mfa/recovery-codes/",
        10,
        True,
    )
    recovery = tab.locator(".codes li").first.inner_text()
    sign_out(tab)
    sign_in(tab, "analyst")
    assert path(tab) == "/app/account/mfa/authenticate/"
    tab.fill("#id_code", recovery)
    press(tab)
    assert (path(tab).startswith("/app/c/"), trouble) == (True, [])


def test_security_key_is_added_and_signs_in(tab, trouble):
    sign_in(tab, "analyst")
    plug_in_key(tab)
    tab.goto("/app/account/mfa/webauthn/add/")
    confirm(tab)
    press(tab, "#add_key")
    tab.goto("/app/account/mfa/webauthn/")
    assert tab.locator("tbody tr").count() == 1
    sign_out(tab)
    sign_in(tab, "analyst")
    press(tab, "#use_key")
    assert path(tab).startswith("/app/c/")
    tab.goto("/app/account/mfa/webauthn/reauthenticate/?next=/app/me/")
    press(tab, "#use_key")
    assert (path(tab), trouble) == ("/app/me/", [])
    tab.goto("/app/account/mfa/webauthn/")
    press(tab, "tbody .e a")
    press(tab)
    assert (tab.locator("tbody tr").count(), trouble) == (0, [])


def test_key_that_does_not_answer_is_told_on_the_page(tab):
    sign_in(tab, "analyst")
    tab.goto("/app/account/mfa/webauthn/add/")
    confirm(tab)
    tab.evaluate("() => { navigator.credentials.create = () => Promise.reject(new DOMException('no')); }")
    tab.click("#add_key")
    tab.wait_for_selector("#key-trouble", state="visible")
    assert path(tab) == "/app/account/mfa/webauthn/add/"


PAGES = {
    "nobody": ["account/login/", "account/password/reset/", "invitation/nothing/", "account/password/reset/sent/"],
    "administrator": [
        "people/",
        "people/4/",
        "people/4/end/",
        "people/4/handover/",
        "people/invite/",
        "people/import/",
        "log/",
        "me/",
        "account/mfa/",
        "account/password/change/",
    ],
    "office": ["c/1/roles/", "c/1/roles/add/?who=person&where=P", "c/1/log/"],
}


def _addresses(name):
    campaign, clerk = Campaign.objects.get().pk, Person.objects.get(username="clerk").pk
    return [each.replace("c/1/", f"c/{campaign}/").replace("people/4/", f"people/{clerk}/") for each in PAGES[name]]


@pytest.mark.parametrize("name", PAGES)
def test_pages_hold_for_screen_readers_and_fit_a_phone(tab, trouble, name):
    if name != "nobody":
        sign_in(tab, name)
    found = []
    for address in _addresses(name):
        tab.set_viewport_size({"width": 390, "height": 844})
        tab.goto(f"/app/{address}")
        if tab.evaluate("document.documentElement.scrollWidth") > 390:
            found.append((address, "wider than a phone"))
        tab.context.new_cdp_session(tab).send("Page.setBypassCSP", {"enabled": True})
        tab.goto(f"/app/{address}")
        tab.evaluate(AXE.read_text("utf-8"))
        checked = tab.evaluate("axe.run()")
        found += [(address, each["id"]) for each in checked["violations"] if each["impact"] in ("serious", "critical")]
    assert (found, [line for line in trouble if "404" not in line]) == ([], [])
