"""The fee of a lost dispute, where the seller bears it: taken from the seller by itself, given back if an appeal wins.

Who bears it is the seller's setting at the time when the dispute was opened.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.core.money import Money, allocate
from checkout.db.statement import execute
from checkout.disputes.dispute import Dispute
from checkout.disputes.states import ONCE_LOST
from checkout.ledger import journal
from checkout.ledger.money_back_recipes import seller_recharged

# What each order has of the dispute: what was ever taken from it, given back or not, or its amount where nothing could
# be taken.
BEARERS: Final = """
    SELECT d.order_id, d.seller_id, d.fee_borne_by, d.recharged_minor, d.recharges, o.amount_minor,
           coalesce((SELECT sum(p.amount_minor) FROM dispute_movements m
                       JOIN dispute_parts p ON p.psp = m.psp AND p.number = m.number
                      WHERE m.dispute_id = d.dispute_id AND p.order_id = d.order_id AND p.amount_minor > 0),
                    0)::bigint AS taken_minor
      FROM dispute_orders d JOIN orders o ON o.id = d.order_id
     WHERE d.dispute_id = %(id)s ORDER BY o.position
"""


def recharge(session: Session, dispute: Dispute, *, cause: Cause, now: datetime) -> None:
    """Brings what sellers were charged to what they bear as the dispute stands now. Done twice, it does nothing."""
    bearers = execute(session, BEARERS, id=dispute.id).all()
    if not bearers:
        return  # store credit was bought: there is no seller
    weights = [row.taken_minor for row in bearers]
    if not any(weights):
        weights = [row.amount_minor for row in bearers]
    due = _fees(session, dispute) if dispute.status in ONCE_LOST else Money.zero(dispute.currency)
    for row, part in zip(bearers, allocate(due, weights), strict=True):
        borne = part if row.fee_borne_by == "seller" else Money.zero(dispute.currency)
        more = borne - Money(row.recharged_minor, dispute.currency)
        if more:
            _charge(session, dispute, row.order_id, row.seller_id, more, row.recharges + 1, cause, now)


def _charge(
    session: Session,
    dispute: Dispute,
    order_id: UUID,
    seller_id: UUID,
    more: Money,
    time: int,
    cause: Cause,
    now: datetime,
) -> None:
    """`more` below zero is given back to the seller. It is no part of what the order itself earned."""
    execute(
        session,
        """
        UPDATE dispute_orders SET recharged_minor = recharged_minor + %(more)s, recharges = %(time)s
         WHERE dispute_id = %(id)s AND order_id = %(order_id)s
        """,
        id=dispute.id,
        order_id=order_id,
        more=more.amount_minor,
        time=time,
    )
    entry = seller_recharged(
        source=dispute.public_id,
        seller_id=seller_id,
        amount=more,
        onto="dispute_fees",
        effective_at=now,
    )
    # A dispute may be lost, won on appeal and cost another fee: each time is an entry of its own.
    key = f"{dispute.public_id}:{encode('ord', order_id)}:{time}"
    journal.post(session, replace(entry, source_key=key), cause=cause)


def _fees(session: Session, dispute: Dispute) -> Money:
    """What the PSP has kept for the dispute, fees given back deducted; never below zero."""
    minor: int = execute(
        session,
        "SELECT coalesce(sum(fee_minor), 0)::bigint FROM dispute_movements WHERE dispute_id = %(id)s",
        id=dispute.id,
    ).scalar_one()
    return Money(max(0, minor), dispute.currency)
