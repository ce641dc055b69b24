"""Why an order's money is held: the pure rule, and that the release's statement says the same."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.db.statement import run
from checkout.orders.holds import WORDS, Fulfilment, HoldReason, hold_of, is_releasable
from checkout.orders.queries import get_order
from checkout.orders.release_statements import DUE
from checkout.orders.states import ORDER
from tests.orders.conftest import in_days

NOW = utcnow()
DAY = timedelta(days=1)
DELIVERED = Fulfilment(
    shipped_at=NOW - 9 * DAY,
    deliver_by_at=NOW + 5 * DAY,
    delivered_at=NOW - 8 * DAY,
    release_due_at=NOW - DAY,
    hold_days=7,
)


def with_(**changes):
    return Fulfilment(**{name: getattr(DELIVERED, name) for name in Fulfilment.__slots__} | changes)


@pytest.mark.parametrize(
    ("status", "left", "found", "reason", "releases_at"),
    [
        ("pending", 1500, Fulfilment(), HoldReason.NOT_PAID, None),
        ("paid", 1500, Fulfilment(), HoldReason.NOT_SHIPPED, None),
        ("shipped", 1500, with_(delivered_at=None), HoldReason.NOT_DELIVERED, NOW + 12 * DAY),
        ("delivered", 1500, with_(release_due_at=NOW + DAY), HoldReason.IN_HOLD, NOW + DAY),
        ("delivered", 1500, DELIVERED, HoldReason.BEING_RELEASED, NOW - DAY),
        ("delivered", 1500, with_(release_due_at=NOW), HoldReason.BEING_RELEASED, NOW),
        ("delivered", 1500, with_(seller_verified=False), HoldReason.SELLER_NOT_VERIFIED, None),
        ("delivered", 1500, with_(refunds_in_flight=1), HoldReason.REFUND_IN_FLIGHT, None),
        ("delivered", 1500, with_(open_disputes=1, refunds_in_flight=1), HoldReason.DISPUTED, None),
        ("delivered", 0, DELIVERED, HoldReason.NOTHING_LEFT, None),
    ],
)
def test_an_order_says_why_it_is_held_and_until_when(status, left, found, reason, releases_at):
    """A date only where time alone is waited for."""
    hold = hold_of(status, left, found, NOW)

    assert (hold.reason, hold.releases_at) == (reason, releases_at)
    assert hold.words == WORDS[reason]
    assert is_releasable(status, left, found, NOW) is (reason is HoldReason.BEING_RELEASED)


@pytest.mark.parametrize("status", ["canceled", "closed", "released"])
def test_money_that_is_gone_is_not_held(status):
    assert hold_of(status, 0, DELIVERED, NOW) is None
    assert not is_releasable(status, 1500, DELIVERED, NOW)


def test_every_reason_has_its_words():
    assert set(WORDS) == set(HoldReason)


CHANGES = [
    "",
    "refunds_in_flight = 1",
    "open_disputes = 1",
    "amount_refunded_minor = amount_minor",
    "amount_withdrawn_minor = amount_minor",
    "amount_refunded_minor = 1, amount_withdrawn_minor = 1",
    "release_due_at = release_due_at + interval '30 days'",
]


def test_the_statement_and_the_rule_agree(db, delivered_order, paid_order):
    """Every status with every obstacle, for a verified seller and another: SQL takes what the rule releases."""
    compared = 0
    order = delivered_order()
    db.rows("UPDATE orders SET released_at = release_due_at + interval '1 hour'")
    in_days(7.5)
    now = utcnow()
    statement = (
        f"SELECT ({DUE}) AS due FROM orders o JOIN sellers sel ON sel.id = o.seller_id WHERE o.id = %(id)s"
    )
    before = db.rows("SELECT * FROM orders WHERE id = %(id)s", id=order.id)[0]
    restore = ", ".join(
        f"{name} = %({name})s"
        for name in ("refunds_in_flight", "open_disputes", "amount_refunded_minor", "amount_withdrawn_minor",
                     "release_due_at")
    )  # fmt: skip
    for seller in ("active", "suspended"):
        db.rows("UPDATE sellers SET status = %(status)s", status=seller)
        for status in sorted(ORDER.states):
            for change in CHANGES if status in ("delivered", "shipped") else CHANGES[:1]:
                db.rows(
                    f"UPDATE orders SET status = %(status)s, {restore} WHERE id = %(id)s",
                    **before | {"status": status},
                )
                if change:
                    db.rows(f"UPDATE orders SET {change} WHERE id = %(id)s", id=order.id)
                view = get_order(order.id)
                said = is_releasable(view.status, view.amount_left.amount_minor, view.fulfilment, now)
                assert run(statement, id=order.id, now=now)[0].due is said, (seller, status, change)
                compared += said or 1
    assert compared >= 30
    assert encode("ord", order.id) == order.public_id
