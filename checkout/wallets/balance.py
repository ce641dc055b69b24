"""The counters of a wallet: how much is free. They stand beside the ledger, so that one guarded statement decides what
a wallet covers; the caller posts the entry that says why, in the same transaction."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.wallets import statements
from checkout.wallets.errors import WalletTooSmall


def credit(session: Session, *, shopper_id: UUID, amount: Money, now: datetime) -> None:
    """Store credit that does not expire: a top-up, a refund. The wallet is made where there was none."""
    assert amount.amount_minor > 0, "credit is positive"
    execute(
        session,
        statements.CREDIT,
        shopper_id=shopper_id,
        currency=amount.currency,
        amount=amount.amount_minor,
        now=now,
    )


def debit(session: Session, *, shopper_id: UUID, amount: Money, now: datetime) -> None:
    """Takes back what credit() gave: free store credit that is not promotional.

    Raises:
        WalletTooSmall: there is not as much, or it is held by an open checkout.
    """
    assert amount.amount_minor > 0, "a debit is positive"
    taken = execute(
        session,
        statements.DEBIT,
        shopper_id=shopper_id,
        currency=amount.currency,
        amount=amount.amount_minor,
        now=now,
    ).first()
    if taken is None:
        raise WalletTooSmall.at("/amount")


def hold_owner(session: Session, shopper_id: UUID) -> bool:
    """Whether there is anybody to spend it; who there is cannot be erased until the transaction ends."""
    return execute(session, statements.KNOWN, shopper_id=shopper_id).first() is not None


def lock_free(session: Session, shopper_id: UUID, currency: str) -> Money:
    """What debit() could take, until the transaction ends; zero where there is no wallet."""
    row = execute(session, statements.LOCK, shopper_id=shopper_id, currency=currency).first()
    return Money(row.free_minor - row.promotional_minor if row else 0, currency)
