"""What the emails about a payment say of store credit."""

from __future__ import annotations

from checkout.core.money import Money
from tests.notifications.conftest import tell
from tests.notifications.test_payment_email import parsed, part
from tests.payments.conftest import psp, shop
from tests.wallets.conftest import customer, put_in
from tests.wallets.test_top_up import top_up

__all__ = ["psp", "shop"]


def test_the_parts_of_a_payment(db, shop, mailbox):
    """24.90 with 4.90 store credit: received in parts; another one ends, and its part is free again."""
    put_in(customer(db, shop.storefront_id, "jo@example.org"), Money(980, "EUR"))
    paid, ended = (
        shop.view(shop.start(shop.command(wallet_amount=Money(490, "EUR"), metadata={"n": n}))) for n in "ab"
    )
    shop.hears(shop.psp.captured(paid.psp_session_id))
    news = shop.psp.news(ended.psp_session_id, "ended")
    shop.hears(news, shop.psp.becomes(ended.psp_session_id, "expired"))
    tell("payment.succeeded", paid.id)
    tell("payment.expired", ended.id)

    first, second = (parsed(row) for row in mailbox())
    for kind in ("plain", "html"):
        assert "We received 24,90 EUR, 4,90 EUR of it from your store credit. Your order" in part(first, kind)
        assert "Your store credit is free to spend again." in part(second, kind)


def test_a_top_up(db, shop, mailbox):
    """Paid, it is store credit at the shop; nothing is said of orders."""
    jo = customer(db, shop.storefront_id, "jo@example.org")
    payment = shop.view(top_up(shop, jo, Money(2000, "EUR")))
    shop.hears(shop.psp.captured(payment.psp_session_id))
    tell("payment.succeeded", payment.id)

    (row,) = mailbox()
    assert "We received 20,00 EUR. It is your store credit at Demo shop now." in part(parsed(row), "plain")
    assert "sellers" not in part(parsed(row), "plain")
