"""Apply what a carrier reports, in one transaction: the event is kept, its parcels arrive, the orders follow."""

from __future__ import annotations

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.db.locks import lock_payments
from checkout.db.statement import execute
from checkout.orders.carrier import (
    DELIVERED,
    TOLD_LATE_AT_MOST,
    Applied,
    CarrierEvent,
    lock_parcel,
    store,
)
from checkout.orders.deliver import arrive


def apply_carrier_event(session: Session, event: CarrierEvent) -> Applied:
    """Once for each event id. A parcel may hold goods of several orders: all of them have arrived.

    Joins the caller's transaction; takes the payments' locks.
    """
    if event.type != DELIVERED:
        return Applied.IGNORED if store(session, event, Applied.IGNORED) else Applied.REPEATED
    lock_parcel(session, event.carrier, event.tracking_number)
    parcels = execute(
        session,
        """
        SELECT s.id, s.order_id, o.payment_id FROM shipments s JOIN orders o ON o.id = s.order_id
         WHERE upper(s.tracking_number) = upper(%(number)s) AND lower(s.carrier) = lower(%(carrier)s)
           AND s.shipped_at - %(late)s < %(at)s
         ORDER BY s.id
        """,
        carrier=event.carrier,
        number=event.tracking_number,
        late=TOLD_LATE_AT_MOST,
        at=event.happened_at,
    ).all()
    outcome = Applied.APPLIED if parcels else Applied.PARKED
    if not store(session, event, outcome):
        return Applied.REPEATED
    lock_payments(session, [parcel.payment_id for parcel in parcels])
    cause = Cause("event", f"carrier {event.id}")
    for parcel in parcels:
        arrive(session, parcel.order_id, parcel.id, at=event.happened_at, cause=cause)
    return outcome
