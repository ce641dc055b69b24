"""An alert as somebody's work: given to a person, put off until a day, spoken about, opened again. Each step is a note."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, exc
from sqlalchemy.orm import Session

from checkout.alerts.notes import (
    REASON_LEAST,
    TEXT_LENGTH,
    Note,
    NoteKind,
    history,
    reason_of,
    say,
    text_of,
    write,
)
from checkout.alerts.states import ALERT
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import DomainError, InvalidParameter, NotFound
from checkout.core.ids import encode
from checkout.db.session import constraint_name
from checkout.db.statement import execute
from checkout.db.transitions import transition
from checkout.events import DomainEvent, emit

__all__ = [
    "REASON_LEAST", "TEXT_LENGTH", "InvalidAlertState", "Note", "add_note", "assign", "history", "note_link", "note_part",
    "note_proposal", "note_unlink", "reason_of", "refuse_resolved", "reopen", "resolve", "snooze", "wake_due",
]  # fmt: skip

SNOOZE_AT_MOST: Final = timedelta(days=90)
WAKE_AT_MOST: Final = 500


class InvalidAlertState(DomainError):
    """The alert's status does not allow this."""

    code = "invalid_alert_state"


def assign(session: Session, alert_id: UUID, *, to: str, by: Cause) -> None:
    """Gives an alert to somebody ("person:usr_…"); given again it is theirs from now on.

    Raises:
        NotFound. InvalidAlertState: it is resolved.
    """
    row = lock(session, alert_id)
    _refuse_resolved(row)
    if row.status == "assigned":
        execute(session, "UPDATE alerts SET assignee = %(to)s WHERE id = %(id)s", to=to, id=alert_id)
    else:
        _move(session, alert_id, "assigned", by, assignee=to, snoozed_until=None)
    _say(session, row, "assigned", by, f"Given to {to}.", {"assignee": to})
    _tell(session, "reconciliation.alert_assigned", alert_id, by, assignee=to)


def snooze(session: Session, alert_id: UUID, *, until: datetime, reason: str, by: Cause) -> None:
    """Puts an alert off; when the time comes it is open again.

    Raises:
        NotFound. InvalidParameter: the time has passed or is too far, no reason. InvalidAlertState: it is resolved.
    """
    now = utcnow()
    if not now < until <= now + SNOOZE_AT_MOST:
        raise InvalidParameter.at(
            "/until", f"must lie within the next {SNOOZE_AT_MOST.days} days", "out_of_range"
        )
    row = lock(session, alert_id)
    _refuse_resolved(row)
    if row.status == "snoozed":
        execute(session, "UPDATE alerts SET snoozed_until = %(at)s WHERE id = %(id)s", at=until, id=alert_id)
    else:
        _move(session, alert_id, "snoozed", by, snoozed_until=until)
    _say(
        session,
        row,
        "snoozed",
        by,
        f"Until {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {text_of(reason, '/reason')}"[:TEXT_LENGTH],
        {"until": until.isoformat()},
    )


def wake_due(session: Session, *, by: Cause) -> int:
    """Opens what has slept long enough; returns how many."""
    rows = execute(
        session,
        """
        SELECT id FROM alerts WHERE status = 'snoozed' AND snoozed_until <= %(now)s
         ORDER BY snoozed_until LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        """,
        now=utcnow(),
        limit=WAKE_AT_MOST,
    ).all()
    for row in rows:
        _move(session, row.id, "open", by, snoozed_until=None)
        write(session, row.id, "woken", by, "Its time has come.")
    return len(rows)


def reopen(session: Session, alert_id: UUID, *, reason: str, by: Cause) -> None:
    """Opens a resolved alert again. What its resolution posted stays: a correction is a new entry.

    Raises:
        NotFound. InvalidAlertState: it is not resolved, or the same difference has a newer alert.
    """
    row = lock(session, alert_id)
    if row.status != "resolved":
        raise InvalidAlertState(f"the alert is {row.status}", extra={"alert_status": row.status})
    columns = {
        "resolved_at": None,
        "resolved_by": None,
        "resolution": None,
        "resolution_kind": None,
        "times_reopened": row.times_reopened + 1,
    }
    try:
        with session.begin_nested():
            _move(session, alert_id, "open", by, **columns)
    except exc.IntegrityError as error:
        if constraint_name(error) != "alerts_open_once":
            raise
        raise InvalidAlertState("the same difference has a newer alert, which is open") from error
    _say(session, row, "reopened", by, text_of(reason, "/reason"), {"status": "open"})
    _tell(session, "reconciliation.alert_reopened", alert_id, by, times=row.times_reopened + 1)


def add_note(session: Session, alert_id: UUID, *, text: str, by: Cause) -> None:
    """Whom it mentions ("@usr_…", or "@" and an address) is sent it.

    Raises:
        NotFound. InvalidParameter: no text.
    """
    row = lock(session, alert_id)
    _say(session, row, "note", by, text_of(text, "/text"), {})


def note_proposal(session: Session, alert_id: UUID, *, text: str, by: Cause) -> None:
    """That a second person was asked."""
    write(session, alert_id, "proposed", by, text)


def note_part(session: Session, alert_id: UUID, *, text: str, by: Cause) -> None:
    """That a part of it is explained, and the rest is not."""
    _say(session, lock(session, alert_id), "explained", by, text[:TEXT_LENGTH], {"status": "unchanged"})


def note_link(session: Session, alert_id: UUID, *, text: str, by: Cause) -> None:
    """That it was joined with another record, and something is left."""
    _say(session, lock(session, alert_id), "linked", by, text[:TEXT_LENGTH], {"status": "unchanged"})


def note_unlink(session: Session, alert_id: UUID, *, text: str, by: Cause) -> None:
    """That it is joined with another record no more."""
    _say(session, lock(session, alert_id), "unlinked", by, text[:TEXT_LENGTH], {"joined": False})


def refuse_resolved(session: Session, alert_id: UUID) -> None:
    """
    Raises:
        NotFound. InvalidAlertState: it is resolved.
    """
    _refuse_resolved(lock(session, alert_id))


def resolve(session: Session, alert_id: UUID, *, kind: str, note: str, by: Cause) -> None:
    """Closes an alert with how and why. The caller has posted what the resolution books, in this transaction.

    Raises:
        NotFound. InvalidParameter: no note. InvalidAlertState: it is resolved.
    """
    row, text = lock(session, alert_id), text_of(note, "/note")
    _refuse_resolved(row)
    columns = {
        "resolution": text,
        "resolution_kind": kind,
        "resolved_by": str(by),
        "resolved_at": utcnow(),
        "snoozed_until": None,
    }
    _move(session, alert_id, "resolved", by, **columns)
    _say(session, row, "resolved", by, f"{kind}: {text}"[:TEXT_LENGTH], {"status": "resolved", "kind": kind})
    _tell(session, "reconciliation.alert_resolved", alert_id, by, way=kind)


def lock(session: Session, alert_id: UUID) -> Row[Any]:
    """The row, until the caller's transaction ends.

    Raises:
        NotFound.
    """
    row = execute(
        session,
        """
        SELECT id, status, severity, times_reopened, parent_id, due_on FROM alerts WHERE id = %(id)s FOR UPDATE
        """,
        id=alert_id,
    ).first()
    if row is None:
        raise NotFound("no such alert")
    return row


def _refuse_resolved(row: Row[Any]) -> None:
    if row.status == "resolved":
        raise InvalidAlertState(
            "the alert is resolved: open it again first", extra={"alert_status": "resolved"}
        )


def _move(session: Session, alert_id: UUID, to: str, by: Cause, **columns: Any) -> None:
    moved = transition(session.connection(), ALERT, alert_id, to=to, cause=by, set=columns)
    assert moved is not None, "the row is locked, and its edge was looked at"


def _say(
    session: Session, row: Row[Any], kind: NoteKind, by: Cause, text: str, after: dict[str, Any]
) -> None:
    say(session, row.id, kind, by, text, status=row.status, after=after)


def _tell(session: Session, type: str, alert_id: UUID, by: Cause, **data: Any) -> None:
    emit(session, DomainEvent(type, encode("alr", alert_id), data=data), cause=by)
