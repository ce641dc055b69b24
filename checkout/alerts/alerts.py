"""Open an alert, or count it again; resolve it with a word on how."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.alerts.states import ALERT
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import NotFound
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.db.transitions import transition
from checkout.events.subscribers import CRITICAL_ALERT_EMAIL, QUEUE_OF
from checkout.tasks import enqueue

Severity = Literal["low", "medium", "high", "critical"]

# An alert that is open already says what is known now; a day that a person has set stays.
COUNTED_UP: Final = """
    ON CONFLICT (dedupe_key) WHERE dedupe_key IS NOT NULL AND status <> 'resolved'
    DO UPDATE SET occurrences = alerts.occurrences + 1, updated_at = EXCLUDED.updated_at,
                  detail = EXCLUDED.detail,
                  amount_minor = coalesce(EXCLUDED.amount_minor, alerts.amount_minor),
                  currency = coalesce(EXCLUDED.currency, alerts.currency),
                  payment_id = coalesce(EXCLUDED.payment_id, alerts.payment_id),
                  due_on = CASE WHEN alerts.due_set_by IS NULL
                                THEN coalesce(alerts.due_on, EXCLUDED.due_on) ELSE alerts.due_on END
"""
OPEN: Final = f"""
    INSERT INTO alerts (id, code, severity, subject, detail, amount_minor, currency, payment_id, dedupe_key,
                        due_on, created_at, updated_at)
    VALUES (%(id)s, %(code)s, %(severity)s, %(subject)s, %(detail)s, %(amount_minor)s, %(currency)s,
            %(payment_id)s, %(dedupe_key)s, %(due_on)s, %(now)s, %(now)s)
    {COUNTED_UP}
    RETURNING id, xmax = 0 AS is_new
"""


def open_alert(
    session: Session,
    *,
    code: str,
    severity: Severity,
    subject: str,
    detail: str,
    amount: Money | None = None,
    payment_id: UUID | None = None,
    dedupe_key: str | None = None,
    due_on: date | None = None,
) -> UUID:
    """Opens an alert in the caller's transaction and returns its id.

    subject: the public id of what it is about. amount: the difference, where there is one. While an alert with the
    same dedupe_key is not resolved, that one's occurrences are counted up instead, and it says what is known now. due_on:
    by when somebody should have explained it. A critical one is emailed to finance at once.
    """
    row = execute(
        session,
        OPEN,
        id=new_uuid(),
        code=code,
        severity=severity,
        subject=subject,
        detail=detail,
        amount_minor=amount.amount_minor if amount else None,
        currency=amount.currency if amount else None,
        payment_id=payment_id,
        dedupe_key=dedupe_key,
        due_on=due_on,
        now=utcnow(),
    ).one()
    alert_id: UUID = row[0]
    if row.is_new:
        mail_if_critical(session, alert_id, severity)
    return alert_id


def mail_if_critical(session: Session, alert_id: UUID, severity: Severity) -> None:
    """Finance is told of a critical alert at once; of each once, however often this is staged."""
    if severity == "critical":
        args = {"alert": encode("alr", alert_id)}
        cause = Cause("system", "alerts")
        enqueue(session, CRITICAL_ALERT_EMAIL, args, queue=QUEUE_OF[CRITICAL_ALERT_EMAIL], cause=cause)


def is_open(session: Session, dedupe_key: str) -> bool:
    """Whether an alert with that key waits to be resolved."""
    found = execute(
        session, "SELECT 1 FROM alerts WHERE dedupe_key = %(key)s AND status <> 'resolved'", key=dedupe_key
    ).first()
    return found is not None


def resolve_alert(session: Session, id: UUID, *, resolution: str, by: str) -> None:
    """Closes an alert; closing a closed one changes nothing.

    Raises:
        NotFound: there is none.
    """
    found = execute(session, "SELECT status FROM alerts WHERE id = %(id)s FOR UPDATE", id=id).first()
    if found is None:
        raise NotFound("no such alert")
    if found.status != "resolved":
        audit.record(
            session,
            actor=by,
            action="alert.resolve",
            object=encode("alr", id),
            before={"status": found.status},
            after={"status": "resolved"},
            reason=resolution,
        )
        columns = {
            "resolution": resolution,
            "resolved_by": by,
            "resolved_at": utcnow(),
            "snoozed_until": None,
        }
        transition(
            session.connection(), ALERT, id, to="resolved", cause=Cause("system", by[:60]), set=columns
        )
