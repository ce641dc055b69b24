"""A balance that falls below zero is told once, and what was held back of the seller's orders pays first."""

from __future__ import annotations

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import chart, journal
from checkout.ledger.entry import credit, debit
from checkout.orders.owing import apply_reserves, look_after_debts, tell_if_owing
from checkout.tasks import ClaimedTask
from tests.concurrency import at_once
from tests.ledger.conftest import entry, post
from tests.payouts.conftest import fund, holds, owe, seller_of

__all__ = ["seller_of"]

CAUSE = Cause("task", "tsk_test")


def tells(*sellers, currency="EUR"):
    with atomic() as session:
        tell_if_owing(session, sellers, currency, cause=CAUSE, now=utcnow())


def told(db):
    rows = db.rows("SELECT data FROM events WHERE type = 'seller.balance_negative' ORDER BY sequence")
    return [(row["data"]["owed"], row["data"]["currency"]) for row in rows]


def run(handler, **args):
    with atomic() as session:
        handler(session, ClaimedTask(new_uuid(), "default", "x", args, 1, 8, 1))


def held_back(db, paid_order, minor):
    """So much of a released order's money is the seller's reserve."""
    order = paid_order()
    amount = Money(minor, "EUR")
    post(
        entry(
            debit(chart.seller_pending(order.seller_id), amount, order_id=order.id),
            credit(chart.seller_reserve(order.seller_id), amount, order_id=order.id),
            kind="suspense_cleared",
        )
    )
    db.rows(
        "INSERT INTO reserves (order_id, seller_id, currency, amount_minor, due_at)"
        " VALUES (%(id)s, %(seller)s, 'EUR', %(minor)s, now() + interval '30 days')",
        id=order.id,
        seller=order.seller_id,
        minor=minor,
    )
    return order


def test_each_crossing_is_told_once(db, seller_of):
    """Below zero, further below, above, below again: told twice; ten at once tell once."""
    seller = seller_of()
    fund(seller, 100)
    tells(seller)
    owe(seller, 150)
    at_once(*[lambda: tells(seller) for _ in range(10)])
    owe(seller, 50)
    tells(seller)
    assert told(db) == [(50, "EUR")]
    fund(seller, 500)
    run(look_after_debts)
    owe(seller, 900)
    tells(seller)
    assert told(db) == [(50, "EUR"), (500, "EUR")]


def test_what_was_held_back_pays_first_and_the_rest_stays_held(db, paid_order):
    """A debt of 3.00 and a reserve of 5.00: 3.00 are applied, 2.00 stay held back; a second run applies nothing."""
    order = held_back(db, paid_order, 500)
    owe(order.seller_id, 300)
    tells(order.seller_id)
    for _ in range(2):
        run(apply_reserves, object=encode("sel", order.seller_id))
    assert (holds("seller_available", order.seller_id), holds("seller_reserve", order.seller_id)) == (0, 200)
    assert db.value("SELECT amount_minor FROM reserves WHERE ended_at IS NULL") == 200


def test_a_reserve_that_does_not_cover_the_debt_is_used_up(db, paid_order):
    order = held_back(db, paid_order, 500)
    owe(order.seller_id, 800)
    tells(order.seller_id)
    run(apply_reserves, object=encode("sel", order.seller_id))
    assert (holds("seller_available", order.seller_id), holds("seller_reserve", order.seller_id)) == (-300, 0)
    assert db.value("SELECT count(*) FROM reserves WHERE ended_at IS NULL") == 0


def test_a_debt_that_has_grown_takes_what_was_held_back_since(db, paid_order):
    """4.00 were owed and nothing was held back; later 5.00 are: the next look applies 4.00."""
    order = paid_order()
    owe(order.seller_id, 400)
    tells(order.seller_id)
    held_back(db, paid_order, 500)
    run(look_after_debts)
    assert (holds("seller_available", order.seller_id), holds("seller_reserve", order.seller_id)) == (0, 100)


def test_who_owes_nothing_keeps_what_is_held_back(db, paid_order):
    order = held_back(db, paid_order, 500)
    run(apply_reserves, object=encode("sel", order.seller_id))
    assert holds("seller_reserve", order.seller_id) == 500
    with atomic() as session:
        assert journal.find(session, "reserve_applied", encode("ord", order.id)) is None
