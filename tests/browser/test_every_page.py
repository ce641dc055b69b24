"""What every page must be, in every state: sound, accessible, quiet, private, and whole at any width."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import checks
from tests.browser.conftest import PATIENCE_MS, STAND_STILL, Served
from tests.browser.entry import Entry, Site
from tests.browser.inspector import Inspector
from tests.browser.registry import ALL, NOT_PAGES, PAGES, STATUS_PAGES
from tests.browser.seen import Seen

Open = Callable[..., tuple[Page, Seen]]
Visit = Callable[[str], tuple[Page, Seen]]

STEP_MS = 50
ATTEMPTS = PATIENCE_MS // STEP_MS
NOT_HTML = ("/v1", "/webhooks", "/healthz", "/readyz", "/metrics")
# Every page is looked at in each of its states; one state of each also in the dark, by keyboard and without scripts.
ONE_OF_EACH = tuple({entry.endpoint: entry for entry in reversed(PAGES)}.values())
WALKED = [entry for entry in ONE_OF_EACH if entry.endpoint != "status.show" and not entry.vendored_part]
WALKED += STATUS_PAGES[:5]


def test_every_page_is_registered(served: Served) -> None:
    """A route that a browser can open stands in the registry, or in NOT_PAGES with its reason."""
    routes = {
        rule.endpoint
        for rule in served.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(NOT_HTML)
    }

    assert routes - {entry.endpoint for entry in ALL} - set(NOT_PAGES) == set()


@pytest.mark.parametrize("entry", ALL, ids=str)
def test_a_page_is_sound(
    site: Site, visit: Visit, inspector: Inspector, scriptless: Callable[[str], Page], entry: Entry
) -> None:
    """Everything that every page keeps, looked at in one visit; the message lists all that is wrong."""
    address = entry.arrange(site)
    page, seen = visit(address)
    if entry.drawn:
        page.wait_for_function("drawn => document.querySelector(drawn)", arg=entry.drawn, polling=100)
    page.evaluate(STAND_STILL)

    faults = [
        *checks.header_faults(seen, entry),
        *checks.structure_faults(page, entry),
        *inspector.faults(page, dark=entry in ONE_OF_EACH or entry in STATUS_PAGES),
        *checks.layout_faults(page, entry.vendored_part),
    ]
    if entry in WALKED:
        faults += [f"keyboard: {fault}" for fault in checks.keyboard_faults(page)]
    faults += checks.media_faults(page, entry) + checks.browser_complaints(seen, entry)
    if entry in ONE_OF_EACH:
        faults += [f"without scripts: {fault}" for fault in checks.scriptless_faults(scriptless(address))]

    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_chosen_colours_win_over_the_systems(site: Site, open_page: Open, scheme: str) -> None:
    """And they pass axe as well: the tokens are written twice."""
    page, _ = open_page(f"{site.base_url}/demo", color_scheme="light" if scheme == "dark" else "dark")
    with page.expect_navigation():
        page.get_by_role("button", name=scheme.capitalize()).click()

    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert background == {"light": "rgb(246, 247, 247)", "dark": "rgb(17, 23, 22)"}[scheme]
    assert page.get_by_role("button", name=scheme.capitalize()).get_attribute("aria-pressed") == "true"


def test_a_full_cart_is_as_sound_as_an_empty_one(site: Site, open_page: Open) -> None:
    """The one page whose state is the browser's own."""
    page, seen = open_page(f"{site.base_url}/demo")
    for good in ("Mug", "Tea"):
        page.get_by_role("button", name=f"Add {good}", exact=True).click()
    page.get_by_label("Email").wait_for()

    assert checks.layout_faults(page) + checks.axe_faults(page) + seen.complaints == []
    page.reload()
    assert checks.keyboard_faults(page) == []


def test_a_poll_leaves_the_focus_where_it_is(site: Site, open_page: Open) -> None:
    """The page changes under the reader without throwing them back to its start, and says the new state once."""
    (entry,) = [entry for entry in STATUS_PAGES if entry.name == "status: checking"]
    page, _ = open_page(entry.arrange(site))
    page.get_by_role("link", name="Help").focus()
    site.db.rows("UPDATE payments SET status = 'succeeded', succeeded_at = now()")

    page.locator("[data-situation=paid]").wait_for()

    expect(page.locator("#live")).to_have_text("Thank you, payment received")
    expect(page).to_have_title("Thank you, payment received - Demo shop")
    expect(page.get_by_role("link", name="Help")).to_be_focused()
    assert page.locator("#status").get_attribute("hx-get") is None


def test_a_look_that_got_no_answer_is_repeated(site: Site, browser: Browser) -> None:
    """We may be restarting: the page does not stay at "Checking" for ever."""
    (entry,) = [entry for entry in STATUS_PAGES if entry.name == "status: checking"]
    context = browser.new_context()
    page = context.new_page()
    page.clock.install()
    lost: list[str] = []
    page.route("**/s/*polls=1*", lambda route: (lost.append(route.request.url), route.abort()), times=1)
    page.goto(entry.arrange(site))
    site.db.rows("UPDATE payments SET status = 'succeeded', succeeded_at = now()")

    # The page's clock is ours, the way of a request is not: it is given real time between the steps.
    for _ in range(ATTEMPTS):
        page.clock.run_for(500)
        page.wait_for_timeout(STEP_MS)
        if lost:
            break
    assert len(lost) == 1
    assert page.locator("[data-situation=checking]").count() == 1
    for _ in range(ATTEMPTS):
        page.clock.run_for(1_000)
        page.wait_for_timeout(STEP_MS)
        if page.locator("[data-situation=paid]").count():
            break

    assert page.locator("[data-situation=paid]").count() == 1
    context.close()


def test_back_and_reload_show_the_same(site: Site, open_page: Open) -> None:
    """No private page is kept by the browser: what is shown is asked for again."""
    (entry,) = [entry for entry in STATUS_PAGES if entry.name == "status: paid"]
    page, _ = open_page(entry.arrange(site))
    heading = page.locator("h1").inner_text()
    with page.expect_navigation():
        page.get_by_role("link", name="Receipt", exact=True).click()
    page.go_back()

    assert page.locator("h1").inner_text() == heading
    page.reload()
    assert page.locator("h1").inner_text() == heading
    assert page.evaluate("localStorage.length") == 0
    # htmx notes the tab's own address, as the tab's history does; no content.
    assert page.evaluate("Object.keys(sessionStorage)") == ["htmx-current-path-for-history"]
