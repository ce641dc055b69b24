"""A morning of finance's, by the keyboard alone: from the list to the alert, its entry seen and posted, the day closed."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.entry import Site
from tests.browser.seen import Seen
from tests.pages.people import somebody
from tests.pages.reconciling import one_short

Open = Callable[..., tuple[Page, Seen]]
STEPS_MOST = 150


def tab_to(page: Page, name: str) -> None:
    """Tabs until what has the focus bears the name, as it is read out."""
    said = (
        "document.activeElement.getAttribute('aria-label') || document.activeElement.labels?.[0]?.innerText"
    )
    for _ in range(STEPS_MOST):
        page.keyboard.press("Tab")
        found = page.evaluate(f"({said} || document.activeElement.innerText || '').trim()")
        if found.startswith(name):
            return
    raise AssertionError(f"no way by Tab to {name!r} on {page.url}")


def press_on(page: Page, name: str) -> None:
    tab_to(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_difference_is_found_explained_and_its_day_closed_by_keyboard(site: Site, open_page: Open) -> None:
    """1.00 short: claimed from the PSP; no mouse, and nothing that the browser complains about."""
    one_short(site.db)
    who = somebody(site.db, "finance")
    site.cookies.append({"name": "session", "value": who.token, "url": site.base_url})
    page, seen = open_page(f"{site.base_url}/finance/alerts")

    press_on(page, "Amount differs alr_")
    expect(page.get_by_role("heading", name="Amount differs", level=1)).to_be_visible()
    press_on(page, "See what this posts")
    expect(page.get_by_role("heading", name="What this posts")).to_be_visible()
    tab_to(page, "Note")
    page.keyboard.type("The PSP wrote that it owes us this")
    press_on(page, "Post it: 1.00")
    expect(page.get_by_text("Resolved: the entry is posted")).to_be_visible()
    press_on(page, "Compare the day again")
    press_on(page, "Compare this day again")

    expect(page.get_by_text("Closed: 2 rows received, 1 matched, 1 explained.")).to_be_visible()
    assert site.db.value("SELECT status FROM settlement_files") == "closed"
    assert seen.complaints == []
