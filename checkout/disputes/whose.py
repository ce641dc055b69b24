"""Whose money a disputed charge became: the orders' of its payment, the store credit that it bought, or nobody's yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.disputes.dispute import Dispute
from checkout.disputes.sharing import Portion
from checkout.ledger.balances import of_no_order
from checkout.ledger.chart import unapplied
from checkout.orders.shares import OrderShare
from checkout.wallets.balance import lock_free

# An approved review applies the first charge that was kept apart, which is the payment's own; a later one stays apart.
IS_UNAPPLIED: Final = """
    SELECT EXISTS (SELECT FROM journal_entries WHERE kind = 'payment_unapplied' AND source_key = %(charge)s)
           AND NOT EXISTS (
               SELECT FROM journal_entries e JOIN payments p ON p.id = %(payment_id)s
                WHERE e.kind = 'unapplied_applied' AND e.source_key = %(payment)s AND p.psp_charge_id = %(charge)s)
"""

SHOPPER: Final = "SELECT shopper_id FROM payments WHERE id = %(id)s"
TAKEN: Final = """
    SELECT p.order_id, CASE WHEN p.order_id IS NULL THEN p.held_in END AS apart,
           sum(p.amount_minor)::bigint AS amount_minor
      FROM dispute_movements m JOIN dispute_parts p ON p.psp = m.psp AND p.number = m.number
     WHERE m.dispute_id = %(id)s GROUP BY 1, 2 HAVING sum(p.amount_minor) > 0 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Apart:
    """Money that is no order's: `unapplied`, or the `wallet` of the customer."""

    held_in: Literal["unapplied", "wallet"]
    shopper_id: UUID


Owner = OrderShare | Apart


def left(session: Session, dispute: Dispute, shares: Sequence[OrderShare]) -> list[Portion[Owner]]:
    """What the bank can take: of a charge that the orders got, what is left of them; of one that nobody got, that; of
    one that bought store credit, what of it is neither spent nor held. Promotional credit is the platform's own."""
    if is_unapplied(session, dispute):
        waiting = -of_no_order(session, unapplied(dispute.payment_id), dispute.currency)
        return [Portion(_apart(session, dispute, "unapplied"), waiting)]
    if not shares:
        wallet = _apart(session, dispute, "wallet")
        return [Portion(wallet, lock_free(session, wallet.shopper_id, dispute.currency))]
    return [Portion(share, share.left) for share in shares if share.left]


def taken(session: Session, dispute: Dispute, shares: Sequence[OrderShare]) -> list[Portion[Owner]]:
    """What the bank has taken from each and not given back."""
    by_id = {share.id: share for share in shares}
    return [
        Portion(
            by_id[row.order_id] if row.order_id else _apart(session, dispute, row.apart),
            Money(row.amount_minor, dispute.currency),
        )
        for row in execute(session, TAKEN, id=dispute.id)
    ]


def _apart(session: Session, dispute: Dispute, held_in: Literal["unapplied", "wallet"]) -> Apart:
    return Apart(held_in, execute(session, SHOPPER, id=dispute.payment_id).scalar_one())


def currency_of(session: Session, dispute: Dispute) -> str:
    """The payment's: no amount of another currency is taken from it."""
    currency: str = execute(
        session, "SELECT currency FROM payments WHERE id = %(id)s", id=dispute.payment_id
    ).scalar_one()
    return currency


def is_unapplied(session: Session, dispute: Dispute) -> bool:
    """Whether the charge's money belongs to no live order."""
    answer: bool = execute(
        session,
        IS_UNAPPLIED,
        charge=dispute.psp_charge_id,
        payment_id=dispute.payment_id,
        payment=encode("pay", dispute.payment_id),
    ).scalar_one()
    return answer
