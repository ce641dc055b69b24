"""Take a payout on, step by step: reserve taken, transfer, bank payout, and the way back where one of them fails.

Every step writes down that it is taken before it asks the PSP, and asks under the payout's own key. Whoever comes
again, after a crash or beside somebody else, sends the same request: the PSP does each thing once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import tasks
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.core.ids import decode
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute
from checkout.payouts import find_out, funds, settle, take_back
from checkout.payouts.attempts import growing_pause_seconds, key_is_good
from checkout.payouts.eligibility import NotPayable
from checkout.payouts.facts import against_paying
from checkout.payouts.find_out import CONTRADICTED_WAIT_SECONDS
from checkout.payouts.payout import Payout, lock_payout, read_payout
from checkout.payouts.wire import payout_request, transfer_request
from checkout.psp import (
    BankPayout,
    InsufficientFunds,
    InvalidRequest,
    OutcomeUnknown,
    PaymentServiceProvider,
    PspError,
    RateLimited,
    Transfer,
    Unavailable,
    registry,
)
from checkout.tasks import ClaimedTask

STEPS_AT_MOST: Final = 8  # a payout has five; more of them would be a circle
LONGEST_WAIT_SECONDS: Final = 6 * 3_600.0  # a pause may be lifted, or lengthened
FUNDS_WAIT_SECONDS: Final = 3_600  # the platform's money at the PSP grows by the day, not by the minute

Step = Callable[[Payout, PaymentServiceProvider, Cause], float | None]


def advance(task: ClaimedTask) -> None:
    """Handles `payouts.advance` {"payout": "po_…"}; parked for as long as the PSP does not answer."""
    wait = advance_payout(decode("po", task.args["payout"]), psp=registry.current(), cause=task.cause)
    if wait is not None:
        raise tasks.Park("the payout waits for the PSP", after_seconds=wait)


def advance_payout(payout_id: UUID, *, psp: PaymentServiceProvider, cause: Cause) -> float | None:
    """Takes the payout as far as it goes now; the seconds to wait before the next try, None where nothing is to do."""
    for _step in range(STEPS_AT_MOST):
        payout = read_payout(payout_id)
        step = STEPS.get(payout.status)
        if step is None:
            return None
        wait = step(payout, psp, cause)
        if wait is not None:
            return wait
    raise AssertionError(f"{payout.public_id} goes in a circle at {payout.status}")


def _begin(payout: Payout, psp: PaymentServiceProvider, cause: Cause) -> float | None:
    """From here on money may move: only where the platform has it, and the seller may be paid now as when it was made.
    A payout that waited for a person or for money may wait on: its bank account may be another one by now."""
    if payout.waiting_because == funds.PENDING and funds.shortfall(psp, payout.amount):
        return FUNDS_WAIT_SECONDS

    def unit() -> float | None:
        with atomic() as session:
            locked = lock_payout(session, payout.id)
            against = against_paying(session, locked)
            if against is not None:
                return _wait(session, locked, against)
            attempt = {"transfer_attempted_at": utcnow(), "waiting_because": None}
            settle.move(session, locked, "submitting", cause, **attempt)
            return None

    wait = retrying(unit)
    crash_point("payouts.after_submitting")
    return wait


def _wait(session: Session, payout: Payout, against: NotPayable) -> float:
    execute(
        session,
        "UPDATE payouts SET waiting_because = %(code)s WHERE id = %(id)s AND status = 'reserved'",
        code=against.code,
        id=payout.id,
    )
    if against.until is None:
        return FUNDS_WAIT_SECONDS
    return max(1.0, min((against.until - utcnow()).total_seconds(), LONGEST_WAIT_SECONDS))


def _transfer(payout: Payout, psp: PaymentServiceProvider, cause: Cause) -> float | None:
    assert payout.transfer_attempted_at is not None
    if not key_is_good(psp, payout.transfer_attempted_at):
        return _unknown(payout, cause)
    try:
        made = psp.create_transfer(transfer_request(payout))
    except (InvalidRequest, InsufficientFunds) as refusal:
        code = "not_covered" if isinstance(refusal, InsufficientFunds) else "refused"
        return find_out.after_refusal(payout, psp, cause, _failure(code, refusal))
    except (RateLimited, Unavailable) as wait:
        return _not_executed(payout, wait.retry_after_seconds)
    except OutcomeUnknown:
        return _unknown(payout, cause)
    crash_point("payouts.after_transfer_answer")
    if not retrying(lambda: _transferred(payout, made, cause)):
        return CONTRADICTED_WAIT_SECONDS
    crash_point("payouts.after_transferred")
    return None


def _pay_out(payout: Payout, psp: PaymentServiceProvider, cause: Cause) -> float | None:
    attempted_at = payout.payout_attempted_at
    if attempted_at is None:
        retrying(lambda: _note_attempt(payout))
    elif not key_is_good(psp, attempted_at):
        return _unknown(payout, cause)
    crash_point("payouts.before_payout")
    try:
        made = psp.create_payout(payout_request(payout))
    except (InvalidRequest, InsufficientFunds) as refusal:
        asked = read_payout(payout.id)  # with the attempt that was just noted
        return find_out.after_refusal(asked, psp, cause, _failure("refused", refusal))
    except (RateLimited, Unavailable) as wait:
        return _not_executed(payout, wait.retry_after_seconds)
    except OutcomeUnknown:
        return _unknown(payout, cause)
    crash_point("payouts.after_payout_answer")
    if not retrying(lambda: _sent(payout, made, cause)):
        return CONTRADICTED_WAIT_SECONDS
    crash_point("payouts.after_sent")
    return None


def _find_out(payout: Payout, psp: PaymentServiceProvider, cause: Cause) -> float | None:
    """The same request again while its key is good, then the look-up; never a new key."""
    is_transfer = payout.psp_transfer_id is None
    attempted_at = payout.transfer_attempted_at if is_transfer else payout.payout_attempted_at
    assert attempted_at is not None
    if key_is_good(psp, attempted_at):
        return _transfer(payout, psp, cause) if is_transfer else _pay_out(payout, psp, cause)
    return find_out.look_up(payout, psp, cause)


STEPS: Final[dict[str, Step]] = {
    "reserved": _begin,
    "submitting": _transfer,
    "transferred": _pay_out,
    "unknown": _find_out,
    "reversing": take_back.take_back,
}


def _transferred(payout: Payout, made: Transfer, cause: Cause) -> bool:
    with atomic() as session:
        return settle.transferred(session, lock_payout(session, payout.id), made, cause=cause)


def _sent(payout: Payout, made: BankPayout, cause: Cause) -> bool:
    with atomic() as session:
        locked = lock_payout(session, payout.id)
        if not settle.is_the_one(session, locked, made):
            return False
        settle.sent(session, locked, made, cause=cause)
        return True


def _failure(code: str, refusal: PspError) -> dict[str, str | None]:
    return {
        "failure_code": code,
        "failure_psp_code": refusal.psp_code,
        "failure_message": refusal.detail or None,
    }


def _note_attempt(payout: Payout) -> None:
    with atomic() as session:
        execute(
            session,
            """
            UPDATE payouts SET payout_attempted_at = %(now)s
             WHERE id = %(id)s AND status = 'transferred' AND payout_attempted_at IS NULL
            """,
            id=payout.id,
            now=utcnow(),
        )


def _unknown(payout: Payout, cause: Cause) -> float:
    """It may have been executed: the state says so, and the reserve stays."""

    def unit() -> None:
        with atomic() as session:
            settle.move(session, lock_payout(session, payout.id), "unknown", cause)

    retrying(unit)
    return _not_executed(payout, None)


def _not_executed(payout: Payout, wait_seconds: int | None) -> float:
    """How long until the next try: what the PSP asked for, else a growing pause."""
    pause = growing_pause_seconds(payout)
    return wait_seconds or pause
