"""The postings by which two persons put an amount onto another account of the platform's own. Pure, as recipes.py."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.ledger.chart import PLATFORM, Account
from checkout.ledger.entry import Entry, WhenLocked, credit, debit

# The platform's own expenses, which nothing but the journal counts. Every other account is one half of something: of an
# order, a payout, a wallet, a PSP's balance.
MOVABLE: Final = ("psp_fees", "dispute_fees", "settlement_losses", "fx_result", "rounding")


def amount_reclassified(
    *, approval_id: UUID, entry_id: UUID, of: str, onto: str, amount: Money,
    effective_at: datetime | None, when_locked: WhenLocked = "book_when_heard",
) -> Entry:  # fmt: skip
    """What an entry booked on one of the platform's expenses belongs to another one. `amount` is signed as it stands there:
    a debit is positive."""
    assert {of, onto} <= set(MOVABLE), "only expenses that nothing else counts"
    return Entry(
        kind="amount_reclassified",
        source_key=encode("apr", approval_id),
        source=encode("jrn", entry_id),
        postings=(debit(Account(onto, PLATFORM), amount), credit(Account(of, PLATFORM), amount)),
        effective_at=effective_at,
        when_locked=when_locked,
    )
