"""What the status page and the receipt say of store credit."""

from __future__ import annotations

import re
from uuid import UUID

from checkout.core.money import Money
from tests.pages.people import signed_in, somebody
from tests.payments.conftest import psp, shop
from tests.wallets.conftest import customer, put_in
from tests.wallets.test_top_up import top_up

__all__ = ["psp", "shop"]


def words(text: str) -> str:
    """The page as it is read."""
    plain = re.sub(r"<[^>]+>", " ", text).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", plain)


def jo(db, shop) -> UUID:
    id = customer(db, shop.storefront_id, "jo@example.org")
    put_in(id, Money(3000, "EUR"))
    return id


def test_a_payment_in_parts(client, db, shop, token_of):
    """24.90, 4.90 of it from the wallet: held while it waits, said when it is paid, on the receipt too."""
    jo(db, shop)
    payment = shop.view(shop.start(shop.command(wallet_amount=Money(490, "EUR"))))
    page = f"/s/{token_of(payment.id)}"

    assert "4,90 € of it are held of your store credit, 20,00 € are left to pay" in words(
        client.get(page).text
    )
    shop.hears(shop.psp.captured(payment.psp_session_id))
    assert "4,90 € of it from your store credit, 20,00 € charged" in words(client.get(page).text)
    assert "With store credit 4,90 EUR Charged 20,00 EUR" in words(client.get(f"{page}/receipt").text)


def test_all_of_it_and_none_of_it(client, db, shop, token_of):
    """Paid wholly from the wallet; and free again after an end."""
    jo(db, shop)
    whole = shop.view(shop.start(shop.command(wallet_amount=Money(2490, "EUR"))))
    ended = shop.view(shop.start(shop.command(wallet_amount=Money(490, "EUR"), metadata={"n": "2"})))
    news = shop.psp.news(ended.psp_session_id, "ended")
    shop.hears(news, shop.psp.becomes(ended.psp_session_id, "expired"))

    assert "All of it from your store credit" in words(client.get(f"/s/{token_of(whole.id)}").text)
    assert "Your store credit of 4,90 € is free to spend again" in words(
        client.get(f"/s/{token_of(ended.id)}").text
    )


def test_a_top_up(client, db, shop, token_of):
    """It has no order to show, and no parcel to wait for."""
    payment = shop.view(top_up(shop, jo(db, shop), Money(2000, "EUR")))
    page = f"/s/{token_of(payment.id)}"
    before = words(client.get(page).text)
    shop.hears(shop.psp.captured(payment.psp_session_id))
    after, receipt = words(client.get(page).text), words(client.get(f"{page}/receipt").text)

    assert "Your order" not in before
    assert "It is your store credit now" in after
    assert "parcel" not in after
    assert "For Store credit" in receipt


def test_what_staff_see_of_them(client, db, shop):
    """The list and each payment's page, its equation included: a top-up's amount went to the customer."""
    customer_id = jo(db, shop)
    filled = shop.view(top_up(shop, customer_id, Money(2000, "EUR")))
    shop.hears(shop.psp.captured(filled.psp_session_id))
    whole = shop.view(shop.start(shop.command(wallet_amount=Money(2490, "EUR"))))
    staff = signed_in(client, somebody(db, "operator"))

    listed = words(staff.get("/admin/payments").text)
    page = words(staff.get(f"/admin/payments/{filled.public_id}").text)
    assert "Store credit" in listed
    assert "to the customer's store credit" in page.replace("&#39;", "'")
    assert "do not add up" not in page
    assert "Store credit" in words(staff.get(f"/admin/payments/{whole.public_id}").text)
