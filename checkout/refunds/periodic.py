"""What happens to refunds by the clock: a look at those whose news may be lost, a push for those that nobody moves."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.psp import PaymentServiceProvider, PspError, registry
from checkout.refunds.apply_news import apply_refund
from checkout.refunds.refund import lock_refund, read_refund
from checkout.refunds.request import stage
from checkout.refunds.settle import LOOK_AGAIN
from checkout.tasks import ClaimedTask

LOOK_DUE: Final = "refunds.look_due"
STUCK_AFTER: Final = timedelta(hours=6)  # longer than any pause between two tries
LOOKS_AT_MOST: Final = 200  # calls a round; the next one goes on

log = structlog.get_logger(__name__)


def look_due(task: ClaimedTask) -> None:
    """Handles `refunds.look_due`: asks the PSP about refunds that are pending, or failed and not back yet, and wakes
    those whose task died."""
    psp = registry.current()
    for row in run(
        """
        SELECT id FROM refunds WHERE next_look_at <= %(now)s AND psp_refund_id IS NOT NULL
         ORDER BY next_look_at LIMIT %(limit)s
        """,
        now=utcnow(),
        limit=LOOKS_AT_MOST,
    ):
        look(row.id, psp=psp, cause=task.cause)
    _wake(task.cause)


def look(refund_id: UUID, *, psp: PaymentServiceProvider, cause: Cause) -> None:
    """Asks the PSP how a refund stands; its webhook may be lost."""
    refund = read_refund(refund_id)
    assert refund.psp_refund_id is not None
    run(
        "UPDATE refunds SET next_look_at = %(next)s WHERE id = %(id)s AND next_look_at IS NOT NULL",
        id=refund_id,
        next=utcnow() + LOOK_AGAIN,
    )
    try:
        apply_refund(psp.fetch_refund(refund.psp_refund_id), psp=psp, cause=cause)
    except PspError as error:
        log.info("refund.not_seen", refund_id=refund.public_id, error=type(error).__name__)


def _wake(cause: Cause) -> None:
    """A task that died leaves its refund behind: somebody goes on with it. Two who do so at once send the same request."""
    stuck = run(
        """
        SELECT id FROM refunds WHERE status IN ('requested', 'submitted', 'unknown') AND updated_at < %(before)s
         ORDER BY updated_at LIMIT %(limit)s
        """,
        before=utcnow() - STUCK_AFTER,
        limit=LOOKS_AT_MOST,
    )
    for row in stuck:
        with atomic() as session:
            refund = lock_refund(session, row.id)
            if refund.kind != "external":
                stage(session, refund, cause)
