"""What is kept of a person in the evidence of their disputes: shown with the person's data, and erased with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.clock import utcnow
from checkout.db.statement import execute
from checkout.disputes.draft import read_draft
from checkout.disputes.files import files_of
from checkout.disputes.queries import disputes_of_payment

OF_PAYMENTS: Final = "dispute_id IN (SELECT id FROM disputes WHERE payment_id = ANY(%(payments)s))"
FORGET: Final = (
    f"""UPDATE dispute_files SET content = NULL, name = NULL, erased_at = %(now)s
         WHERE erased_at IS NULL AND {OF_PAYMENTS}""",
    f"UPDATE dispute_answers SET request = NULL, wire = NULL WHERE {OF_PAYMENTS}",
    f"""UPDATE dispute_evidence SET key_sealed = NULL, texts = NULL, erased_at = %(now)s
         WHERE erased_at IS NULL AND {OF_PAYMENTS}""",
)


def forget_evidence(session: Session, payment_ids: Sequence[UUID]) -> None:
    """Words, documents and what was handed in, with the key that opened them. That there was a dispute stays."""
    for statement in FORGET:
        execute(session, statement, payments=list(payment_ids), now=utcnow())


def export_evidence(payment_id: UUID) -> list[dict[str, Any]]:
    """What was said in the disputes of a payment, the newest first. Owns its statements."""
    return [
        {
            "id": dispute.public_id,
            "status": dispute.status,
            "reason": dispute.reason,
            "amount": dispute.amount.amount_minor,
            "currency": dispute.currency,
            "opened_at": dispute.opened_at,
            "evidence": dict(read_draft(dispute.id).texts),
            "files": [{"field": file.field, "name": file.name} for file in files_of(dispute.id)],
        }
        for dispute in disputes_of_payment(payment_id)
    ]
