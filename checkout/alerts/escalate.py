"""An alert made louder: handed on to somebody with a note, or rated anew as it ages. And the cause that several hang on."""

from __future__ import annotations

import re
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.alerts.alerts import Severity, mail_if_critical
from checkout.alerts.desk import InvalidAlertState, lock, refuse_resolved
from checkout.alerts.notes import say, text_of, write
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import encode
from checkout.db.statement import execute
from checkout.events import DomainEvent, emit
from checkout.events.subscribers import ESCALATION_EMAIL, QUEUE_OF
from checkout.tasks import enqueue

SEVERITIES: Final[tuple[Severity, ...]] = ("low", "medium", "high", "critical")  # the quietest first
ROLES: Final = ("finance", "finance_approver", "operator", "admin")
_WHOM: Final = re.compile(rf"person:usr_[0-9a-z]{{26}}|role:(?:{'|'.join(ROLES)})")


def escalate(session: Session, alert_id: UUID, *, to: str, note: str, by: Cause) -> Severity:
    """Hands an alert on ("person:usr_…" or "role:finance_approver"), who are sent the note: one severity louder from now
    on, which is returned; its age may make it louder still, and nothing quieter. Whose work it is stays.

    Raises:
        NotFound. InvalidParameter: no note; `to` is nobody. InvalidAlertState: it is resolved.
    """
    if not _WHOM.fullmatch(to):
        raise InvalidParameter.at("/to", f"person:usr_…, or role: and one of {', '.join(ROLES)}")
    row, text = lock(session, alert_id), text_of(note, "/note")
    refuse_resolved(session, alert_id)
    raised = SEVERITIES[min(SEVERITIES.index(row.severity) + 1, len(SEVERITIES) - 1)]
    execute(
        session,
        """
        UPDATE alerts SET severity = %(severity)s, severity_floor = %(severity)s, escalated_at = %(now)s,
                          updated_at = %(now)s WHERE id = %(id)s
        """,
        severity=raised,
        now=utcnow(),
        id=alert_id,
    )
    after = {"to": to, "severity": raised}
    said = say(session, alert_id, "escalated", by, f"To {to}: {text}"[:2_000], status=row.status, after=after)
    emit(
        session, DomainEvent("reconciliation.alert_escalated", encode("alr", alert_id), data=after), cause=by
    )
    args = {"alert": encode("alr", alert_id), "to": to, "note": said.hex}
    enqueue(session, ESCALATION_EMAIL, args, queue=QUEUE_OF[ESCALATION_EMAIL], cause=by)
    if raised != row.severity:
        mail_if_critical(session, alert_id, raised)
    return raised


def louder(one: Severity, other: Severity) -> Severity:
    """The worse of two."""
    return max(one, other, key=SEVERITIES.index)


def rate(
    session: Session, alert_id: UUID, severity: Severity, *, due_on: date | None, why: str, by: Cause
) -> bool:
    """Gives an unresolved alert the severity that the rules have for it now, but never less than a person gave it; and a
    due day, where it has none or a later one, and nobody set it. Whether anything changed."""
    row = execute(
        session,
        """
        SELECT severity, severity_floor, due_on, due_set_by FROM alerts WHERE id = %(id)s AND status <> 'resolved' FOR UPDATE
        """,
        id=alert_id,
    ).first()
    if row is None:
        return False
    wanted: Severity = louder(severity, row.severity_floor or "low")
    due = row.due_on if row.due_set_by else _sooner(row.due_on, due_on)
    if (wanted, due) == (row.severity, row.due_on):
        return False
    execute(
        session,
        "UPDATE alerts SET severity = %(severity)s, due_on = %(due)s WHERE id = %(id)s",
        severity=wanted,
        due=due,
        id=alert_id,
    )
    if wanted != row.severity:
        write(session, alert_id, "rated", by, f"Now {wanted}, it was {row.severity}: {why}")
        mail_if_critical(session, alert_id, wanted)
    return True


def _sooner(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day), default=None)


def set_cause(session: Session, alert_id: UUID, *, cause_id: UUID | None, note: str, by: Cause) -> None:
    """Hangs an alert on another one, its cause: closed with it, once nothing of its own is unexplained. None takes it
    off again.

    Raises:
        NotFound. InvalidParameter: no note; the cause is no alert, this one, or hangs on another itself.
        InvalidAlertState: one of both is resolved, or others hang on this one.
    """
    text = text_of(note, "/note")
    rows = {id: _locked(session, id) for id in sorted({alert_id, cause_id or alert_id})}
    refuse_resolved(session, alert_id)
    if cause_id is not None:
        _refuse_cause(session, alert_id, cause_id)
    execute(session, "UPDATE alerts SET parent_id = %(cause)s WHERE id = %(id)s", cause=cause_id, id=alert_id)
    named = encode("alr", cause_id) if cause_id else None
    words = f"It hangs on {named}: {text}" if named else f"It hangs on nothing any more: {text}"
    status = str(rows[alert_id])
    say(session, alert_id, "caused", by, words[:2_000], status=status, after={"cause": named})


def _locked(session: Session, alert_id: UUID) -> str:
    return str(lock(session, alert_id).status)


def _refuse_cause(session: Session, alert_id: UUID, cause_id: UUID) -> None:
    if cause_id == alert_id:
        raise InvalidParameter.at("/cause", "is this alert itself")
    try:
        cause = lock(session, cause_id)
    except NotFound as error:
        raise InvalidParameter.at("/cause", "is no alert") from error
    if cause.status == "resolved":
        raise InvalidAlertState("the cause is resolved", extra={"alert_status": "resolved"})
    if cause.parent_id is not None:
        raise InvalidParameter.at("/cause", "hangs on another alert itself: take that one")
    hanging = execute(
        session, "SELECT 1 FROM alerts WHERE parent_id = %(id)s AND status <> 'resolved' LIMIT 1", id=alert_id
    ).first()
    if hanging is not None:
        raise InvalidAlertState("others hang on this alert: it is a cause itself")
