"""What the world is told of a refund: its domain events, and the alerts that a person must look at."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.alerts import Severity, open_alert, resolve_alert
from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.events import DomainEvent, emit
from checkout.refunds.refund import Refund

UNKNOWN_ALERT: Final = "refund_unknown"  # nobody has heard from the PSP for a while


def tell(session: Session, refund: Refund, type: str, *, cause: Cause, **data: Any) -> None:
    """A fact of the refund; ids and amounts only. The seller is named where it is one seller's alone."""
    storefront_id, sellers = _whose(session, refund)
    event = DomainEvent(
        type=type,
        object=refund.public_id,
        storefront_id=storefront_id,
        seller_id=sellers[0] if len(sellers) == 1 else None,
        data={
            "payment": encode("pay", refund.payment_id),
            "kind": refund.kind,
            "amount": refund.amount.amount_minor,
            "to_card": refund.card.amount_minor,
            "to_wallet": refund.wallet.amount_minor,
            "currency": refund.currency,
            **data,
        },
    )
    emit(session, event, cause=cause)


def warn(
    session: Session,
    refund: Refund,
    code: str,
    detail: str,
    *,
    severity: Severity = "high",
    amount: Money | None = None,
) -> None:
    """An alert about the refund; the same one again is counted, not opened twice."""
    open_alert(
        session,
        code=code,
        severity=severity,
        subject=refund.public_id,
        detail=detail,
        amount=amount,
        payment_id=refund.payment_id,
        dedupe_key=f"{code}:{refund.public_id}",
    )


def calm(session: Session, refund: Refund, code: str, resolution: str, *, cause: Cause) -> None:
    """What the alert was about has settled itself."""
    rows = execute(
        session,
        "SELECT id FROM alerts WHERE dedupe_key = %(key)s AND status <> 'resolved'",
        key=f"{code}:{refund.public_id}",
    ).all()
    for row in rows:
        resolve_alert(session, row.id, resolution=resolution, by=str(cause))


def _whose(session: Session, refund: Refund) -> tuple[UUID, list[UUID]]:
    row = execute(
        session,
        """
        SELECT p.storefront_id, array(SELECT DISTINCT seller_id FROM refund_parts WHERE refund_id = %(id)s) AS sellers
          FROM payments p WHERE p.id = %(payment_id)s
        """,
        id=refund.id,
        payment_id=refund.payment_id,
    ).one()
    return row.storefront_id, list(row.sellers)
