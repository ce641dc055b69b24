"""What became of a request whose answer was lost and whose key the PSP has forgotten: looked up, never sent again."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute
from checkout.payouts import settle
from checkout.payouts.payout import Payout, lock_payout
from checkout.psp import BankPayout, PaymentServiceProvider, PspError, Transfer

TWICE_APART: Final = timedelta(seconds=60)  # "not there" is believed when it was so a minute ago as well
LOOK_AGAIN_SECONDS: Final = 300.0
SEARCH_MARGIN: Final = timedelta(hours=1)
LOST: Final = "not_executed"
CONTRADICTED_WAIT_SECONDS: Final = 6 * 3_600.0  # only a person, or the PSP's own word, ends this


def look_up(payout: Payout, psp: PaymentServiceProvider, cause: Cause) -> float | None:
    """Ends `unknown`: found, or twice not there. The seconds to wait while the PSP does not say."""
    try:
        found = _ask(payout, psp)
    except PspError as error:
        return error.retry_after_seconds or LOOK_AGAIN_SECONDS
    if found is None and not _seen_missing_before(payout):
        retrying(lambda: _note_missing(payout))
        return TWICE_APART.total_seconds()
    lost: dict[str, str | None] = {"failure_code": LOST}
    return None if retrying(lambda: _record(payout, found, cause, lost)) else CONTRADICTED_WAIT_SECONDS


def _ask(payout: Payout, psp: PaymentServiceProvider) -> Transfer | BankPayout | None:
    if payout.psp_transfer_id is None:
        return psp.find_transfer(payout.public_id)
    assert payout.payout_attempted_at is not None
    return psp.find_payout(
        payout.public_id,
        account=payout.psp_account,
        created_after=payout.payout_attempted_at - SEARCH_MARGIN,
    )


def after_refusal(
    payout: Payout, psp: PaymentServiceProvider, cause: Cause, failure: dict[str, str | None]
) -> float | None:
    """A refusal proves nothing of an attempt before it: keys are revoked and accounts closed after money has moved. So
    the PSP is asked first what there is. Not there: the refusal stands, at once where it answered the only attempt,
    else when it was not there a minute ago as well. The seconds to wait while that is open.
    """
    try:
        found = _ask(payout, psp)
    except PspError as error:
        return error.retry_after_seconds or LOOK_AGAIN_SECONDS
    is_only_attempt = payout.attempts == 0 and payout.status != "unknown"
    if found is None and not is_only_attempt and not _seen_missing_before(payout):
        retrying(lambda: _note_missing(payout))
        return TWICE_APART.total_seconds()
    return None if retrying(lambda: _record(payout, found, cause, failure)) else CONTRADICTED_WAIT_SECONDS


def _seen_missing_before(payout: Payout) -> bool:
    return payout.not_found_at is not None and utcnow() >= payout.not_found_at + TWICE_APART


def _note_missing(payout: Payout) -> None:
    with atomic() as session:
        execute(
            session,
            """
            UPDATE payouts SET not_found_at = COALESCE(not_found_at, %(now)s)
             WHERE id = %(id)s AND status IN ('submitting', 'transferred', 'unknown')
            """,
            id=payout.id,
            now=utcnow(),
        )


def _record(
    payout: Payout, found: Transfer | BankPayout | None, cause: Cause, failure: dict[str, str | None]
) -> bool:
    """False where what was found is not what was asked for. Where the payout has gone on since it was looked at, by its
    webhook or by another worker, nothing that was missing then is missed now."""
    with atomic() as session:
        locked = lock_payout(session, payout.id)
        match found:
            case Transfer():
                return settle.transferred(session, locked, found, cause=cause)
            case BankPayout():
                if not settle.is_the_one(session, locked, found):
                    return False
                settle.sent(session, locked, found, cause=cause)
            case None if (locked.status, locked.psp_transfer_id) != (payout.status, payout.psp_transfer_id):
                pass
            case None if locked.psp_transfer_id is None:
                settle.end(session, locked, "failed", cause, **failure)
            case None:
                # There is no bank payout, and its key is closed for good: the transfer is taken back.
                if locked.status == "unknown":
                    settle.move(session, locked, "transferred", cause)
                settle.comes_back(session, locked, cause=cause, failure=failure)
    return True
