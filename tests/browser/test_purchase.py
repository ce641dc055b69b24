"""The whole purchase, as a person does it: demo shop, the PSP's page, status page, email. A real product, a real browser."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from checkout.core import clock
from checkout.launcher.data_folder import find_home, remove_home
from tests.browser.conftest import PATIENCE_MS
from tests.browser.mailbox import ATTEMPTS, LOOK_AGAIN_MS, emails, wait_for_email
from tests.product import Product

pytestmark = [pytest.mark.xdist_group("purchase"), pytest.mark.timeout(900)]

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("purchase") / "data")
    product.start()
    yield product
    product.stop()
    remove_home(find_home(product.data_dir))


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    """Not larger than it must be: here its pictures are drawn."""
    context = browser.new_context(locale="en-GB", viewport={"width": 800, "height": 600})
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(window: Page) -> Page:
    """One window for all shoppers: a new one costs more than a purchase. The shop knows them by their cookies alone."""
    window.context.clear_cookies()
    return window


@pytest.fixture
def shopper(product: Product, page: Page) -> Page:
    """A shopper with a mug and some tea in the cart, at the PSP's page."""
    return at_the_psp(product, page)


def at_the_psp(product: Product, page: Page) -> Page:
    page.goto(f"http://localhost:{product.port}/demo")
    page.get_by_role("button", name="Add Mug", exact=True).click()
    page.get_by_role("button", name="Add Tea", exact=True).click()
    page.get_by_role("button", name="Checkout").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Pay .*24.90"))
    return page


def pay(page: Page, number: str) -> None:
    page.locator("[autocomplete=cc-number]").fill(number)
    page.locator("[autocomplete=cc-exp]").fill("12/34")
    page.locator("[autocomplete=cc-csc]").fill("1234" if number.startswith("37") else "123")
    page.get_by_role("button", name=re.compile("^Pay ")).click()


WAITING = re.compile("Checking with your bank|Still checking")  # which of them, ten seconds decide


def reads(page: Page, heading: str) -> None:
    """The status page comes to this heading, by itself."""
    expect(page.locator("#heading")).to_have_text(heading)


def advance_clock(product: Product, seconds: int) -> None:
    """As the command does, which has tests of its own: to start it takes as long as several purchases."""
    moved = requests.post(
        f"http://127.0.0.1:{product.mock_port}/_mock/clock", json={"advance_seconds": seconds}, timeout=60
    )
    assert moved.ok, moved.text
    file = product.data_dir / "clock"
    clock.write_advance_seconds(file, clock.read_advance_seconds(file) + seconds)


@pytest.mark.parametrize(
    "number",
    ["4242424242424242", "5555555555554444", "378282246310005", "4000000000004954", "4000990000000301",
     "4000990000000400", "4000990000000509"],
    ids=["visa", "mastercard", "amex", "risk", "webhook first", "webhook lost", "webhook thrice"],
)  # fmt: skip
def test_a_card_that_pays_ends_at_thank_you(shopper: Page, number: str) -> None:
    """Also where the webhook comes before the shopper, never, or three times out of order."""
    pay(shopper, number)

    reads(shopper, "Thank you, payment received")
    expect(shopper).to_have_title("Thank you, payment received - Demo shop")
    assert shopper.locator(".total").inner_text() == "€24.90"
    assert shopper.locator("#status").get_attribute("hx-get") is None


def test_paying_by_wallet_ends_at_thank_you(shopper: Page) -> None:
    shopper.get_by_role("button", name="Use Mock Wallet").click()

    reads(shopper, "Thank you, payment received")


def test_the_purchase_from_cart_to_receipt(product: Product, shopper: Page) -> None:
    """Delivery of each seller, receipt, the email with both, and back to the shop with the payment's id."""
    pay(shopper, "4242424242424242")
    reads(shopper, "Thank you, payment received")
    expect(shopper.locator(".lead")).to_contain_text("2 parcels: Ada's Pottery arrives")
    status_url, order = shopper.url, order_on(shopper)
    reference = shopper.locator("dd code").first.inner_text()

    shopper.get_by_role("link", name="See receipt").click()
    expect(shopper.get_by_role("heading", level=1)).to_have_text("Receipt")
    email = wait_for_email(product, shopper, "payment received", order)
    shopper.goto(f"http://localhost:{product.port}/demo/mailbox")
    shopper.get_by_role("link", name=email, exact=True).click()
    frame = shopper.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Thank you, payment received")
    expect(frame.locator("main")).to_contain_text(f"Reference: {reference}")
    expect(shopper.locator("pre")).to_contain_text("Estimated delivery:")

    shopper.goto(status_url)
    expect(shopper.locator(".lead")).to_contain_text("We have sent a confirmation to j...@example.org.")
    shopper.get_by_role("link", name="Back to Demo shop").click()
    assert shopper.url.endswith(f"/demo/thanks?payment={reference}")


def order_on(page: Page) -> str:
    """Of the first seller, as the status page names it: "1234-A"."""
    return str(page.get_by_text(re.compile(r"^Order \d{4}-A$")).first.text_content()).removeprefix("Order ")


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("4000000000009995", "There is not enough money on the account."),
        ("4000000000000002", "Your bank did not approve this payment."),
        ("4000000000009987", "Your bank did not approve this payment."),
        ("4000000000000069", "The card has expired."),
    ],
    ids=["insufficient funds", "generic", "lost", "expired card"],
)
def test_a_declined_card_may_be_tried_again(shopper: Page, number: str, reason: str) -> None:
    """Declined at the PSP; back here the reason is said in the page's own words; another card pays the same payment."""
    pay(shopper, number)
    expect(shopper.get_by_role("alert")).to_be_visible()
    shopper.get_by_role("link", name="Cancel and go back").click()
    wait_until_reads(shopper, "Payment did not go through")
    expect(shopper.locator(".lead")).to_contain_text(reason)

    shopper.get_by_role("link", name="Try again").click()
    pay(shopper, "4242424242424242")

    reads(shopper, "Thank you, payment received")


def wait_until_reads(page: Page, heading: str) -> None:
    """For pages that do not ask by themselves: the webhook may be a moment behind the shopper."""
    for _attempt in range(ATTEMPTS):
        if page.locator("#heading").inner_text() == heading:
            return
        page.wait_for_timeout(LOOK_AGAIN_MS)
        page.reload()
    raise AssertionError(f"the page never read {heading!r}")


def test_a_challenge_is_approved_by_keyboard(shopper: Page) -> None:
    pay(shopper, "4000002760003184")
    shopper.get_by_role("button", name="Approve").focus()
    shopper.keyboard.press("Enter")

    reads(shopper, "Thank you, payment received")


def test_a_challenge_that_is_denied_takes_nothing(shopper: Page) -> None:
    pay(shopper, "4000002760003184")
    shopper.get_by_role("button", name="Deny").click()
    shopper.get_by_role("link", name="Cancel and go back").click()

    wait_until_reads(shopper, "Payment did not go through")
    expect(shopper.locator(".lead")).to_contain_text("Nothing was taken.")


def test_a_shopper_who_leaves_is_told_and_may_cancel(shopper: Page) -> None:
    """Nothing taken, the same page to continue, or the order canceled for good."""
    shopper.get_by_role("link", name="Cancel and go back").click()
    reads(shopper, "Payment not finished")
    hosted = shopper.get_by_role("link", name="Continue payment").get_attribute("href")

    shopper.get_by_role("button", name="Cancel order").click()

    reads(shopper, "Canceled")
    assert hosted is not None
    shopper.goto(hosted)
    assert shopper.locator("[autocomplete=cc-number]").count() == 0


def test_a_bank_debit_is_waited_for_honestly(product: Product, shopper: Page) -> None:
    """The bank needs days: the page never says paid, and says when to stop watching."""
    shopper.locator("#iban").fill("DE89370400440532013000")
    shopper.get_by_role("button", name=re.compile("^Debit ")).click()

    expect(shopper.locator("#heading")).to_have_text(WAITING)
    expect(shopper.locator(".lead")).to_contain_text("Please do not pay again.")
    assert shopper.get_by_role("link", name=re.compile("Continue|Try again")).count() == 0
    status_url, order = shopper.url, order_on(shopper)

    advance_clock(product, 61)

    shopper.goto(status_url)
    reads(shopper, "Your bank needs more time")
    expect(shopper.locator(".lead")).to_contain_text("You can close this page.")
    wait_for_email(product, shopper, "your bank needs more time", order)


def test_a_slow_card_is_paid_when_its_time_has_come(product: Product, shopper: Page) -> None:
    """30 seconds at the bank: the clock is moved, the open page comes to it by itself."""
    pay(shopper, "4000990000000103")
    expect(shopper.locator("#heading")).to_have_text(WAITING)

    advance_clock(product, 31)

    reads(shopper, "Thank you, payment received")


def test_time_runs_out_and_is_told_once(product: Product, shopper: Page) -> None:
    """Nobody pays for an hour: the payment expires, one email says so, the cart is a click away."""
    before = emails(product)
    shopper.get_by_role("link", name="Cancel and go back").click()
    reads(shopper, "Payment not finished")
    status_url, order = shopper.url, order_on(shopper)

    advance_clock(product, 3700)

    wait_for_email(product, shopper, "time ran out", order)
    shopper.goto(status_url)
    wait_until_reads(shopper, "Time ran out")
    expect(shopper.get_by_role("link", name="Back to the cart")).to_be_visible()
    about = [subject for subject in emails(product)[: -len(before) or None] if "time ran out" in subject]
    assert len(about) == len(set(about))


def test_a_double_click_on_checkout_is_one_payment(product: Product, page: Page) -> None:
    page.goto(f"http://localhost:{product.port}/demo")
    page.get_by_role("button", name="Add Mug", exact=True).click()
    hosted = set()
    for _click in range(2):
        page.goto(f"http://localhost:{product.port}/demo")
        page.get_by_role("button", name="Checkout").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Pay "))
        hosted.add(page.url)

    assert len(hosted) == 1


def test_the_purchase_works_without_scripts(product: Product, browser: Browser) -> None:
    """Forms and links alone; the waiting page reloads itself."""
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    page = at_the_psp(product, context.new_page())

    pay(page, "4242424242424242")

    expect(page.locator("#heading")).to_have_text("Thank you, payment received")
    context.close()


def test_pictures_of_the_shop_and_the_status_page(product: Product, shopper: Page, tmp_path: Path) -> None:
    """The README's pictures; `UPDATE_IMAGES=1` keeps them, so that they show what a test has seen."""
    folder = IMAGES if os.environ.get("UPDATE_IMAGES") == "1" else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    picture = camera(shopper, folder)
    hosted = shopper.url
    shopper.goto(f"http://localhost:{product.port}/demo")
    picture("demo-shop")
    shopper.goto(hosted)
    pay(shopper, "4242424242424242")
    reads(shopper, "Thank you, payment received")
    picture("status-page")

    assert all(path.stat().st_size > 10_000 for path in folder.glob("*.png"))
    assert len(list(folder.glob("*.png"))) >= 4


def camera(page: Page, folder: Path) -> Callable[[str], None]:
    def picture(name: str) -> None:
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)

    return picture
