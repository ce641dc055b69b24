"""A payment under its lock: what decisions about it are based on, until the transaction ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import MalformedId, decode, encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.payments.commands import TOP_UP

COLUMNS: Final = """
    id, storefront_id, shopper_id, purpose, status, amount_minor, currency, wallet_amount_minor, amount_received_minor,
    livemode, psp, psp_session_id, psp_intent_id, hosted_url, method, session_expires_at, cancel_requested_at,
    sync_attempts
"""
BY_ID: Final = f"SELECT {COLUMNS} FROM payments WHERE id = %(id)s FOR UPDATE"
BY_NAMES: Final = f"""
    SELECT {COLUMNS} FROM payments WHERE id = COALESCE(
        (SELECT id FROM payments WHERE psp = %(psp)s AND psp_session_id = %(session_id)s),
        (SELECT id FROM payments WHERE psp = %(psp)s AND psp_intent_id = %(intent_id)s LIMIT 1),
        %(reference)s::uuid) FOR UPDATE
"""


@dataclass(frozen=True, slots=True)
class LockedPayment:
    """`amount` is due in all, `wallet_amount` of it in store credit."""

    id: UUID
    storefront_id: UUID
    shopper_id: UUID
    purpose: str
    status: str
    amount: Money
    wallet_amount: Money
    amount_received: Money
    livemode: bool
    psp: str
    psp_session_id: str | None
    psp_intent_id: str | None
    hosted_url: str | None
    method: str | None
    session_expires_at: datetime
    cancel_requested_at: datetime | None
    sync_attempts: int

    @property
    def public_id(self) -> str:
        return encode("pay", self.id)

    @property
    def card_amount(self) -> Money:
        """What is charged at the PSP."""
        return self.amount - self.wallet_amount

    @property
    def is_top_up(self) -> bool:
        """It has no orders: its money becomes store credit."""
        return self.purpose == TOP_UP

    def in_status(self, status: str) -> LockedPayment:
        """The same payment after a transition of this transaction."""
        return replace(self, status=status)


def lock_payment(session: Session, payment_id: UUID) -> LockedPayment:
    """Locks one payment's row.

    Raises:
        NotFound: there is none.
    """
    row = execute(session, BY_ID, id=payment_id).first()
    if row is None:
        raise NotFound("no such payment")
    return _payment(row)


def lock_named(
    session: Session, *, psp: str, session_id: str | None, intent_id: str | None, reference: str | None
) -> LockedPayment | None:
    """Locks the payment that the PSP's ids or our reference name; None where none of them is known to us."""
    row = execute(
        session,
        BY_NAMES,
        psp=psp,
        session_id=session_id,
        intent_id=intent_id,
        reference=_own_id(reference),
    ).first()
    return _payment(row) if row is not None else None


def _own_id(reference: str | None) -> UUID | None:
    try:
        return decode("pay", reference) if reference else None
    except MalformedId:
        return None


def _payment(row: Row[Any]) -> LockedPayment:
    return LockedPayment(
        id=row.id,
        storefront_id=row.storefront_id,
        shopper_id=row.shopper_id,
        purpose=row.purpose,
        status=row.status,
        amount=Money(row.amount_minor, row.currency),
        wallet_amount=Money(row.wallet_amount_minor, row.currency),
        amount_received=Money(row.amount_received_minor, row.currency),
        livemode=row.livemode,
        psp=row.psp,
        psp_session_id=row.psp_session_id,
        psp_intent_id=row.psp_intent_id,
        hosted_url=row.hosted_url,
        method=row.method,
        session_expires_at=row.session_expires_at,
        cancel_requested_at=row.cancel_requested_at,
        sync_attempts=row.sync_attempts,
    )
