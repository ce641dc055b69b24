"""Proving the audit log once a day, or when somebody asks: the result is kept, and a difference calls a person."""

from __future__ import annotations

from typing import Final

from checkout.alerts import open_alert
from checkout.audit.verify import keep, verify_audit_log
from checkout.db.session import atomic
from checkout.tasks import ClaimedTask

ALERT: Final = "audit_log_differs"


def prove_audit_log(task: ClaimedTask) -> None:
    """Handles `audit.verify`."""
    proof = verify_audit_log()
    with atomic() as session:
        keep(session, proof)
        if not proof.holds:
            first = proof.differences[0]
            open_alert(
                session,
                code=ALERT,
                severity="critical",
                subject=first.subject,
                detail=f"{proof.difference_count} differences; the first: {first.subject}, {first.detail}"[
                    :500
                ],
                dedupe_key=ALERT,
            )
