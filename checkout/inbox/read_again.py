"""Apply an event whose word alone does not do: ask the PSP how the payment stands, outside any transaction, then apply
its answer."""

from __future__ import annotations

from uuid import UUID

import structlog

from checkout import tasks
from checkout.core.backoff import delay_seconds
from checkout.core.crash_points import crash_point
from checkout.db.session import atomic, retrying
from checkout.inbox.event import (
    InboxEvent,
    KnownPayment,
    known_payment,
    lock_event,
    mark_dead,
    mark_processed,
)
from checkout.payments.apply import apply_news
from checkout.psp import InvalidRequest, PaymentNews, PaymentSnapshot, PspError, registry
from checkout.tasks import ClaimedTask

log = structlog.get_logger(__name__)


def read_and_apply(task: ClaimedTask) -> None:
    """Owns its transactions: first what the event is about, then the question, then the effect with the event's end.

    Raises:
        RetryLater: the PSP does not answer now; after the last attempt the event is dead.
    """
    event_id = UUID(task.args["event"])
    found = _look(event_id)
    if found is None:
        return
    event, news, payment = found
    session_id = news.session_id or payment.session_id
    if payment.status == "succeeded":
        snapshot = None
    elif session_id is None:
        raise tasks.RetryLater("the payment's session is not known yet")
    else:
        snapshot = _ask(event, session_id, task)
        if snapshot is None:
            return
    crash_point("inbox.read_again.after_psp_answer")
    retrying(lambda: _record(event_id, news, snapshot))
    crash_point("inbox.read_again.after_effect")


def _look(event_id: UUID) -> tuple[InboxEvent, PaymentNews, KnownPayment] | None:
    with atomic() as session:
        event = lock_event(session, event_id)
        if event is None:
            return None
        news = registry.get(event.psp).interpret(event.payload)
        payment = known_payment(session, event.psp, news)
        assert payment is not None, "handed over for a payment that was known, and none is ever deleted"
        return event, news, payment


def _ask(event: InboxEvent, session_id: str, task: ClaimedTask) -> PaymentSnapshot | None:
    """The PSP's answer; None where there will never be one, and the event has been ended for it."""
    try:
        return registry.get(event.psp).fetch_payment(session_id)
    except InvalidRequest as error:
        _bury(event, f"the PSP does not know the session: {error}")
    except PspError as error:
        if task.attempts < task.max_attempts:
            wait = max(error.retry_after_seconds or 0, delay_seconds(task.attempts))
            raise tasks.RetryLater(str(error), after_seconds=wait) from error
        _bury(event, f"the PSP did not answer: {error}")
    return None


def _bury(event: InboxEvent, reason: str) -> None:
    log.error("inbox.event_dead", event_id=event.event_id, type=event.type)
    with atomic() as session:
        if lock_event(session, event.id) is not None:
            mark_dead(session, event, reason)


def _record(event_id: UUID, news: PaymentNews, snapshot: PaymentSnapshot | None) -> None:
    with atomic() as session:
        event = lock_event(session, event_id)
        if event is None:
            return
        apply_news(session, news, snapshot, cause=event.cause, psp=event.psp)
        mark_processed(session, event)
