"""A dispute as it stands in its row, and its lock: its payment's, then its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.locks import lock_payments
from checkout.db.statement import execute, run

COLUMNS: Final = """
    id, payment_id, psp, psp_dispute_id, psp_charge_id, kind, status, version, readings, amount_minor, currency,
    counted_minor, holds_orders, reason, network_reason_code, method, evidence_due_at, past_due, has_evidence,
    submission_count, reminded_hours, opened_at, closed_at, created_at, updated_at
"""


@dataclass(frozen=True, slots=True)
class Dispute:
    """`amount` is what the shopper's bank disputes; `counted` what of it the payment counts as disputed now."""

    id: UUID
    payment_id: UUID
    psp: str
    psp_dispute_id: str
    psp_charge_id: str
    kind: str
    status: str
    version: int
    readings: int
    amount: Money
    counted: Money
    holds_orders: bool
    reason: str
    network_reason_code: str | None
    method: str | None
    evidence_due_at: datetime | None
    past_due: bool
    has_evidence: bool
    submission_count: int
    reminded_hours: int | None
    opened_at: datetime
    closed_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def public_id(self) -> str:
        return encode("dp", self.id)

    @property
    def currency(self) -> str:
        return self.amount.currency


def read_dispute(dispute_id: UUID) -> Dispute:
    """The dispute as it is now.

    Raises:
        NotFound: there is none.
    """
    rows = run(f"SELECT {COLUMNS} FROM disputes WHERE id = %(id)s", id=dispute_id)
    if not rows:
        raise NotFound("no such dispute")
    return dispute_of(rows[0])


def readings_of(psp: str, psp_dispute_id: str) -> int | None:
    """How many answers of the PSP have been applied to it; None where it is not known yet."""
    rows = run(
        "SELECT readings FROM disputes WHERE psp = %(psp)s AND psp_dispute_id = %(id)s",
        psp=psp,
        id=psp_dispute_id,
    )
    return rows[0].readings if rows else None


def lock_dispute(session: Session, dispute_id: UUID) -> Dispute:
    """The dispute and its payment, held by this transaction until it ends.

    Raises:
        NotFound: there is none.
    """
    row = execute(session, "SELECT payment_id FROM disputes WHERE id = %(id)s", id=dispute_id).first()
    if row is None:
        raise NotFound("no such dispute")
    lock_payments(session, [row.payment_id])
    return _locked(session, "id = %(id)s", id=dispute_id)


def lock_by_psp_id(session: Session, psp: str, psp_dispute_id: str) -> Dispute | None:
    """The same by the PSP's id; the caller holds the payment's lock. None where it is not known yet."""
    known = execute(
        session,
        f"SELECT {COLUMNS} FROM disputes WHERE psp = %(psp)s AND psp_dispute_id = %(id)s FOR UPDATE",
        psp=psp,
        id=psp_dispute_id,
    ).first()
    return dispute_of(known) if known else None


def again(session: Session, dispute: Dispute) -> Dispute:
    """The same dispute after this transaction has changed it."""
    return _locked(session, "id = %(id)s", id=dispute.id)


def dispute_of(row: Row[Any]) -> Dispute:
    values: dict[str, Any] = dict(row._mapping)
    currency = values.pop("currency")
    values["amount"] = Money(values.pop("amount_minor"), currency)
    values["counted"] = Money(values.pop("counted_minor"), currency)
    return Dispute(**values)


def _locked(session: Session, condition: str, **parameters: Any) -> Dispute:
    row = execute(session, f"SELECT {COLUMNS} FROM disputes WHERE {condition} FOR UPDATE", **parameters).one()
    return dispute_of(row)
