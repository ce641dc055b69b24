"""How much of a payout's transfer was taken back, and as what it is counted: as the payout's own money, or, once the
payout has arrived, as a repayment of what the seller owes."""

from __future__ import annotations

from sqlalchemy.orm import Session

from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.payouts.payout import Payout

BOOKED = ("transfer_reversed", "debt_recovered")
COUNTED_ANEW = ("reversal_counted_as_recovery", "recovery_counted_as_reversal")


def taken_back(session: Session, payout: Payout) -> Money:
    """All that the PSP has given back to the platform."""
    return _moved(session, payout, "psp_balance")


def out_of_connected(session: Session, payout: Payout) -> Money:
    """What of it is counted as taken out of the payout's own way."""
    return -_moved(session, payout, "connected_balance")


def counted_as_recovery(session: Session, payout: Payout) -> Money:
    """What of it is counted as the seller's repayment."""
    return -_moved(session, payout, "seller_available")


def _moved(session: Session, payout: Payout, account_kind: str) -> Money:
    minor: int = execute(
        session,
        """
        SELECT coalesce(sum(p.amount_minor), 0)::bigint
          FROM journal_entries e
          JOIN postings p ON p.entry_id = e.id
          JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = %(account_kind)s
         WHERE e.source = %(source)s AND e.kind = ANY(%(kinds)s)
        """,
        account_kind=account_kind,
        source=payout.public_id,
        kinds=[*BOOKED, *COUNTED_ANEW],
    ).scalar_one()
    return Money(minor, payout.currency)
