"""Call a payment off before its money is captured: the wish is written, the PSP's page closed, then it is canceled.
A shopper who was faster wins: captured money is never canceled away."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute
from checkout.payments.errors import InvalidPaymentState, PspUnavailable
from checkout.payments.locked import lock_payment
from checkout.payments.queries import PaymentView, get_view
from checkout.payments.settle import settle
from checkout.payments.states import UNREGISTERED
from checkout.payments.sync import close_page, record_answer
from checkout.psp import PaymentServiceProvider, PspError, registry

CANCELABLE: Final = frozenset({"created", "unknown", "awaiting_shopper"})
TRY_AGAIN_SECONDS: Final = 5  # the sync closes a page that could not be closed at once


def cancel_payment(
    payment_id: UUID,
    *,
    cause: Cause,
    storefront_id: UUID | None = None,
    psp: PaymentServiceProvider | None = None,
) -> PaymentView:
    """Cancels the payment; canceling a canceled one answers the same.

    Raises:
        NotFound. InvalidPaymentState: the money is captured or on its way, or the payment has ended otherwise.
        PspUnavailable: the PSP gave no answer; the wish stays, and is carried out as soon as it does.
    """
    view = get_view(payment_id, storefront_id=storefront_id)
    if not retrying(lambda: _request(payment_id, cause)):
        return get_view(payment_id)
    crash_point("payments.cancel.after_request")
    provider = psp or registry.get(view.psp)
    if view.status in UNREGISTERED:
        wait = settle(payment_id, psp=provider, cause=cause)
        if wait is not None:
            raise PspUnavailable("the PSP has not answered yet", retry_after_seconds=wait)
    _close(payment_id, provider, cause)
    crash_point("payments.cancel.after_outcome")
    ended = get_view(payment_id)
    if ended.status != "canceled":
        raise _refusal(ended.public_id, ended.status)
    return ended


def _request(payment_id: UUID, cause: Cause) -> bool:
    """Writes the wish down under the lock; False where it is fulfilled already."""
    now = utcnow()
    with atomic() as session:
        payment = lock_payment(session, payment_id)
        if payment.status == "canceled":
            return False
        if payment.status not in CANCELABLE:
            raise _refusal(payment.public_id, payment.status)
        if payment.cancel_requested_at is None:
            execute(
                session,
                """
                UPDATE payments SET cancel_requested_at = %(now)s, updated_at = %(now)s, next_sync_at = %(due)s
                 WHERE id = %(id)s
                """,
                id=payment_id,
                now=now,
                due=now + timedelta(seconds=TRY_AGAIN_SECONDS),
            )
            audit.record(
                session,
                actor=str(cause),
                action="payment.cancel",
                object=payment.public_id,
                before={"status": payment.status},
            )
    return True


def _close(payment_id: UUID, psp: PaymentServiceProvider, cause: Cause) -> None:
    """Closes the PSP's page and applies what it shows then: closed, or paid a moment before."""
    with atomic() as session:
        payment = lock_payment(session, payment_id)
    if payment.status != "awaiting_shopper" or payment.psp_session_id is None:
        return
    try:
        snapshot = close_page(psp, payment_id, payment.psp_session_id, payment.sync_attempts)
    except PspError as error:
        wait = error.retry_after_seconds or TRY_AGAIN_SECONDS
        raise PspUnavailable("the PSP has not answered yet", retry_after_seconds=wait) from error
    crash_point("payments.cancel.after_psp_answer")
    retrying(lambda: record_answer(payment_id, snapshot, cause))


def _refusal(public_id: str, status: str) -> InvalidPaymentState:
    return InvalidPaymentState(f"{public_id} is {status}", extra={"payment_status": status})
