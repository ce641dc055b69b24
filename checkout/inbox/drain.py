"""Apply a stored event, in the runner's transaction: effect, the event's end and the task's end commit together.

What needs a question to the PSP first is handed to read_again.py, which owns its transactions.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from checkout import tasks
from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.inbox.event import (
    InboxEvent,
    known_payment,
    lock_event,
    mark_dead,
    mark_ignored,
    mark_parked,
    mark_processed,
)
from checkout.inbox.routes import HANDED_OVER
from checkout.inbox.stages import APPLY, COMPLETED_GRACE_SECONDS, PARK_SECONDS, READ_AGAIN, READ_ATTEMPTS
from checkout.payments.apply import apply_news, needs_snapshot
from checkout.psp import PaymentNews, UnreadableEvent, registry
from checkout.tasks import ClaimedTask
from checkout.tasks.ring import WEBHOOK_QUEUE

log = structlog.get_logger(__name__)


def apply_inbox_event(session: Session, task: ClaimedTask) -> None:
    """Applies one event once; a task that is run again finds it finished. A fault at the last attempt ends it dead."""
    event = lock_event(session, UUID(task.args["event"]))
    if event is None:
        return
    if task.attempts < task.max_attempts:
        _apply(session, event, task)
        return
    try:
        with session.begin_nested():
            _apply(session, event, task)
    except Exception as error:
        log.exception("inbox.event_dead", event_id=event.event_id, type=event.type)
        mark_dead(session, event, f"{type(error).__name__}: {error}")


def _apply(session: Session, event: InboxEvent, task: ClaimedTask) -> None:
    if (kind := HANDED_OVER.get(event.type)) is not None:
        _hand_to(session, event, kind)
        return
    try:
        news = registry.get(event.psp).interpret(event.payload)
    except UnreadableEvent as error:
        mark_dead(session, event, f"unreadable: {error}")
        return
    if news.kind == "none":
        mark_ignored(session, event, news.reason)
        return
    if needs_snapshot(news):
        payment = known_payment(session, event.psp, news)
        if payment is not None and payment.status != "succeeded":
            _hand_over(session, event, news)
            return
    if apply_news(session, news, None, cause=event.cause, psp=event.psp) is None:
        _park(session, event, task)
    else:
        crash_point("inbox.apply.after_effect")
        mark_processed(session, event)


def _hand_over(session: Session, event: InboxEvent, news: PaymentNews) -> None:
    """A bad end is a hint until the PSP confirms it; a complete session without a charge is asked for the charge."""
    _hand_to(session, event, READ_AGAIN, wait=COMPLETED_GRACE_SECONDS if news.kind == "completed" else 0)


def _hand_to(session: Session, event: InboxEvent, kind: str, *, wait: int = 0) -> None:
    """Another task applies the event and ends it."""
    tasks.enqueue(
        session,
        kind,
        {"event": str(event.id)},
        queue=WEBHOOK_QUEUE,
        due_at=utcnow() + timedelta(seconds=wait),
        max_attempts=READ_ATTEMPTS,
        cause=event.cause,
    )


def _park(session: Session, event: InboxEvent, task: ClaimedTask) -> None:
    """Waits for what the event is about: the webhook may be faster than our own commit."""
    waits = int(task.args.get("waits", 0))
    if waits >= len(PARK_SECONDS):
        mark_dead(session, event, "it is about a payment that is not known here")
        return
    mark_parked(session, event, f"unknown payment, wait {waits + 1} of {len(PARK_SECONDS)}")
    tasks.enqueue(
        session,
        APPLY,
        {"event": str(event.id), "waits": waits + 1},
        queue=WEBHOOK_QUEUE,
        due_at=utcnow() + timedelta(seconds=PARK_SECONDS[waits]),
        cause=event.cause,
    )
