"""Goods arrive: by the seller's or operator's word, by the carrier's, or because the delivery window has passed."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.db.statement import execute
from checkout.db.transitions import transition
from checkout.orders.errors import InvalidOrderState
from checkout.orders.locked import LockedOrder, lock_order
from checkout.orders.states import ORDER
from checkout.orders.telling import tell

NOT_YET = {
    "pending": "the order is not paid yet",
    "paid": "the order has not been shipped completely",
    "canceled": "the order is canceled",
    "closed": "all of the order was refunded or charged back",
}


def deliver_order(session: Session, order_id: UUID, *, cause: Cause) -> bool:
    """All of the order has arrived; False where that was known before. From now on its hold runs.

    Joins the caller's transaction and takes the payment's lock.

    Raises:
        NotFound: no such order. InvalidOrderState: not shipped, canceled or closed.
    """
    order, now = lock_order(session, order_id), utcnow()
    if order.status in NOT_YET:
        raise InvalidOrderState(NOT_YET[order.status], status=order.status)
    if order.status != "shipped":
        return False
    execute(
        session,
        "UPDATE shipments SET delivered_at = %(now)s WHERE order_id = %(id)s AND delivered_at IS NULL",
        id=order.id,
        now=now,
    )
    return _delivered(session, order, at=now, cause=cause)


def arrive(session: Session, order_id: UUID, shipment_id: UUID, *, at: datetime, cause: Cause) -> bool:
    """One parcel has arrived, as its carrier says; the last one makes the order delivered. True where it did.

    A time before the shipment or in the future is the clock of somebody else: the nearest possible one counts.
    """
    order, now = lock_order(session, order_id), utcnow()
    arrived = execute(
        session,
        """
        UPDATE shipments SET delivered_at = LEAST(GREATEST(%(at)s, shipped_at), %(now)s)
         WHERE id = %(id)s AND delivered_at IS NULL RETURNING id
        """,
        id=shipment_id,
        at=at,
        now=now,
    ).first()
    if arrived is not None:
        audit.record(session, actor=str(cause), action="shipment.deliver", object=encode("shp", shipment_id))
    return order.status == "shipped" and deliver_if_all_arrived(session, order, cause=cause)


def deliver_if_all_arrived(session: Session, order: LockedOrder, *, cause: Cause) -> bool:
    """A shipped order is delivered with the last of its parcels; True where all are there."""
    last = execute(
        session,
        """
        SELECT bool_and(delivered_at IS NOT NULL) AS all_there, max(delivered_at) AS at
          FROM shipments WHERE order_id = %(id)s
        """,
        id=order.id,
    ).one()
    return last.all_there and _delivered(session, order, at=last.at, cause=cause)


def _delivered(session: Session, order: LockedOrder, *, at: datetime, cause: Cause) -> bool:
    """The hold is the seller's of this moment: a later change moves no date that was promised."""
    dates = {"delivered_at": at, "release_due_at": at + timedelta(days=order.hold_days)}
    moved = transition(session.connection(), ORDER, order.id, to="delivered", cause=cause, set=dates)
    assert moved is not None, "a shipped order may be delivered, and its payment's lock is held"
    audit.record(
        session,
        actor=str(cause),
        action="order.deliver",
        object=encode("ord", order.id),
        before={"status": order.status},
        after={"status": "delivered"},
    )
    tell(session, order, "order.delivered", cause=cause, data={"by": cause.kind})
    return True
