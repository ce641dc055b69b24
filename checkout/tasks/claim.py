"""Take due tasks, each for a lease: rows another worker holds are skipped, rows whose lease has passed come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.db.statement import run

CLAIM_LIMIT = 500  # rows a claim takes at most: above it the lease could pass before the last one's turn


@dataclass(frozen=True, slots=True)
class ClaimedTask:
    """A task this worker holds until its lease passes; `fencing_token` proves it when the result is committed."""

    id: UUID
    queue: str
    kind: str
    args: dict[str, Any]
    attempts: int
    max_attempts: int
    fencing_token: int

    @property
    def cause(self) -> Cause:
        return Cause("task", encode("tsk", self.id))


def claim(queue: str, *, worker: str, lease_seconds: int, limit: int = 50) -> list[ClaimedTask]:
    """Claims up to `limit` due tasks of a queue, the longest due first.

    Due is business time; leases run on the database's clock, so that no process's clock can end another's lease.
    A claim counts as an attempt: a task that kills its worker each time ends dead instead of going round for ever.
    """
    assert 1 <= limit <= CLAIM_LIMIT
    rows = run(
        """
        WITH due AS (
            SELECT id FROM tasks
             WHERE queue = %(queue)s AND status = 'ready' AND due_at <= %(now)s
             ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        ), lapsed AS (
            SELECT id FROM tasks
             WHERE status = 'claimed' AND lease_until < now() AND queue = %(queue)s
             ORDER BY lease_until LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        )
        UPDATE tasks AS t
           SET status = 'claimed', claimed_by = %(worker)s, fencing_token = t.fencing_token + 1,
               attempts = t.attempts + 1, lease_until = now() + make_interval(secs => %(lease_seconds)s)
         WHERE t.id IN (SELECT id FROM due UNION ALL SELECT id FROM lapsed)
        RETURNING t.id, t.queue, t.kind, t.args, t.attempts, t.max_attempts, t.fencing_token, t.due_at
        """,
        queue=queue,
        worker=worker,
        lease_seconds=lease_seconds,
        limit=limit,
        now=utcnow(),
    )
    ordered = sorted(rows, key=lambda row: row.due_at)
    return [
        ClaimedTask(
            id=row.id,
            queue=row.queue,
            kind=row.kind,
            args=row.args,
            attempts=row.attempts,
            max_attempts=row.max_attempts,
            fencing_token=row.fencing_token,
        )
        for row in ordered
    ]
