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
from checkout.payouts.payout import Payout
from checkout.payouts.states import PAYOUT
from checkout.psp import BankPayout, Transfer, TransferReversal

ADVANCE: Final = "payouts.advance"


def transferred(session: Session, payout: Payout, transfer: Transfer, *, cause: Cause) -> bool:
    """The amount is with the seller's account at the PSP. `payout` is locked. False where that is not what was asked
    for: a person must look, nothing goes on."""
    if transfer.amount != payout.amount or transfer.balance_transaction is None:
        _contradiction(session, payout, f"transfer {transfer.id} moved {transfer.amount}", transfer.amount)
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


def sent(session: Session, payout: Payout, bank_payout: BankPayout, *, cause: Cause) -> bool:
    """The PSP has the bank payout: it is on its way, and not yet there. False where that was known."""
    moved = move(
        session,
        payout,
        "in_transit",
        cause,
        psp_payout_id=bank_payout.id,
        bank_account=bank_payout.bank_account,
        expected_on=bank_payout.arrives_on.date(),
        sent_at=bank_payout.created_at,
        **(NO_WAIT | {"next_look_at": bank_payout.arrives_on}),
    )
    if moved:
        tell(session, payout, "payout.sent", cause)
    return moved


def arrived(session: Session, payout: Payout, *, cause: Cause, at: datetime) -> bool:
    """The bank has it. False where that was known, or where it has come back since."""
    time = payout.times_paid + 1
    if not move(session, payout, "paid", cause, times_paid=time, arrived_at=at, next_look_at=None):
        return False
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
    if payout.status == "paid":
        entry = payout_recipes.debt_recovered(**ours, effective_at=reversal.created_at)
    else:
        entry = payout_recipes.transfer_reversed(**ours, effective_at=reversal.created_at)
    journal.post(session, entry, cause=cause)
    if payout.status != "reversing" or _taken_back(session, payout) != payout.amount:
        return
    end(session, payout, "returned" if payout.times_paid else "failed", cause, psp_reversal_id=reversal.id)


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


def _taken_back(session: Session, payout: Payout) -> Money:
    minor: int = execute(
        session,
        """
        SELECT coalesce(sum(p.amount_minor), 0)::bigint
          FROM journal_entries e
          JOIN postings p ON p.entry_id = e.id
          JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'psp_balance'
         WHERE e.source = %(source)s AND e.kind = 'transfer_reversed'
        """,
        source=payout.public_id,
    ).scalar_one()
    return Money(minor, payout.currency)


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
