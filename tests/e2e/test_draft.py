"""Somebody is interrupted while writing: their words are there when they come back, and gone once they are sent."""

import os

import pytest
from django.urls import reverse

from setright.campaign.models import Draft, Person, Step
from tests.cast import assemble
from tests.e2e.walk import CHROMIUM, Seat

playwright = pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium at /usr/bin/chromium"),
]

NOTE = 'main textarea[name="note"]'
SAID = "main textarea[name=note] + .hint"


@pytest.fixture
def clerk(live_server, monkeypatch):
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser's own loop runs beside the test
    assemble()
    Person.objects.update(language="en")
    trouble = []
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        yield Seat(browser, live_server.url, "en", trouble).sign_in("clerk")
        browser.close()
    assert trouble == []


def written(clerk, text):
    """Type, and wait until the page says that it is kept."""
    clerk.tab.fill(NOTE, text)
    clerk.tab.wait_for_function("s => document.querySelector(s)?.textContent.startsWith('Kept at')", arg=SAID)


def until(clerk, holds):
    for _ in range(100):
        if holds():
            return
        clerk.tab.wait_for_timeout(50)
    pytest.fail("it never came to hold")


def test_words_come_back_until_they_are_taken_out_or_sent(clerk):
    step = Step.objects.get(enrolment__unit__name_en="City", template__code="own-plan")
    page = ("step_page", step.enrolment.campaign_id, step.pk)
    clerk.go(*page)
    written(clerk, "Half a sentence")

    clerk.go(*page)
    clerk.tab.wait_for_function("s => document.querySelector(s)?.value === 'Half a sentence'", arg=NOTE)
    assert "have not sent it" in clerk.tab.inner_text(SAID)
    clerk.tab.click(f"{SAID} button")
    assert clerk.tab.input_value(NOTE) == ""
    until(clerk, lambda: Draft.objects.count() == 0)

    written(clerk, "A whole sentence.")
    clerk.press('main form button[name="save"]')
    step.refresh_from_db()
    assert (step.note, Draft.objects.count(), clerk.tab.url.endswith(reverse(*page[:1], args=page[1:]))) == (
        "A whole sentence.",
        0,
        True,
    )
    clerk.tab.wait_for_timeout(500)
    assert clerk.tab.inner_text(SAID) == ""
