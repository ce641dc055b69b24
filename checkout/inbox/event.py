"""One stored event: loaded under its lock, looked up among our payments, and brought to one of its ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.alerts import open_alert
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import MalformedId, decode
from checkout.db.statement import execute
from checkout.psp import PaymentNews

REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class InboxEvent:
    """An event that is not finished, or dead and tried once more by a replay."""

    id: UUID
    psp: str
    event_id: str
    type: str
    payload: dict[str, Any]

    @property
    def cause(self) -> Cause:
        return Cause("event", self.event_id)


@dataclass(frozen=True, slots=True)
class KnownPayment:
    """The payment of ours that an event is about."""

    id: UUID
    status: str
    session_id: str | None


def lock_event(session: Session, id: UUID) -> InboxEvent | None:
    """The event under its lock, so that a second task about it waits; None once it is processed or ignored."""
    row = execute(
        session,
        """
        SELECT id, psp, event_id, type, payload FROM inbox_events
         WHERE id = %(id)s AND status IN ('received', 'parked', 'dead') FOR UPDATE
        """,
        id=id,
    ).first()
    return InboxEvent(**row._mapping) if row else None


def known_payment(session: Session, psp: str, news: PaymentNews) -> KnownPayment | None:
    """By our reference where the event carries one, else by the PSP's ids that we have stored."""
    by, value = _lookup(news)
    if value is None:
        return None
    row = execute(
        session,
        f"SELECT id, status, psp_session_id AS session_id FROM payments WHERE {by} = %(value)s AND psp = %(psp)s",
        value=value,
        psp=psp,
    ).first()
    return KnownPayment(**row._mapping) if row else None


def mark_processed(session: Session, event: InboxEvent) -> None:
    _end(session, event, "processed", None)


def mark_ignored(session: Session, event: InboxEvent, reason: str) -> None:
    _end(session, event, "ignored", reason)


def mark_parked(session: Session, event: InboxEvent, reason: str) -> None:
    execute(
        session,
        "UPDATE inbox_events SET status = 'parked', reason = %(reason)s WHERE id = %(id)s",
        id=event.id,
        reason=reason[:REASON_LENGTH],
    )


def mark_dead(session: Session, event: InboxEvent, reason: str) -> None:
    """Nothing more is tried by itself; an alert calls a person, who may replay the task."""
    _end(session, event, "dead", reason)
    open_alert(
        session,
        code="webhook_event_dead",
        severity="high",
        subject=event.event_id,
        detail=f"The {event.psp} event {event.type} could not be applied: {reason}"[:REASON_LENGTH],
        dedupe_key=f"webhook_event_dead:{event.id}",
    )


def _lookup(news: PaymentNews) -> tuple[str, UUID | str | None]:
    if news.reference is not None:
        try:
            return "id", decode("pay", news.reference)
        except MalformedId:
            pass
    if news.session_id is not None:
        return "psp_session_id", news.session_id
    return "psp_intent_id", news.intent_id


def _end(session: Session, event: InboxEvent, status: str, reason: str | None) -> None:
    execute(
        session,
        """
        UPDATE inbox_events SET status = %(status)s, reason = %(reason)s, finished_at = %(now)s WHERE id = %(id)s
        """,
        id=event.id,
        status=status,
        reason=reason[:REASON_LENGTH] if reason else None,
        now=utcnow(),
    )
