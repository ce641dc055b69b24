"""Alerts by the calendar: rated anew as they age, closed with their cause, and told again where what explained them is too
much by now. Safe to run at any time, and twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.alerts import desk
from checkout.alerts.escalate import louder, rate
from checkout.core import business_day
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.db.session import atomic, retrying
from checkout.db.statement import run
from checkout.reconciliation import rules
from checkout.reconciliation.desk.closing import close_children
from checkout.reconciliation.desk.rest import lock, unexplained
from checkout.tasks import ClaimedTask

TEND_DUE: Final = "alerts.tend_due"
BATCH: Final = 200
BATCHES_MOST: Final = 250
LOOK_BACK: Final = timedelta(days=7)
NEVER: Final = UUID(int=0)

UNRESOLVED: Final = """
    SELECT a.id, a.code, a.created_at, a.severity, a.severity_floor, a.due_on, a.due_set_by, coalesce(d.difference_minor, a.amount_minor, 0) AS minor,
           coalesce(d.currency, a.currency, 'EUR') AS currency, d.business_on
      FROM alerts a
      LEFT JOIN LATERAL (SELECT * FROM settlement_differences s WHERE s.alert_id = a.id
                          ORDER BY s.found_at DESC LIMIT 1) d ON true
     WHERE a.status <> 'resolved' AND a.id > %(after)s ORDER BY a.id LIMIT %(limit)s
"""
ORPHANS: Final = """
    SELECT DISTINCT c.parent_id FROM alerts c JOIN alerts p ON p.id = c.parent_id AND p.status = 'resolved'
     WHERE c.status <> 'resolved' LIMIT 100
"""
# Explained by a person with entries or links, and gone by itself since.
GONE: Final = """
    SELECT d.alert_id FROM settlement_differences d JOIN alerts a ON a.id = d.alert_id AND a.status = 'resolved'
     WHERE d.gone_at > %(since)s AND a.resolution_kind IN (
           'psp_claim', 'psp_claim_paid', 'post_correction', 'accept_within_tolerance', 'write_off', 'link_records')
     ORDER BY d.gone_at LIMIT 500
"""
TOO_MUCH: Final = "It does not differ any more, and what was posted for it still stands."


def tend_due(task: ClaimedTask) -> None:
    """Handles `alerts.tend_due`. Owns its transactions."""
    tend_alerts(by=task.cause)


def tend_alerts(*, by: Cause) -> None:
    """Each alert that waits, a batch at a time; then the children of resolved causes, and what is explained too much."""
    today, after = utcnow().date(), NEVER
    for _ in range(BATCHES_MOST):
        rows = run(UNRESOLVED, after=after, limit=BATCH)
        retrying(lambda rows=rows: _rate_all(rows, today, by))  # type: ignore[misc]
        if len(rows) < BATCH:
            break
        after = rows[-1].id
    for row in run(ORPHANS):
        retrying(lambda id=row.parent_id: _close_children(id, by))  # type: ignore[misc]
    for row in run(GONE, since=utcnow() - LOOK_BACK):
        retrying(lambda id=row.alert_id: _tell_too_much(id, by))  # type: ignore[misc]


def _rate_all(rows: Sequence[Row[Any]], today: date, by: Cause) -> None:
    with atomic() as session:
        for row in rows:
            _rate(session, row, today, by)


def _rate(session: Session, row: Row[Any], today: date, by: Cause) -> None:
    """By the rules, which know the codes of settlement alone: other alerts keep what they were opened with."""
    current = rules.current()
    if row.business_on is None and row.code not in current.loudness.kinds:
        return
    days = (today - (row.business_on or row.created_at.date())).days
    severity = current.severity(row.code, row.minor, row.currency, days)
    if row.severity_floor is not None:
        severity = louder(severity, row.severity_floor)
    due_on = current.due_on(row.code, severity, business_day.day_of(row.created_at))
    settled = row.due_set_by is not None or (row.due_on is not None and row.due_on <= due_on)
    if severity == row.severity and settled:
        return  # mostly: its row is neither locked nor written
    why = f"{days} {'day' if days == 1 else 'days'} old"
    rate(session, row.id, severity, due_on=due_on, why=why, by=by)


def _close_children(parent_id: UUID, by: Cause) -> None:
    with atomic() as session:
        close_children(session, parent_id, by=by)


def _tell_too_much(alert_id: UUID, by: Cause) -> None:
    with atomic() as session:
        lock(session, [alert_id])
        if unexplained(session, alert_id).beyond:
            try:
                desk.reopen(session, alert_id, reason=TOO_MUCH, by=by)
            except desk.InvalidAlertState:
                return  # opened meanwhile, or the same difference has a newer alert
