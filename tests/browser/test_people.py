"""What people do behind the sign-in, in a browser: sign in by keyboard, the menu where it is narrow, staying signed in."""

from __future__ import annotations

from collections.abc import Callable

import pyotp
from playwright.sync_api import Page, expect

from tests.browser import checks
from tests.browser.entry import Site
from tests.browser.seen import Seen
from tests.pages.people import PASSWORD, somebody, with_app, with_password

Open = Callable[..., tuple[Page, Seen]]


def test_signing_in_by_keyboard_and_out_again(site: Site, open_page: Open) -> None:
    """Address, password, code; the page that was asked for; then out by the user menu, and back shows nothing."""
    who = somebody(site.db, "admin")
    with_password(site.db, who)
    secret = with_app(site.db, who)
    page, seen = open_page(f"{site.base_url}/admin/users")

    page.get_by_label("Email").fill(who.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Code").fill(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Users", level=1)).to_be_visible()
    page.locator(".user-menu summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.go_back()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert seen.complaints == []


def test_the_menu_opens_and_closes_where_it_is_narrow(site: Site, open_page: Open) -> None:
    """By the keyboard alone, as sound open as closed, and the focus returns to its button."""
    who = somebody(site.db, "admin")
    site.cookies.append({"name": "session", "value": who.token, "url": site.base_url})
    page, _ = open_page(f"{site.base_url}/admin", viewport={"width": 320, "height": 700})
    link = page.get_by_role("navigation", name="Main").get_by_role("link", name="Audit log")
    expect(link).to_be_hidden()

    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    expect(link).to_be_visible()
    assert page.evaluate(checks.OVERFLOW) <= 0
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    assert page.evaluate("document.activeElement.textContent") == "Menu"
    page.keyboard.press("Enter")
    link.click()

    expect(page.get_by_role("heading", name="Audit log")).to_be_visible()


def test_a_session_that_ends_says_so_and_can_be_kept(site: Site, open_page: Open) -> None:
    who = somebody(site.db, "admin")
    site.cookies.append({"name": "session", "value": who.token, "url": site.base_url})
    page, _ = open_page(f"{site.base_url}/account")
    ask = "htmx.ajax('GET', '/session', {target: '#session', swap: 'outerHTML'})"
    site.db.rows("UPDATE sessions SET last_seen_at = now() - interval '29 minutes'")

    page.evaluate(ask)
    warning = page.get_by_role("alert", name="Your session")
    expect(warning).to_be_visible()
    assert checks.axe_faults(page) == []
    warning.get_by_role("button", name="Stay signed in").click()
    expect(warning).to_be_hidden()
    page.evaluate(ask)

    expect(warning).to_be_hidden()
