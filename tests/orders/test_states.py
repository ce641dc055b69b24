"""The order's machine, and what its payment does to it."""

from __future__ import annotations

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.orders.settle import cancel_all, mark_paid, parts_of
from checkout.orders.states import ORDER
from checkout.orders.views import OrderView
from tests.payments.conftest import events

CAUSE = Cause("system", "test")


def test_released_and_canceled_are_final():
    """Closed is not: a refund that fails re-opens it."""
    assert ORDER.terminal == {"released", "canceled"}
    assert ORDER.sources("paid") == ("closed", "pending")
    assert ORDER.sources("canceled") == ("paid", "pending")


def test_an_order_is_paid_once_and_never_canceled_by_a_late_end(db, shop):
    """The second mark finds no edge; nothing is told twice."""
    payment = shop.started()
    now = utcnow()
    with atomic() as session:
        parts = parts_of(session, payment.id)
        mark_paid(session, parts, cause=CAUSE, now=now)
        mark_paid(session, parts, cause=CAUSE, now=now)

    assert [part.amount for part in parts] == [Money(1500, "EUR"), Money(990, "EUR")]
    assert events(db).count("order.paid") == 2
    assert {order.status for order in shop.view(payment.id).orders} == {"paid"}


def test_canceled_orders_stay_canceled(db, shop):
    """A late mark changes nothing."""
    payment = shop.started()
    now = utcnow()
    with atomic() as session:
        parts = parts_of(session, payment.id)
        cancel_all(session, parts, cause=CAUSE, now=now)
        mark_paid(session, parts, cause=CAUSE, now=now)

    assert {order.status for order in shop.view(payment.id).orders} == {"canceled"}
    assert events(db).count("order.canceled") == 2


def test_what_the_seller_earns_is_the_order_less_what_is_deducted(shop):
    """15.00 − 1.50 commission − 3.00 logistics; tax only where the platform collects it."""
    view = shop.started().orders[0]

    assert view.seller_amount == Money(1050, "EUR")
    taxed = {name: getattr(view, name) for name in OrderView.__slots__} | {"tax_amount": Money(240, "EUR")}
    assert OrderView(**taxed).seller_amount == Money(1050, "EUR")
    assert OrderView(**taxed | {"tax_collected_by": "platform"}).seller_amount == Money(810, "EUR")
