"""Promotional credit that nobody spent in time goes back to the platform. What an open checkout holds of it is left
alone until the hold ends: then it is free, and expires here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.money import Money
from checkout.db.arrays import uuid_array
from checkout.db.statement import execute
from checkout.ledger import journal
from checkout.ledger.recipes import WalletPart
from checkout.ledger.wallet_recipes import wallet_credit_expired
from checkout.tasks import ClaimedTask
from checkout.wallets import statements

EXPIRE_DUE: Final = "wallets.expire_due"
BATCH: Final = 200  # wallets a run: their locks are held until it commits; the next run is minutes away


def expire_due(session: Session, task: ClaimedTask) -> None:
    """Handles `wallets.expire_due`: all that has ended since the last time."""
    now = utcnow()
    due = execute(session, statements.DUE, now=now, limit=BATCH).all()
    wallets = [(row.shopper_id, row.currency) for row in due]
    if wallets:
        execute(session, statements.LOCK_SEVERAL, **_named(wallets))
        expire_in(session, wallets, cause=task.cause, now=now)


def expire_in(session: Session, wallets: Sequence[tuple[UUID, str]], *, cause: Cause, now: datetime) -> None:
    """Ends what is due in these wallets, whose rows the caller has locked: nobody spends it from here on."""
    rows = execute(session, statements.EXPIRE, **_named(wallets), now=now).all()
    entries = [
        wallet_credit_expired(
            credit_id=row.id,
            expired=Money(row.expired_minor, row.currency),
            wallet=WalletPart(row.shopper_id, Money(row.free_minor, row.currency)),
        )
        for row in rows
    ]
    if entries:
        journal.post_many(session, entries, cause=cause)


def _named(wallets: Sequence[tuple[UUID, str]]) -> dict[str, object]:
    return {
        "shopper_ids": uuid_array(shopper for shopper, _ in wallets),
        "currencies": [currency for _, currency in wallets],
    }
