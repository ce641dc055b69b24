"""A top-up that was given back in the PSP's dashboard: what of its store credit is still there goes with it, so that
nobody has the money and the credit. What was spent or is held meanwhile is the platform's loss."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.ledger.money_back_recipes import OrderTake
from checkout.refunds.refund import Refund
from checkout.wallets import balance

# Of a charge that came late or twice no store credit was made.
BUYER: Final = """
    SELECT p.shopper_id FROM payments p
      JOIN payment_facts f ON f.payment_id = p.id AND f.source_key = coalesce(%(charge_id)s, p.psp_charge_id)
     WHERE p.id = %(id)s AND p.purpose = 'wallet_top_up' AND p.status = 'succeeded' AND p.currency = %(currency)s
       AND f.kind NOT IN ('late_capture', 'second_charge') LIMIT 1
"""
TAKEN: Final = """
    SELECT coalesce(sum(p.amount_minor), 0)::bigint
      FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id
      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'customer_wallet'
     WHERE e.source = %(source)s AND e.kind = 'external_refund'
"""


def take_credit(session: Session, refund: Refund, *, now: datetime) -> tuple[Refund, OrderTake | None]:
    """Takes from the wallet what it can give of the refund's excess; the refund with what is left of that."""
    shopper_id = _buyer(session, refund)
    if shopper_id is None or not refund.excess:
        return refund, None
    given = min(refund.excess, balance.lock_free(session, shopper_id, refund.currency))
    if not given:
        return refund, None
    balance.debit(session, shopper_id=shopper_id, amount=given, now=now)
    less = replace(refund, excess=refund.excess - given)
    execute(
        session,
        "UPDATE refunds SET excess_minor = %(excess)s WHERE id = %(id)s",
        id=refund.id,
        excess=less.excess.amount_minor,
    )
    return less, _take(refund, shopper_id, given)


def return_credit(session: Session, refund: Refund, *, now: datetime) -> OrderTake | None:
    """The refund came to nothing: what it took from the wallet is there again."""
    given = Money(execute(session, TAKEN, source=refund.public_id).scalar_one(), refund.currency)
    shopper_id = _buyer(session, refund) if given else None
    if shopper_id is None:
        return None
    balance.credit(session, shopper_id=shopper_id, amount=given, now=now)
    return _take(refund, shopper_id, given)


def _buyer(session: Session, refund: Refund) -> UUID | None:
    found: UUID | None = execute(
        session, BUYER, id=refund.payment_id, charge_id=refund.psp_charge_id, currency=refund.currency
    ).scalar()
    return found


def _take(refund: Refund, shopper_id: UUID, amount: Money) -> OrderTake:
    zero = Money.zero(refund.currency)
    return OrderTake(None, None, refund.payment_id, "wallet", amount, zero, zero, zero, shopper_id)
