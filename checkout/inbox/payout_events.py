"""Apply an event about money on its way out: a transfer to a seller's account, or a payout to a bank."""

from __future__ import annotations

from uuid import UUID

import structlog

from checkout import tasks
from checkout.core.backoff import delay_seconds
from checkout.db.session import atomic
from checkout.inbox.event import InboxEvent, lock_event, mark_dead, mark_ignored, mark_processed
from checkout.payouts.apply_news import apply_payout_news
from checkout.psp import BankPayoutNews, PspError, TransferNews, UnreadableEvent, registry
from checkout.tasks import ClaimedTask

log = structlog.get_logger(__name__)


def apply_payout_event(task: ClaimedTask) -> None:
    """Handles `inbox.payout_event` {"event": id}. Owns its transactions; a task that is run again books nothing twice.

    Raises:
        RetryLater: the PSP does not answer now; after the last attempt the event is dead.
    """
    event_id = UUID(task.args["event"])
    found = _look(event_id)
    if found is None:
        return
    event, news = found
    try:
        ours = apply_payout_news(news, psp=registry.get(event.psp), cause=event.cause)
    except PspError as error:
        if task.attempts < task.max_attempts:
            wait = max(error.retry_after_seconds or 0, delay_seconds(task.attempts))
            raise tasks.RetryLater(str(error), after_seconds=wait) from error
        with atomic() as session:
            log.error("inbox.event_dead", event_id=event.event_id, type=event.type)
            mark_dead(session, event, f"the PSP did not answer: {error}")
        return
    with atomic() as session:
        held = lock_event(session, event_id)
        if held is None:
            return
        if ours:
            mark_processed(session, held)
        else:
            mark_ignored(session, held, "a movement of no payout here")


def _look(event_id: UUID) -> tuple[InboxEvent, TransferNews | BankPayoutNews] | None:
    """The event and what it says; None where it has come to its end."""
    with atomic() as session:
        event = lock_event(session, event_id)
        if event is None:
            return None
        try:
            news = registry.get(event.psp).interpret_money_out(event.payload)
        except UnreadableEvent as error:
            mark_dead(session, event, f"unreadable: {error}")
            return None
        if not isinstance(news, TransferNews | BankPayoutNews):
            mark_ignored(session, event, "it says nothing of a payout")
            return None
        return event, news
