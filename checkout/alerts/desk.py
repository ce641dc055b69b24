"""An alert as somebody's work: given to a person, put off until a day, spoken about, opened again. Each step is a note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row, exc
from sqlalchemy.orm import Session

from checkout import audit
from checkout.alerts.states import ALERT
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import DomainError, InvalidParameter, NotFound
from checkout.core.ids import encode, new_uuid
from checkout.db.session import constraint_name
from checkout.db.statement import execute, run
from checkout.db.transitions import transition

NoteKind = Literal["note", "assigned", "snoozed", "woken", "reopened", "proposed", "resolved"]

TEXT_LENGTH: Final = 2_000
SNOOZE_AT_MOST: Final = timedelta(days=90)
WAKE_AT_MOST: Final = 500


ACTIONS: Final[dict[str, str]] = {
    "note": "alert.note",
    "assigned": "alert.assign",
    "snoozed": "alert.snooze",
    "reopened": "alert.reopen",
    "resolved": "alert.resolve",
}


class InvalidAlertState(DomainError):
    """The alert's status does not allow this."""

    code = "invalid_alert_state"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was done about an alert, or said."""

    kind: str
    author: str
    text: str
    at: datetime


def assign(session: Session, alert_id: UUID, *, to: str, by: Cause) -> None:
    """Gives an alert to somebody ("person:usr_…"); given again it is theirs from now on.

    Raises:
        NotFound. InvalidAlertState: it is resolved.
    """
    row = _lock(session, alert_id)
    _refuse_resolved(row)
    if row.status == "assigned":
        execute(session, "UPDATE alerts SET assignee = %(to)s WHERE id = %(id)s", to=to, id=alert_id)
    else:
        _move(session, alert_id, "assigned", by, assignee=to, snoozed_until=None)
    _say(session, row, "assigned", by, f"Given to {to}.", {"assignee": to})


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
    row = _lock(session, alert_id)
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
        f"Until {until.isoformat()}: {_text(reason, '/reason')}",
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
        _note(session, row.id, "woken", by, "Its time has come.")
    return len(rows)


def reopen(session: Session, alert_id: UUID, *, reason: str, by: Cause) -> None:
    """Opens a resolved alert again. What its resolution posted stays: a correction is a new entry.

    Raises:
        NotFound. InvalidAlertState: it is not resolved, or the same difference has a newer alert.
    """
    row = _lock(session, alert_id)
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
    _say(session, row, "reopened", by, _text(reason, "/reason"), {"status": "open"})


def add_note(session: Session, alert_id: UUID, *, text: str, by: Cause) -> None:
    """
    Raises:
        NotFound. InvalidParameter: no text.
    """
    row = _lock(session, alert_id)
    _say(session, row, "note", by, _text(text, "/text"), {})


def note_proposal(session: Session, alert_id: UUID, *, text: str, by: Cause) -> None:
    """That a second person was asked."""
    _note(session, alert_id, "proposed", by, text)


def resolve(session: Session, alert_id: UUID, *, kind: str, note: str, by: Cause) -> None:
    """Closes an alert with how and why. The caller has posted what the resolution books, in this transaction.

    Raises:
        NotFound. InvalidParameter: no note. InvalidAlertState: it is resolved.
    """
    row, text = _lock(session, alert_id), _text(note, "/note")
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


def history(alert_id: UUID) -> list[Note]:
    """All that was done about it, oldest first."""
    rows = run(
        "SELECT kind, author, text, at FROM alert_notes WHERE alert_id = %(id)s ORDER BY at, id LIMIT 1000",
        id=alert_id,
    )
    return [Note(**row._mapping) for row in rows]


def _lock(session: Session, alert_id: UUID) -> Row[Any]:
    row = execute(
        session, "SELECT id, status, times_reopened FROM alerts WHERE id = %(id)s FOR UPDATE", id=alert_id
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
    _note(session, row.id, kind, by, text)
    audit.record(
        session,
        actor=str(by),
        action=ACTIONS[kind],
        object=encode("alr", row.id),
        before={"status": row.status},
        after=after,
        reason=text,
    )


def _note(session: Session, alert_id: UUID, kind: NoteKind, by: Cause, text: str) -> None:
    execute(
        session,
        """
        INSERT INTO alert_notes (id, alert_id, kind, author, text, at)
        VALUES (%(id)s, %(alert_id)s, %(kind)s, %(author)s, %(text)s, %(now)s)
        """,
        id=new_uuid(),
        alert_id=alert_id,
        kind=kind,
        author=str(by),
        text=text,
        now=utcnow(),
    )


def _text(text: str, pointer: str) -> str:
    stripped = text.strip()
    if not stripped or len(stripped) > TEXT_LENGTH:
        raise InvalidParameter.at(pointer, f"says why, in 1 to {TEXT_LENGTH} characters", "required")
    return stripped
