"""What the world is told of a payment: its domain events, and the alerts that a person must look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from checkout.alerts import Severity, open_alert, resolve_alert
from checkout.core.cause import Cause
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.events import DomainEvent, emit
from checkout.payments.locked import LockedPayment

UNKNOWN_ALERT: Final = "payment_unknown"  # nobody has heard from the PSP for a while
OF_REVIEW: Final = ("amount_mismatch", "second_charge", "review_due")


def tell(
    session: Session,
    payment: LockedPayment,
    type: str,
    *,
    cause: Cause,
    data: Mapping[str, Any] | None = None,
) -> None:
    """A fact of the payment for whoever listens; amounts and ids only."""
    emit(
        session,
        DomainEvent(
            type=type,
            object=payment.public_id,
            storefront_id=payment.storefront_id,
            data={"amount": payment.amount.amount_minor, "currency": payment.amount.currency, **(data or {})},
        ),
        cause=cause,
    )


def warn(
    session: Session,
    payment: LockedPayment,
    code: str,
    detail: str,
    *,
    severity: Severity = "high",
    amount: Money | None = None,
    about: str | None = None,
) -> None:
    """An alert about the payment; the same one about the same thing is counted, not opened twice."""
    open_alert(
        session,
        code=code,
        severity=severity,
        subject=payment.public_id,
        detail=detail,
        amount=amount,
        payment_id=payment.id,
        dedupe_key=_dedupe_key(payment, code, about),
    )


def calm(session: Session, payment: LockedPayment, code: str, resolution: str, *, cause: Cause) -> None:
    """What the alert was about has settled itself."""
    rows = execute(
        session,
        "SELECT id FROM alerts WHERE dedupe_key = %(key)s AND status <> 'resolved'",
        key=_dedupe_key(payment, code, None),
    ).all()
    for row in rows:
        resolve_alert(session, row.id, resolution=resolution, by=str(cause))


def calm_review(session: Session, payment: LockedPayment, resolution: str, *, cause: Cause) -> None:
    """A decision answers every call that led to it: what is to be given back then is said once, in one amount."""
    rows = execute(
        session,
        "SELECT id FROM alerts WHERE payment_id = %(id)s AND code = ANY(%(codes)s) AND status <> 'resolved'",
        id=payment.id,
        codes=list(OF_REVIEW),
    ).all()
    for row in rows:
        resolve_alert(session, row.id, resolution=resolution, by=str(cause))


def _dedupe_key(payment: LockedPayment, code: str, about: str | None) -> str:
    return f"{code}:{about or payment.public_id}"
