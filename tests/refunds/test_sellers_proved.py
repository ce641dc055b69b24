"""The nightly proof of sellers works out from orders alone what refunds, disputes and releases leave to them."""

from __future__ import annotations

import pytest

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.payouts.prove import prove
from tests.orders.conftest import deliver, ship
from tests.orders.test_verify_orders import tamper
from tests.refunds.conftest import PEOPLE
from tests.refunds.test_decide import decide
from tests.refunds.test_races import cancels
from tests.refunds.test_scenarios import terms
from tests.wallets.conftest import put_in

__all__ = ["terms"]


def wrong():
    return [(each.code, each.subject) for each in prove().wrong]


@pytest.fixture
def course(desk, terms):
    """Refunds before, around and after the release, one that failed, one that waits for approval, one that gave the
    logistics fee back, an order called off and one that was shipped and closed; in euros and yen."""
    around = desk.paid(1500)
    terms(around, commission=151, logistics=300, tax=77)
    failing = desk.refunds(around, 333)
    desk.released(around)
    desk.refunds(around, 334, return_logistics=True)
    desk.hears(desk.psp.back.bounce(failing.public_id))
    yen = desk.paid(1000, currency="JPY")
    terms(yen, commission=33)
    desk.refunds(yen, 333)
    desk.released(yen)
    desk.refunds(yen, 333)
    cancels(desk, desk.paid(1500, 990).orders[0].id)
    gone = desk.paid(2000)
    terms(gone, commission=200, logistics=250)
    ship(gone.orders[0].id)
    deliver(gone.orders[0].id)
    desk.refunds(gone)
    large = desk.paid(2_000_000)
    desk.asks(large, 1_500_000, cause=PEOPLE)
    return around


def test_it_holds_whatever_was_refunded(desk, course):
    assert wrong() == []


def test_it_holds_with_store_credit(desk, terms):
    """12.345 dinars, 2.345 of them from the wallet: 5.345 of order B go back to both."""
    put_in(desk.shop.started((990,)).shopper_id, Money(3000, "KWD"))
    payment = desk.paid(7000, 5345, currency="KWD", wallet_amount=Money(2345, "KWD"))
    desk.refunds(payment, only_order=payment.orders[1].id)
    desk.refunds(payment, 3333)
    assert wrong() == []


@pytest.mark.parametrize(
    "change",
    [
        "amount_refunded_minor = amount_refunded_minor + 1",
        "logistics_returned_minor = logistics_returned_minor - 1",
        "amount_withdrawn_minor = 1",
        "commission_minor = commission_minor + 5",
    ],
)
def test_a_refunded_order_that_says_something_else_is_named(desk, course, change):
    """An order with refunds was taken as the journal had it; now its own row is held against the journal."""
    desk.db.rows(f"UPDATE orders SET {change} WHERE id = %(id)s", id=course.orders[0].id)
    assert wrong() == [("seller_balance_wrong", encode("sel", desk.shop.ada))]


def test_what_a_refund_took_from_the_wrong_place_is_named(desk, course):
    """1 minor unit of a refund stands on another account than the seller's."""
    tamper(
        desk.db,
        "UPDATE postings SET amount_minor = amount_minor + 1 WHERE id = (SELECT max(p.id) FROM postings p"
        " JOIN ledger_accounts a ON a.id = p.account_id JOIN journal_entries e ON e.id = p.entry_id"
        " WHERE a.kind = 'seller_available' AND e.kind = 'refund_requested')",
    )
    assert wrong() == [("seller_balance_wrong", encode("sel", desk.shop.ada))]


@pytest.mark.parametrize("approve", [True, False])
def test_what_waited_for_approval_takes_no_commission_with_it(desk, terms, approve):
    """0.01 of commission on 20 000.02, released. 10 000.01 wait; 10 000.01 go back beside them and give back the 0.01:
    whatever becomes of the first, a whole refund gives back the whole, and no more."""
    payment = desk.paid(2_000_002)
    terms(payment, commission=1)
    desk.released(payment)
    waiting = desk.asks(payment, 1_000_001, cause=PEOPLE)
    desk.refunds(payment, 1_000_001)
    decide(waiting, approve=approve)
    assert wrong() == []
    if not approve:
        desk.refunds(payment)
    assert "commission_revenue" not in desk.balances()
    assert wrong() == []
