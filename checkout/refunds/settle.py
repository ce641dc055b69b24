"""What is recorded of a refund when the PSP has said something of it: movements first, by their numbers, then the status
that its object implies. Each may come twice, late, or from two sides at once: the second time changes nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from checkout import tasks
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.db.statement import execute
from checkout.db.transitions import transition
from checkout.events.subscribers import RECHARGE_LOSSES
from checkout.orders.closing import close_spent
from checkout.orders.ship_rest import ship_rest
from checkout.psp import Refund as PspRefund
from checkout.refunds import books
from checkout.refunds.refund import Refund, lock_refund, parts_of
from checkout.refunds.request import end_flight
from checkout.refunds.states import REFUND
from checkout.refunds.telling import UNKNOWN_ALERT, calm, tell, warn
from checkout.refunds.words import FAILURES, failure_code

LOOK_AGAIN: Final = timedelta(hours=6)


def record(session: Session, refund: Refund, made: PspRefund, *, cause: Cause) -> bool:
    """Books what the PSP's object says. `refund` is locked. False where it is not what was asked for: a person must
    look, nothing goes on."""
    if given_up(refund, made) or not is_the_one(session, refund, made):
        return False
    _keep_names(session, refund, made)
    if refund.status == "unknown":
        calm(session, refund, UNKNOWN_ALERT, "The PSP's word has arrived.", cause=cause)
    _book_movements(session, refund, made, cause=cause)
    match made.status:
        case "pending":
            _pending(session, refund, cause=cause)
        case "succeeded":
            _succeeded(session, refund, cause=cause)
        case "failed":
            code = "canceled_at_psp" if made.psp_status == "canceled" else failure_code(made.failure_reason)
            failed(session, refund, cause=cause, code=code, psp_code=made.failure_reason)
    return True


def given_up(refund: Refund, made: PspRefund) -> bool:
    """Whether it was given back to the orders as never executed, and the PSP has executed it after all: then it is a
    refund of its own, for the orders may have been refunded otherwise."""
    is_news = refund.returned_at is not None and refund.psp_refund_id is None
    return is_news and made.status != "failed"


def is_the_one(session: Session, refund: Refund, made: PspRefund) -> bool:
    """Whether this is the PSP's refund of ours: of this amount, and the only one."""
    if refund.psp_refund_id in (None, made.id) and made.amount == refund.card:
        return True
    detail = f"{refund.card} were to go to the card; the PSP shows {made.id} of {made.amount}."
    warn(session, refund, "refund_contradicted", detail, severity="critical", amount=made.amount)
    return False


def failed(
    session: Session,
    refund: Refund,
    *,
    cause: Cause,
    code: str,
    psp_code: str | None = None,
    message: str | None = None,
) -> bool:
    """It is over. What lies between us and the PSP is the orders' again; what the PSP has sent comes back with its own
    number, later. False where it was over before."""
    columns: dict[str, Any] = {
        "failed_at": utcnow(),
        "failure_code": code,
        "failure_psp_code": psp_code,
        "failure_message": message,
        "next_look_at": utcnow() + LOOK_AGAIN,
    }
    moved = _move(session, refund, "failed", cause, **columns)
    _give_back(session, refund, cause=cause)
    if not moved:
        return False
    detail = f"{refund.card} did not reach the shopper. {FAILURES[code]}"
    warn(session, refund, "refund_failed", detail, amount=refund.card)
    tell(session, refund, "refund.failed", cause=cause, failure=code)
    return True


def never_begin(session: Session, refund: Refund, *, code: str, cause: Cause) -> None:
    """It was not let go, and nothing was taken yet: only what was counted is counted back."""
    now = utcnow()
    columns = {"failed_at": now, "failure_code": code, "returned_at": now}
    if not _move(session, refund, "failed", cause, **columns):
        return
    books.count_back(session, refund, parts_of(session, refund), cause=cause, now=now)
    _stage_recharge(session, refund, cause)
    tell(session, refund, "refund.failed", cause=cause, failure=code)


def _pending(session: Session, refund: Refund, *, cause: Cause) -> None:
    if _move(session, refund, "pending", cause, next_look_at=utcnow() + LOOK_AGAIN):
        tell(session, refund, "refund.pending", cause=cause)


def _succeeded(session: Session, refund: Refund, *, cause: Cause) -> None:
    now = utcnow()
    if not _move(session, refund, "succeeded", cause, succeeded_at=now, next_look_at=None):
        return
    end_flight(session, refund, now=now)
    tell(session, refund, "refund.succeeded", cause=cause)
    close_spent(session, refund.payment_id, cause=cause, now=now)
    ship_rest(session, refund.payment_id, cause=cause, now=now)


def _book_movements(session: Session, refund: Refund, made: PspRefund, *, cause: Cause) -> None:
    """By their numbers. One that was given back already without ever having been sent is booked with both its
    movements, or not yet."""
    bounced = made.failure_balance_transaction
    if made.balance_transaction is not None and (refund.returned_at is None or bounced is not None):
        if refund.kind == "external":
            books.take_external(session, refund, made, cause=cause, now=utcnow())
        else:
            books.send(session, refund, made, cause=cause)
    if bounced is not None:
        books.bounce(session, refund, bounced, cause=cause)


def _give_back(session: Session, refund: Refund, *, cause: Cause) -> None:
    now_at = lock_refund(session, refund.id)
    if now_at.status != "failed" or now_at.returned_at is not None or not now_at.card:
        return
    if not books.is_in_transit(session, now_at):
        return
    now = utcnow()
    books.return_card(session, now_at, cause=cause, now=now)
    _stage_recharge(session, now_at, cause)
    execute(
        session,
        "UPDATE refunds SET returned_at = %(now)s, next_look_at = NULL, updated_at = %(now)s WHERE id = %(id)s",
        id=refund.id,
        now=now,
    )


def _stage_recharge(session: Session, refund: Refund, cause: Cause) -> None:
    """A bank, or somebody with the PSP, may have taken the same money meanwhile, and found nothing left of the orders."""
    payment = encode("pay", refund.payment_id)
    key = f"{RECHARGE_LOSSES}:{refund.public_id}"
    tasks.enqueue(session, RECHARGE_LOSSES, {"payment": payment}, dedupe_key=key, cause=cause)


def _keep_names(session: Session, refund: Refund, made: PspRefund) -> None:
    execute(
        session,
        """
        UPDATE refunds SET psp_refund_id = %(psp_refund_id)s, not_found_at = NULL,
               balance_transaction = COALESCE(balance_transaction, %(number)s),
               failure_balance_transaction = COALESCE(failure_balance_transaction, %(failure_number)s)
         WHERE id = %(id)s
        """,
        id=refund.id,
        psp_refund_id=made.id,
        number=made.balance_transaction,
        failure_number=made.failure_balance_transaction,
    )


def _move(session: Session, refund: Refund, to: str, cause: Cause, **columns: Any) -> bool:
    """Changes the status where its rank rises."""
    changed = transition(session.connection(), REFUND, refund.id, to=to, cause=cause, set=columns)
    return changed is not None
