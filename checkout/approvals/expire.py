"""Proposals that nobody decided in time end by themselves, so that what waits for them is told."""

from __future__ import annotations

from sqlalchemy.orm import Session

from checkout.approvals.queries import lock
from checkout.approvals.states import APPROVAL
from checkout.approvals.telling import tell
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.db.statement import execute
from checkout.db.transitions import transition

BATCH = 100  # in one transaction; the next period takes the rest


def expire_due(session: Session, *, cause: Cause) -> int:
    """Ends up to a hundred of them; returns how many."""
    due = execute(
        session,
        """
        SELECT id FROM approvals WHERE status = 'pending' AND expires_at <= %(now)s
         ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        """,
        now=utcnow(),
        limit=BATCH,
    ).scalars()
    ended = [
        id
        for id in due
        if transition(session.connection(), APPROVAL, id, to="expired", cause=cause) is not None
    ]
    for id in ended:
        tell(session, lock(session, id), cause=cause)
    return len(ended)
