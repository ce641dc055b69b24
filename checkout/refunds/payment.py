"""What a refund has to know of its payment, under the payment's lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.errors import FieldError, NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.refunds import statements
from checkout.refunds.errors import PaymentDisputed, RefundExceedsCaptured


@dataclass(frozen=True, slots=True)
class RefundedPayment:
    """`captured` is what the PSP took and what the wallet gave; `refunded` is under way or has gone back, `disputed` is
    with the shopper's bank or was lost to it."""

    id: UUID
    storefront_id: UUID
    shopper_id: UUID
    status: str
    psp: str
    psp_intent_id: str | None
    psp_charge_id: str | None
    captured: Money
    refunded: Money
    disputed: Money

    @property
    def public_id(self) -> str:
        return encode("pay", self.id)

    @property
    def currency(self) -> str:
        return self.captured.currency


def payment_of(session: Session, payment_id: UUID) -> RefundedPayment:
    """The caller holds the payment's lock.

    Raises:
        NotFound: there is none.
    """
    row = execute(session, statements.PAYMENT, id=payment_id).first()
    if row is None:
        raise NotFound("no such payment")
    return RefundedPayment(
        id=row.id,
        storefront_id=row.storefront_id,
        shopper_id=row.shopper_id,
        status=row.status,
        psp=row.psp,
        psp_intent_id=row.psp_intent_id,
        psp_charge_id=row.psp_charge_id,
        captured=Money(row.amount_received_minor, row.currency),
        refunded=Money(row.amount_refunded_minor, row.currency),
        disputed=Money(row.amount_disputed_minor, row.currency),
    )


def count_out(session: Session, payment: RefundedPayment, amount: Money, *, now: datetime) -> None:
    """Counts what is asked for, where it is left.

    Raises:
        PaymentDisputed: it would be left without the dispute. RefundExceedsCaptured: points at the amount.
    """
    found = execute(session, statements.COUNT_OUT, id=payment.id, amount=amount.amount_minor, now=now).first()
    if found is not None:
        return
    if payment.refunded + amount <= payment.captured:
        raise PaymentDisputed(f"{payment.disputed} of the payment are disputed by the shopper's bank")
    left = max(Money.zero(amount.currency), payment.captured - payment.refunded - payment.disputed)
    detail = f"{left} are left to be refunded"
    raise RefundExceedsCaptured(detail, pointers=[FieldError("/amount", "exceeds_captured", detail)])


def is_covered(payment: RefundedPayment) -> bool:
    """Whether all that is counted as refunded or disputed was ever captured."""
    return payment.refunded + payment.disputed <= payment.captured


def count_what_happened(session: Session, payment_id: UUID, amount: Money, *, now: datetime) -> None:
    """Counts what the PSP reports, or what came back (negative): whatever it says. An amount of another currency than
    the payment's is not the payment's."""
    execute(
        session,
        """
        UPDATE payments SET amount_refunded_minor = amount_refunded_minor + %(amount)s, updated_at = %(now)s
         WHERE id = %(id)s AND currency = %(currency)s
        """,
        id=payment_id,
        amount=amount.amount_minor,
        currency=amount.currency,
        now=now,
    )
