"""What is recorded of a payout when the PSP has moved, or has refused to: status, postings and event in one
transaction. Each may come twice, late, or from two sides at once: the second time changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from checkout import tasks
from checkout.alerts import open_alert
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.db.transitions import transition
from checkout.events import DomainEvent, emit
from checkout.ledger import journal, payout_recipes
from checkout.payouts import reversals
from checkout.payouts.payout import Payout
from checkout.payouts.states import PAYOUT
from checkout.psp import BankPayout, Transfer, TransferReversal

ADVANCE: Final = "payouts.advance"


def transferred(session: Session, payout: Payout, transfer: Transfer, *, cause: Cause) -> bool:
    """The amount is with the seller's account at the PSP. `payout` is locked. False where that is not what was asked
    for: a person must look, nothing goes on."""
    wrong = transfer.amount != payout.amount or transfer.destination != payout.psp_account
    if wrong or transfer.balance_transaction is None:
        said = f"transfer {transfer.id} moved {transfer.amount} to {transfer.destination}"
        _contradiction(session, payout, said, transfer.amount)
        return False
    entry = payout_recipes.payout_transferred(
        payout_id=payout.id,
        seller_id=payout.seller_id,
        psp=payout.psp,
        number=transfer.balance_transaction,
        amount=transfer.amount,
        effective_at=transfer.created_at,
    )
    is_new = journal.post(session, entry, cause=cause) is not None
    moved = move(session, payout, "transferred", cause, psp_transfer_id=transfer.id, **NO_WAIT)
    if is_new and not moved:
        _contradiction(
            session,
            payout,
            f"transfer {transfer.id} was made for a payout that is {payout.status}",
            transfer.amount,
        )
        return False
    return True


def is_the_one(session: Session, payout: Payout, bank_payout: BankPayout) -> bool:
    """Whether this is the bank payout that was asked for: of this amount, on this account, and the only one."""
    known = payout.psp_payout_id in (None, bank_payout.id)
    if known and bank_payout.amount == payout.amount and bank_payout.account == payout.psp_account:
        return True
    said = f"bank payout {bank_payout.id} on {bank_payout.account} is of {bank_payout.amount}"
    _contradiction(session, payout, said, bank_payout.amount)
    return False


def sent(session: Session, payout: Payout, bank_payout: BankPayout, *, cause: Cause) -> bool:
    """The PSP has the bank payout: it is on its way, and not yet there. False where that was known."""
    moved = move(
        session,
        payout,
        "in_transit",
        cause,
        psp_payout_id=bank_payout.id,
        bank_account=bank_payout.bank_account,
        bank_last4=_last4(session, payout, bank_payout.bank_account),
        expected_on=bank_payout.arrives_on.date(),
        sent_at=bank_payout.created_at,
        **(NO_WAIT | {"next_look_at": bank_payout.arrives_on}),
    )
    if moved:
        tell(session, payout, "payout.sent", cause)
    return moved


def _last4(session: Session, payout: Payout, bank_account: str | None) -> str | None:
    """Of the account that the PSP names, where it was shown to us or told from here."""
    row = execute(
        session,
        """
        SELECT last4 FROM payout_accounts
         WHERE seller_id = %(seller)s AND currency = %(currency)s AND psp_bank_account_id = %(account)s
         ORDER BY created_at DESC LIMIT 1
        """,
        seller=payout.seller_id,
        currency=payout.currency,
        account=bank_account,
    ).first()
    return row.last4 if row else None


def arrived(session: Session, payout: Payout, *, cause: Cause, at: datetime) -> bool:
    """The bank has it. False where that was known, or where it has come back since."""
    time = payout.times_paid + 1
    if not move(session, payout, "paid", cause, times_paid=time, arrived_at=at, next_look_at=None):
        return False
    if taken := reversals.out_of_connected(session, payout):
        recovery = payout_recipes.reversal_counted_as_recovery(
            payout_id=payout.id, seller_id=payout.seller_id, amount=taken, time=time, effective_at=at
        )
        journal.post(session, recovery, cause=cause)
    journal.post(
        session,
        payout_recipes.payout_paid(
            payout_id=payout.id, seller_id=payout.seller_id, amount=payout.amount, time=time, effective_at=at
        ),
        cause=cause,
    )
    tell(session, payout, "payout.paid", cause)
    return True


def comes_back(session: Session, payout: Payout, *, cause: Cause, failure: dict[str, Any]) -> bool:
    """The bank did not keep it, or the PSP would not send it: the transfer has to be taken back. False: known."""
    if payout.status == "paid":
        journal.post(
            session,
            payout_recipes.payout_returned(
                payout_id=payout.id, seller_id=payout.seller_id, amount=payout.amount, time=payout.times_paid
            ),
            cause=cause,
        )
        if recovered := reversals.counted_as_recovery(session, payout):
            own = payout_recipes.recovery_counted_as_reversal(
                payout_id=payout.id,
                seller_id=payout.seller_id,
                amount=recovered,
                time=payout.times_paid,
            )
            journal.post(session, own, cause=cause)
        failure = failure | {"times_returned": payout.times_returned + 1}
    if not move(session, payout, "reversing", cause, **NO_WAIT, **failure):
        return False
    stage(session, payout, cause)
    return True


def reversed_(session: Session, payout: Payout, reversal: TransferReversal, *, cause: Cause) -> None:
    """The PSP has taken the transfer back, or a part of it. With the whole the payout ends, and its items are free."""
    if reversal.balance_transaction is None:
        _contradiction(session, payout, f"reversal {reversal.id} names no movement", reversal.amount)
        return
    number = {"psp": payout.psp, "number": reversal.balance_transaction, "amount": reversal.amount}
    ours: dict[str, Any] = {"payout_id": payout.id, "seller_id": payout.seller_id} | number
    recipe = payout_recipes.debt_recovered if payout.status == "paid" else payout_recipes.transfer_reversed
    # Told a second time, after the payout has arrived or come back, it would be booked by the other recipe.
    if journal.entry_by_number(session, payout.psp, reversal.balance_transaction) is None:
        journal.post(session, recipe(**ours, effective_at=reversal.created_at), cause=cause)
    if payout.status != "reversing" or reversal.transfer_id != payout.psp_transfer_id:
        return
    if reversals.taken_back(session, payout) == payout.amount:
        to = "returned" if payout.times_paid else "failed"
        end(session, payout, to, cause, psp_reversal_id=reversal.id)


def end(session: Session, payout: Payout, to: str, cause: Cause, **columns: Any) -> bool:
    """The payout is over, and the money is the seller's to be paid by another one. False where it is no end from here."""
    if not move(session, payout, to, cause, ended_at=utcnow(), **NO_WAIT, **columns):
        return False
    ours: dict[str, Any] = {"payout_id": payout.id, "seller_id": payout.seller_id}
    journal.post(session, payout_recipes.payout_released(**ours, amount=payout.amount), cause=cause)
    if payout.fee:
        journal.post(session, payout_recipes.payout_fee_returned(**ours, fee=payout.fee), cause=cause)
    execute(session, "UPDATE payable_items SET payout_id = NULL WHERE payout_id = %(id)s", id=payout.id)
    tell(session, payout, f"payout.{to}", cause, failure=columns.get("failure_code") or payout.failure_code)
    return True


NO_WAIT: Final[dict[str, Any]] = {
    "attempts": 0,
    "next_look_at": None,
    "not_found_at": None,
    "waiting_because": None,
}


def move(session: Session, payout: Payout, to: str, cause: Cause, **columns: Any) -> bool:
    """Changes the status where an edge leads there from the present one."""
    changed = transition(session.connection(), PAYOUT, payout.id, to=to, cause=cause, set=columns)
    return changed is not None


def stage(session: Session, payout: Payout, cause: Cause, *, due_at: datetime | None = None) -> None:
    """Somebody goes on with it, once."""
    tasks.enqueue(
        session,
        ADVANCE,
        {"payout": payout.public_id},
        due_at=due_at,
        dedupe_key=f"{ADVANCE}:{payout.public_id}:{payout.status}",
        cause=cause,
    )


def tell(session: Session, payout: Payout, type: str, cause: Cause, **data: Any) -> None:
    event = DomainEvent(
        type=type,
        object=payout.public_id,
        seller_id=payout.seller_id,
        data={"amount": payout.amount.amount_minor, "currency": payout.currency, **data},
    )
    emit(session, event, cause=cause)


def _contradiction(session: Session, payout: Payout, detail: str, amount: Money) -> None:
    open_alert(
        session,
        code="payout_contradicted",
        severity="critical",
        subject=payout.public_id,
        detail=f"The payout is of {payout.amount}; {detail}",
        amount=amount,
        dedupe_key=f"payout_contradicted:{payout.public_id}",
    )
