"""report.html in a real browser, from disk."""

from pathlib import Path

import pytest

from setright.intake.personal import sliced
from setright.sift.register import write_register
from tests.sift.factories import Size, made

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
ODD = ("</script><img src=x onerror=\"document.title='pwned'\">", "=cmd|' /C calc'!A0", "电话 〔电话〕 打不通")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium at /usr/bin/chromium"),
]


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    result, rows = made(Size(n_rows=3000, n_problems=60), odd=ODD)
    write_register(result, rows, folder, shown=sliced, files=["意见_2026.csv", "补充.xlsx"])
    return (folder / "report.html").as_uri()


class Trouble(list):
    """Whatever a page must not do: requests, errors, violations."""

    def watch(self, page):
        page.on("console", lambda m: self.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: self.append(str(e)))
        page.on("request", lambda r: None if r.url.startswith("file:") else self.append(r.url))
        page.on("dialog", lambda d: self.append(d.message))


@pytest.fixture
def trouble():
    return Trouble()


@pytest.fixture
def page(browser, report, trouble):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    trouble.watch(opened)
    opened.goto(report)
    yield opened
    context.close()
    assert list(trouble) == []


def _titles(page):
    return [words.split("\n")[-1] for words in page.locator("#rows .name").all_inner_texts()]


def _said(page):
    """The quotes without their sources."""
    return page.locator("#detail .q").evaluate_all(
        """nodes => nodes.map((n) => [...n.childNodes].filter((c) => c.nodeName !== 'FOOTER')
        .map((c) => c.textContent).join(''))"""
    )


def _chosen(page):
    return [words.split("\n")[-1] for words in page.locator("#rows a[aria-current=true]").all_inner_texts()]


def test_report_opens_on_complaints_and_suggestions_by_size(page):
    counts = [int(n.replace(",", "")) for n in page.locator("#rows td:nth-of-type(3)").all_inner_texts()]

    pressed = page.locator("#chips [aria-pressed=true]").all_inner_texts()
    assert [label.split()[0] for label in pressed] == ["投诉", "建议"]
    assert len(counts) == 28
    assert counts == sorted(counts, reverse=True)
    assert page.locator("html").get_attribute("lang") == "zh-Hans"


def test_report_says_its_figures_and_that_they_balance(page):
    figures = page.locator("#figs dd").all_inner_texts()

    numbers = [int(f.split("\n")[0].split("行")[0].split()[0].replace(",", "")) for f in figures[:1]]
    assert numbers == [3000]
    assert page.locator("#figs > div").last.inner_text().split() == ["相差", "0账平"]


def test_report_search_filters_the_list(page):
    page.keyboard.press("/")
    page.keyboard.type("末班车 20:40")
    playwright.expect(page.locator("#rows tr")).not_to_have_count(28)

    assert _titles(page) != []
    assert all("末班车 20:40" in title for title in _titles(page))


def test_report_search_without_a_hit_offers_to_drop_the_filters(page):
    page.fill("#q", "没有人说过的话")
    page.locator("#nothing button").click()

    assert len(_titles(page)) == 28
    assert page.input_value("#q") == ""


def test_report_search_finds_words_people_used(page):
    page.fill("#q", "=cmd|")
    playwright.expect(page.locator("#rows tr")).to_have_count(1)

    assert page.locator("#detail h2").inner_text() == _titles(page)[0]


def test_report_keys_move_the_choice_and_never_fire_in_a_field(page):
    titles = _titles(page)

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert _chosen(page) == [titles[1]]
    assert page.locator("#detail h2").inner_text() == titles[1]
    page.focus("#q")
    page.keyboard.type("?")
    assert page.input_value("#q") == "?"
    assert page.locator("#keys").is_hidden()


def test_report_question_mark_lists_the_keys_and_enter_reads(page):
    page.keyboard.press("?")
    assert page.locator("#keys dt").all_inner_texts() == ["j", "k", "Enter", "/", "Esc", "?"]
    page.keyboard.press("Escape")
    playwright.expect(page.locator("#keys")).to_be_hidden()

    page.keyboard.press("Enter")

    playwright.expect(page.locator("#detail")).to_be_focused()


def test_report_keys_can_be_switched_off(page):
    page.keyboard.press("?")
    page.locator("#keys input").uncheck()
    page.keyboard.press("Escape")
    playwright.expect(page.locator("#keys")).to_be_hidden()

    page.keyboard.press("j")

    assert _chosen(page) == [_titles(page)[0]]


def test_report_changes_language_and_leaves_what_people_said(page):
    before, said = _titles(page), _said(page)

    page.click("#tongue")

    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("#h1").inner_text().startswith("3,000 opinions, ")
    assert _titles(page) == before
    assert page.locator("#rows a").first.get_attribute("lang") == "zh-Hans"
    assert _said(page) == said


def test_report_says_everything_in_both_languages(page):
    missing = page.evaluate(
        """() => {
            const inner = (v) => v.constructor === Object ? names(v) : [];
            const names = (o) => Object.entries(o).flatMap(([k, v]) => [k, ...inner(v)]);
            const [zh, en] = [names(WORDS.zh), names(WORDS.en)];
            return [...zh.filter((n) => !en.includes(n)), ...en.filter((n) => !zh.includes(n))];
        }"""
    )

    assert missing == []


def test_report_circle_chooses_its_problem(page):
    circle = page.locator("#map circle:not(.sel):not(.dim)").nth(3)
    title = circle.locator("title").text_content()

    circle.dispatch_event("click")

    assert title.startswith(page.locator("#detail h2").inner_text())
    assert page.locator("#map .sel").count() == 1


def test_report_arrow_keys_walk_the_map(page):
    page.focus("#map")
    seen = {_chosen(page)[0]}
    for arrow in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp") * 2:
        page.keyboard.press(arrow)
        seen.add(page.locator("#detail h2").inner_text())

    assert len(seen) > 2


def test_report_shows_all_quotes_it_carries_on_demand(page):
    assert page.locator("#detail .q:visible").count() == 4

    page.click("#detail .end button")

    assert page.locator("#detail .q:visible").count() == 24


def test_report_keeps_hostile_words_as_words(page):
    page.fill("#q", "onerror")
    playwright.expect(page.locator("#rows tr")).to_have_count(1)
    if page.locator("#detail .end button").count():
        page.click("#detail .end button")

    said = _said(page)
    assert [s for s in said if "onerror" in s or "cmd" in s] == [s for s in said if s in ODD[:2]]
    assert {ODD[0], ODD[1]} <= set(said)
    assert page.locator("img").count() == 0
    assert "pwned" not in page.title()


def test_report_sets_masked_words_apart(page):
    page.fill("#q", "〔电话〕")
    playwright.expect(page.locator("#rows tr")).to_have_count(1)

    assert page.locator("#detail .q .mask").first.text_content() == "〔电话〕"


def test_report_shows_more_on_scroll_and_on_demand(page):
    page.click("#chips [aria-pressed=false]:has-text('表扬')")
    total = page.evaluate("state.list.length")

    page.evaluate("document.getElementById('frame').scrollTop = 1e6")

    playwright.expect(page.locator("#rows tr")).to_have_count(total)


def test_report_address_carries_the_view(page, browser):
    page.fill("#q", "水压")
    page.click("#tongue")
    playwright.expect(page.locator("#rows tr")).not_to_have_count(28)

    again = browser.new_page()
    again.goto(page.url)

    assert _titles(again) == _titles(page)
    assert again.locator("html").get_attribute("lang") == "en"
    again.close()


def test_report_turns_dark_and_back(page):
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")

    page.click("#dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#dark")

    assert (light, dark) == ("rgb(248, 248, 245)", "rgb(20, 23, 26)")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light


@pytest.mark.parametrize("width", [320, 390, 768, 1180, 1440])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_report_never_scrolls_sideways(browser, report, width, lang, trouble):
    page = browser.new_page(viewport={"width": width, "height": 800})
    trouble.watch(page)

    page.goto(f"{report}#l={lang}")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
    assert list(trouble) == []


def test_report_on_a_phone_goes_to_the_words_and_back(browser, report):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(report)

    page.locator("#rows tr").nth(5).click()
    assert page.locator("#detail").bounding_box()["y"] < 100
    page.click("#detail .only-phone button")

    assert 0 <= page.locator("#rows tr").nth(5).bounding_box()["y"] <= 844
    targets = page.locator("button.chip:visible, #q, .pagehd button").all()
    assert min(t.bounding_box()["height"] for t in targets) >= 36
    page.close()


def test_report_works_without_units_dates_or_themes(browser, tmp_path, trouble):
    result, rows = made(Size(n_rows=200, n_problems=5, lang="en", units=False, dates=False))
    write_register(result, rows, tmp_path, shown=sliced, files=["a.csv"])
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    trouble.watch(page)

    page.goto((tmp_path / "report.html").as_uri())

    assert page.locator("#heat").is_hidden()
    assert page.locator("#list svg.spark").count() == 0
    assert page.locator("html").get_attribute("lang") == "en"
    page.close()
    assert list(trouble) == []
