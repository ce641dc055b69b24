"""What becomes of a payout before it is sent: a second person lets it go, or somebody calls it off."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from checkout import approvals, audit
from checkout.core.cause import Cause
from checkout.core.ids import decode
from checkout.payouts import funds, settle
from checkout.payouts.errors import InvalidPayoutState
from checkout.payouts.payout import Payout, lock_payout
from checkout.tasks import ClaimedTask


def approve_payout(session: Session, payout_id: UUID, *, by: Cause) -> None:
    """A second person lets the payout go.

    Raises:
        NotFound. InvalidPayoutState: it does not wait for anybody. FourEyesRequired: whoever asked for it.
    """
    payout = lock_payout(session, payout_id)
    if payout.status != "awaiting_approval" or payout.approval_id is None:
        raise InvalidPayoutState(f"the payout is {payout.status}", extra={"payout_status": payout.status})
    approvals.approve(session, payout.approval_id, by=by)
    _let_go(session, payout, by)


def reject_payout(session: Session, payout_id: UUID, *, by: Cause, reason: str) -> None:
    """A second person does not let the payout go: its amount is free again.

    Raises:
        NotFound. InvalidPayoutState: it does not wait for anybody. FourEyesRequired: whoever asked for it, who calls it
        off instead. InvalidParameter: there is no reason.
    """
    payout = lock_payout(session, payout_id)
    if payout.status != "awaiting_approval" or payout.approval_id is None:
        raise InvalidPayoutState(f"the payout is {payout.status}", extra={"payout_status": payout.status})
    approvals.reject(session, payout.approval_id, by=by, reason=reason)
    cancel_payout(session, payout_id, by=by, reason=reason)


def cancel_payout(session: Session, payout_id: UUID, *, by: Cause, reason: str | None = None) -> None:
    """Calls a payout off that has not been sent: its amount is free again, and nobody has to decide it any more.

    Raises:
        NotFound. InvalidPayoutState: it is on its way, or over.
    """
    payout = lock_payout(session, payout_id)
    if not settle.end(session, payout, "canceled", by):
        raise InvalidPayoutState(
            f"the payout is {payout.status}: only one that has not been sent can be called off",
            extra={"payout_status": payout.status},
        )
    if payout.approval_id is not None and payout.status == "awaiting_approval":
        approvals.withdraw(session, payout.approval_id, by=by, reason=reason or "the payout was called off")
    audit.record(
        session,
        actor=str(by),
        action="payout.cancel",
        object=payout.public_id,
        before={"status": payout.status},
        after={"status": "canceled"},
        reason=reason,
    )


def apply_decision(session: Session, task: ClaimedTask) -> None:
    """Handles `payouts.decided` {"approval": "apr_…"}: what a person decided elsewhere, or nobody in time."""
    decision = approvals.get_approval(decode("apr", task.args["approval"]))
    payout = lock_payout(session, decode("po", decision.subject))
    if payout.status != "awaiting_approval":
        return
    if decision.status == "approved":
        _let_go(session, payout, task.cause)
    elif decision.status in {"rejected", "expired"}:
        settle.end(session, payout, "canceled", task.cause)


def _let_go(session: Session, payout: Payout, cause: Cause) -> None:
    """Days may have passed: whether the platform has the money is looked at again."""
    if settle.move(session, payout, "reserved", cause, waiting_because=funds.PENDING):
        settle.stage(session, payout, cause)
