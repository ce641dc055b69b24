"""What two do at the same moment: refunds, release, payout, shipping. Each race has a control without its guard."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from checkout.db.session import atomic
from checkout.orders.errors import InvalidOrderState
from checkout.orders.release import release_due
from checkout.orders.shares import lock_shares
from checkout.payouts.errors import MovementsUnderWay
from checkout.payouts.request import request_payout
from checkout.refunds import request as requesting
from checkout.refunds.cancel_order import cancel_order
from checkout.refunds.errors import RefundExceedsCaptured
from tests.concurrency import at_once
from tests.orders.conftest import deliver, in_days, ship
from tests.payouts.conftest import holds
from tests.payouts.fake_psp import FakePsp as PayingPsp
from tests.refunds.conftest import CAUSE, EVENT


def outcomes(results):
    return Counter(type(result).__name__ for result in results)


def test_thirty_refunds_of_forty_percent_at_once_and_two_succeed(desk):
    payment = desk.paid(1000)
    results = at_once(*[lambda: desk.asks(payment, 400) for _ in range(30)])
    assert outcomes(results) == {"Refund": 2, "RefundExceedsCaptured": 28}
    assert desk.refunded(payment) == 800
    assert desk.order(payment.orders[0].id)["refunded"] == 800


def test_control_without_the_lock_only_the_table_stands_in_the_way(desk, monkeypatch):
    """The orders read without the lock, the payment counted without its guard: all believe that it is left."""
    payment = desk.paid(1000)
    monkeypatch.setattr("checkout.orders.shares.lock_payments", lambda session, ids: None)
    monkeypatch.setattr("checkout.refunds.refund.lock_payments", lambda session, ids: None)
    monkeypatch.setattr(requesting, "count_out", lambda *arguments, **named: None)
    all_have_looked, looking = Barrier(10, timeout=60), requesting.spread

    def look_together(*arguments):
        wanted = looking(*arguments)
        all_have_looked.wait()
        return wanted

    monkeypatch.setattr(requesting, "spread", look_together)
    results = at_once(*[lambda: desk.asks(payment, 400) for _ in range(10)])
    assert outcomes(results)["IntegrityError"] > 0


def test_a_refund_and_the_release_at_once(desk):
    """Whoever is first: the refund was taken from what was held, or from what was released; never from both."""
    payment = desk.paid(1500)
    for order in payment.orders:
        ship(order.id)
        deliver(order.id)
    in_days(8)
    refund, _ = at_once(lambda: desk.asks(payment, 500), lambda: release_due(cause=EVENT))
    desk.sends(refund)
    release_due(cause=EVENT)
    held = desk.balances()
    assert held.pop("psp_balance") == 1000
    assert held.pop("commission_revenue") == -100
    assert held == {"logistics_revenue": -300, "seller_available:A": -600}


def test_a_refund_and_a_payout_at_once(desk):
    """The payout takes what is free: with the refund 6.00, without it 10.50, and then the seller owes the rest."""
    payment = desk.paid(1500)
    desk.released(payment)
    desk.db.rows(
        "INSERT INTO connected_accounts (seller_id, psp, idempotency_key, request, psp_account_id, created_at)"
        " VALUES (%(id)s, 'stripe', 'k', '{}', 'acct_x', now())",
        id=desk.shop.ada,
    )

    def pays_out():
        try:
            return request_payout(
                seller_id=desk.shop.ada, currency="EUR", method="standard", psp=PayingPsp(), cause=EVENT
            )
        except MovementsUnderWay:
            return None

    refund, payout = at_once(lambda: desk.refunds(payment, 500), pays_out)
    payout = payout or pays_out()
    assert refund.status == "succeeded"
    assert payout.amount.amount_minor in (600, 1050)
    assert holds("seller_available", desk.shop.ada) + payout.amount.amount_minor == 600
    desk.balances()


def release_meanwhile(desk, monkeypatch):
    """A run of the release goes through just when a refund has seen what is left of the order."""
    looking = requesting.spread

    def and_then(*arguments):
        wanted = looking(*arguments)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: release_due(cause=EVENT)).result()
        return wanted

    monkeypatch.setattr(requesting, "spread", and_then)


@pytest.fixture
def due(desk):
    """15.00 whose hold has passed; nobody has released it yet."""
    payment = desk.paid(1500)
    for order in payment.orders:
        ship(order.id)
        deliver(order.id)
    in_days(8)
    return payment


def test_a_release_in_the_middle_of_a_refund_waits_for_it(desk, due, monkeypatch):
    release_meanwhile(desk, monkeypatch)
    desk.asks(due, 500)
    assert desk.order(due.orders[0].id)["status"] == "delivered"
    assert desk.balances()["seller_pending:A"] == -1000


def test_control_without_the_lock_the_release_goes_through_in_the_middle(desk, due, monkeypatch):
    """It is the lock that makes it wait. The refund then takes from what was released, for it looks again."""
    monkeypatch.setattr("checkout.orders.shares.lock_payments", lambda session, ids: None)
    release_meanwhile(desk, monkeypatch)
    desk.asks(due, 500)
    assert desk.order(due.orders[0].id)["status"] == "released"
    assert "seller_pending:A" not in desk.balances()


def cancels(desk, order_id):
    with atomic() as session:
        return cancel_order(session, order_id, psp=desk.psp, cause=CAUSE)


@pytest.mark.parametrize("time", range(5))
def test_canceling_an_order_and_shipping_it_at_once(desk, time):
    """One of the two happens, the other is told; a canceled order has its refund, a shipped one has none."""
    payment = desk.paid(1500)
    order_id = payment.orders[0].id
    canceled, shipped = at_once(lambda: cancels(desk, order_id), lambda: ship(order_id))
    assert [isinstance(result, InvalidOrderState) for result in (canceled, shipped)].count(True) == 1
    is_canceled = desk.order(order_id)["status"] == "canceled"
    assert is_canceled == isinstance(shipped, InvalidOrderState)
    assert desk.refunded(payment) == (1500 if is_canceled else 0)


def test_the_answer_and_its_webhook_at_once(desk):
    """Booked once, by whichever of them came first."""
    payment = desk.paid(1500)
    refund = desk.asks(payment, 500)
    desk.psp.back.lose("after")
    desk.sends(refund)
    made = desk.made(refund)
    at_once(*[lambda: desk.hears(made) for _ in range(5)], *[lambda: desk.sends(refund) for _ in range(5)])
    assert [kind for kind, _ in desk.entries("payment_captured")] == ["refund_requested", "refund_sent"]
    assert desk.events() == ["refund.created", "refund.succeeded"]


def test_a_dashboard_refund_told_by_ten_at_once_is_booked_once(desk):
    payment = desk.paid(1500)
    made = desk.dashboard(payment, 300)
    assert set(at_once(*[lambda: desk.hears(made) for _ in range(10)])) == {"applied"}
    assert [kind for kind, _ in desk.entries("payment_captured")] == ["external_refund"]
    assert desk.refunded(payment) == 300


def test_a_refund_and_the_dashboard_at_once(desk):
    """Both of 10.00 on 15.00: the PSP's own word is booked, ours only where it is left."""
    payment = desk.paid(1500)
    made = desk.dashboard(payment, 1000)
    asked, _ = at_once(lambda: desk.asks(payment, 1000), lambda: desk.hears(made))
    with atomic() as session:
        (share,) = lock_shares(session, payment.id)
    assert share.left.amount_minor == (500 if isinstance(asked, RefundExceedsCaptured) else 0)
