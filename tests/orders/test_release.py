"""Held money becomes free: once, whole, in EUR, JPY and KWD, whoever runs it and whenever it is killed."""

from __future__ import annotations

import threading

import pytest

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.ledger import chart, journal
from checkout.ledger.entry import Entry, credit, debit
from checkout.ledger.verify import verify_ledger
from checkout.orders import release as releasing
from checkout.orders import release_statements
from checkout.orders.queries import get_order
from checkout.orders.release import count_due, release_due
from checkout.orders.release_periodic import pass_time, release_reserves
from tests.concurrency import at_once
from tests.killed import killed
from tests.orders.conftest import deliver, in_days, ship, verify_sellers
from tests.orders.test_closing import orders_hold
from tests.payments.conftest import events, ledger

CAUSE = Cause("task", "tsk_test")


def release(**options):
    return release_due(cause=CAUSE, **options)


def released_legs(db):
    """What a release posted, in the recipe's order."""
    return [(account, amount) for kind, account, _, amount in ledger(db) if kind == "order_released"]


def test_after_delivery_and_hold_the_money_is_free(db, delivered_order):
    """15.00: 1.50 commission, 3.00 logistics, 10.50 for the seller; not a day earlier."""
    order = delivered_order(amount=1500)
    in_days(6.9)
    assert release().orders == 0

    in_days(7.1)
    assert release().orders == 1

    assert released_legs(db) == [
        ("seller_pending", 1500),
        ("commission_revenue", -150),
        ("logistics_revenue", -300),
        ("seller_available", -1050),
    ]
    shown = get_order(order.id)
    assert (shown.status, shown.hold(shown.fulfilment.released_at)) == ("released", None)
    assert events(db)[-1] == "order.released"
    row = db.rows("SELECT cause FROM order_transitions WHERE to_status = 'released'")[0]
    assert row["cause"] == "task:tsk_test"
    assert verify_ledger().holds


@pytest.mark.parametrize(
    ("currency", "amount", "commission"), [("JPY", 1000, 100), ("KWD", 7010, 701), ("EUR", 55, 6)]
)
def test_each_currency_is_released_in_its_own_units(db, delivered_order, currency, amount, commission):
    """10 % in yen, in fils, and of 0.55 EUR, where half a cent rounds up."""
    order = delivered_order(amount=amount, currency=currency)
    db.rows("UPDATE orders SET logistics_fee_minor = 0")
    assert order.commission.amount_minor == commission
    in_days(8)

    assert release().orders == 1

    available = amount - commission
    assert released_legs(db) == [
        ("seller_pending", amount),
        ("commission_revenue", -commission),
        ("seller_available", -available),
    ]


def test_what_was_refunded_before_is_not_released(db, shop, delivered_order):
    """S2: 5.00 of 15.00 refunded: 1.00 commission, 3.00 logistics, 6.00 for the seller."""
    order = delivered_order(amount=1500)
    part = Money(500, "EUR")
    with atomic() as session:
        refund = Entry(
            "refund_requested",
            "re_1",
            "re_1",
            (
                debit(chart.seller_pending(order.seller_id), part, order_id=order.id),
                credit(chart.refund_in_transit("stripe"), part),
            ),
        )
        journal.post(session, refund, cause=CAUSE)
        execute(session, "UPDATE orders SET amount_refunded_minor = 500 WHERE id = %(id)s", id=order.id)
    in_days(8)

    assert release().orders == 1

    assert released_legs(db) == [
        ("seller_pending", 1000),
        ("commission_revenue", -100),
        ("logistics_revenue", -300),
        ("seller_available", -600),
    ]
    assert orders_hold(), "the refund was booked by hand"


@pytest.mark.parametrize("obstacle", ["refunds_in_flight = 1", "open_disputes = 1", "status = 'closed'"])
def test_what_stands_against_it_holds_the_money(db, delivered_order, obstacle):
    """Nothing is released; where it is taken away the money is free."""
    delivered_order()
    db.rows(f"UPDATE orders SET {obstacle}")
    in_days(8)

    assert (count_due_now(), release().orders) == (0, 0)

    db.rows("UPDATE orders SET refunds_in_flight = 0, open_disputes = 0, status = 'delivered'")
    assert release().orders == 1


def count_due_now():
    return count_due(utcnow())


def test_an_unverified_sellers_money_waits(db, delivered_order):
    delivered_order()
    db.rows("UPDATE sellers SET status = 'suspended'")
    in_days(8)

    assert release().orders == 0


def test_an_order_that_differs_from_the_journal_stays_held(db, delivered_order):
    """The order says 14.99 are left, the journal holds 15.00: a person is called, the other order is released."""
    wrong, right = delivered_order(), delivered_order()
    db.rows("UPDATE orders SET amount_refunded_minor = 1 WHERE id = %(id)s", id=wrong.id)
    in_days(8)

    done = release()

    assert (done.orders, done.differing) == (1, 1)
    assert get_order(right.id).status == "released"
    assert get_order(wrong.id).status == "delivered"
    alert = db.rows("SELECT code, severity, subject, amount_minor FROM alerts")[0]
    assert alert == {
        "code": "order_pending_differs",
        "severity": "critical",
        "subject": encode("ord", wrong.id),
        "amount_minor": -1,
    }


def test_two_runs_at_once_release_once(db, delivered_order, monkeypatch):
    """Five runs in batches of two over six orders: six entries, six histories, six events."""
    monkeypatch.setattr(releasing, "BATCH", 2)
    for _ in range(6):
        delivered_order()
    in_days(8)

    outcomes = at_once(*[release for _ in range(5)])
    leftover = release().orders  # what everybody skipped, since somebody held it

    assert sum(done.orders for done in outcomes) + leftover == 6
    assert db.value("SELECT count(*) FROM journal_entries WHERE kind = 'order_released'") == 6
    assert db.value("SELECT count(*) FROM order_transitions WHERE to_status = 'released'") == 6
    assert events(db).count("order.released") == 6
    assert verify_ledger().holds


def test_control_without_lock_and_edge_two_runs_tell_it_twice(db, delivered_order, monkeypatch):
    """What the guards prevent: both take the order, and only the journal's key stands between."""
    delivered_order()
    in_days(8)
    monkeypatch.setattr(
        release_statements,
        "TAKE_BATCH",
        release_statements.TAKE_BATCH.replace("FOR UPDATE OF o, p SKIP LOCKED", ""),
    )
    monkeypatch.setattr(releasing, "transition_many", lambda connection, machine, ids, **_: frozenset(ids))
    barrier = threading.Barrier(2)
    compare = releasing._compare_with_journal

    def meet(session, rows):
        found = compare(session, rows)
        barrier.wait(timeout=25)
        return found

    monkeypatch.setattr(releasing, "_compare_with_journal", meet)

    outcomes = at_once(lambda: release(limit=1), lambda: release(limit=1))

    refused = [outcome for outcome in outcomes if isinstance(outcome, AssertionError)]
    assert len(refused) == 1, "the journal's unique key is the last guard"
    assert db.value("SELECT count(*) FROM journal_entries WHERE kind = 'order_released'") == 1


@pytest.mark.xdist_group("killed")
@pytest.mark.parametrize(
    ("point", "released_by_the_dead"),
    [("orders.release.before_commit:2", 2), ("orders.release.after_commit:2", 4)],
)
def test_a_killed_run_has_done_whole_batches(db, delivered_order, monkeypatch, point, released_by_the_dead):
    """Five orders in batches of two, killed at the second: the next run does the rest, and nothing twice."""
    for _ in range(5):
        delivered_order()
    job = {"database": db.url, "point": point, "batch": 2, "offset": 8 * 86_400}
    killed("tests.orders.release_child", job)

    done = db.value("SELECT count(*) FROM journal_entries WHERE kind = 'order_released'")
    in_days(8)
    rest = release()

    assert (done, rest.orders) == (released_by_the_dead, 5 - released_by_the_dead)
    assert db.value("SELECT count(DISTINCT order_id) FROM postings p JOIN journal_entries e ON e.id = p.entry_id"
                    " WHERE e.kind = 'order_released'") == 5  # fmt: skip
    assert verify_ledger().holds


def test_a_limit_ends_the_run_and_the_next_goes_on(db, delivered_order):
    """The oldest dates first."""
    first, second = delivered_order(), delivered_order()
    in_days(8)

    assert release(limit=1).orders == 1
    assert (get_order(first.id).status, get_order(second.id).status) == ("released", "delivered")
    assert release().orders == 1


def test_a_reserve_is_held_for_its_days(db, shop, delivered_order):
    """S11's order with 10 % for 30 days: 10.50 less 1.05; free after 30 days, once."""
    db.rows("UPDATE sellers SET reserve_bps = 1000, reserve_days = 30")
    delivered_order(amount=1500)
    in_days(8)
    release()
    assert released_legs(db)[-2:] == [("seller_reserve", -105), ("seller_available", -945)]

    in_days(37.9)
    assert release_reserves(cause=CAUSE) == 0
    in_days(38.1)
    assert [outcome for outcome in at_once(*[lambda: release_reserves(cause=CAUSE)] * 3) if outcome == 1] == [
        1
    ]

    assert ledger(db)[-2:] == [
        ("reserve_released", "seller_reserve", "EUR", 105),
        ("reserve_released", "seller_available", "EUR", -105),
    ]
    assert verify_ledger().holds


def test_time_alone_takes_a_shipped_order_to_its_end(db, shop, paid_order):
    """Shipped, never confirmed, no hold: delivered by the window and released in one run."""
    db.rows("UPDATE sellers SET hold_days = 0")
    order = paid_order()
    ship(order.id)
    in_days(14.1)

    passed = pass_time(cause=CAUSE)

    assert (passed.delivered, passed.released.orders) == (1, 1)
    assert get_order(order.id).status == "released"


def test_both_orders_of_a_payment_are_released_apart(db, shop):
    """Each by its own delivery: Bao's waits, Ada's is free."""
    verify_sellers(db)
    ada, bao = shop.paid().orders
    ship(ada.id)
    ship(bao.id)
    deliver(ada.id)
    in_days(8)

    assert release().orders == 1
    assert (get_order(ada.id).status, get_order(bao.id).status) == ("released", "shipped")
