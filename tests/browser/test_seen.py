"""What is written down while a page is open, and that one visit leaves nothing for the next."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser import checks
from tests.browser.entry import Entry, Site
from tests.browser.seen import Seen

Visit = Callable[[str], tuple[Page, Seen]]


def test_a_request_to_another_machine_fails_and_is_told(site: Site, visit: Visit) -> None:
    """No name but this machine's leads anywhere."""
    page, seen = visit(f"{site.base_url}/healthz")

    page.evaluate(
        "new Promise(done => Object.assign(new Image(), {onerror: done, src: 'http://example.org/x.png'}))"
    )

    assert seen.foreign == ["http://example.org/x.png"] or seen.violations


def test_files_that_the_browser_has_kept_count_as_they_did(site: Site, visit: Visit) -> None:
    """The second visit asks the server for less, and shows no less."""
    entry = Entry("shop", "demo.shop", lambda site: f"{site.base_url}/demo")
    _, first = visit(f"{site.base_url}/demo")
    _, second = visit(f"{site.base_url}/demo")

    assert len(first.bodies) > 1
    assert second.bodies == first.bodies
    assert checks.browser_complaints(second, entry) == []


def test_a_visit_begins_without_what_the_one_before_left(
    site: Site, visit: Visit, cookies: list[dict[str, str]]
) -> None:
    """Neither cookies nor what pages keep; the listeners of one visit hear nothing of the next."""
    page, first = visit(f"{site.base_url}/demo")
    page.evaluate("localStorage.setItem('cart', 'x'); document.cookie = 'colours=dark'")
    cookies.append({"name": "session", "value": "x", "url": site.base_url})

    visit(f"{site.base_url}/demo")
    assert page.evaluate("localStorage.getItem('cart')") is None
    assert [cookie["name"] for cookie in page.context.cookies()] == ["session"]
    page.evaluate("console.error('late')")
    assert first.complaints == []
