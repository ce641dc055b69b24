"""The staged task behind every new payment: it finishes what nobody came back for, and answers the keys that wait."""

from __future__ import annotations

from uuid import UUID

from checkout import tasks
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import decode
from checkout.db.session import atomic, retrying
from checkout.payments import key as keys
from checkout.payments.answer import Renderer
from checkout.payments.queries import read_view
from checkout.payments.settle import settle
from checkout.psp import PaymentServiceProvider, registry
from checkout.tasks import ClaimedTask


def resume(task: ClaimedTask, *, render: Renderer) -> None:
    """Handles `payments.resume` {"payment": "pay_…"}; parked for as long as the PSP does not answer."""
    wait = resume_payment(
        decode("pay", task.args["payment"]), psp=registry.current(), render=render, cause=task.cause
    )
    if wait is not None:
        raise tasks.Park("the PSP has not answered yet", after_seconds=wait)


def resume_payment(
    payment_id: UUID, *, psp: PaymentServiceProvider, render: Renderer, cause: Cause
) -> int | None:
    """Settles the payment and answers its keys; or the seconds to wait before the next try."""
    wait = settle(payment_id, psp=psp, cause=cause)
    if wait is not None:
        return wait
    retrying(lambda: _answer_keys(payment_id, render))
    return None


def _answer_keys(payment_id: UUID, render: Renderer) -> None:
    with atomic() as session:
        keys.finish_all(session, read_view(session, payment_id), render, now=utcnow())
