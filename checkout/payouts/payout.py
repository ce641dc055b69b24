"""A payout as it stands in its row, and its lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import execute, run
from checkout.payouts.eligibility import Terms

COLUMNS = """
    id, seller_id, currency, kind, period, status, version, amount_minor, fee_minor, carried_minor, requested_by,
    approval_id, psp, psp_account, transfer_request, transfer_attempted_at, payout_request, payout_attempted_at,
    reversal_request, reversal_attempted_at, psp_transfer_id, psp_payout_id, psp_reversal_id, attempts, times_paid,
    times_returned, next_look_at, not_found_at, waiting_because, bank_account, expected_on, sent_at, arrived_at,
    ended_at, failure_code, failure_psp_code, failure_message, created_at, updated_at, bank_last4, terms_version,
    minimum_minor, step_minor, fee_bps, fee_minimum_minor
"""
OF_TERMS = ("minimum_minor", "step_minor", "fee_bps", "fee_minimum_minor")


@dataclass(frozen=True, slots=True)
class Payout:
    """`amount` is what leaves for the bank. The three requests are sent as they were written down. `terms`: what it was
    made by; None where it was made before they were kept. `bank_last4`: of the account it was sent to, where that is
    known."""

    id: UUID
    seller_id: UUID
    kind: str
    period: date | None
    status: str
    version: int
    amount: Money
    fee: Money
    carried: Money
    requested_by: str
    approval_id: UUID | None
    psp: str
    psp_account: str
    transfer_request: Mapping[str, str]
    transfer_attempted_at: datetime | None
    payout_request: Mapping[str, str]
    payout_attempted_at: datetime | None
    reversal_request: Mapping[str, str] | None
    reversal_attempted_at: datetime | None
    psp_transfer_id: str | None
    psp_payout_id: str | None
    psp_reversal_id: str | None
    attempts: int
    times_paid: int
    times_returned: int
    next_look_at: datetime | None
    not_found_at: datetime | None
    waiting_because: str | None
    bank_account: str | None
    expected_on: date | None
    sent_at: datetime | None
    arrived_at: datetime | None
    ended_at: datetime | None
    failure_code: str | None
    failure_psp_code: str | None
    failure_message: str | None
    created_at: datetime
    updated_at: datetime
    bank_last4: str | None
    terms: Terms | None

    @property
    def public_id(self) -> str:
        return encode("po", self.id)

    @property
    def currency(self) -> str:
        return self.amount.currency


def read_payout(payout_id: UUID) -> Payout:
    """The payout as it is now.

    Raises:
        NotFound: there is none.
    """
    rows = run(f"SELECT {COLUMNS} FROM payouts WHERE id = %(id)s", id=payout_id)
    if not rows:
        raise NotFound("no such payout")
    return payout_of(rows[0])


def lock_payout(session: Session, payout_id: UUID) -> Payout:
    """The payout, held by this transaction until it ends.

    Raises:
        NotFound: there is none.
    """
    row = execute(
        session, f"SELECT {COLUMNS} FROM payouts WHERE id = %(id)s FOR UPDATE", id=payout_id
    ).first()
    if row is None:
        raise NotFound("no such payout")
    return payout_of(row)


def payout_of(row: Row[Any]) -> Payout:
    """The payout of a row of COLUMNS."""
    return payout_with(dict(row._mapping))


def payout_with(values: dict[str, Any]) -> Payout:
    """The payout of COLUMNS by their names, which are used up."""
    currency = values.pop("currency")
    for name in ("amount", "fee", "carried"):
        values[name] = Money(values.pop(f"{name}_minor"), currency)
    version, terms = values.pop("terms_version"), {name: values.pop(name) for name in OF_TERMS}
    values["terms"] = None if version is None else Terms(version=version, **terms)
    return Payout(**values)
