"""Somebody at a browser: they sign in, follow links, fill forms in, press buttons; every page they see is watched.

What a page must never do is collected in `trouble`, with its address, so that one run tells all of it: an error on the
console, what the policy blocks, a request to elsewhere, an answer of 4xx or 5xx, more or less than one h1, the wrong
language; and on pages that are looked at closely (`Seat.inspect`) a scroll to the side on a phone and what axe-core
finds serious. Pictures of those are kept in the folder that SETRIGHT_SHOTS names.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.urls import reverse

from tests import factories

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parent / "axe.min.js"
SHOTS = os.environ.get("SETRIGHT_SHOTS", "")
_LOCALES = {"en": "en-GB", "zh-hans": "zh-CN"}
_HTML = {"en": "en", "zh-hans": "zh-Hans"}
_PHONE, _DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
_BLOCKED = """document.addEventListener("securitypolicyviolation",
    (e) => console.error("blocked: " + e.violatedDirective + " " + e.blockedURI));"""


class Seat:
    """One person at a browser of their own."""

    def __init__(self, browser, site, lang, trouble):
        self.site, self.lang, self.trouble = site, lang, trouble
        self.context = browser.new_context(locale=_LOCALES[lang], base_url=site, viewport=_DESK)
        self.context.add_init_script(_BLOCKED)
        self.tab, self._glass = self._watched(), None

    def _watched(self):
        page = self.context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda m: self._note(page, m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self._note(page, str(error)))
        page.on("request", lambda r: None if r.url.startswith(self.site) else self._note(page, f"asks for {r.url}"))
        return page

    def _note(self, page, what):
        self.trouble.append((page.url.removeprefix(self.site), what))

    # ----------------------------------------------------------------------------------------------------- moving about
    def sign_in(self, username):
        self._arrived(self.tab.goto("/app/account/login/"))
        self.fill(login=username, password=factories.PASSWORD)
        return self.press("main form button.btn-primary")

    def go(self, name, *args, query=""):
        self._arrived(self.tab.goto(reverse(name, args=args) + query))
        return self

    def follow(self, name, *args, query=""):
        """Click the link to a page: it must be there to be seen."""
        return self.press(f'a[href="{reverse(name, args=args) + query}"]:visible')

    def press(self, what="main form button.btn-primary"):
        with self.tab.expect_navigation() as moved:
            self.tab.locator(what).first.click()
        self._arrived(moved.value)
        return self

    def act(self, name, *args):
        """Press the button of the form that posts to an address."""
        return self.press(f'main form[action="{reverse(name, args=args)}"] button')

    def _arrived(self, answer):
        n_h1, lang = self.tab.evaluate("[document.querySelectorAll('h1').length, document.documentElement.lang]")
        if answer is not None and answer.status >= 400:
            self._note(self.tab, f"answers {answer.status}: {self.tab.inner_text('main')[:400]}")
        assert self.tab.locator("main .note.late[role=alert]").all_inner_texts() == []  # nothing typed was refused
        if n_h1 != 1:
            self._note(self.tab, f"has {n_h1} h1")
        if lang != _HTML[self.lang]:
            self._note(self.tab, f"speaks {lang}")

    # ------------------------------------------------------------------------------------------------------------ forms
    def fill(self, **typed):
        for name, text in typed.items():
            self.tab.fill(f'main [name="{name}"]', str(text))
        return self

    def choose(self, **chosen):
        for name, value in chosen.items():
            self.tab.select_option(f'main [name="{name}"]', str(value))
        return self

    def tick(self, name, *values):
        for value in values:
            self.tab.check(f'main [name="{name}"][value="{value}"]')
        return self

    def attach(self, name, path):
        self.tab.set_input_files(f'main [name="{name}"]', str(path))
        return self

    # ---------------------------------------------------------------------------------------------------------- reading
    @property
    def title(self):
        return self.tab.inner_text("h1")

    @property
    def said(self):
        """What the page says has happened."""
        return self.tab.locator("main [role=status]").first.inner_text()

    def texts(self, what):
        return [each.strip() for each in self.tab.locator(what).all_inner_texts()]

    def number(self):
        """The number of the object that the address ends with."""
        return int(self.tab.url.partition("?")[0].rstrip("/").rpartition("/")[2])

    # ---------------------------------------------------------------------------------------------------------- closely
    def inspect(self, name):
        """Look at this page once more in a tab where axe-core may run: on a phone, at a desk, and by axe-core."""
        self._glass = glass = self._glass or self._opened_glass()
        glass.set_viewport_size(_PHONE)
        glass.goto(self.tab.url)
        wide = glass.evaluate("document.documentElement.scrollWidth")
        if wide > _PHONE["width"]:
            self._note(glass, f"is {wide} wide on a phone")
        self._shoot(glass, name, 390)
        glass.set_viewport_size(_DESK)
        self._shoot(glass, name, 1440)
        found = glass.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        for each in found:
            if each["impact"] in ("serious", "critical"):
                self._note(glass, f"axe: {each['id']} at {[n['target'] for n in each['nodes'][:3]]}")
        self.tab.bring_to_front()  # a page behind another is slowed down
        return self

    def _opened_glass(self):
        page = self._watched()
        self.context.new_cdp_session(page).send("Page.setBypassCSP", {"enabled": True})
        page.add_init_script(path=AXE)
        return page

    def _shoot(self, page, name, width):
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{self.lang}-{width}.png", full_page=True)
