"""Send a refund to the PSP, and find out what became of it where its answer was lost.

It is written down that it is sent before it is sent, always under the refund's own key. Whoever comes again, after a crash
or beside somebody else, sends the same request: the PSP gives the money back once.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from checkout import tasks
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.core.ids import decode
from checkout.db.session import atomic, retrying
from checkout.db.transitions import transition
from checkout.psp import (
    InsufficientFunds,
    InvalidRequest,
    OutcomeUnknown,
    PaymentServiceProvider,
    PspError,
    RateLimited,
    RefundContradicted,
    Unavailable,
    registry,
)
from checkout.psp import Refund as PspRefund
from checkout.refunds import find_out, settle
from checkout.refunds.attempts import growing_pause_seconds, key_is_good
from checkout.refunds.find_out import CONTRADICTED_WAIT_SECONDS, Failure
from checkout.refunds.refund import Refund, lock_refund, read_refund
from checkout.refunds.states import REFUND
from checkout.refunds.telling import UNKNOWN_ALERT, warn
from checkout.refunds.wire import request_of
from checkout.tasks import ClaimedTask

STEPS_AT_MOST: Final = 4
LOOK_AFTER_ATTEMPTS: Final = 4  # some minutes of the same request without an answer


def submit(task: ClaimedTask) -> None:
    """Handles `refunds.submit` {"refund": "re_…"}; parked for as long as the PSP does not answer."""
    wait = submit_refund(decode("re", task.args["refund"]), psp=registry.current(), cause=task.cause)
    if wait is not None:
        raise tasks.Park("the refund waits for the PSP", after_seconds=wait)


def submit_refund(refund_id: UUID, *, psp: PaymentServiceProvider, cause: Cause) -> float | None:
    """Takes the refund as far as it goes now; the seconds to wait before the next try, None where nothing is to do."""
    for _step in range(STEPS_AT_MOST):
        refund = read_refund(refund_id)
        match refund.status:
            case "requested":
                _begin(refund, cause)
            case "submitted" | "unknown" if key_is_good(psp, refund):
                return _ask(refund, psp, cause)
            case "submitted" | "unknown":
                return find_out.look_up(refund, psp, cause)
            case _:
                return None
    raise AssertionError(f"{refund_id} goes in a circle")


def _begin(refund: Refund, cause: Cause) -> None:
    """From here on money may move."""

    def unit() -> None:
        with atomic() as session:
            lock_refund(session, refund.id)
            attempt = {"attempted_at": utcnow()}
            transition(session.connection(), REFUND, refund.id, to="submitted", cause=cause, set=attempt)

    retrying(unit)
    crash_point("refunds.after_submitted")


def _ask(refund: Refund, psp: PaymentServiceProvider, cause: Cause) -> float | None:
    try:
        made = psp.create_refund(request_of(refund))
    except (InvalidRequest, InsufficientFunds) as refusal:
        return find_out.after_refusal(refund, psp, cause, _failure(refusal))
    except (RateLimited, Unavailable) as wait:
        return wait.retry_after_seconds or growing_pause_seconds(refund)
    except RefundContradicted as wrong:
        _unknown(refund, cause, wrong)
        return _contradicted(refund, wrong)
    except OutcomeUnknown as unknown:
        return _unanswered(refund, psp, cause, unknown)
    crash_point("refunds.after_answer")
    if not retrying(lambda: _record(refund, made, cause)):
        return CONTRADICTED_WAIT_SECONDS
    crash_point("refunds.after_recorded")
    return None


def _record(refund: Refund, made: PspRefund, cause: Cause) -> bool:
    with atomic() as session:
        return settle.record(session, lock_refund(session, refund.id), made, cause=cause)


def _unanswered(
    refund: Refund, psp: PaymentServiceProvider, cause: Cause, error: OutcomeUnknown
) -> float | None:
    """The same request goes on; after some times without an answer the PSP is also asked what there is, for one that
    keeps failures under a key repeats them for a day, and a person is told."""
    wait = _unknown(refund, cause, error)
    if refund.attempts < LOOK_AFTER_ATTEMPTS:
        return wait
    try:
        found = psp.find_refund(refund.public_id, refund.psp_intent_id or "")
    except PspError:
        found = None
    if found is not None:
        return None if retrying(lambda: _record(refund, found, cause)) else CONTRADICTED_WAIT_SECONDS
    retrying(lambda: _call_somebody(refund))
    return wait


def _call_somebody(refund: Refund) -> None:
    with atomic() as session:
        detail = (
            f"The PSP has not answered {refund.attempts} requests for the refund. The same request goes on."
        )
        warn(session, refund, UNKNOWN_ALERT, detail, amount=refund.card)


def _contradicted(refund: Refund, error: RefundContradicted) -> float:
    detail = f"{refund.card} were asked for; the PSP answered with {error.refund_id}: {error.detail}"
    with atomic() as session:
        warn(session, refund, "refund_contradicted", detail, severity="critical", amount=refund.card)
    return CONTRADICTED_WAIT_SECONDS


def _unknown(refund: Refund, cause: Cause, error: OutcomeUnknown) -> float:
    """It may have been executed: the state says so, and what was taken stays taken."""

    def unit() -> None:
        with atomic() as session:
            lock_refund(session, refund.id)
            transition(session.connection(), REFUND, refund.id, to="unknown", cause=cause)

    retrying(unit)
    return error.retry_after_seconds or growing_pause_seconds(refund)


def _failure(refusal: PspError) -> Failure:
    code = "not_covered" if isinstance(refusal, InsufficientFunds) else "refused"
    return Failure(code, refusal.psp_code, refusal.detail or None)
