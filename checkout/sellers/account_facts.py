"""How a seller's account stands at the PSP, as it was last read. An event is only a hint to read it again: events come
late and in any order, an answer is as new as the moment it was asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import tasks
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import MalformedId, decode, encode
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute, run
from checkout.events import DomainEvent, emit
from checkout.psp import ConnectedAccount, PspError, registry
from checkout.sellers.bank_at_psp import note_bank_accounts
from checkout.sellers.verification import verification_of

READ_DUE: Final = "sellers.read_due"
READ_AFTER: Final = timedelta(
    hours=1
)  # an event may be lost: who is not verified is asked after all the same
READ_LIMIT: Final = 50  # accounts in one round


def record_account(
    session: Session, seller_id: UUID, account: ConnectedAccount, *, asked_at: datetime, cause: Cause
) -> bool:
    """Writes down what an answer said, unless one that was asked for later has been written already. Returns whether
    it changed anything that the seller can see. The seller has this account from now on, or has had it already."""
    newest = execute(
        session,
        """
        UPDATE connected_accounts SET asked_at = %(asked_at)s, psp_account_id = %(account)s
         WHERE seller_id = %(id)s AND COALESCE(psp_account_id, %(account)s) = %(account)s
           AND (asked_at IS NULL OR asked_at <= %(asked_at)s)
        RETURNING seller_id
        """,
        id=seller_id,
        account=account.id,
        asked_at=asked_at,
    ).first()
    if newest is None:
        return False
    note_bank_accounts(session, seller_id, account, asked_at=asked_at, cause=cause)
    facts = verification_of(account)
    changed = execute(
        session,
        """
        UPDATE sellers
           SET verification_status = %(status)s, verification_reason = %(reason)s, requirements = %(requirements)s,
               payouts_enabled = %(enabled)s
         WHERE id = %(id)s AND (verification_status, verification_reason, requirements, payouts_enabled)
               IS DISTINCT FROM (%(status)s, %(reason)s, %(requirements)s::text[], %(enabled)s)
        RETURNING id
        """,
        id=seller_id,
        status=facts.status,
        reason=facts.reason,
        requirements=list(facts.requirements),
        enabled=facts.payouts_enabled,
    ).first()
    if changed is not None:
        seller = encode("sel", seller_id)
        data = {"verification_status": facts.status, "payouts_enabled": facts.payouts_enabled}
        emit(session, DomainEvent("seller.updated", seller, seller_id=seller_id, data=data), cause=cause)
    return changed is not None


def seller_of(session: Session, psp: str, account: ConnectedAccount) -> UUID | None:
    """Whose account it is: by its stored id, else by the seller that its metadata names, whose account may not be
    written down yet. None: no seller's of ours."""
    row = execute(
        session,
        "SELECT seller_id FROM connected_accounts WHERE psp = %(psp)s AND psp_account_id = %(account)s",
        psp=psp,
        account=account.id,
    ).first()
    if row is not None:
        known: UUID = row.seller_id
        return known
    try:
        named = decode("sel", account.reference or "")
    except MalformedId:
        return None
    row = execute(
        session,
        "SELECT seller_id FROM connected_accounts WHERE psp = %(psp)s AND seller_id = %(id)s AND psp_account_id IS NULL",
        psp=psp,
        id=named,
    ).first()
    return None if row is None else named


def read_account(psp: str, account_id: str, *, cause: Cause) -> None:
    """Asks the PSP how an account stands and writes it down. Owns its transactions.

    Raises:
        PspError: it did not answer.
    """
    asked_at = utcnow()
    account = registry.get(psp).fetch_connected_account(account_id)

    def record() -> None:
        with atomic() as session:
            seller_id = seller_of(session, psp, account)
            if seller_id is not None:
                record_account(session, seller_id, account, asked_at=asked_at, cause=cause)

    retrying(record)


def read_due(task: tasks.ClaimedTask) -> None:
    """Handles `sellers.read_due`: the accounts of sellers who are not verified, longest unread first."""
    due: Any = run(
        """
        SELECT c.psp, c.psp_account_id FROM connected_accounts c JOIN sellers s ON s.id = c.seller_id
         WHERE c.psp_account_id IS NOT NULL AND s.verification_status <> 'verified' AND c.asked_at < %(before)s
         ORDER BY c.asked_at LIMIT %(limit)s
        """,
        before=utcnow() - READ_AFTER,
        limit=READ_LIMIT,
    )
    for row in due:
        try:
            read_account(row.psp, row.psp_account_id, cause=task.cause)
        except PspError:
            return  # the next round asks again
