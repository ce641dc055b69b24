"""What the proof of the ledger says of disputes that were tampered with."""

from __future__ import annotations

import pytest

from checkout.core.money import Money
from checkout.ledger.verify import verify_ledger
from tests.disputes.conftest import Bank
from tests.disputes.fake_psp import DisputedPsp
from tests.ledger.test_verify import tamper
from tests.payments.conftest import shop

__all__ = ["shop"]


@pytest.fixture
def psp():
    return DisputedPsp()


@pytest.fixture
def disputed(db, shop, psp):
    """24.90 over two orders taken with a fee of 15.00, of which 14.90 came back; still open."""
    bank = Bank(db, shop, psp)
    dispute = bank.told(bank.paid(1500, 990))
    bank.tells(psp.reinstate(dispute.id, Money(1490, "EUR")))
    report = verify_ledger()
    assert report.holds, report.differences
    return db


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        (
            "UPDATE dispute_movements SET losses_minor = 1 WHERE amount_minor > 0",
            {"dispute_movement_differs"},
        ),
        (
            "UPDATE dispute_movements SET fee_minor = 1499 WHERE fee_minor = 1500",
            {"dispute_movement_differs"},
        ),
        (
            "DELETE FROM psp_numbers WHERE number = (SELECT max(number) FROM dispute_movements)",
            {"dispute_movement_differs"},
        ),
        ("UPDATE orders SET open_disputes = 0 WHERE amount_minor = 990", {"order_disputed_differs"}),
        (
            "UPDATE orders SET amount_withdrawn_minor = amount_withdrawn_minor + 1 WHERE amount_minor = 990",
            {"order_disputed_differs", "order_held_differs"},
        ),
        ("UPDATE payments SET amount_disputed_minor = 2489", {"amount_disputed_differs"}),
        ("UPDATE disputes SET status = 'won'", {"dispute_state_differs"}),
    ],
)
def test_each_is_named(disputed, statement, codes):
    """The movement, the order's counter, the payment's, or the state that does not fit."""
    tamper(disputed, statement)

    assert {difference.code for difference in verify_ledger().differences} == codes
