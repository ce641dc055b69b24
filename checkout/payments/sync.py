"""Ask the PSP about payments by ourselves, so that a lost webhook delays nobody: those that are due, or one now."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute, run
from checkout.payments import cadence
from checkout.payments.apply import apply_snapshot
from checkout.payments.errors import PspUnavailable
from checkout.payments.locked import LockedPayment, lock_payment
from checkout.payments.queries import PaymentView, get_view
from checkout.payments.settle import settle
from checkout.payments.states import UNREGISTERED
from checkout.payments.still_open import put_off_open
from checkout.payments.telling import warn
from checkout.psp import PaymentServiceProvider, PaymentSnapshot, PspError, registry
from checkout.tasks import ClaimedTask

CLAIMED: Final = 1_000  # payments a round: the PSP's list tells of most of them at once
BATCH: Final = (
    64  # asked about by themselves: with 8 askers and a PSP at its slowest still within a task's lease
)
ASKERS: Final = 8  # PSP calls at once
ROUNDS: Final = 20  # of a run; what is left is due at the next one, seconds later

log = structlog.get_logger(__name__)


def sync_due(task: ClaimedTask) -> None:
    """Handles `payments.sync_due`: asks about every payment whose time has come: by the PSP's list of open pages, and
    about those that are not on it one by one, several at once."""
    for _ in range(ROUNDS):
        due = claim_due()
        if not due:
            return
        left = put_off_open(due, psp=registry.current())
        _due_again(left[BATCH:])
        with ThreadPoolExecutor(ASKERS, thread_name_prefix="sync") as askers:
            answered = list(askers.map(_quietly(task.cause), left[:BATCH]))
        if left and not any(answered):
            return  # the PSP is away: the rest would only wait for it


def claim_due() -> list[UUID]:
    """The payments that are due, each put off first: two runs at once never ask about the same one."""
    now = utcnow()
    rows = run(
        """
        WITH due AS (
            SELECT id FROM payments
             WHERE next_sync_at <= %(now)s AND status IN ('awaiting_shopper', 'processing')
             ORDER BY next_sync_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        )
        UPDATE payments AS p SET next_sync_at = %(later)s FROM due WHERE p.id = due.id RETURNING p.id
        """,
        now=now,
        later=now + timedelta(seconds=cadence.SYNC_FAILED_SECONDS),
        limit=CLAIMED,
    )
    return [row.id for row in rows]


def _due_again(payment_ids: list[UUID]) -> None:
    """What this round has no time for is the next one's."""
    if payment_ids:
        run(
            "UPDATE payments SET next_sync_at = %(now)s WHERE id = ANY(%(ids)s) AND next_sync_at IS NOT NULL",
            ids=payment_ids,
            now=utcnow(),
        )


def refresh_payment(
    payment_id: UUID,
    *,
    cause: Cause,
    storefront_id: UUID | None = None,
    psp: PaymentServiceProvider | None = None,
) -> PaymentView:
    """Asks the PSP about one payment now, and shows what came of it.

    Raises:
        NotFound. PspUnavailable: the PSP gave no answer; nothing has changed.
    """
    view = get_view(payment_id, storefront_id=storefront_id)
    sync_payment(payment_id, psp=psp or registry.get(view.psp), cause=cause)
    if cause.kind in ("person", "cli", "key"):
        with atomic() as session:
            audit.record(session, actor=str(cause), action="payment.refresh", object=view.public_id)
    return get_view(payment_id)


def sync_payment(payment_id: UUID, *, psp: PaymentServiceProvider, cause: Cause) -> None:
    """Reads the payment from the PSP and applies what it says. One that is not registered yet is settled; one that
    was called off has its page closed.

    Raises:
        PspUnavailable: no answer.
    """
    row = run(
        "SELECT status, psp_session_id, cancel_requested_at, sync_attempts FROM payments WHERE id = %(id)s",
        id=payment_id,
    )[0]
    if row.status in UNREGISTERED:
        wait = settle(payment_id, psp=psp, cause=cause)
        if wait is not None:
            raise PspUnavailable("the PSP has not answered yet", retry_after_seconds=wait)
        return
    if row.psp_session_id is None:
        return  # it never reached the PSP: there is nothing to ask about
    try:
        if row.cancel_requested_at is not None and row.status == "awaiting_shopper":
            snapshot = close_page(psp, payment_id, row.psp_session_id, row.sync_attempts)
        else:
            snapshot = psp.fetch_payment(row.psp_session_id)
    except PspError as error:
        _put_off(payment_id)
        wait = error.retry_after_seconds or cadence.SYNC_FAILED_SECONDS
        raise PspUnavailable("the PSP has not answered", retry_after_seconds=wait) from error
    crash_point("payments.sync.after_psp_answer")
    retrying(lambda: record_answer(payment_id, snapshot, cause))
    crash_point("payments.sync.after_outcome")


def record_answer(payment_id: UUID, snapshot: PaymentSnapshot, cause: Cause) -> None:
    """Applies what the PSP showed, and says when to look again."""
    with atomic() as session:
        payment = lock_payment(session, payment_id)
        apply_snapshot(session, payment, snapshot, cause=cause)
        schedule_next(session, payment)


def close_page(
    psp: PaymentServiceProvider, payment_id: UUID, session_id: str, attempts: int | str
) -> PaymentSnapshot:
    """Closes the PSP's page. A page closes once, however often it is asked for: the key may differ from try to try,
    and must, since a PSP may keep a failure under a key."""
    return psp.expire_payment(session_id, f"{payment_id}:expire:{attempts}")


def schedule_next(session: Session, payment: LockedPayment) -> None:
    """Counts the look and says when the next one is due; an ended payment has none."""
    now = utcnow()
    attempts = payment.sync_attempts + 1
    row = execute(
        session,
        """
        UPDATE payments SET last_synced_at = %(now)s, sync_attempts = %(attempts)s WHERE id = %(id)s
        RETURNING status, session_expires_at
        """,
        id=payment.id,
        now=now,
        attempts=attempts,
    ).one()
    if row.status != payment.status:
        return  # the new state has set its own time
    due = cadence.next_sync(row.status, attempts=attempts, now=now, session_expires_at=row.session_expires_at)
    execute(session, "UPDATE payments SET next_sync_at = %(due)s WHERE id = %(id)s", id=payment.id, due=due)


def _quietly(cause: Cause) -> Callable[[UUID], bool]:
    """Asks about one payment; False where the PSP gave no answer, which the next run tries again."""

    def ask(payment_id: UUID) -> bool:
        try:
            sync_payment(payment_id, psp=registry.current(), cause=cause)
        except PspUnavailable:
            log.warning("payment.sync_unanswered", payment_id=str(payment_id))
            return False
        except (
            Exception
        ) as error:  # a fault about one payment: it is put off already, and stops no other's look
            log.exception("payment.sync_failed", payment_id=str(payment_id))
            _call_a_person(payment_id, error)
        return True

    return ask


def _call_a_person(payment_id: UUID, error: Exception) -> None:
    detail = f"What the PSP shows of this payment cannot be applied ({type(error).__name__}): it is not looked after."
    with atomic() as session:
        warn(session, lock_payment(session, payment_id), "payment_sync_failed", detail)


def _put_off(payment_id: UUID) -> None:
    """No answer: again soon, and counted, so that a page is closed under a fresh key."""
    now = utcnow()
    run(
        """
        UPDATE payments SET next_sync_at = %(due)s, sync_attempts = sync_attempts + 1
         WHERE id = %(id)s AND status IN ('awaiting_shopper', 'processing')
        """,
        id=payment_id,
        due=now + timedelta(seconds=cadence.SYNC_FAILED_SECONDS),
    )
