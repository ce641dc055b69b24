"""Settle a payment whose registration was not answered: the same request under the same key inside the key's window,
a look-up by our reference after it. Never a request under a new key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute
from checkout.payments import cadence, registering
from checkout.payments.apply import apply_snapshot
from checkout.payments.ending import end_without_money
from checkout.payments.locked import lock_payment
from checkout.payments.registering import Outcome, Registration
from checkout.payments.telling import UNKNOWN_ALERT, calm, warn
from checkout.psp import PaymentServiceProvider, PaymentSnapshot, PspError

NEVER_REGISTERED: Final = "never_registered"
LOOK_UP_AFTER_ATTEMPTS: Final = 4  # a PSP that keeps failures under the key would repeat one for a day


def settle(payment_id: UUID, *, psp: PaymentServiceProvider, cause: Cause) -> int | None:
    """One more try. None once the payment is registered or has ended; else the seconds to wait before the next."""
    registration = registering.read_registration(payment_id)
    if registration is None:
        return None
    window = timedelta(hours=psp.capabilities.key_window_hours)
    crash_point("payments.resume.before_psp_call")
    if utcnow() >= registration.first_attempt_at + window:
        return _look_up(registration, psp, cause)
    return _repeat(registration, psp, cause)


def _repeat(registration: Registration, psp: PaymentServiceProvider, cause: Cause) -> int | None:
    outcome = registering.ask(psp, registration.request)
    crash_point("payments.resume.after_psp_answer")
    if _may_be_there(registration, outcome):
        try:
            found = _find(psp, registration, outcome)
        except PspError:
            found, outcome = None, registering.Unknown()  # nothing is decided without the look-up
        if found is not None:
            retrying(lambda: _apply(registration, found, cause))
            return None
    wait = retrying(lambda: _record_outcome(registration, outcome, cause))
    crash_point("payments.resume.after_outcome")
    return wait


def _record_outcome(registration: Registration, outcome: Outcome, cause: Cause) -> int | None:
    with atomic() as session:
        return _record(session, registration, outcome, cause, utcnow())


def _may_be_there(registration: Registration, outcome: Outcome) -> bool:
    """This attempt opened a page that contradicts the request; or an earlier one may have opened a page, although this
    one was refused or went unanswered again."""
    match outcome:
        case registering.Refused():
            return True
        case registering.Unknown(session_id):
            again = registration.status == "unknown" and registration.attempts >= LOOK_UP_AFTER_ATTEMPTS
            return session_id is not None or again
        case _:
            return False


def _find(
    psp: PaymentServiceProvider, registration: Registration, outcome: Outcome
) -> PaymentSnapshot | None:
    if isinstance(outcome, registering.Unknown) and outcome.session_id is not None:
        return psp.fetch_payment(outcome.session_id)
    return psp.find_payment(registration.request.reference, registration.first_attempt_at)


def _record(
    session: Session, registration: Registration, outcome: Outcome, cause: Cause, now: datetime
) -> int | None:
    payment_id = registration.payment_id
    match outcome:
        case registering.Registered(opened):
            registering.record_registered(session, payment_id, opened, cause=cause, now=now)
            if registration.cancel_requested_at is not None:
                _sync_soon(session, payment_id, now)
        case registering.Refused():
            registering.record_refused(session, payment_id, outcome, cause=cause, now=now)
        case registering.NotExecuted(wait):
            attempts = registering.record_not_executed(session, payment_id, now=now)
            return max(wait, cadence.settle_delay_seconds(attempts))
        case registering.Unknown():
            attempts = registering.record_unknown(session, payment_id, cause=cause, now=now)
            if attempts >= cadence.ALERT_AFTER_ATTEMPTS:
                _call_a_person(session, payment_id, attempts)
            return cadence.settle_delay_seconds(attempts)
    if registration.status == "unknown":
        payment = lock_payment(session, payment_id)
        calm(session, payment, UNKNOWN_ALERT, "The PSP has answered.", cause=cause)
    return None


def _look_up(registration: Registration, psp: PaymentServiceProvider, cause: Cause) -> int | None:
    """The key may be forgotten: sending again could open a second page. Not there counts when it is said twice."""
    try:
        found = psp.find_payment(registration.request.reference, registration.first_attempt_at)
    except PspError as error:
        return error.retry_after_seconds or cadence.NOT_FOUND_TWICE_AFTER_SECONDS
    crash_point("payments.resume.after_look_up")
    if found is not None:
        retrying(lambda: _apply(registration, found, cause))
        return None
    return retrying(lambda: _record_not_there(registration, cause))


def _record_not_there(registration: Registration, cause: Cause) -> int | None:
    now = utcnow()
    with atomic() as session:
        if registration.not_found_at is None:
            _remember_not_found(session, registration.payment_id, now)
            return cadence.NOT_FOUND_TWICE_AFTER_SECONDS
        since = (now - registration.not_found_at).total_seconds()
        if since < cadence.NOT_FOUND_TWICE_AFTER_SECONDS:
            return int(cadence.NOT_FOUND_TWICE_AFTER_SECONDS - since) + 1
        payment = lock_payment(session, registration.payment_id)
        last_error = {
            "code": NEVER_REGISTERED,
            "psp_code": None,
            "message": "the PSP never heard of it",
            "at": now.isoformat(),
        }
        end_without_money(session, payment, to="failed", cause=cause, now=now, last_error=last_error)
        calm(session, payment, UNKNOWN_ALERT, "The PSP never heard of the payment.", cause=cause)
    return None


def _apply(registration: Registration, found: PaymentSnapshot, cause: Cause) -> None:
    with atomic() as session:
        payment = lock_payment(session, registration.payment_id)
        apply_snapshot(session, payment, found, cause=cause)
        if registration.cancel_requested_at is not None:
            _sync_soon(session, registration.payment_id, utcnow())


def _sync_soon(session: Session, payment_id: UUID, now: datetime) -> None:
    """The shopper called the payment off while nobody knew its page: the sync closes it now."""
    execute(
        session,
        "UPDATE payments SET next_sync_at = %(now)s WHERE id = %(id)s AND status = 'awaiting_shopper'",
        id=payment_id,
        now=now,
    )


def _remember_not_found(session: Session, payment_id: UUID, now: datetime) -> None:
    execute(
        session,
        "UPDATE payments SET not_found_at = %(now)s, last_synced_at = %(now)s WHERE id = %(id)s",
        id=payment_id,
        now=now,
    )


def _call_a_person(session: Session, payment_id: UUID, attempts: int) -> None:
    payment = lock_payment(session, payment_id)
    detail = (
        f"The PSP has not answered {attempts} attempts to register the payment. The same request goes on."
    )
    warn(session, payment, UNKNOWN_ALERT, detail)
