"""The rows of a movement: what it was, what it took from each order or gave back to it, and the orders' own counters."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.disputes.dispute import Dispute
from checkout.disputes.sharing import Sharing
from checkout.disputes.whose import Owner
from checkout.orders.shares import OrderShare, change_share
from checkout.psp import DisputeMovement
from checkout.wallets import balance

INSERT: Final = """
    INSERT INTO dispute_movements (psp, number, dispute_id, amount_minor, fee_minor, losses_minor, currency, moved_at,
                                   booked_at)
    VALUES (%(psp)s, %(number)s, %(dispute_id)s, %(amount_minor)s, %(fee_minor)s, %(losses_minor)s, %(currency)s,
            %(moved_at)s, %(now)s)
"""
INSERT_PARTS: Final = """
    INSERT INTO dispute_parts (psp, number, order_id, held_in, amount_minor)
    SELECT %(psp)s, %(number)s, * FROM unnest(%(orders)s::uuid[], %(held)s::text[], %(amounts)s::bigint[])
"""


def write_movement(
    session: Session,
    dispute: Dispute,
    movement: DisputeMovement,
    sharing: Sharing[Owner],
    *,
    now: datetime,
) -> None:
    """A portion is positive in `sharing`; in the rows, what was given back is negative."""
    sign = -1 if movement.amount.amount_minor > 0 else 1
    execute(
        session,
        INSERT,
        psp=dispute.psp,
        number=movement.number,
        dispute_id=dispute.id,
        amount_minor=movement.amount.amount_minor,
        fee_minor=movement.fee.amount_minor,
        losses_minor=sign * sharing.losses.amount_minor,
        currency=dispute.currency,
        moved_at=movement.created_at,
        now=now,
    )
    if not sharing.portions:
        return
    execute(
        session,
        INSERT_PARTS,
        psp=dispute.psp,
        number=movement.number,
        orders=[
            portion.owner.id if isinstance(portion.owner, OrderShare) else None
            for portion in sharing.portions
        ],
        held=[portion.owner.held_in for portion in sharing.portions],
        amounts=[sign * portion.amount.amount_minor for portion in sharing.portions],
    )
    for portion in sharing.portions:
        _count(session, portion.owner, portion.amount, sign=sign, now=now)


def _count(session: Session, owner: Owner, amount: Money, *, sign: int, now: datetime) -> None:
    """The counters beside the entry: the order's, or the wallet's."""
    if isinstance(owner, OrderShare):
        change_share(session, owner.id, now=now, withdrawn=sign * amount.amount_minor)
    elif owner.held_in == "wallet":
        move = balance.debit if sign > 0 else balance.credit
        move(session, shopper_id=owner.shopper_id, amount=amount, now=now)
