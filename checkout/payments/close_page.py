"""Closes the PSP's page of a payment that a person looks at: nobody shall pay what may be rejected a moment later."""

from __future__ import annotations

from checkout import tasks
from checkout.core.backoff import delay_seconds
from checkout.core.ids import decode
from checkout.db.session import retrying
from checkout.payments.queries import get_view
from checkout.payments.sync import close_page, record_answer
from checkout.psp import PspError, registry
from checkout.tasks import ClaimedTask

UNDER_WAY_SECONDS = 3_600  # a bank debit takes days; its webhook mostly says it sooner


def close_reviewed_page(task: ClaimedTask) -> None:
    """Handles `payments.close_page` {"payment": "pay_…"}. What the page shows then is booked, also where the shopper
    was faster, and however long their bank takes."""
    payment = get_view(decode("pay", task.args["payment"]))
    if payment.psp_session_id is None:
        return
    try:
        snapshot = close_page(
            registry.get(payment.psp), payment.id, payment.psp_session_id, f"review:{task.attempts}"
        )
    except PspError as error:
        wait = max(error.retry_after_seconds or 0, delay_seconds(task.attempts))
        raise tasks.RetryLater(str(error), after_seconds=wait) from error
    retrying(lambda: record_answer(payment.id, snapshot, task.cause))
    if snapshot.status == "processing":
        raise tasks.Park(
            "the shopper was faster, and their money is on its way", after_seconds=UNDER_WAY_SECONDS
        )
