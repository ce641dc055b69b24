"""An order of which nothing is left before its release is closed; one of which something is left again is opened."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.db.transitions import transition
from checkout.ledger import journal
from checkout.ledger.release_recipes import logistics_charge_key, logistics_charged
from checkout.ledger.reverse import take_back
from checkout.orders.shares import OrderShare, lock_shares
from checkout.orders.states import ORDER

BEFORE_RELEASE: Final = frozenset({"paid", "shipped", "delivered"})
SENT: Final = frozenset({"shipped", "delivered"})


def close_spent(session: Session, payment_id: UUID, *, cause: Cause, now: datetime) -> None:
    """Closes the payment's orders of which all was refunded or charged back: nothing is left to be released.

    Not while a refund is under way or a dispute is open, for either may still come back. Where the goods were sent, the
    seller owes the logistics fee that no refund gave back: the way was gone.
    """
    for share in lock_shares(session, payment_id):
        if share.status not in BEFORE_RELEASE or share.left or share.refunds_in_flight or share.open_disputes:
            continue
        transition(session.connection(), ORDER, share.id, to="closed", cause=cause, at=now)
        fee = share.logistics_fee - share.logistics_returned
        if share.status in SENT and fee:
            _charge(session, share, fee, cause=cause, now=now)


def reopen(session: Session, order_id: UUID, *, cause: Cause, now: datetime) -> None:
    """Takes a closed order back to where it stood, and the logistics fee with it, which its release will take."""
    row = execute(
        session,
        """
        SELECT o.status, o.logistics_charges, t.from_status FROM orders o
          JOIN order_transitions t ON t.order_id = o.id AND t.version = o.version
         WHERE o.id = %(id)s
        """,
        id=order_id,
    ).one()
    if row.status != "closed":
        return
    transition(session.connection(), ORDER, order_id, to=row.from_status, cause=cause, at=now)
    charged = journal.find(
        session, "logistics_charged", logistics_charge_key(order_id, row.logistics_charges - 1)
    )
    if charged is not None:
        take_back(session, charged, cause=cause)


def _charge(session: Session, share: OrderShare, fee: Money, *, cause: Cause, now: datetime) -> None:
    times = execute(
        session,
        """
        UPDATE orders SET logistics_charges = logistics_charges + 1, updated_at = %(now)s
         WHERE id = %(id)s RETURNING logistics_charges
        """,
        id=share.id,
        now=now,
    ).scalar_one()
    entry = logistics_charged(order_id=share.id, seller_id=share.seller_id, fee=fee, time=times - 1)
    journal.post(session, entry, cause=cause)
