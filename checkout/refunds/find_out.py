"""What became of a request whose answer was lost and whose key the PSP has forgotten, or that was refused after an attempt
without an answer: looked up, never sent again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute
from checkout.psp import PaymentServiceProvider, PspError
from checkout.psp import Refund as PspRefund
from checkout.refunds import settle
from checkout.refunds.refund import Refund, lock_refund
from checkout.refunds.states import UNANSWERED

TWICE_APART: Final = timedelta(seconds=60)  # "not there" is believed when it was so a minute ago as well
LOOK_AGAIN_SECONDS: Final = 300.0
CONTRADICTED_WAIT_SECONDS: Final = 6 * 3_600.0  # only a person, or the PSP's own word, ends this


@dataclass(frozen=True, slots=True)
class Failure:
    """Why it did not go: our code, the PSP's, and the PSP's words."""

    code: str
    psp_code: str | None = None
    message: str | None = None


NOT_EXECUTED: Final = Failure("not_executed")


def look_up(refund: Refund, psp: PaymentServiceProvider, cause: Cause) -> float | None:
    """Ends `unknown`: found, or twice not there. The seconds to wait while the PSP does not say."""
    try:
        found = psp.find_refund(refund.public_id, refund.psp_intent_id or "")
    except PspError as error:
        return error.retry_after_seconds or LOOK_AGAIN_SECONDS
    if found is None and not _seen_missing_before(refund):
        retrying(lambda: _note_missing(refund))
        return TWICE_APART.total_seconds()
    return (
        None if retrying(lambda: _record(refund, found, cause, NOT_EXECUTED)) else CONTRADICTED_WAIT_SECONDS
    )


def after_refusal(
    refund: Refund, psp: PaymentServiceProvider, cause: Cause, failure: Failure
) -> float | None:
    """A refusal proves nothing of an attempt before it: so the PSP is asked first what there is. Not there: the refusal
    stands, at once where it answered the only attempt, else when it was not there a minute ago as well."""
    try:
        found = psp.find_refund(refund.public_id, refund.psp_intent_id or "")
    except PspError as error:
        return error.retry_after_seconds or LOOK_AGAIN_SECONDS
    is_only_attempt = refund.attempts == 0 and refund.status != "unknown"
    if found is None and not is_only_attempt and not _seen_missing_before(refund):
        retrying(lambda: _note_missing(refund))
        return TWICE_APART.total_seconds()
    return None if retrying(lambda: _record(refund, found, cause, failure)) else CONTRADICTED_WAIT_SECONDS


def _seen_missing_before(refund: Refund) -> bool:
    return refund.not_found_at is not None and utcnow() >= refund.not_found_at + TWICE_APART


def _note_missing(refund: Refund) -> None:
    with atomic() as session:
        execute(
            session,
            """
            UPDATE refunds SET not_found_at = COALESCE(not_found_at, %(now)s)
             WHERE id = %(id)s AND status IN ('submitted', 'unknown')
            """,
            id=refund.id,
            now=utcnow(),
        )


def _record(refund: Refund, found: PspRefund | None, cause: Cause, failure: Failure) -> bool:
    """False where what was found is not what was asked for. Where the refund has gone on since it was looked at, by its
    webhook or by another worker, nothing that was missing then is missed now."""
    with atomic() as session:
        locked = lock_refund(session, refund.id)
        if found is not None:
            return settle.record(session, locked, found, cause=cause)
        if locked.status in UNANSWERED and locked.psp_refund_id is None:
            settle.failed(
                session,
                locked,
                cause=cause,
                code=failure.code,
                psp_code=failure.psp_code,
                message=failure.message,
            )
    return True
