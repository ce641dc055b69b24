"""The postings of a payout: reserved before the PSP is asked, moved when the PSP has moved, and back again. Pure.

What the PSP numbers is keyed by its number; the rest by our payout's id, and by a counter where it may happen again.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.ledger.chart import (
    PAYOUT_FEE_REVENUE,
    SELLER_LOSSES,
    bank,
    bank_in_transit,
    connected_balance,
    payout_in_transit,
    psp_balance,
    seller_available,
)
from checkout.ledger.entry import Entry, Posting, PspNumber, credit, debit, legs


def payout_created(
    *, payout_id: UUID, seller_id: UUID, amount: Money, effective_at: datetime | None = None
) -> Entry:
    """The amount is the payout's from now on: no other payout, and nothing else, can take it."""
    return _ours(
        "payout_created",
        payout_id,
        effective_at,
        debit(seller_available(seller_id), amount),
        credit(payout_in_transit(seller_id), amount),
    )


def payout_released(
    *, payout_id: UUID, seller_id: UUID, amount: Money, effective_at: datetime | None = None
) -> Entry:
    """The payout was refused, canceled, or failed and is fully reversed: the amount is the seller's to be paid again."""
    return _ours(
        "payout_released",
        payout_id,
        effective_at,
        debit(payout_in_transit(seller_id), amount),
        credit(seller_available(seller_id), amount),
    )


def payout_fee_charged(
    *, payout_id: UUID, seller_id: UUID, fee: Money, effective_at: datetime | None = None
) -> Entry:
    """What an instant payout costs the seller."""
    return _ours(
        "payout_fee_charged",
        payout_id,
        effective_at,
        debit(seller_available(seller_id), fee),
        credit(PAYOUT_FEE_REVENUE, fee),
    )


def payout_fee_returned(
    *, payout_id: UUID, seller_id: UUID, fee: Money, effective_at: datetime | None = None
) -> Entry:
    """The payout did not arrive: nothing was done for the fee."""
    return _ours(
        "payout_fee_returned",
        payout_id,
        effective_at,
        debit(PAYOUT_FEE_REVENUE, fee),
        credit(seller_available(seller_id), fee),
    )


def payout_transferred(
    *,
    payout_id: UUID,
    seller_id: UUID,
    psp: str,
    number: str,
    amount: Money,
    effective_at: datetime | None = None,
) -> Entry:
    """The PSP has moved the amount from our balance to the seller's account with it, under this number."""
    return _numbered(
        "payout_transferred",
        encode("po", payout_id),
        PspNumber(psp, number),
        effective_at,
        debit(connected_balance(seller_id), amount),
        credit(psp_balance(psp), amount),
    )


def transfer_reversed(
    *,
    payout_id: UUID,
    seller_id: UUID,
    psp: str,
    number: str,
    amount: Money,
    effective_at: datetime | None = None,
) -> Entry:
    """The PSP has taken the amount back from the seller's account with it. May be a part of what was transferred."""
    return _numbered(
        "transfer_reversed",
        encode("po", payout_id),
        PspNumber(psp, number),
        effective_at,
        debit(psp_balance(psp), amount),
        credit(connected_balance(seller_id), amount),
    )


def payout_paid(
    *, payout_id: UUID, seller_id: UUID, amount: Money, time: int = 1, effective_at: datetime | None = None
) -> Entry:
    """The amount has arrived at the seller's bank. `time` counts: a returned payout may arrive after all."""
    return _counted(
        "payout_paid",
        payout_id,
        time,
        effective_at,
        debit(payout_in_transit(seller_id), amount),
        credit(connected_balance(seller_id), amount),
    )


def payout_returned(
    *, payout_id: UUID, seller_id: UUID, amount: Money, time: int = 1, effective_at: datetime | None = None
) -> Entry:
    """The seller's bank has sent the arrived amount back to the seller's account with the PSP."""
    return _counted(
        "payout_returned",
        payout_id,
        time,
        effective_at,
        debit(connected_balance(seller_id), amount),
        credit(payout_in_transit(seller_id), amount),
    )


def debt_recovered(
    *,
    payout_id: UUID,
    seller_id: UUID,
    psp: str,
    number: str,
    amount: Money,
    effective_at: datetime | None = None,
) -> Entry:
    """The PSP has reversed the transfer of a payout that had arrived: what the seller owes is less by it."""
    return _numbered(
        "debt_recovered",
        encode("po", payout_id),
        PspNumber(psp, number),
        effective_at,
        debit(psp_balance(psp), amount),
        credit(seller_available(seller_id), amount),
    )


def reversal_counted_as_recovery(
    *, payout_id: UUID, seller_id: UUID, amount: Money, time: int = 1, effective_at: datetime | None = None
) -> Entry:
    """A payout arrived although its transfer had been taken back: the bank had it from elsewhere in the seller's
    account with the PSP, and what was taken back lessens what the seller owes, as debt_recovered does."""
    return _counted(
        "reversal_counted_as_recovery",
        payout_id,
        time,
        effective_at,
        debit(connected_balance(seller_id), amount),
        credit(seller_available(seller_id), amount),
    )


def recovery_counted_as_reversal(
    *, payout_id: UUID, seller_id: UUID, amount: Money, time: int = 1, effective_at: datetime | None = None
) -> Entry:
    """An arrived payout came back whose transfer had been reversed meanwhile: that was no debt of the seller's, it
    was this payout's own money."""
    return _counted(
        "recovery_counted_as_reversal",
        payout_id,
        time,
        effective_at,
        debit(seller_available(seller_id), amount),
        credit(connected_balance(seller_id), amount),
    )


def seller_debt_written_off(
    *, approval_id: UUID, seller_id: UUID, amount: Money, effective_at: datetime | None = None
) -> Entry:
    """Two persons have given up what the seller owes: the platform bears it."""
    approval = encode("apr", approval_id)
    return Entry(
        kind="seller_debt_written_off",
        source_key=approval,
        source=approval,
        postings=legs(debit(SELLER_LOSSES, amount), credit(seller_available(seller_id), amount)),
        effective_at=effective_at,
    )


def psp_payout_sent(*, psp: str, number: str, amount: Money, effective_at: datetime | None = None) -> Entry:
    """The PSP has sent the platform's own money on its way to our bank."""
    return _numbered(
        "psp_payout_sent",
        number,
        PspNumber(psp, number),
        effective_at,
        debit(bank_in_transit(psp), amount),
        credit(psp_balance(psp), amount),
    )


def psp_payout_received(
    *,
    psp: str,
    bank_account: str,
    statement_line: str,
    number: str,
    amount: Money,
    effective_at: datetime | None = None,
) -> Entry:
    """A line of the bank statement shows the payout that the PSP's number names: it has arrived."""
    return Entry(
        kind="psp_payout_received",
        source_key=statement_line,
        source=number,
        postings=legs(debit(bank(bank_account), amount), credit(bank_in_transit(psp), amount)),
        effective_at=effective_at,
    )


def psp_payout_failed(*, psp: str, number: str, amount: Money, effective_at: datetime | None = None) -> Entry:
    """Our bank did not take it: the PSP has it back."""
    return _numbered(
        "psp_payout_failed",
        number,
        PspNumber(psp, number),
        effective_at,
        debit(psp_balance(psp), amount),
        credit(bank_in_transit(psp), amount),
    )


def _ours(kind: str, payout_id: UUID, effective_at: datetime | None, *postings: Posting) -> Entry:
    payout = encode("po", payout_id)
    return Entry(kind, payout, payout, legs(*postings), effective_at)


def _counted(
    kind: str, payout_id: UUID, time: int, effective_at: datetime | None, *postings: Posting
) -> Entry:
    payout = encode("po", payout_id)
    return Entry(kind, f"{payout}:{time}", payout, legs(*postings), effective_at)


def _numbered(
    kind: str, source: str, number: PspNumber, effective_at: datetime | None, *postings: Posting
) -> Entry:
    return Entry(kind, number.number, source, legs(*postings), effective_at, psp_number=number)
