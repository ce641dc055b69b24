"""Each guard of a race is what holds it: with the guard switched off, the same race goes wrong."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from checkout.core.money import Money
from checkout.orders.errors import InvalidOrderState
from checkout.orders.queries import get_order
from checkout.orders.ship import Parcel
from checkout.payments.commands import NewLine
from checkout.payouts import facts
from checkout.payouts import request as paying
from checkout.payouts.errors import MovementsUnderWay
from checkout.payouts.request import request_payout
from checkout.refunds import cancel_order as canceling
from checkout.refunds import request as requesting
from tests.orders.conftest import ship
from tests.payouts.conftest import holds
from tests.payouts.fake_psp import FakePsp as PayingPsp
from tests.refunds.conftest import EVENT
from tests.refunds.test_races import cancels

WAITS = 0.5  # seconds: who is not through by then waits for the lock
TO_THE_END = 60  # where there is no lock to wait for
LOCKS = (
    "checkout.orders.locked.lock_payments",
    "checkout.orders.shares.lock_payments",
    "checkout.refunds.refund.lock_payments",
    "checkout.refunds.apply_news.lock_payments",
)


@contextmanager
def in_the_middle(monkeypatch, module, name, other, *, seconds=None):
    """`other` begins where one of the two has looked and not yet written; with a lock it waits until that one is done."""
    begun: list[Future] = []
    plain = getattr(module, name)
    with ThreadPoolExecutor(1) as pool:

        def and_then(*arguments, **named):
            found = plain(*arguments, **named)
            if not begun:
                begun.append(pool.submit(other))
                with suppress(Exception):
                    begun[0].result(timeout=seconds or WAITS)
            return found

        monkeypatch.setattr(module, name, and_then)
        yield begun


@pytest.fixture
def unlocked(monkeypatch):
    monkeypatch.setitem(globals(), "WAITS", TO_THE_END)
    for name in LOCKS:
        monkeypatch.setattr(name, lambda session, ids: None)


@pytest.fixture
def two_mugs(desk):
    """Two lines of 7.50 in one order: when one of them leaves, the order is still paid."""
    command = desk.shop.command((1500,))
    lines = tuple(NewLine(f"Mug {n}", 1, Money(750, "EUR")) for n in range(2))
    command = replace(command, orders=(replace(command.orders[0], lines=lines, logistics_fee=None),))
    payment = desk.shop.view(desk.shop.start(command))
    desk.shop.hears(desk.psp.captured(payment.psp_session_id))
    return get_order(payment.orders[0].id)


def canceled_while_a_mug_leaves(desk, monkeypatch, order):
    parcel = Parcel("DHL", "JJD-9", {order.lines[0].id: 1})
    with in_the_middle(monkeypatch, canceling, "lock_order", lambda: ship(order.id, parcel)) as begun:
        cancels(desk, order.id)
    shown = get_order(order.id)
    return shown.status, shown.lines[0].shipped_quantity, begun[0].exception()


def test_a_parcel_waits_for_who_cancels_its_order(desk, monkeypatch, two_mugs):
    status, shipped, refused = canceled_while_a_mug_leaves(desk, monkeypatch, two_mugs)
    assert (status, shipped, type(refused)) == ("canceled", 0, InvalidOrderState)


def test_control_without_the_lock_a_canceled_order_leaves(desk, monkeypatch, two_mugs, unlocked):
    assert canceled_while_a_mug_leaves(desk, monkeypatch, two_mugs) == ("canceled", 1, None)


@pytest.fixture
def earned(desk):
    """10.50 of 15.00 are Ada's, who has an account at the PSP."""
    payment = desk.paid(1500)
    desk.released(payment)
    desk.db.rows(
        "INSERT INTO connected_accounts (seller_id, psp, idempotency_key, request, psp_account_id, created_at)"
        " VALUES (%(id)s, 'stripe', 'k', '{}', 'acct_x', now())",
        id=desk.shop.ada,
    )
    return payment


def paid_out_after_a_refund(desk, monkeypatch, payment):
    """The refund of 5.00 is there when the payout has just counted what is free."""

    def refunds():
        desk.asks(payment, 500)

    with in_the_middle(monkeypatch, paying, "collect_payable", refunds, seconds=TO_THE_END):
        request_payout(
            seller_id=desk.shop.ada, currency="EUR", method="standard", psp=PayingPsp(), cause=EVENT
        )


def test_a_payout_does_not_pay_what_was_just_refunded(desk, monkeypatch, earned):
    with pytest.raises(MovementsUnderWay):
        paid_out_after_a_refund(desk, monkeypatch, earned)
    assert holds("seller_available", desk.shop.ada) == 600


def test_control_without_the_comparison_the_seller_is_paid_it(desk, monkeypatch, earned):
    """10.50 leave although 6.00 are there: the seller owes 4.50 from then on."""
    facts_of = facts._facts
    monkeypatch.setattr(
        facts, "_facts", lambda row: replace(facts_of(row), available=Money(row.free_minor, row.currency))
    )
    paid_out_after_a_refund(desk, monkeypatch, earned)
    assert holds("seller_available", desk.shop.ada) == -450


def asked_while_the_dashboard_gives(desk, monkeypatch, payment):
    """10.00 of 15.00 are asked for while 10.00 go back in the PSP's dashboard."""
    made = desk.dashboard(payment, 1000)
    with in_the_middle(monkeypatch, requesting, "spread", lambda: desk.hears(made)) as begun:
        refund = desk.asks(payment, 1000)
    assert begun[0].exception() is None
    return refund


def test_what_the_dashboard_gave_waits_for_who_asks_here(desk, monkeypatch):
    """Ours has 10.00 of the order, the dashboard's 5.00 of it and 5.00 that nobody had."""
    asked_while_the_dashboard_gives(desk, monkeypatch, desk.paid(1500))
    held = desk.balances()
    assert (held["seller_losses"], held["refund_in_transit"]) == (500, -1000)


def test_control_without_lock_and_guard_the_table_stops_it(desk, monkeypatch, unlocked):
    monkeypatch.setattr(requesting, "count_out", lambda *arguments, **named: None)
    with pytest.raises(IntegrityError):
        asked_while_the_dashboard_gives(desk, monkeypatch, desk.paid(1500))
