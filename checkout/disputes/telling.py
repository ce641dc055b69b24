"""What is told of a dispute: its domain events, and the alert that calls finance while it is open."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.orm import Session

from checkout.alerts import open_alert, resolve_alert
from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.db.statement import execute
from checkout.disputes.dispute import Dispute
from checkout.events import DomainEvent, emit

TOLD: Final = frozenset({"won", "lost"})  # states that the world hears of by an event of their name
ENDED: Final = frozenset({"won", "lost", "warning_closed", "prevented"})


def tell(session: Session, dispute: Dispute, type: str, *, cause: Cause, **data: Any) -> None:
    """A fact of the dispute, to its payment's storefront."""
    storefront_id = execute(
        session, "SELECT storefront_id FROM payments WHERE id = %(id)s", id=dispute.payment_id
    ).scalar_one()
    event = DomainEvent(
        type=type,
        object=dispute.public_id,
        storefront_id=storefront_id,
        data={
            "payment": encode("pay", dispute.payment_id),
            "amount": dispute.amount.amount_minor,
            "currency": dispute.currency,
            "kind": dispute.kind,
            "status": dispute.status,
            "reason": dispute.reason,
            **data,
        },
    )
    emit(session, event, cause=cause)


def tell_opened(session: Session, dispute: Dispute, *, cause: Cause) -> None:
    tell(session, dispute, "dispute.opened", cause=cause)
    if dispute.status in ENDED:
        return
    open_alert(
        session,
        code="dispute_opened",
        severity="high",
        subject=dispute.public_id,
        detail=f"A {dispute.kind.replace('_', ' ')} of {dispute.amount}, reason {dispute.reason}: it wants an answer",
        amount=dispute.amount,
        payment_id=dispute.payment_id,
        dedupe_key=f"dispute_opened:{dispute.public_id}",
    )


def tell_state(session: Session, dispute: Dispute, *, cause: Cause) -> None:
    """What its new state means to others; an ended one calls nobody any more."""
    if dispute.status in TOLD:
        tell(session, dispute, f"dispute.{dispute.status}", cause=cause)
    if dispute.status not in ENDED:
        return
    calls = execute(
        session,
        "SELECT id FROM alerts WHERE dedupe_key = %(key)s AND status <> 'resolved'",
        key=f"dispute_opened:{dispute.public_id}",
    ).all()
    for call in calls:
        resolve_alert(session, call.id, resolution=f"The dispute is {dispute.status}.", by=str(cause))


def warn_contradiction(session: Session, dispute: Dispute, said: str) -> None:
    open_alert(
        session,
        code="dispute_contradicted",
        severity="critical",
        subject=dispute.public_id,
        detail=f"The dispute is {dispute.status} here; the PSP now says {said}",
        payment_id=dispute.payment_id,
        dedupe_key=f"dispute_contradicted:{dispute.public_id}",
    )
