"""Apply an event about a dispute: its movements are booked, then it takes the state that the PSP answers when asked."""

from __future__ import annotations

from uuid import UUID

import structlog

from checkout import tasks
from checkout.core.backoff import delay_seconds
from checkout.db.session import atomic
from checkout.disputes.apply_news import apply_dispute_news
from checkout.disputes.errors import ChargeNotBooked
from checkout.inbox.event import InboxEvent, lock_event, mark_dead, mark_ignored, mark_processed
from checkout.psp import DisputeNews, PspError, UnreadableEvent, registry
from checkout.tasks import ClaimedTask

log = structlog.get_logger(__name__)


def apply_dispute_event(task: ClaimedTask) -> None:
    """Handles `inbox.dispute_event` {"event": id}. Owns its transactions; a task that is run again books nothing twice.

    Raises:
        RetryLater: the PSP does not answer now, or the charge is not booked yet; after the last attempt the event is
        dead.
    """
    event_id = UUID(task.args["event"])
    found = _look(event_id)
    if found is None:
        return
    event, news = found
    try:
        ours = apply_dispute_news(news, psp=registry.get(event.psp), cause=event.cause)
    except (PspError, ChargeNotBooked) as error:
        if task.attempts < task.max_attempts:
            wait = max(error.retry_after_seconds or 0, delay_seconds(task.attempts))
            raise tasks.RetryLater(str(error), after_seconds=wait) from error
        with atomic() as session:
            log.error("inbox.event_dead", event_id=event.event_id, type=event.type)
            mark_dead(session, event, f"it could not be read again: {error}")
        return
    with atomic() as session:
        held = lock_event(session, event_id)
        if held is None:
            return
        if ours:
            mark_processed(session, held)
        else:
            mark_ignored(session, held, "a dispute of no payment here")


def _look(event_id: UUID) -> tuple[InboxEvent, DisputeNews] | None:
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
        if not isinstance(news, DisputeNews):
            mark_ignored(session, event, "it says nothing of a dispute of ours")
            return None
        return event, news
