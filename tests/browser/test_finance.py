"""Finance's whole morning by the keyboard alone: from the email to a closed day, with a second person for the write-off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pyotp
import pytest
from playwright.sync_api import Page, expect

from checkout import notifications
from checkout.core import clock
from checkout.core.ids import encode, new_uuid
from checkout.db.session import atomic
from checkout.notifications.finance_morning import finance_morning_due
from checkout.payments.links import StatusLinks
from checkout.reconciliation.desk.resolve import DECIDED, apply_decision
from checkout.tasks import ClaimedTask
from tests.browser.entry import Site
from tests.browser.seen import Seen
from tests.pages.people import PASSWORD, Somebody, somebody, with_app, with_password
from tests.pages.reconciling import on_that_day
from tests.pages.settings import SECRET_KEY
from tests.reconciliation.conftest import Night, changed, compare, csv_of, receive

Open = Callable[..., tuple[Page, Seen]]
STEPS_MOST = 150
BERLIN = ZoneInfo("Europe/Berlin")
SAID = """(document.activeElement.getAttribute('aria-label') || document.activeElement.labels?.[0]?.innerText
    || document.activeElement.innerText || '').trim()"""
WHY = "The PSP wrote that it owes us this"


@pytest.fixture
def nine_o_clock() -> Iterator[None]:
    """Of this day in the business time zone."""
    now = datetime.now(BERLIN)
    nine = now.replace(hour=9, minute=0, second=0)
    clock.configure(offset_seconds=int((nine - now).total_seconds()))
    yield
    clock.configure(offset_seconds=0)


def task(kind: str, **args: str) -> ClaimedTask:
    return ClaimedTask(
        id=new_uuid(), queue="default", kind=kind, args=args, attempts=1, max_attempts=8, fencing_token=1
    )


def send_the_email(site: Site) -> None:
    """As the scheduler does from eight o'clock on."""
    notifications.configure(
        smtp_url=None,
        email_from="no-reply@pay.example",
        public_url=site.base_url,
        links=StatusLinks(site.base_url, SECRET_KEY),
        business_tz=BERLIN.key,
    )
    finance_morning_due(task("notifications.finance_morning_due"))


def carry_out_what_was_decided(site: Site) -> None:
    """As a worker does."""
    (row,) = site.db.rows("SELECT args FROM tasks WHERE kind = %(kind)s", kind=DECIDED)
    with atomic() as session:
        apply_decision(session, task(DECIDED, **row["args"]))


def tab_to(page: Page, name: str, *, skip: bool = True) -> None:
    """Tabs until what has the focus bears the name, as it is read out; from a page's top by its skip link."""
    if skip and page.evaluate("document.activeElement === document.body"):
        page.keyboard.press("Tab")
        if page.evaluate(SAID) == "Skip to the content":
            page.keyboard.press("Enter")
    for _ in range(STEPS_MOST):
        page.keyboard.press("Tab")
        if re.match(name, page.evaluate(SAID)):
            return
    raise AssertionError(f"no way by Tab to {name!r} on {page.url}")


def press_on(page: Page, name: str, *, skip: bool = True) -> None:
    tab_to(page, name, skip=skip)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page: Page, name: str, text: str) -> None:
    tab_to(page, name)
    page.keyboard.type(text)


def sign_in(page: Page, who: Somebody, secret: str) -> None:
    write(page, "Email", who.email)
    write(page, "Password", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    write(page, "Code", pyotp.TOTP(secret).now())
    with page.expect_navigation():
        page.keyboard.press("Enter")


def choose(page: Page, name: str) -> None:
    """The radio buttons of one group are one stop; the arrows lead from one to the next."""
    tab_to(page, "Claim it from the PSP")
    for _ in range(STEPS_MOST):
        if re.match(name, page.evaluate(SAID)):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"no such choice: {name}")


def test_a_whole_morning_from_the_email_to_a_closed_day(
    site: Site, open_page: Open, nine_o_clock: None
) -> None:
    """1.00 claimed, 24.90 joined with its other half, 2.40 written off by two people: nothing is left, and no mouse."""
    night = Night()
    with on_that_day():
        short, lost, less = night.charge(2490, 102), night.charge(5000, 0), night.charge(1000, 59)
    rows = [changed(short, gross=2390), changed(lost, number="txn_x", source="ch_x", payment="")]
    receive(csv_of([*rows, changed(less, gross=760), night.charge(1000, 59).row()]))
    compare()
    grace, hedy = somebody(site.db, "finance", name="Grace"), somebody(site.db, "finance_approver")
    with_password(site.db, grace)
    secret = with_app(site.db, grace)
    send_the_email(site)

    page, seen = open_page(f"{site.base_url}/demo/mailbox")
    press_on(page, ".*4 alerts wait for finance")
    press_on(page, rf"{site.base_url}/finance/alerts$")
    sign_in(page, grace, secret)
    expect(page.get_by_role("heading", name="Alerts", level=1)).to_be_visible()

    claim(page, alert_of(site, 100))
    join(page)
    ask_to_write_off(page, alert_of(site, 240))
    approve(site, open_page, hedy)
    carry_out_what_was_decided(site)

    page.reload()
    press_on(page, "Compare the day again")
    press_on(page, "Compare this day again")
    expect(page.get_by_text("Closed: 4 rows received")).to_be_visible()
    press_on(page, "Finance$", skip=False)
    expect(page.get_by_text("every difference is explained")).to_be_visible()
    assert site.db.value("SELECT status FROM settlement_files") == "closed"
    assert site.db.value("SELECT count(*) FROM alerts WHERE status <> 'resolved'") == 0
    assert seen.complaints == []


def alert_of(site: Site, minor: int) -> str:
    found = site.db.value("SELECT id FROM alerts WHERE amount_minor = %(minor)s", minor=minor)
    return encode("alr", found)


def claim(page: Page, alert: str) -> None:
    """Taken by oneself, its entry seen, posted."""
    press_on(page, f"Amount differs {alert}")
    press_on(page, "Assign to me")
    expect(page.get_by_text("It is yours.")).to_be_visible()
    press_on(page, "See what this posts")
    expect(page.get_by_role("heading", name="What this posts")).to_be_visible()
    write(page, "Note", WHY)
    press_on(page, "Post it: 1.00")
    expect(page.get_by_text("Resolved: the entry is posted")).to_be_visible()


def join(page: Page) -> None:
    """What is left is reckoned while a box is ticked, and is 0.00 before anything is done."""
    press_on(page, "Alerts")
    press_on(page, "Missing at the PSP alr_")
    expect(page.locator("#left")).to_contain_text("Left to explain: 50.00")
    tab_to(page, "Unknown reference")
    page.keyboard.press("Space")
    expect(page.locator("#left")).to_contain_text("Left with what is ticked: 0.00")
    press_on(page, "Join with what is ticked")
    write(page, "Note", "One charge under two numbers")
    press_on(page, "Join them: 50.00")
    expect(page.get_by_text("Joined with the other record.")).to_be_visible()


def ask_to_write_off(page: Page, alert: str) -> None:
    press_on(page, "Alerts")
    press_on(page, f"Amount differs {alert}")
    choose(page, "Write it off")
    press_on(page, "See what this posts")
    expect(page.get_by_text("A second person decides under")).to_be_visible()
    write(page, "Note", "Too little to go on about")
    press_on(page, "Ask a second person to write off 2.40")
    expect(page.get_by_text("nothing is posted until then")).to_be_visible()


def approve(site: Site, open_page: Open, hedy: Somebody) -> None:
    """The second person, in a browser of her own."""
    site.cookies.append({"name": "session", "value": hedy.token, "url": site.base_url})
    page, seen = open_page(f"{site.base_url}/finance/approvals")
    press_on(page, "Approve 2.40")
    expect(page.get_by_text("Approved: it is carried out in a moment.")).to_be_visible()
    assert seen.complaints == []
