"""Goods arrive: by somebody's word, by the carrier's events in any order, or by the window; and when the hold ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checkout.core.clock import utcnow
from checkout.db.session import atomic
from checkout.orders.carrier import Applied, CarrierEvent
from checkout.orders.carrier_news import apply_carrier_event
from checkout.orders.errors import InvalidOrderState
from checkout.orders.queries import get_order
from checkout.orders.release_periodic import deliver_unconfirmed
from checkout.orders.ship import Parcel
from tests.concurrency import at_once
from tests.orders.conftest import deliver, in_days, ship
from tests.payments.conftest import events


def hears(event_id="ev-1", number="JJD-1", type="delivered", carrier="dhl", at=None):
    event = CarrierEvent(event_id, type, carrier, number, at or utcnow())
    with atomic() as session:
        return apply_carrier_event(session, event)


def test_delivery_begins_the_hold_of_that_day(db, shop, paid_order):
    """The seller's 7 days are promised at delivery; making them 30 later moves no date."""
    order = paid_order()
    ship(order.id)

    assert deliver(order.id) is True
    db.rows("UPDATE sellers SET hold_days = 30")

    found = get_order(order.id).fulfilment
    assert found.release_due_at - found.delivered_at == timedelta(days=7)
    assert get_order(order.id).shipments[0].delivered_at is not None


def test_delivered_twice_is_delivered_once(db, paid_order):
    """The second word changes nothing and is told to nobody."""
    order = paid_order()
    ship(order.id)
    deliver(order.id)
    first = get_order(order.id)

    assert deliver(order.id) is False
    assert get_order(order.id).fulfilment == first.fulfilment
    assert events(db).count("order.delivered") == 1


def test_what_is_not_shipped_completely_is_not_delivered(db, shop, paid_order):
    order = paid_order(2)
    ship(order.id, Parcel("DHL", "1", {order.lines[0].id: 1}))

    for order_id in (order.id, shop.started().orders[0].id):
        with pytest.raises(InvalidOrderState):
            deliver(order_id)


def test_the_last_parcels_arrival_delivers_the_order(db, paid_order):
    """Two parcels: after the first the order is still on its way."""
    order = paid_order(2)
    ship(order.id, Parcel("DHL", "1", {order.lines[0].id: 1}))
    ship(order.id, Parcel("DHL", "2"))

    assert hears("a", "1") is Applied.APPLIED
    assert get_order(order.id).status == "shipped"
    assert hears("b", "2") is Applied.APPLIED
    assert get_order(order.id).status == "delivered"
    row = db.rows("SELECT cause FROM order_transitions WHERE to_status = 'delivered'")[0]
    assert row["cause"] == "event:carrier b"


def test_a_carriers_event_counts_once(db, paid_order):
    """Twenty deliveries of one event at the same moment."""
    order = paid_order()
    ship(order.id)

    outcomes = at_once(*[hears for _ in range(20)])

    assert sorted(outcomes) == ["applied"] + ["repeated"] * 19
    assert events(db).count("order.delivered") == 1


def test_an_arrival_before_its_parcel_waits_for_it(db, paid_order):
    """The seller tells of the parcel after the carrier has brought it."""
    order = paid_order()

    assert hears(at=utcnow() - timedelta(hours=3)) is Applied.PARKED
    ship(order.id)

    found = get_order(order.id)
    assert found.status == "delivered"
    assert found.fulfilment.delivered_at == found.fulfilment.shipped_at
    assert db.value("SELECT status FROM carrier_events") == "applied"


@pytest.mark.parametrize("told_first", ["the arrival", "the parcel"])
def test_an_arrival_of_long_ago_is_another_parcels(db, paid_order, told_first):
    """Carriers use a number again: what arrived 15 days before this parcel was told of is not this one, and the hold of
    its money does not begin. 13 days before, somebody told late."""
    old, late = paid_order(), paid_order()
    if told_first == "the parcel":
        ship(old.id, Parcel("DHL", "JJD-1"))
        ship(late.id, Parcel("DHL", "JJD-2"))
    hears("ev-1", "JJD-1", at=utcnow() - timedelta(days=15))
    hears("ev-2", "JJD-2", at=utcnow() - timedelta(days=13))
    if told_first == "the arrival":
        ship(old.id, Parcel("DHL", "JJD-1"))
        ship(late.id, Parcel("DHL", "JJD-2"))

    assert (get_order(old.id).status, get_order(late.id).status) == ("shipped", "delivered")


def test_arrival_and_shipment_at_the_same_moment_miss_nothing(db, paid_order):
    """Whichever is first: the order ends delivered, each of ten times."""
    for number in range(10):
        order = paid_order()
        parcel = Parcel("DHL", f"N{number}")
        outcomes = at_once(
            lambda order=order, parcel=parcel: ship(order.id, parcel),
            lambda number=number: hears(f"e{number}", f"N{number}"),
        )
        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert get_order(order.id).status == "delivered"


def test_other_events_and_impossible_times_do_no_harm(db, paid_order):
    """A scan on the way changes nothing; an arrival tomorrow is an arrival now."""
    order = paid_order()
    ship(order.id)

    assert hears("scan", type="in_transit") is Applied.IGNORED
    assert hears("future", at=utcnow() + timedelta(days=1)) is Applied.APPLIED
    assert get_order(order.id).fulfilment.delivered_at <= utcnow()


def test_the_window_delivers_what_no_carrier_confirms(db, paid_order):
    """After 14 days, not after 13; the history says why, and the hold counts from the window's end."""
    order = paid_order()
    ship(order.id)
    in_days(13.9)
    assert deliver_unconfirmed() == 0

    in_days(20)
    assert deliver_unconfirmed() == 1
    assert deliver_unconfirmed() == 0

    found = get_order(order.id)
    assert found.fulfilment.delivered_at == found.fulfilment.deliver_by_at
    assert found.fulfilment.release_due_at == found.fulfilment.deliver_by_at + timedelta(days=7)
    assert found.shipments[0].delivered_at is None
    row = db.rows("SELECT cause FROM order_transitions WHERE to_status = 'delivered'")[0]
    assert row["cause"] == "system:delivery window passed"
