"""Decide a proposal: once, in time, and never by whoever made it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.approvals.queries import Approval, lock
from checkout.approvals.states import APPROVAL
from checkout.approvals.telling import tell
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import DomainError, InvalidParameter
from checkout.db.transitions import transition

REASON_LENGTH = 500


class FourEyesRequired(DomainError):
    """Whoever proposed it, themself or by a key of theirs, cannot decide it; a program decides nothing."""

    code = "four_eyes_required"


class InvalidApprovalState(DomainError):
    """It is decided, or nobody decided in time; carries its status."""

    code = "invalid_approval_state"


def approve(session: Session, id: UUID, *, by: Cause, reason: str | None = None) -> Approval:
    """Lets it happen: whoever waits for it is told, in a task of this transaction.

    Raises:
        NotFound. FourEyesRequired: `by` proposed it. InvalidApprovalState. InvalidParameter: the reason is too long.
    """
    return _decide(session, id, to="approved", by=by, reason=_checked(reason))


def reject(session: Session, id: UUID, *, by: Cause, reason: str) -> Approval:
    """Ends it: whoever waits for it is told, in a task of this transaction.

    Raises:
        NotFound. FourEyesRequired: `by` proposed it. InvalidApprovalState. InvalidParameter: there is no reason.
    """
    if not reason.strip():
        raise InvalidParameter.at("/reason", "a rejection says why")
    return _decide(session, id, to="rejected", by=by, reason=_checked(reason))


def withdraw(session: Session, id: UUID, *, by: Cause, reason: str | None = None) -> bool:
    """Ends it because what it was about is over: nobody is asked any more. False where it was decided before.

    Raises:
        NotFound. InvalidParameter: the reason is too long.
    """
    why = _checked(reason)
    if transition(session.connection(), APPROVAL, id, to="withdrawn", cause=by) is None:
        lock(session, id)
        return False
    ended = lock(session, id)
    audit.record(
        session,
        actor=str(by),
        action="approval.withdraw",
        object=ended.public_id,
        before={"status": "pending"},
        after={"status": ended.status, "kind": ended.kind, "subject": ended.subject},
        reason=why,
    )
    tell(session, ended, cause=by)
    return True


def _decide(session: Session, id: UUID, *, to: str, by: Cause, reason: str | None) -> Approval:
    found, now = lock(session, id), utcnow()
    if by.kind == "key":
        raise FourEyesRequired("a person decides this, not a program")
    if found.is_of(by.id):
        raise FourEyesRequired("whoever proposed this cannot decide it, nor whoever made the key that did")
    if found.expires_at <= now:
        raise InvalidApprovalState(f"nobody decided before {found.expires_at:%Y-%m-%d %H:%M} UTC")
    decision = {"decided_by": str(by), "decided_at": now, "reason": reason}
    if transition(session.connection(), APPROVAL, id, to=to, cause=by, set=decision) is None:
        raise InvalidApprovalState(f"the approval is {found.status}", extra={"approval_status": found.status})
    decided = lock(session, id)
    audit.record(
        session,
        actor=str(by),
        action=f"approval.{'approve' if to == 'approved' else 'reject'}",
        object=decided.public_id,
        before={"status": found.status},
        after={"status": to, "kind": found.kind, "subject": found.subject},
        reason=reason,
    )
    tell(session, decided, cause=by)
    return decided


def _checked(reason: str | None) -> str | None:
    text = (reason or "").strip()
    if len(text) > REASON_LENGTH:
        raise InvalidParameter.at("/reason", f"a reason has at most {REASON_LENGTH} characters")
    return text or None
