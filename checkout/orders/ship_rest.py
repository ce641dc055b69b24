"""An order of which a part was shipped and the rest was refunded: nothing more is to be shipped, so it goes its way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.db.statement import execute
from checkout.orders.deliver import deliver_if_all_arrived
from checkout.orders.locked import lock_order
from checkout.orders.ship import mark_shipped

BEGUN: Final = """
    SELECT o.id FROM orders o
     WHERE o.payment_id = %(payment_id)s AND o.status = 'paid'
       AND EXISTS (SELECT FROM shipments s WHERE s.order_id = o.id)
     ORDER BY o.position
"""


def ship_rest(session: Session, payment_id: UUID, *, cause: Cause, now: datetime) -> None:
    """Takes the payment's orders that wait for nothing but refunded goods to shipped; to delivered, where all parcels
    have arrived. Not while one of those refunds may still fail: its goods would be to be shipped again.

    The caller holds the payment's lock.
    """
    for row in execute(session, BEGUN, payment_id=payment_id).all():
        order = lock_order(session, row.id)
        if any(line.left or line.undecided for line in order.goods):
            continue
        mark_shipped(session, order, cause=cause, now=now)
        deliver_if_all_arrived(session, replace(order, status="shipped"), cause=cause)
