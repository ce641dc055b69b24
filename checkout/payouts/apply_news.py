"""What the PSP says of a payout of ours, in whatever order and however often: transfers, reversals, bank payouts.

A good fact is taken from the event's object; that a bank did not keep the money is asked again first.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute
from checkout.payouts import settle
from checkout.payouts.payout import Payout, lock_payout, read_payout
from checkout.payouts.sweep import apply_platform_payout
from checkout.psp import (
    PLATFORM,
    BankPayout,
    BankPayoutNews,
    PaymentServiceProvider,
    Transfer,
    TransferNews,
    TransferReversal,
)

BAD_ENDS: Final = frozenset({"failed", "canceled"})


def apply_payout_news(
    news: TransferNews | BankPayoutNews, *, psp: PaymentServiceProvider, cause: Cause
) -> bool:
    """Books what the event says. False where its object is none of ours. Owns its transactions.

    Raises:
        PspError: the PSP did not answer when asked again; later.
    """
    if isinstance(news, TransferNews):
        reversals = news.reversals
        if not news.reversals_complete:
            reversals = psp.list_transfer_reversals(news.transfer.id)
        return retrying(lambda: _apply_transfer(psp.name, news, reversals, cause))
    bank_payout = news.payout
    if bank_payout.status in BAD_ENDS:
        bank_payout = psp.fetch_payout(bank_payout.id, account=bank_payout.account)
    if bank_payout.account == PLATFORM:
        return apply_platform_payout(psp.name, bank_payout, cause=cause)
    _transfer_first(bank_payout, psp, cause)
    return retrying(lambda: apply_bank_payout(psp.name, bank_payout, cause=cause))


def _transfer_first(bank_payout: BankPayout, psp: PaymentServiceProvider, cause: Cause) -> None:
    """A bank payout can be heard of while the answer to its transfer is still out: the transfer is looked up, so that
    what the bank says is not lost on a payout that seems not to have begun."""
    try:
        payout = read_payout(decode("po", bank_payout.reference or ""))
    except NotFound:
        return
    if payout.psp_transfer_id is not None or payout.status not in {"submitting", "unknown"}:
        return
    transfer = psp.find_transfer(payout.public_id)
    if transfer is not None:
        retrying(lambda: _record_transfer(payout.id, transfer, cause))


def _record_transfer(payout_id: UUID, transfer: Transfer, cause: Cause) -> None:
    with atomic() as session:
        settle.transferred(session, lock_payout(session, payout_id), transfer, cause=cause)


def apply_bank_payout(psp: str, bank_payout: BankPayout, *, cause: Cause) -> bool:
    """What the PSP's object says now. Owns its transaction."""
    with atomic() as session:
        payout = _ours(session, psp, bank_payout.reference, "psp_payout_id", bank_payout.id)
        if payout is None or bank_payout.account != payout.psp_account:
            return False
        if not settle.is_the_one(session, payout, bank_payout):
            return True
        if payout.status in {"transferred", "unknown"} and payout.psp_transfer_id is not None:
            settle.sent(session, payout, bank_payout, cause=cause)
            payout = lock_payout(session, payout.id)
        if bank_payout.status == "paid":
            settle.arrived(session, payout, cause=cause, at=min(bank_payout.arrives_on, utcnow()))
        elif bank_payout.status in BAD_ENDS:
            settle.comes_back(session, payout, cause=cause, failure=_failure(bank_payout))
    return True


def _apply_transfer(
    psp: str, news: TransferNews, reversals: tuple[TransferReversal, ...], cause: Cause
) -> bool:
    with atomic() as session:
        payout = _ours(session, psp, news.transfer.reference, "psp_transfer_id", news.transfer.id)
        if payout is None:
            return False
        settle.transferred(session, payout, news.transfer, cause=cause)
        for reversal in reversals:
            settle.reversed_(session, lock_payout(session, payout.id), reversal, cause=cause)
    return True


def _ours(session: Session, psp: str, reference: str | None, column: str, psp_id: str) -> Payout | None:
    """By the PSP's id where we have it, else by our own id that its object names."""
    row = execute(
        session, f"SELECT id FROM payouts WHERE psp = %(psp)s AND {column} = %(id)s", psp=psp, id=psp_id
    ).first()
    try:
        payout_id: UUID = row[0] if row else decode("po", reference or "")
        return lock_payout(session, payout_id)
    except NotFound:
        return None


def _failure(bank_payout: BankPayout) -> dict[str, str | None]:
    failure = bank_payout.failure
    if failure is None:
        return {"failure_code": "canceled_at_psp"}
    return {
        "failure_code": failure.code,
        "failure_psp_code": failure.psp_code,
        "failure_message": failure.message,
    }
