"""Answered keys are kept for thirty days; those of unfinished work for ever."""

from __future__ import annotations

from checkout.core.clock import utcnow
from checkout.db.statement import run

KEEP_DAYS = 30
LIMIT = 20_000  # rows a call: one bounded statement


def forget_finished_keys() -> int:
    """Deletes keys that were answered more than thirty days ago. Returns how many."""
    rows = run(
        """
        DELETE FROM idempotency_keys WHERE (principal, key) IN (
            SELECT principal, key FROM idempotency_keys
             WHERE finished_at < %(now)s::timestamptz - make_interval(days => %(days)s) LIMIT %(limit)s)
        RETURNING 1
        """,
        now=utcnow(),
        days=KEEP_DAYS,
        limit=LIMIT,
    )
    return len(rows)
