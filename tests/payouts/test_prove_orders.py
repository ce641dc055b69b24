"""The nightly proof over real orders: what they took in and what was deducted is compared with the seller's balances."""

from __future__ import annotations

import pytest

from checkout.core.ids import encode
from checkout.orders.release import release_due
from checkout.payouts.prove import prove
from tests.orders.conftest import CAUSE, deliver, in_days, paid_order, psp, ship, shop

__all__ = ["paid_order", "psp", "shop"]


@pytest.fixture
def released(db, paid_order):
    """An order on hold, and one that is released."""
    paid_order()
    order = paid_order()
    ship(order.id)
    deliver(order.id)
    in_days(8)
    assert release_due(cause=CAUSE).orders == 1
    return order


def wrong():
    return [(each.code, each.subject) for each in prove().wrong]


def test_it_holds_for_orders_on_hold_and_released(released):
    proof = prove()

    assert (list(proof.wrong), proof.sellers > 0) == ([], True)


@pytest.mark.parametrize(
    "change",
    [
        "amount_minor = amount_minor + 1, card_part_minor = card_part_minor + 1",
        "commission_minor = commission_minor + 1",
        "logistics_fee_minor = logistics_fee_minor - 1",
        "seller_id = (SELECT max(id::text)::uuid FROM sellers WHERE id <> orders.seller_id)",
    ],
)
def test_an_order_that_says_something_else_than_the_books_is_named(db, released, change):
    """Another amount, another commission, another fee, another seller: the seller is named."""
    db.rows(f"UPDATE orders SET {change} WHERE id = %(id)s", id=released.id)

    assert ("seller_balance_wrong", encode("sel", released.seller_id)) in wrong()
