"""One attempt to register a payment with the PSP, and what is recorded of its outcome. Shared by the first request,
whoever comes after a crash, and the staged task: all send the same stored request under the same key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.money import Money
from checkout.db.statement import execute, run
from checkout.db.transitions import transition
from checkout.payments import cadence
from checkout.payments.ending import end_without_money
from checkout.payments.hosted_page import stored_request
from checkout.payments.locked import lock_payment
from checkout.payments.states import PAYMENT, UNREGISTERED
from checkout.psp import (
    Contradicted,
    Declined,
    InvalidRequest,
    OutcomeUnknown,
    PaymentServiceProvider,
    RateLimited,
    RegisteredPayment,
    StoredRequest,
    Unavailable,
)
from checkout.shoppers import open_person

REFUSED = "psp_rejected"  # the last_error of a payment that the PSP would not open a page for
RETRY_AFTER_SECONDS = 5
READ = """
    SELECT p.id, p.status, p.amount_minor - p.wallet_amount_minor AS card_minor, p.currency, p.psp, p.psp_idempotency_key, p.psp_request,
           p.psp_first_attempt_at, p.psp_session_id, p.sync_attempts, p.not_found_at, p.cancel_requested_at,
           p.created_at, p.shopper_id, sh.key_sealed, sh.details
      FROM payments p JOIN shoppers sh ON sh.id = p.shopper_id WHERE p.id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class Registered:
    session: RegisteredPayment


@dataclass(frozen=True, slots=True)
class Refused:
    """The PSP will not have this request, however often it is sent."""

    reason: str
    psp_code: str | None
    message: str


@dataclass(frozen=True, slots=True)
class NotExecuted:
    """Nothing has happened at the PSP: the same request may be sent at any time."""

    retry_after_seconds: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have happened. `session_id`: it did, but the page's amount is not ours; the page is to be read again."""

    session_id: str | None = None


Outcome = Registered | Refused | NotExecuted | Unknown


@dataclass(frozen=True, slots=True)
class Registration:
    """What is stored of a payment that has to be registered."""

    payment_id: UUID
    status: str
    psp: str
    request: StoredRequest
    first_attempt_at: datetime
    attempts: int
    not_found_at: datetime | None
    cancel_requested_at: datetime | None


def read_registration(payment_id: UUID) -> Registration | None:
    """The stored request and where it stands; None where no answer to it is waited for any more: the shopper of such a
    payment may have been erased, and the request with them."""
    rows = run(READ, id=payment_id)
    if not rows or rows[0].status not in UNREGISTERED:
        return None
    row = rows[0]
    shopper = open_person(row.shopper_id, row.key_sealed, row.details)
    assert shopper is not None, "nobody is erased while a payment of theirs is open"
    return Registration(
        payment_id=row.id,
        status=row.status,
        psp=row.psp,
        request=stored_request(
            payment_id=row.id,
            idempotency_key=row.psp_idempotency_key,
            amount=Money(row.card_minor, row.currency),
            wire=row.psp_request,
            email=shopper.email,
        ),
        first_attempt_at=row.psp_first_attempt_at,
        attempts=row.sync_attempts,
        not_found_at=row.not_found_at,
        cancel_requested_at=row.cancel_requested_at,
    )


def ask(psp: PaymentServiceProvider, request: StoredRequest) -> Outcome:
    """Sends the stored request once. Never inside a transaction."""
    try:
        return Registered(psp.register_payment(request))
    except Declined as refusal:
        return Refused(refusal.reason, refusal.psp_code, refusal.detail)
    except InvalidRequest as refusal:
        return Refused(REFUSED, refusal.psp_code, refusal.detail)
    except RateLimited as wait:
        return NotExecuted(wait.retry_after_seconds or RETRY_AFTER_SECONDS)
    except Unavailable as wait:
        return NotExecuted(wait.retry_after_seconds or RETRY_AFTER_SECONDS)
    except Contradicted as contradiction:
        return Unknown(contradiction.session_id)
    except OutcomeUnknown:
        return Unknown()


def record_registered(
    session: Session, payment_id: UUID, registered: RegisteredPayment, *, cause: Cause, now: datetime
) -> int | None:
    """The PSP has opened a page: the shopper may go there. Returns the new version, or None where the PSP's word
    came before its answer; the page's address is kept all the same."""
    version = transition(
        session.connection(),
        PAYMENT,
        payment_id,
        to="awaiting_shopper",
        cause=cause,
        at=now,
        set=session_columns(registered, now),
    )
    if version is None:
        keep_page(session, payment_id, registered, now=now)
    return version


def keep_page(session: Session, payment_id: UUID, registered: RegisteredPayment, *, now: datetime) -> None:
    """The page's address, where the payment is beyond being registered."""
    execute(
        session,
        """
        UPDATE payments SET psp_session_id = COALESCE(psp_session_id, %(session_id)s),
               hosted_url = COALESCE(hosted_url, %(hosted_url)s), updated_at = %(now)s
         WHERE id = %(id)s
        """,
        id=payment_id,
        session_id=registered.session_id,
        hosted_url=registered.hosted_url,
        now=now,
    )


def session_columns(registered: RegisteredPayment, now: datetime) -> Mapping[str, Any]:
    return {
        "psp_session_id": registered.session_id,
        "hosted_url": registered.hosted_url,
        "session_expires_at": registered.expires_at,
        "sync_attempts": 0,
        "next_sync_at": cadence.next_sync(
            "awaiting_shopper", attempts=0, now=now, session_expires_at=registered.expires_at
        ),
    }


def record_refused(
    session: Session, payment_id: UUID, refused: Refused, *, cause: Cause, now: datetime
) -> None:
    """The payment has failed before the shopper saw a page: its orders are canceled."""
    last_error = {
        "code": refused.reason,
        "psp_code": refused.psp_code,
        "message": refused.message,
        "at": now.isoformat(),
    }
    payment = lock_payment(session, payment_id)
    end_without_money(session, payment, to="failed", cause=cause, now=now, last_error=last_error)


def record_unknown(session: Session, payment_id: UUID, *, cause: Cause, now: datetime) -> int:
    """The outcome is not known. Returns how many attempts there have been; the first one changes the state."""
    transition(session.connection(), PAYMENT, payment_id, to="unknown", cause=cause, at=now)
    return _count_attempt(session, payment_id, now)


def record_not_executed(session: Session, payment_id: UUID, *, now: datetime) -> int:
    """Nothing happened: the state stays, the attempt is counted."""
    return _count_attempt(session, payment_id, now)


def _count_attempt(session: Session, payment_id: UUID, now: datetime) -> int:
    row = execute(
        session,
        "SELECT sync_attempts + 1 AS attempts FROM payments WHERE id = %(id)s FOR UPDATE",
        id=payment_id,
    ).one()
    attempts: int = row.attempts
    execute(
        session,
        """
        UPDATE payments SET sync_attempts = %(attempts)s, next_sync_at = %(next)s, last_synced_at = %(now)s
         WHERE id = %(id)s AND status IN ('created', 'unknown')
        """,
        id=payment_id,
        attempts=attempts,
        next=now + timedelta(seconds=cadence.settle_delay_seconds(attempts)),
        now=now,
    )
    return attempts
