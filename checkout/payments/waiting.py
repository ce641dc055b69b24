"""Payments that wait too long: the shopper is told once, a person is called, a review is reminded and in the end
closed. Set-based, a bounded number a run; each is done once, however many runs there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.ledger.balances import of_no_order
from checkout.ledger.chart import unapplied
from checkout.payments.ending import end_without_money
from checkout.payments.locked import LockedPayment, lock_payment
from checkout.payments.telling import calm_review, tell, warn
from checkout.tasks import ClaimedTask

TELL_AFTER: Final = timedelta(seconds=60)
GIVE_UP_AFTER: Final = timedelta(hours=24)  # cards
GIVE_UP_DEBIT_AFTER: Final = timedelta(days=14)  # bank debits, and whatever has not said what it is
GIVE_UP_PAGE_AFTER: Final = timedelta(hours=1)  # past its session's end
REMIND_AFTER: Final = timedelta(hours=24)
CLOSE_REVIEW_AFTER: Final = timedelta(hours=48)
BATCH: Final = 200


def tell_delays(session: Session, task: ClaimedTask) -> None:
    """Handles `payments.tell_delays`: after a minute in processing the shopper is told what happens next, once."""
    now = utcnow()
    due = _claim(
        session,
        """
        UPDATE payments SET delayed_at = %(now)s WHERE id IN (
            SELECT id FROM payments WHERE status = 'processing' AND delayed_at IS NULL AND processing_at <= %(limit)s
             ORDER BY processing_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
        RETURNING id
        """,
        now=now,
        limit=now - TELL_AFTER,
    )
    for payment in due:
        tell(session, payment, "payment.delayed", cause=task.cause)


def give_up_due(session: Session, task: ClaimedTask) -> None:
    """Handles `payments.give_up_due`: beyond what its method takes, or its page is open, a payment stays as it is and a
    person is called."""
    now = utcnow()
    due = _claim(
        session,
        """
        UPDATE payments SET given_up_at = %(now)s WHERE id IN (
            SELECT id FROM payments
             WHERE given_up_at IS NULL AND next_sync_at IS NOT NULL
               AND ((status = 'processing' AND processing_at <= CASE WHEN method = 'card'
                     THEN %(limit)s::timestamptz ELSE %(debit_limit)s::timestamptz END)
                 OR (status = 'awaiting_shopper' AND session_expires_at <= %(page_limit)s))
             ORDER BY created_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
        RETURNING id
        """,
        now=now,
        page_limit=now - GIVE_UP_PAGE_AFTER,
        limit=now - GIVE_UP_AFTER,
        debit_limit=now - GIVE_UP_DEBIT_AFTER,
    )
    for payment in due:
        detail = (
            f"The payment is {payment.status}, longer than its method takes or its page is open. Ask the PSP."
        )
        warn(session, payment, "payment_stuck", detail, amount=payment.amount)


def remind_reviews(session: Session, task: ClaimedTask) -> None:
    """Handles `payments.remind_reviews`: a review a day old is called for again, one two days old is closed."""
    now = utcnow()
    reminded = _claim(
        session,
        """
        UPDATE payments SET review_reminded_at = %(now)s WHERE id IN (
            SELECT id FROM payments
             WHERE status = 'in_review' AND review_reminded_at IS NULL AND review_opened_at <= %(limit)s
             ORDER BY review_opened_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
        RETURNING id
        """,
        now=now,
        limit=now - REMIND_AFTER,
    )
    for payment in reminded:
        detail = "This payment has been in review for a day. A day later it is canceled by itself."
        warn(session, payment, "review_due", detail, amount=payment.amount)
    overdue = _claim(
        session,
        """
        SELECT id FROM payments WHERE status = 'in_review' AND review_opened_at <= %(limit)s
         ORDER BY review_opened_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
        """,
        limit=now - CLOSE_REVIEW_AFTER,
    )
    for payment in overdue:
        close_review(session, payment, cause=task.cause, now=now)


def close_review(session: Session, payment: LockedPayment, *, cause: Cause, now: datetime) -> bool:
    """Ends a review without the money being the orders': they are canceled, and what was taken is to be given back."""
    if not end_without_money(session, payment, to="canceled", cause=cause, now=now):
        return False
    calm_review(session, payment, "The review ended without approval.", cause=cause)
    for amount in unapplied_amounts(session, payment.id):
        detail = f"The review ended without approval: {amount} go back to the shopper by themselves."
        warn(
            session,
            payment,
            "give_back",
            detail,
            severity="critical",
            amount=amount,
            about=f"{payment.public_id}:{amount.currency}",
        )
    return True


def unapplied_amounts(session: Session, payment_id: UUID) -> list[Money]:
    """What the PSP took for the payment without it being applied to its orders, by currency, and what is there of it:
    some may have gone back at the PSP, or to the shopper's bank."""
    rows = execute(
        session,
        """
        SELECT DISTINCT currency FROM payment_facts
         WHERE payment_id = %(id)s AND kind IN ('amount_mismatch', 'late_capture', 'second_charge') ORDER BY currency
        """,
        id=payment_id,
    )
    amounts = [-of_no_order(session, unapplied(payment_id), row.currency) for row in rows]
    return [amount for amount in amounts if amount]


def _claim(session: Session, sql: str, **parameters: Any) -> list[LockedPayment]:
    """The payments of one guarded statement: another run skips what this one holds."""
    rows = execute(session, sql, batch=BATCH, **parameters).all()
    return [lock_payment(session, row.id) for row in rows]


HANDLERS: Final[dict[str, Callable[[Session, ClaimedTask], None]]] = {
    "payments.tell_delays": tell_delays,
    "payments.give_up_due": give_up_due,
    "payments.remind_reviews": remind_reviews,
}
