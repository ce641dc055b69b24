"""Apply an event about a seller's account at the PSP: a hint only, the account is read again, whatever the event's age."""

from __future__ import annotations

from uuid import UUID

import structlog

from checkout import tasks
from checkout.core.backoff import delay_seconds
from checkout.db.session import atomic
from checkout.inbox.event import InboxEvent, lock_event, mark_dead, mark_ignored, mark_processed
from checkout.psp import AccountNews, PspError, UnreadableEvent, registry
from checkout.sellers.account_facts import read_account, seller_of
from checkout.tasks import ClaimedTask

log = structlog.get_logger(__name__)


def apply_account_event(task: ClaimedTask) -> None:
    """Handles `inbox.account_event` {"event": id}. Owns its transactions; a task that is run again reads once more.

    Raises:
        RetryLater: the PSP does not answer now; after the last attempt the event is dead.
    """
    event_id = UUID(task.args["event"])
    found = _look(event_id)
    if found is None:
        return
    event, account_id = found
    try:
        read_account(event.psp, account_id, cause=event.cause)
    except PspError as error:
        if task.attempts < task.max_attempts:
            wait = max(error.retry_after_seconds or 0, delay_seconds(task.attempts))
            raise tasks.RetryLater(str(error), after_seconds=wait) from error
        _end(event_id, f"the PSP did not answer: {error}")
        return
    _end(event_id, None)


def _look(event_id: UUID) -> tuple[InboxEvent, str] | None:
    """The event and the account that it is about; None where it has come to its end."""
    with atomic() as session:
        event = lock_event(session, event_id)
        if event is None:
            return None
        try:
            news = registry.get(event.psp).interpret_money_out(event.payload)
        except UnreadableEvent as error:
            mark_dead(session, event, f"unreadable: {error}")
            return None
        if not isinstance(news, AccountNews) or seller_of(session, event.psp, news.account) is None:
            mark_ignored(session, event, "an account of no seller here")
            return None
        return event, news.account.id


def _end(event_id: UUID, reason: str | None) -> None:
    with atomic() as session:
        event = lock_event(session, event_id)
        if event is None:
            return
        if reason is None:
            mark_processed(session, event)
        else:
            log.error("inbox.event_dead", event_id=event.event_id, type=event.type)
            mark_dead(session, event, reason)
