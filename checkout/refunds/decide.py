"""What becomes of a refund that waits for a second person."""

from __future__ import annotations

from sqlalchemy.orm import Session

from checkout import approvals
from checkout.core.clock import utcnow
from checkout.core.ids import decode
from checkout.db.transitions import transition
from checkout.orders.closing import close_spent
from checkout.orders.ship_rest import ship_rest
from checkout.refunds import settle
from checkout.refunds.payment import is_covered, payment_of
from checkout.refunds.refund import lock_refund
from checkout.refunds.request import let_go
from checkout.refunds.states import REFUND
from checkout.tasks import ClaimedTask


def apply_decision(session: Session, task: ClaimedTask) -> None:
    """Handles `refunds.decided` {"approval": "apr_…"}: approved, it goes as if it had been asked for now, where a bank or
    somebody at the PSP has not taken the money meanwhile; otherwise what was set aside for it is free again."""
    decision = approvals.get_approval(decode("apr", task.args["approval"]))
    refund = lock_refund(session, decode("re", decision.subject))
    if refund.status != "awaiting_approval":
        return
    if decision.status == "approved" and not is_covered(payment_of(session, refund.payment_id)):
        settle.never_begin(session, refund, code="not_left", cause=task.cause)
    elif decision.status == "approved":
        now = utcnow()
        transition(session.connection(), REFUND, refund.id, to="requested", cause=task.cause, at=now)
        let_go(session, lock_refund(session, refund.id), cause=task.cause)
        close_spent(session, refund.payment_id, cause=task.cause, now=now)
        ship_rest(session, refund.payment_id, cause=task.cause, now=now)
    elif decision.status in {"rejected", "expired", "withdrawn"}:
        settle.never_begin(session, refund, code="not_approved", cause=task.cause)
