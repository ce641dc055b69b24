"""Remind of disputes that wait for an answer: three days, two days and one day before their time passes, once each."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from checkout.core.clock import utcnow
from checkout.db.session import atomic
from checkout.db.statement import execute, run
from checkout.disputes.dispute import Dispute, lock_dispute
from checkout.disputes.states import ANSWERABLE, round_of
from checkout.disputes.telling import tell
from checkout.tasks import ClaimedTask

REMIND_DUE: Final = "disputes.remind_due"
HOURS: Final = (24, 48, 72)
AT_MOST: Final = 500  # a round; the next one, an hour later, takes the rest

DUE: Final = """
    SELECT id FROM disputes
     WHERE status = ANY(%(answerable)s) AND NOT past_due AND kind <> 'bank_return'
       AND evidence_due_at > %(now)s AND evidence_due_at <= %(horizon)s
     ORDER BY evidence_due_at LIMIT %(limit)s
"""
ANSWERED: Final = """
    SELECT 1 FROM dispute_answers WHERE dispute_id = %(id)s AND round = %(round)s AND status <> 'refused'
"""


def remind_due(task: ClaimedTask) -> None:
    """Handles `disputes.remind_due`: an event for each dispute that has come nearer its end by a step."""
    now = utcnow()
    rows = run(
        DUE,
        answerable=sorted(ANSWERABLE),
        now=now,
        horizon=now + timedelta(hours=max(HOURS)),
        limit=AT_MOST,
    )
    for row in rows:
        with atomic() as session:
            dispute = lock_dispute(session, row.id)
            step = step_of(dispute)
            if (
                step is None
                or execute(session, ANSWERED, id=dispute.id, round=round_of(dispute.status)).first()
            ):
                continue
            execute(
                session,
                "UPDATE disputes SET reminded_hours = %(step)s WHERE id = %(id)s",
                id=dispute.id,
                step=step,
            )
            due_at = dispute.evidence_due_at
            assert due_at is not None, "it has a step"
            tell(
                session,
                dispute,
                "dispute.evidence_due_soon",
                cause=task.cause,
                hours=step,
                evidence_due_at=due_at.isoformat(),
            )


def step_of(dispute: Dispute) -> int | None:
    """Which reminder is due now: 72, 48 or 24 hours; None where it was given, or its time is far or past."""
    if dispute.evidence_due_at is None or dispute.status not in ANSWERABLE:
        return None
    left = dispute.evidence_due_at - utcnow()
    if left <= timedelta(0):
        return None
    step = next((hours for hours in HOURS if left <= timedelta(hours=hours)), None)
    if step is None or (dispute.reminded_hours is not None and dispute.reminded_hours <= step):
        return None
    return step
