"""Ends events whose task died without a word: its worker was killed at every attempt, or the database was away at the
last one. The dead task has its alert already; this keeps the count of what came in equal to what came to an end."""

from __future__ import annotations

from checkout.core.clock import utcnow
from checkout.db.statement import run
from checkout.tasks.ring import WEBHOOK_QUEUE

LIMIT = 1_000  # events a round; the next round takes the rest


def end_events_of_dead_tasks() -> int:
    """Marks them dead; replaying the task brings them back. Returns how many."""
    rows = run(
        """
        UPDATE inbox_events SET status = 'dead', reason = 'its task is dead', finished_at = %(now)s
         WHERE id IN (
            SELECT e.id FROM inbox_events e JOIN tasks t ON t.args ->> 'event' = e.id::text
             WHERE e.status IN ('received', 'parked') AND t.status = 'dead' AND t.queue = %(queue)s
             LIMIT %(limit)s)
        RETURNING id
        """,
        now=utcnow(),
        queue=WEBHOOK_QUEUE,
        limit=LIMIT,
    )
    return len(rows)
