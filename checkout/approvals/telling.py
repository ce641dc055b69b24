"""Who is told how a proposal ended: everybody by an event, whoever waits for this kind by a task of theirs."""

from __future__ import annotations

from sqlalchemy.orm import Session

from checkout.approvals.queries import Approval
from checkout.core.cause import Cause
from checkout.events import DomainEvent, emit
from checkout.events.subscribers import DECISIONS, QUEUE_OF
from checkout.tasks import enqueue
from checkout.tasks.ring import DEFAULT_QUEUE


def tell(session: Session, ended: Approval, *, cause: Cause) -> None:
    """Emits approval.<status>, and stages the tasks of its kind with {"approval": "apr_…"}."""
    data = {"kind": ended.kind, "subject": ended.subject}
    emit(session, DomainEvent(f"approval.{ended.status}", object=ended.public_id, data=data), cause=cause)
    for kind in DECISIONS.get(ended.kind, ()):
        enqueue(
            session,
            kind,
            {"approval": ended.public_id},
            queue=QUEUE_OF.get(kind, DEFAULT_QUEUE),
            cause=cause,
        )
