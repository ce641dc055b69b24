"""The postings of what a bank statement alone tells of: a payout that our bank sent back, and the bank's own costs. Pure."""

from __future__ import annotations

from datetime import datetime

from checkout.core.money import Money
from checkout.ledger.chart import PSP_FEES, bank, bank_in_transit
from checkout.ledger.entry import Entry, credit, debit, legs


def psp_payout_returned(
    *,
    psp: str,
    bank_account: str,
    statement_line: str,
    number: str,
    amount: Money,
    effective_at: datetime | None = None,
) -> Entry:
    """A line of the bank statement shows an arrived payout going back to the PSP: it is on its way again, until the PSP
    says that it has it."""
    return Entry(
        kind="psp_payout_returned",
        source_key=statement_line,
        source=number,
        postings=legs(debit(bank_in_transit(psp), amount), credit(bank(bank_account), amount)),
        effective_at=effective_at,
    )


def bank_fee(
    *, bank_account: str, statement_line: str, fee: Money, effective_at: datetime | None = None
) -> Entry:
    """What the bank takes for our account. A negative fee was given back: the sides are swapped."""
    return Entry(
        kind="bank_fee",
        source_key=statement_line,
        source=statement_line,
        postings=legs(debit(PSP_FEES, fee), credit(bank(bank_account), fee)),
        effective_at=effective_at,
    )
