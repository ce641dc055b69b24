"""A refund as it stands in its row, with its parts; and its lock, which is its payment's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.locks import lock_payments
from checkout.db.statement import execute, run

COLUMNS: Final = """
    r.id, r.payment_id, r.kind, r.status, r.version, r.amount_minor, r.card_minor, r.wallet_minor, r.excess_minor,
    r.currency, r.destination, r.reason, r.note, r.metadata, r.requested_by, r.approval_id, r.in_flight, r.psp,
    r.psp_intent_id, r.psp_charge_id, r.psp_request, r.attempted_at, r.attempts, r.next_look_at, r.not_found_at,
    r.psp_refund_id, r.balance_transaction, r.failure_balance_transaction, r.failure_code, r.failure_psp_code,
    r.failure_message, r.succeeded_at, r.failed_at, r.returned_at, r.created_at, r.updated_at
"""
BY_ID: Final = f"SELECT {COLUMNS} FROM refunds r WHERE r.id = %(id)s"


@dataclass(frozen=True, slots=True)
class Refund:
    """`amount` = `card` + `wallet`. kind: requested by somebody here; unapplied: money of no live order, given back by
    itself; external: made with the PSP, `excess` of it beyond what was left. `in_flight`: its orders wait for it."""

    id: UUID
    payment_id: UUID
    kind: str
    status: str
    version: int
    amount: Money
    card: Money
    wallet: Money
    excess: Money
    destination: str
    reason: str | None
    note: str | None
    metadata: Mapping[str, str]
    requested_by: str
    approval_id: UUID | None
    in_flight: bool
    psp: str
    psp_intent_id: str | None
    psp_charge_id: str | None
    psp_request: Mapping[str, str] | None
    attempted_at: datetime | None
    attempts: int
    next_look_at: datetime | None
    not_found_at: datetime | None
    psp_refund_id: str | None
    balance_transaction: str | None
    failure_balance_transaction: str | None
    failure_code: str | None
    failure_psp_code: str | None
    failure_message: str | None
    succeeded_at: datetime | None
    failed_at: datetime | None
    returned_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def public_id(self) -> str:
        return encode("re", self.id)

    @property
    def currency(self) -> str:
        return self.amount.currency


@dataclass(frozen=True, slots=True)
class Part:
    """What a refund takes of one order. The fees are what the platform gives back with it; `logistics_fee` where it
    was asked for."""

    order_id: UUID
    seller_id: UUID
    storefront_id: UUID
    card: Money
    wallet: Money
    commission: Money
    logistics_fee: Money
    tax: Money

    @property
    def amount(self) -> Money:
        return self.card + self.wallet


def read_refund(refund_id: UUID) -> Refund:
    """The refund as it is now.

    Raises:
        NotFound: there is none.
    """
    rows = run(BY_ID, id=refund_id)
    if not rows:
        raise NotFound("no such refund")
    return refund_of(dict(rows[0]._mapping))


def lock_refund(session: Session, refund_id: UUID) -> Refund:
    """The refund under its payment's lock, which every change of it and of its orders takes first.

    Raises:
        NotFound: there is none.
    """
    row = execute(session, "SELECT payment_id FROM refunds WHERE id = %(id)s", id=refund_id).first()
    if row is None:
        raise NotFound("no such refund")
    lock_payments(session, [row.payment_id])
    return refund_of(dict(execute(session, BY_ID, id=refund_id).one()._mapping))


def parts_of(session: Session, refund: Refund) -> tuple[Part, ...]:
    """In the order of the payment's orders; none of money that was no order's."""
    rows = execute(
        session,
        """
        SELECT order_id, seller_id, storefront_id, card_minor, wallet_minor, commission_minor, logistics_fee_minor,
               tax_minor
          FROM refund_parts WHERE refund_id = %(id)s ORDER BY position
        """,
        id=refund.id,
    )
    return tuple(part_of(dict(row._mapping), refund.currency) for row in rows)


def part_of(row: Mapping[str, Any], currency: str) -> Part:
    values = dict(row)
    for name in ("card", "wallet", "commission", "logistics_fee", "tax"):
        values[name] = Money(values.pop(f"{name}_minor"), currency)
    return Part(**values)


def refund_of(row: Mapping[str, Any]) -> Refund:
    values = dict(row)
    currency = values.pop("currency")
    for name in ("amount", "card", "wallet", "excess"):
        values[name] = Money(values.pop(f"{name}_minor"), currency)
    return Refund(**values)
