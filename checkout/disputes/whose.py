"""Whose money a disputed charge became: the orders' of its payment, or nobody's yet."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from checkout.core.ids import encode
from checkout.db.statement import execute
from checkout.disputes.dispute import Dispute

# An approved review applies the first charge that was kept apart, which is the payment's own; a later one stays apart.
IS_UNAPPLIED: Final = """
    SELECT EXISTS (SELECT FROM journal_entries WHERE kind = 'payment_unapplied' AND source_key = %(charge)s)
           AND NOT EXISTS (
               SELECT FROM journal_entries e JOIN payments p ON p.id = %(payment_id)s
                WHERE e.kind = 'unapplied_applied' AND e.source_key = %(payment)s AND p.psp_charge_id = %(charge)s)
"""


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
