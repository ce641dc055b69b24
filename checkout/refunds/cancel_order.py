"""Call an order off that was paid and of which nothing was shipped: it is canceled and its money goes back, in one
transaction. A seller who ships at the same moment is first, or finds it canceled."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.db.statement import execute
from checkout.db.transitions import transition
from checkout.orders.errors import InvalidOrderState
from checkout.orders.locked import lock_order
from checkout.orders.states import ORDER
from checkout.orders.telling import tell
from checkout.psp import PaymentServiceProvider
from checkout.refunds.commands import Reason, RequestRefund
from checkout.refunds.request import refund_canceled

WHY_NOT: Final = {
    "pending": "the order is not paid yet: cancel its payment",
    "shipped": "the order has been shipped: refund what comes back",
    "delivered": "the order has been delivered: refund what comes back",
    "released": "the order has been delivered: refund what comes back",
    "canceled": "the order is canceled already",
    "closed": "all of the order was refunded or charged back",
}


def cancel_order(
    session: Session,
    order_id: UUID,
    *,
    psp: PaymentServiceProvider,
    cause: Cause,
    reason: Reason = "requested_by_customer",
    note: str | None = None,
) -> UUID:
    """Cancels the order and returns its refund's id. What was not refunded of it goes back to where it came from, with
    the logistics fee: nothing was on its way. No second person is needed: it is the shopper's own money, untouched.

    Joins the caller's transaction and takes the payment's lock.

    Raises:
        NotFound: no such order. InvalidOrderState: not paid, shipped in part or whole, or over; or a refund of it waits
            for approval. PaymentDisputed, RefundExceedsCaptured: its money is not here.
    """
    order = lock_order(session, order_id)
    if order.status != "paid":
        raise InvalidOrderState(WHY_NOT[order.status], status=order.status)
    if any(line.shipped for line in order.lines.values()):
        raise InvalidOrderState(
            "a part of the order has been shipped: refund the rest by its lines", status=order.status
        )
    _refuse_while_waiting(session, order_id, order.status)
    command = RequestRefund(
        payment_id=order.payment_id, only_order=order.id, reason=reason, note=note, return_logistics=True
    )
    refund_id = refund_canceled(session, command, psp=psp, cause=cause)
    now = utcnow()
    moved = transition(session.connection(), ORDER, order.id, to="canceled", cause=cause, at=now)
    assert moved is not None, "a paid order may be canceled, and its payment's lock is held"
    tell(session, order, "order.canceled", cause=cause)
    audit.record(
        session,
        actor=str(cause),
        action="order.cancel",
        object=order.public_id,
        before={"status": order.status},
        after={"status": "canceled"},
        reason=reason,
    )
    return refund_id


def _refuse_while_waiting(session: Session, order_id: UUID, status: str) -> None:
    """Its money is still with the order: where it would lie when the second person decides could not be said."""
    waiting = execute(
        session,
        """
        SELECT 1 FROM refunds r JOIN refund_parts p ON p.refund_id = r.id
         WHERE p.order_id = %(id)s AND r.status = 'awaiting_approval' LIMIT 1
        """,
        id=order_id,
    ).first()
    if waiting is not None:
        raise InvalidOrderState("a refund of the order waits for a second person's approval", status=status)
