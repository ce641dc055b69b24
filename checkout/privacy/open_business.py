"""Why a person cannot be erased yet: business that still needs to know who they are. One statement per reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.ids import encode
from checkout.db.statement import execute
from checkout.payouts.states import GIVEN_BACK
from checkout.refunds.states import OPEN

PAYMENTS: Final = """
    SELECT 'pay' AS prefix, id, 'is ' || replace(status, '_', ' ') AS what FROM payments
     WHERE shopper_id = ANY(%(shoppers)s)
       AND status IN ('created', 'awaiting_shopper', 'processing', 'unknown', 'in_review')
"""
# Its money is held until it is delivered and the time for complaints is over; its letters are still to be written.
ORDERS: Final = """
    SELECT 'ord' AS prefix, o.id, 'is ' || o.status || ', its money is not released' AS what
      FROM orders o JOIN payments p ON p.id = o.payment_id
     WHERE p.shopper_id = ANY(%(shoppers)s) AND o.status IN ('paid', 'shipped', 'delivered')
"""
PAYOUTS: Final = """
    SELECT DISTINCT 'po' AS prefix, po.id, 'is ' || replace(po.status, '_', ' ') || ' and pays an order' AS what
      FROM payments p
      JOIN orders o ON o.payment_id = p.id
      JOIN payable_items i ON i.order_id = o.id
      JOIN payout_lines l ON l.item_id = i.id
      JOIN payouts po ON po.id = l.payout_id
     WHERE p.shopper_id = ANY(%(shoppers)s) AND po.status <> ALL(%(payouts_ended)s)
"""
# Money that is theirs, and that nobody could spend for them: it is spent, or it expires, before they can be erased.
WALLETS: Final = """
    SELECT 'cus' AS prefix, shopper_id AS id,
           'has store credit in ' || string_agg(currency, ', ' ORDER BY currency) AS what
      FROM wallets WHERE shopper_id = ANY(%(shoppers)s) AND free_minor + held_minor > 0 GROUP BY shopper_id
"""
# Its money is on its way to the shopper, or has come back and is still to be given in another way.
REFUNDS: Final = """
    SELECT 're' AS prefix, r.id, 'is ' || replace(r.status, '_', ' ') AS what
      FROM refunds r JOIN payments p ON p.id = r.payment_id
     WHERE p.shopper_id = ANY(%(shoppers)s)
       AND (r.status = ANY(%(refunds_open)s) OR (r.status = 'failed' AND r.returned_at IS NULL))
"""
# The bank has not decided: what is said to it may need to name them.
DISPUTES: Final = """
    SELECT 'dp' AS prefix, d.id, 'is ' || replace(d.status, '_', ' ') AS what
      FROM disputes d JOIN payments p ON p.id = d.payment_id
     WHERE p.shopper_id = ANY(%(shoppers)s) AND d.status NOT IN ('won', 'lost', 'warning_closed', 'prevented')
"""
STATEMENTS: Final = (PAYMENTS, ORDERS, PAYOUTS, WALLETS, REFUNDS, DISPUTES)
NAMED: Final = 10  # reasons a refusal names


def reasons_to_wait(session: Session, shoppers: Sequence[UUID]) -> list[str]:
    """For example "pay_… is processing"; empty where nothing is open."""
    reasons: list[str] = []
    for statement in STATEMENTS:
        rows = execute(
            session,
            f"{statement} ORDER BY id LIMIT {NAMED}",
            shoppers=list(shoppers),
            payouts_ended=["paid", *sorted(GIVEN_BACK)],
            refunds_open=sorted(OPEN),
        ).all()
        reasons += [f"{encode(row.prefix, row.id)} {row.what}" for row in rows]
    return reasons[:NAMED]
