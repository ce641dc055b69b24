"""Single keys in a real browser: rows, boxes, the search; nothing while somebody types."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.entry import Site
from tests.browser.seen import Seen
from tests.pages.people import somebody
from tests.pages.reconciling import one_short

Open = Callable[..., tuple[Page, Seen]]


def test_rows_are_walked_ticked_and_taken_by_single_keys(site: Site, open_page: Open) -> None:
    """j and x on the list, a and r on the alert, / into the search, where a letter is a letter."""
    night, who = one_short(site.db), somebody(site.db, "finance", name="Grace")
    for name, value in (("session", who.token), ("shortcuts", "on")):
        site.cookies.append({"name": name, "value": value, "url": site.base_url})
    page, seen = open_page(f"{site.base_url}/finance/alerts")

    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Amount differs")).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox", name=f"Select alert {night.alert}")).to_be_checked()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    with page.expect_navigation():
        page.keyboard.press("a")
    expect(page.get_by_text("It is yours.")).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_role("radio", name="Claim it from the PSP")).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("jax?")

    expect(page.locator("#find")).to_have_value("jax?")
    assert seen.complaints == []
