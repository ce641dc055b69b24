"""One shopper whose name and address stand wherever a storefront can put them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from checkout.core import clock
from checkout.core.cause import Cause
from checkout.core.money import Money
from checkout.orders.release import release_due
from checkout.payments.commands import Customer, NewLine
from checkout.payments.views import PaymentView
from tests.conftest import Database
from tests.orders.conftest import deliver, in_days, ship, verify_sellers
from tests.payments.conftest import Shop, psp, shop

__all__ = ["psp", "shop"]

EMAIL = "planted.shopper@leaks.example"
NAME = "Plantéd Shopperson"
CAUSE = Cause("cli", "test")
TRACES = (EMAIL, EMAIL.upper(), "planted.shopper", NAME, "Plant", "Shopperson")


def buy(shop: Shop) -> PaymentView:
    """Paid, with the shopper's name in every text the storefront writes."""
    line = NewLine(f"Mug for {NAME}", 1, Money(1500, "EUR"))
    command = shop.command((1500,))
    order = replace(command.orders[0], lines=(line,), reference=f"1042 {NAME}", logistics_fee=None)
    answer = shop.start(
        replace(
            command,
            orders=(order,),
            customer=Customer(EMAIL, NAME, "fr-FR", "FR"),
            return_url=f"https://shop.example/thanks?to={EMAIL.replace('@', '%40')}",
            cancel_url=f"https://shop.example/cart?for={EMAIL}",
            metadata={"buyer": f"{NAME} <{EMAIL.upper()}>", EMAIL: "x", "cart": "c-77"},
        )
    )
    payment = shop.view(answer)
    shop.hears(shop.psp.captured(payment.psp_session_id))
    return shop.view(payment.id)


@pytest.fixture
def bought(shop: Shop) -> PaymentView:
    return buy(shop)


@pytest.fixture
def settled(db: Database, bought: PaymentView) -> PaymentView:
    """Delivered, and its hold has passed: nothing of it is open."""
    verify_sellers(db)
    for order in bought.orders:
        ship(order.id)
        deliver(order.id)
    in_days(60)
    assert release_due(cause=CAUSE).orders == len(bought.orders)
    db.rows(
        "INSERT INTO mailbox_messages (message_id, recipient, subject, raw, received_at)"
        " VALUES ('m', %(to)s, 'Order', %(raw)s, now())",
        to=f"{NAME} <{EMAIL}>",
        raw=f"Dear {NAME}".encode(),
    )
    # The tests' renderer shows no metadata; a real answer does.
    body = json.dumps({"id": bought.public_id, "metadata": {"buyer": f"{NAME} <{EMAIL}>"}})
    db.rows("UPDATE idempotency_keys SET body = %(body)s", body=body.encode())
    yield bought
    clock.configure()
