"""The proof of the ledger sees what an order and its journal say differently of its money."""

from __future__ import annotations

import pytest

from checkout.core.cause import Cause
from checkout.ledger.verify import verify_ledger
from checkout.orders.release import release_due
from tests.orders.conftest import in_days


def tamper(db, statement):
    """Past every trigger."""
    with db.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement)


def codes():
    return {difference.code for difference in verify_ledger().differences}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE orders SET status = 'delivered'", {"release_status_differs", "order_held_differs"}),
        (
            "UPDATE orders SET amount_refunded_minor = 1, status = 'paid'",
            {"release_status_differs", "order_held_differs", "refunded_differs"},
        ),
        (
            "UPDATE postings SET amount_minor = amount_minor - 1 WHERE order_id IS NOT NULL AND account_id IN"
            " (SELECT id FROM ledger_accounts WHERE kind = 'commission_revenue')",
            {"release_differs", "entry_unbalanced", "trial_balance"},
        ),
        (
            "UPDATE journal_entries SET kind = 'suspense_cleared' WHERE kind = 'order_released'",
            {"release_status_differs"},
        ),
    ],
)  # fmt: skip
def test_a_release_that_says_something_else_is_named(db, delivered_order, statement, expected):
    """One released order; then one fact is changed behind everybody's back."""
    delivered_order()
    in_days(8)
    release_due(cause=Cause("task", "tsk_test"))
    report = verify_ledger()
    assert (report.holds, report.orders) == (True, 1)

    tamper(db, statement)

    assert codes() == expected


def test_money_that_is_held_is_what_the_order_says(db, delivered_order):
    """15.00 are held; the order says one cent was refunded. A refund under way excuses nothing: both count it at once."""
    delivered_order()
    assert codes() == set()

    tamper(db, "UPDATE orders SET amount_refunded_minor = 1")
    assert codes() == {"order_held_differs", "refunded_differs"}

    tamper(db, "UPDATE orders SET refunds_in_flight = 1")
    assert codes() == {"order_held_differs", "refunded_differs"}
