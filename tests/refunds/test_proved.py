"""The proof of the ledger sees what refunds, their orders and payments, and the journal say differently."""

from __future__ import annotations

import pytest

from checkout.ledger.verify import verify_ledger
from checkout.payouts.prove import prove
from checkout.refunds.commands import OfLine
from tests.orders.test_verify_orders import tamper
from tests.refunds.conftest import PEOPLE
from tests.refunds.test_decide import decide


@pytest.fixture
def refunded(desk):
    """15.00, of which a line of 15.00 was refunded and came back, 5.00 went to the card, 3.00 to the wallet, 1.00 is on
    its way; and 15 000.00 that nobody let go, of another payment."""
    payment = desk.paid(1500)
    line = payment.orders[0].lines[0]
    failed = desk.refunds(payment, lines=(OfLine(line.id, line.quantity),), return_logistics=True)
    desk.hears(desk.psp.back.bounce(failed.public_id))
    desk.refunds(payment, 500)
    desk.refunds(payment, 300, destination="wallet")
    desk.asks(payment, 100)
    other = desk.paid(2_000_000)
    decide(desk.asks(other, 1_500_000, cause=PEOPLE), approve=False)
    desk.asks(other, 1_500_001, cause=PEOPLE)
    return payment


def codes():
    return {difference.code for difference in verify_ledger().differences}


def test_it_holds_whatever_became_of_refunds(desk, refunded):
    assert desk.balances()["refund_in_transit"] == -100
    assert list(prove().wrong) == []


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE orders SET amount_refunded_minor = amount_refunded_minor + 1", {"refunded_differs", "order_held_differs"}),
        ("UPDATE orders SET refunded_to_wallet_minor = 299 WHERE refunded_to_wallet_minor = 300", {"refunded_differs"}),
        ("UPDATE orders SET logistics_returned_minor = 1", {"refunded_differs"}),
        ("UPDATE orders SET refunds_in_flight = refunds_in_flight + 1", {"refunded_differs"}),
        ("UPDATE order_lines SET refunded_quantity = 1", {"refunded_differs"}),
        ("UPDATE payments SET amount_refunded_minor = 899 WHERE amount_refunded_minor = 900", {"refunded_differs"}),
        (
            "UPDATE refunds SET balance_transaction = 'txn_x' WHERE card_minor = 100",
            {"refund_differs", "refund_in_transit_differs"},
        ),
        ("UPDATE refunds SET returned_at = NULL WHERE failure_code <> 'not_approved'", {"refund_differs", "refunded_differs"}),
        ("UPDATE journal_entries SET source = 're_x' WHERE kind = 'refund_failed'", {"refund_differs"}),
        (
            "UPDATE postings SET amount_minor = -301 WHERE amount_minor = -300 AND account_id IN"
            " (SELECT id FROM ledger_accounts WHERE kind = 'customer_wallet')",
            {"refund_differs", "wallet_free_differs"},
        ),
    ],
)  # fmt: skip
def test_what_says_something_else_is_named(db, refunded, statement, expected):
    """One fact is changed behind everybody's back."""
    tamper(db, statement)
    assert expected <= codes()
