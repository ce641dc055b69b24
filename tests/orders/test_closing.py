"""An order of which nothing is left is closed before its release, and opened again when something comes back."""

from __future__ import annotations

import pytest

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import journal
from checkout.ledger.money_back_recipes import OrderTake, refund_failed, refund_requested
from checkout.ledger.verify import verify_ledger
from checkout.orders.closing import close_spent, reopen
from checkout.orders.giving_back import earn_again, give_back
from checkout.orders.queries import get_order
from checkout.orders.release import release_due
from checkout.orders.shares import change_share, lock_shares
from tests.orders.conftest import in_days, ship

CAUSE = Cause("cli", "test")


def take_of(share, back) -> OrderTake:
    return OrderTake(
        share.id, share.seller_id, share.payment_id, share.held_in, back.amount, back.commission, back.logistics_fee, back.tax
    )  # fmt: skip


def give_all_back(order, *, with_logistics=False):
    """All of it, as a refund books it: postings and counters of one transaction; returns the refund's id."""
    refund = new_uuid()
    with atomic() as session:
        share = lock_shares(session, order.payment_id)[0]
        back = give_back(share, share.left, with_logistics=with_logistics)
        entry = refund_requested(refund_id=refund, take=take_of(share, back), psp="stripe", card=back.amount)
        journal.post(session, entry, cause=CAUSE)
        change_share(
            session, share.id, now=utcnow(), refunded=back.amount.amount_minor,
            logistics_returned=back.logistics_fee.amount_minor,
        )  # fmt: skip
        close_spent(session, share.payment_id, cause=CAUSE, now=utcnow())
    return refund


def let_it_fail(order, refund, *, logistics=0):
    with atomic() as session:
        share = lock_shares(session, order.payment_id)[0]
        again = earn_again(share, share.refunded, Money(logistics, share.amount.currency))
        change_share(
            session,
            share.id,
            now=utcnow(),
            refunded=-again.amount.amount_minor,
            logistics_returned=-logistics,
        )
        reopen(session, share.id, cause=CAUSE, now=utcnow())
        takes = [take_of(lock_shares(session, order.payment_id)[0], again)]
        entry = refund_failed(
            refund_id=refund, psp="stripe", takes=takes, losses=Money(0, share.amount.currency)
        )
        journal.post(session, entry, cause=CAUSE)


def orders_hold() -> bool:
    """All but that no row of a refund stands behind what was booked here by hand."""
    found = {difference.code for difference in verify_ledger().differences}
    return found <= {"refunded_differs", "refund_in_transit_differs"}


def balances(db):
    rows = db.rows("""
        SELECT a.kind, sum(p.amount_minor) AS minor FROM postings p JOIN ledger_accounts a ON a.id = p.account_id
         GROUP BY a.kind HAVING sum(p.amount_minor) <> 0""")
    return {row["kind"]: int(row["minor"]) for row in rows}


def test_an_order_refunded_before_it_was_sent_costs_nobody_anything(db, paid_order):
    """15.00 with 3.00 logistics, not shipped: closed, no fee of any kind."""
    order = paid_order()

    give_all_back(order)

    assert get_order(order.id).status == "closed"
    assert balances(db) == {"psp_balance": 1500, "refund_in_transit": -1500}
    assert orders_hold()


@pytest.mark.parametrize(("with_logistics", "owed"), [(False, 300), (True, 0)])
def test_the_way_of_goods_that_were_sent_is_the_sellers_unless_it_was_given_back(
    db, paid_order, with_logistics, owed
):
    """Shipped and refunded whole: the seller owes 3.00 for the parcel, or nothing where the refund said so."""
    order = paid_order()
    ship(order.id)

    give_all_back(order, with_logistics=with_logistics)

    assert get_order(order.id).status == "closed"
    assert balances(db).get("seller_available", 0) == owed
    assert balances(db).get("logistics_revenue", 0) == -owed
    assert orders_hold()


def test_a_refund_that_fails_opens_the_order_where_it_stood_and_closing_it_again_charges_again(
    db, paid_order
):
    """Shipped, refunded, failed, refunded again: one parcel is charged in the end; nothing is released meanwhile."""
    order = paid_order()
    ship(order.id)
    first = give_all_back(order)

    let_it_fail(order, first)

    assert get_order(order.id).status == "shipped"
    assert balances(db) == {"psp_balance": 1500, "seller_pending": -1500}
    give_all_back(order)
    assert get_order(order.id).status == "closed"
    assert balances(db)["seller_available"] == 300
    in_days(30)
    assert release_due(cause=CAUSE).orders == 0
    assert orders_hold()


@pytest.mark.parametrize("counter", ["refunds_in_flight", "open_disputes"])
def test_an_order_stays_open_while_money_may_still_come_back(paid_order, counter):
    """Nothing is left of it, but a refund is under way or a dispute open."""
    order = paid_order()
    with atomic() as session:
        change_share(session, order.id, now=utcnow(), refunded=1500, **{counter: 1})
        close_spent(session, order.payment_id, cause=CAUSE, now=utcnow())
    assert get_order(order.id).status == "paid"
