"""A parcel leaves: in parts, never more than was ordered, and what is refused."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import new_uuid
from checkout.db.session import atomic
from checkout.orders import ship as shipping
from checkout.orders.errors import InvalidOrderState
from checkout.orders.queries import get_order
from checkout.orders.settle import cancel_all, parts_of
from checkout.orders.ship import Parcel
from tests.concurrency import at_once
from tests.orders.conftest import CAUSE, PARCEL, deliver, ship
from tests.payments.conftest import events


def test_without_lines_all_that_is_left_goes(db, paid_order):
    """Two lines of 2 and 3: one parcel holds both, the order is shipped and its delivery window begins."""
    order = paid_order(2, 3)

    ship(order.id)

    shown = get_order(order.id)
    assert shown.status == "shipped"
    assert [line.shipped_quantity for line in shown.lines] == [2, 3]
    assert sorted(quantity for _, quantity in shown.shipments[0].lines) == [2, 3]
    assert shown.fulfilment.deliver_by_at - shown.fulfilment.shipped_at == timedelta(days=14)
    assert events(db)[-2:] == ["shipment.created", "order.shipped"]


def test_a_partly_shipped_order_stays_paid(db, paid_order):
    """2 of 3 leave, then the rest: shipped once, two parcels, two facts to tell."""
    order = paid_order(3)
    (line,) = order.lines

    ship(order.id, Parcel("DHL", "1", {line.id: 2}))
    assert get_order(order.id).status == "paid"
    ship(order.id, Parcel("DHL", "2"))

    shown = get_order(order.id)
    assert shown.status == "shipped"
    assert [parcel.lines for parcel in shown.shipments] == [((line.id, 2),), ((line.id, 1),)]
    assert events(db).count("shipment.created") == 2
    assert events(db).count("order.shipped") == 1
    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'notifications.parcel_email'") == 2


def test_more_than_was_ordered_is_refused_at_its_line(db, paid_order):
    """3 ordered, 2 gone, 2 more: only 1 is left."""
    order = paid_order(3)
    (line,) = order.lines
    ship(order.id, Parcel("DHL", "1", {line.id: 2}))

    with pytest.raises(InvalidParameter) as refused:
        ship(order.id, Parcel("DHL", "2", {line.id: 2}))

    (pointer,) = refused.value.pointers
    assert (pointer.pointer, pointer.code) == ("/lines/0/quantity", "exceeds_ordered")
    assert get_order(order.id).lines[0].shipped_quantity == 2


def test_another_orders_line_is_refused(db, paid_order):
    """The line exists, but belongs to another order."""
    order, other = paid_order(1), paid_order(1)

    with pytest.raises(InvalidParameter) as refused:
        ship(order.id, Parcel("DHL", "1", {other.lines[0].id: 1}))

    assert refused.value.pointers[0].code == "unknown_line"


def test_before_it_is_paid_nothing_is_shipped(db, shop):
    """The status says what it waits for."""
    order = shop.started().orders[0]

    with pytest.raises(InvalidOrderState, match="not paid yet") as refused:
        ship(order.id)

    assert refused.value.extra == {"order_status": "pending"}


def test_shipped_twice_delivered_or_canceled_is_refused(db, shop, paid_order):
    """Each says its status, and no parcel is written."""
    gone, arrived = paid_order(), paid_order()
    ship(gone.id)
    ship(arrived.id)
    deliver(arrived.id)
    called_off = shop.started()
    with atomic() as session:
        cancel_all(session, parts_of(session, called_off.id), cause=CAUSE, now=called_off.created_at)

    for order_id, status in [
        (gone.id, "shipped"),
        (arrived.id, "delivered"),
        (called_off.orders[0].id, "canceled"),
    ]:
        with pytest.raises(InvalidOrderState) as refused:
            ship(order_id, Parcel("DHL", "again"))
        assert refused.value.status == status
    assert db.value("SELECT count(*) FROM shipments") == 2


def test_a_parcel_is_told_once(db, paid_order):
    """The same carrier and number again, in other letters."""
    order = paid_order(3)
    (line,) = order.lines
    ship(order.id, Parcel("DHL", "jjd-1", {line.id: 1}))

    with pytest.raises(InvalidParameter) as refused:
        ship(order.id, Parcel("dhl", "JJD-1", {line.id: 1}))

    assert refused.value.pointers[0].pointer == "/tracking_number"
    assert get_order(order.id).lines[0].shipped_quantity == 1


def test_nobody_ships_what_is_not_there(db):
    with pytest.raises(NotFound):
        ship(new_uuid())


def test_two_parcels_at_once_never_exceed_what_was_ordered(db, paid_order):
    """Eight people ship 2 of 5 each: two parcels are taken, six refusals, 4 on their way."""
    order = paid_order(5)
    (line,) = order.lines

    outcomes = at_once(*[lambda n=n: ship(order.id, Parcel("DHL", str(n), {line.id: 2})) for n in range(8)])

    refusals = [outcome for outcome in outcomes if isinstance(outcome, InvalidParameter)]
    assert len(refusals) == 6
    assert db.value("SELECT sum(quantity) FROM shipment_lines") == 4


def test_control_without_the_lock_and_the_constraint_too_much_leaves(db, paid_order, monkeypatch):
    """What both guards prevent: everybody reads 5 left, and more than 5 go."""
    order = paid_order(5)
    (line,) = order.lines
    monkeypatch.setattr("checkout.orders.locked.lock_payments", lambda session, ids: None)
    real = shipping._contents

    def read_then_wait(locked, parcel):
        found = real(locked, parcel)
        barrier.wait(timeout=25)
        return found

    barrier = threading.Barrier(4)
    monkeypatch.setattr(shipping, "_contents", read_then_wait)
    db.rows("ALTER TABLE order_lines DROP CONSTRAINT not_more_shipped_than_ordered")
    try:
        at_once(*[lambda n=n: ship(order.id, Parcel("DHL", str(n), {line.id: 2})) for n in range(4)])
        assert db.value("SELECT sum(quantity) FROM shipment_lines") == 8
    finally:
        with db.connect() as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute("UPDATE order_lines SET shipped_quantity = 0")
        db.rows(
            "ALTER TABLE order_lines ADD CONSTRAINT not_more_shipped_than_ordered"
            " CHECK (shipped_quantity BETWEEN 0 AND quantity)"
        )


def test_the_database_refuses_what_the_lock_would_let_through(db, paid_order, monkeypatch):
    """The lock is off, the constraint is not: 4 of 5 leave, whoever is quicker."""
    order = paid_order(5)
    (line,) = order.lines
    monkeypatch.setattr("checkout.orders.locked.lock_payments", lambda session, ids: None)

    at_once(*[lambda n=n: ship(order.id, Parcel("DHL", str(n), {line.id: 2})) for n in range(6)])

    assert db.value("SELECT sum(quantity) FROM shipment_lines") == 4


def test_an_order_without_lines_goes_whole(db, paid_order):
    """Lines are optional at checkout: then there is one parcel, and nothing in it by name."""
    order = paid_order()
    with db.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM order_lines")

    ship(order.id, PARCEL)

    shown = get_order(order.id)
    assert (shown.status, shown.shipments[0].lines) == ("shipped", ())
