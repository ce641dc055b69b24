"""Many alerts at once, as a night finds them: the rows that open_alert() would write for each, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.alerts.alerts import COUNTED_UP, Severity
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.arrays import json_array
from checkout.db.statement import execute
from checkout.events.subscribers import CRITICAL_ALERT_EMAIL, QUEUE_OF
from checkout.tasks import enqueue_many
from checkout.tasks.enqueue import NewTask

OPEN: Final = f"""
    INSERT INTO alerts (id, code, severity, subject, detail, amount_minor, currency, payment_id, dedupe_key, due_on,
                        created_at, updated_at)
    SELECT n.id, n.code, n.severity, n.subject, n.detail, n.amount_minor, n.currency, n.payment_id, n.dedupe_key, n.due_on,
           %(now)s + n.place * interval '1 microsecond', %(now)s + n.place * interval '1 microsecond'
      FROM jsonb_to_recordset(%(alerts)s::jsonb) AS n (
           id uuid, code text, severity text, subject text, detail text, amount_minor bigint, currency text,
           payment_id uuid, dedupe_key text, due_on date, place integer)
     ORDER BY n.dedupe_key
    {COUNTED_UP}
    RETURNING id, dedupe_key, severity, xmax = 0 AS is_new
"""


@dataclass(frozen=True, slots=True)
class NewAlert:
    """See open_alert(). Each has a dedupe_key of its own."""

    code: str
    severity: Severity
    subject: str
    detail: str
    amount: Money
    payment_id: UUID | None
    dedupe_key: str
    due_on: date


def open_alerts(session: Session, alerts: Sequence[NewAlert]) -> dict[str, UUID]:
    """Opens them in the caller's transaction, or counts those up that are open; by dedupe_key. Each is a microsecond later
    than the one before, so that lists have them in this order. Finance is emailed of each critical one that is new."""
    if not alerts:
        return {}
    rows = execute(
        session, OPEN, alerts=json_array(_columns(alert, n) for n, alert in enumerate(alerts)), now=utcnow()
    ).all()
    critical = [encode("alr", row.id) for row in rows if row.is_new and row.severity == "critical"]
    emails = [
        NewTask(CRITICAL_ALERT_EMAIL, {"alert": alert}, QUEUE_OF[CRITICAL_ALERT_EMAIL])
        for alert in sorted(critical)
    ]
    enqueue_many(session, emails, cause=Cause("system", "alerts"))
    return {row.dedupe_key: row.id for row in rows}


def _columns(alert: NewAlert, place: int) -> dict[str, str | int | None]:
    return {
        "id": str(new_uuid()),
        "code": alert.code,
        "severity": alert.severity,
        "subject": alert.subject,
        "detail": alert.detail,
        "amount_minor": alert.amount.amount_minor,
        "currency": alert.amount.currency,
        "payment_id": str(alert.payment_id) if alert.payment_id else None,
        "dedupe_key": alert.dedupe_key,
        "due_on": alert.due_on.isoformat(),
        "place": place,
    }
