"""Apply what the PSP says of a payment: book its facts, then take the state that its objects imply.

Order and repetition cannot matter: a good fact may enter from every state before it, a bad end is taken only from a
snapshot read after the hint, and late or repeated news never takes a state back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.db.statement import execute
from checkout.db.transitions import transition
from checkout.payments import cadence
from checkout.payments.booking import book_charge, open_review
from checkout.payments.ending import BadEnd, end_without_money
from checkout.payments.locked import LockedPayment, lock_named
from checkout.payments.states import LIVE, PAYMENT, UNREGISTERED, way
from checkout.payments.telling import UNKNOWN_ALERT, calm, tell, warn
from checkout.psp import Charge, Decline, PaymentNews, PaymentSnapshot


def needs_snapshot(news: PaymentNews) -> bool:
    """A bad end, and a completion without its charge, are hints: the PSP is read before they are applied."""
    return news.kind in ("ended", "completed")


def apply_news(
    session: Session,
    news: PaymentNews,
    snapshot: PaymentSnapshot | None,
    *,
    cause: Cause,
    psp: str = "stripe",
) -> UUID | None:
    """Applies an event, and the snapshot that was read because of it, in the caller's transaction, under the payment's
    lock. Returns the payment, or None where the event names none of ours."""
    payment = lock_named(
        session,
        psp=psp,
        session_id=news.session_id or (snapshot.session_id if snapshot else None),
        intent_id=news.intent_id or (news.charge.intent_id if news.charge else None),
        reference=news.reference or (snapshot.reference if snapshot else None),
    )
    if payment is None:
        return None
    if news.livemode != payment.livemode:
        warn(
            session,
            payment,
            "livemode_differs",
            "An event of the other mode named this payment; it was not applied.",
        )
        return payment.id
    apply_to(session, payment, news, snapshot, cause=cause)
    return payment.id


def apply_snapshot(
    session: Session, payment: LockedPayment, snapshot: PaymentSnapshot, *, cause: Cause
) -> None:
    """Applies what was read from the PSP without an event."""
    news = PaymentNews(kind="none", session_id=snapshot.session_id, livemode=snapshot.livemode)
    apply_to(session, payment, news, snapshot, cause=cause)


def apply_to(
    session: Session,
    payment: LockedPayment,
    news: PaymentNews,
    snapshot: PaymentSnapshot | None,
    *,
    cause: Cause,
) -> None:
    """Facts first, then the state."""
    now = utcnow()
    if payment.status == "unknown":
        calm(session, payment, UNKNOWN_ALERT, "The PSP's word has arrived.", cause=cause)
    status = payment.status
    for charge in _charges(news, snapshot):
        status = book_charge(session, _at(payment, status), charge, cause=cause, now=now)
    _keep_names(session, payment, news, snapshot, intent_is_kept=status == "succeeded")
    crash_point("payments.apply.after_facts")
    payment = _at(payment, status)
    if status in LIVE:
        if snapshot is not None:
            _follow_snapshot(session, payment, snapshot, cause=cause, now=now)
        elif news.kind == "processing":
            _begin_processing(session, payment, cause=cause, now=now)
        if news.kind == "attempt_declined" and news.decline is not None:
            _keep_decline(session, payment, news.decline, now=now)
    crash_point("payments.apply.before_commit")


def _follow_snapshot(
    session: Session, payment: LockedPayment, snapshot: PaymentSnapshot, *, cause: Cause, now: datetime
) -> None:
    if payment.psp_session_id not in (None, snapshot.session_id):
        return  # another page that names the payment: its money was booked above, its end is not the payment's
    if snapshot.amount != payment.card_amount:
        detail = f"The PSP's page asks for {snapshot.amount} where {payment.card_amount} is due."
        warn(session, payment, "amount_mismatch", detail, severity="critical", amount=snapshot.amount)
        open_review(session, payment, cause=cause, now=now)
        return
    match snapshot.status:
        case "open":
            _await_shopper(session, payment, snapshot, cause=cause, now=now)
        case "processing":
            _begin_processing(session, payment, cause=cause, now=now)
        case "expired":
            to: BadEnd = "canceled" if payment.cancel_requested_at else "expired"
            _end(session, payment, to, snapshot.decline, cause=cause, now=now)
        case "failed" | "canceled":
            _end(session, payment, snapshot.status, snapshot.decline, cause=cause, now=now)
        case "succeeded":
            pass  # its charge was booked above; without one there is nothing to believe yet


def _await_shopper(
    session: Session, payment: LockedPayment, snapshot: PaymentSnapshot, *, cause: Cause, now: datetime
) -> None:
    """The page is there, though its address never reached us."""
    if payment.status not in UNREGISTERED:
        return
    columns = {
        "session_expires_at": snapshot.expires_at,
        "sync_attempts": 0,
        "next_sync_at": cadence.next_sync(
            "awaiting_shopper", attempts=0, now=now, session_expires_at=snapshot.expires_at
        ),
    }
    transition(
        session.connection(), PAYMENT, payment.id, to="awaiting_shopper", cause=cause, at=now, set=columns
    )


def _begin_processing(session: Session, payment: LockedPayment, *, cause: Cause, now: datetime) -> None:
    columns = {
        "processing_at": now,
        "last_error": None,
        "sync_attempts": 0,
        "next_sync_at": cadence.next_sync(
            "processing", attempts=0, now=now, session_expires_at=payment.session_expires_at
        ),
    }
    connection = session.connection()
    if (
        transition(connection, PAYMENT, payment.id, to="processing", cause=cause, at=now, set=columns)
        is not None
    ):
        tell(session, payment, "payment.processing", cause=cause)


def _end(
    session: Session,
    payment: LockedPayment,
    to: BadEnd,
    decline: Decline | None,
    *,
    cause: Cause,
    now: datetime,
) -> None:
    """Takes the way to the end that the machine allows: a step that we missed is taken on the way."""
    steps = way(payment.status, to)
    for step in steps[:-1]:
        columns = {"processing_at": now} if step == "processing" else {}
        transition(session.connection(), PAYMENT, payment.id, to=step, cause=cause, at=now, set=columns)
    if steps:
        last_error = last_error_document(decline, now) if decline else None
        end_without_money(
            session, payment, to=_bad_end(steps[-1]), cause=cause, now=now, last_error=last_error
        )


def _bad_end(status: str) -> BadEnd:
    ends: dict[str, BadEnd] = {"failed": "failed", "expired": "expired", "canceled": "canceled"}
    return ends[status]


def _keep_decline(session: Session, payment: LockedPayment, decline: Decline, *, now: datetime) -> None:
    """A declined attempt changes no state: the PSP's page lets the shopper try again."""
    execute(
        session,
        """
        UPDATE payments SET last_error = %(last_error)s, updated_at = %(now)s
         WHERE id = %(id)s AND status IN ('created', 'unknown', 'awaiting_shopper')
        """,
        id=payment.id,
        last_error=Jsonb(last_error_document(decline, now)),
        now=now,
    )


def last_error_document(decline: Decline, now: datetime) -> dict[str, Any]:
    return {
        "code": decline.code,
        "psp_code": decline.psp_code,
        "message": decline.message,
        "at": now.isoformat(),
    }


def _keep_names(
    session: Session,
    payment: LockedPayment,
    news: PaymentNews,
    snapshot: PaymentSnapshot | None,
    *,
    intent_is_kept: bool,
) -> None:
    """The PSP's ids, the page's address and the method, where they are news to us. A capture has kept its intent itself."""
    session_id = news.session_id or (snapshot.session_id if snapshot else None)
    intent_id = None if intent_is_kept else news.intent_id or (snapshot.intent_id if snapshot else None)
    hosted_url = snapshot.hosted_url if snapshot else None
    method = snapshot.method if snapshot else None
    if (
        method is None and news.charge is not None and payment.status not in LIVE
    ):  # else its booking has kept it
        method = news.charge.method
    news_to_us: Mapping[str, str | None] = {
        "psp_session_id": session_id if payment.psp_session_id is None else None,
        "psp_intent_id": intent_id if payment.psp_intent_id is None else None,
        "hosted_url": hosted_url if payment.hosted_url is None else None,
        "method": method if payment.method is None else None,
    }
    if any(news_to_us.values()):
        execute(
            session,
            """
            UPDATE payments SET psp_session_id = COALESCE(psp_session_id, %(psp_session_id)s),
                   psp_intent_id = COALESCE(psp_intent_id, %(psp_intent_id)s),
                   hosted_url = COALESCE(hosted_url, %(hosted_url)s), method = COALESCE(method, %(method)s)
             WHERE id = %(id)s
            """,
            id=payment.id,
            **news_to_us,
        )


def _charges(news: PaymentNews, snapshot: PaymentSnapshot | None) -> tuple[Charge, ...]:
    """The distinct charges that the event and the snapshot show."""
    shown = (news.charge, snapshot.charge if snapshot else None)
    return tuple({charge.id: charge for charge in shown if charge is not None}.values())


def _at(payment: LockedPayment, status: str) -> LockedPayment:
    return payment if payment.status == status else payment.in_status(status)
