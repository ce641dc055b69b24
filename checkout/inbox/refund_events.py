"""Apply an event about money on its way back to a shopper: a refund of ours, or one that was made with the PSP."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import structlog

from checkout import tasks
from checkout.core.backoff import delay_seconds
from checkout.db.session import atomic
from checkout.inbox.event import InboxEvent, lock_event, mark_dead, mark_ignored, mark_processed
from checkout.psp import PspError, RefundNews, UnreadableEvent, registry
from checkout.refunds.apply_news import Applied, apply_refund_news
from checkout.tasks import ClaimedTask

# The news of a payment and of its refund come in any order: what is about nothing here is looked up some times more.
UNKNOWN_ATTEMPTS: Final = 6

log = structlog.get_logger(__name__)


def apply_refund_event(task: ClaimedTask) -> None:
    """Handles `inbox.refund_event` {"event": id}. Owns its transactions; a task that is run again books nothing twice.

    Raises:
        RetryLater: the PSP does not answer now, or the payment's own money is not in the books yet; after the last
            attempt the event is dead.
    """
    event_id = UUID(task.args["event"])
    found = _look(event_id)
    if found is None:
        return
    event, news = found
    is_last = task.attempts >= task.max_attempts
    try:
        applied = apply_refund_news(news, psp=registry.get(event.psp), cause=event.cause)
    except PspError as error:
        if not is_last:
            wait = max(error.retry_after_seconds or 0, delay_seconds(task.attempts))
            raise tasks.RetryLater(str(error), after_seconds=wait) from error
        _die(event, f"the PSP did not answer: {error}")
        return
    waits = applied == "too_early" or (applied == "unknown" and task.attempts < UNKNOWN_ATTEMPTS)
    if waits and not is_last:
        raise tasks.RetryLater("the payment's money is not booked yet")
    _end(event, applied)


def _look(event_id: UUID) -> tuple[InboxEvent, RefundNews] | None:
    """The event and what it says; None where it has come to its end."""
    with atomic() as session:
        event = lock_event(session, event_id)
        if event is None:
            return None
        try:
            news = registry.get(event.psp).interpret_money_back(event.payload)
        except UnreadableEvent as error:
            mark_dead(session, event, f"unreadable: {error}")
            return None
        if not isinstance(news, RefundNews):
            mark_ignored(session, event, "it says nothing of a refund")
            return None
        return event, news


def _end(event: InboxEvent, applied: Applied) -> None:
    with atomic() as session:
        held = lock_event(session, event.id)
        if held is None:
            return
        match applied:
            case "applied":
                mark_processed(session, held)
            case "unknown":
                mark_ignored(session, held, "a refund of no payment here")
            case "too_early":
                mark_dead(session, held, "the money that it gives back was never booked")


def _die(event: InboxEvent, reason: str) -> None:
    with atomic() as session:
        held = lock_event(session, event.id)
        if held is not None:
            log.error("inbox.event_dead", event_id=event.event_id, type=event.type)
            mark_dead(session, held, reason)
