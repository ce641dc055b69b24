"""What operators read of the tasks, and the replay of a dead one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.clock import utcnow, wallclock
from checkout.core.errors import DomainError, NotFound
from checkout.core.ids import oldest_at
from checkout.db.statement import execute, run
from checkout.tasks.ring import ring_after_commit

COLUMNS = "id, queue, kind, args, status, due_at, attempts, max_attempts, cause, last_error, created_at, finished_at"
LIST_LIMIT = 500
KEEP_DONE = timedelta(hours=24)
FORGET_BATCH = 5_000  # rows a statement: well within its time limit
FORGET_ROUNDS = 200  # a million rows a call


class TaskNotDead(DomainError):
    """Only dead tasks are replayed: the others run by themselves."""

    code = "invalid_task_state"


def list_tasks(*, status: str | None = None, kind: str | None = None, limit: int = 50) -> Sequence[Row[Any]]:
    """The newest tasks, at most 500."""
    return run(
        f"""
        SELECT {COLUMNS} FROM tasks
         WHERE (%(status)s::text IS NULL OR status = %(status)s) AND (%(kind)s::text IS NULL OR kind = %(kind)s)
         ORDER BY created_at DESC, id DESC LIMIT %(limit)s
        """,
        status=status,
        kind=kind,
        limit=min(limit, LIST_LIMIT),
    )


def get_task(id: UUID) -> Row[Any]:
    """One task.

    Raises:
        NotFound: there is none.
    """
    rows = run(f"SELECT {COLUMNS} FROM tasks WHERE id = %(id)s", id=id)
    if not rows:
        raise NotFound("no such task")
    return rows[0]


def replay_task(session: Session, id: UUID) -> None:
    """Makes a dead task ready again, with all its attempts.

    Raises:
        NotFound: there is none. TaskNotDead: it is not dead.
    """
    row = execute(session, "SELECT status, queue FROM tasks WHERE id = %(id)s FOR UPDATE", id=id).first()
    if row is None:
        raise NotFound("no such task")
    if row.status != "dead":
        raise TaskNotDead(f"the task is {row.status}, not dead")
    execute(
        session,
        "UPDATE tasks SET status = 'ready', attempts = 0, due_at = %(now)s, finished_at = NULL WHERE id = %(id)s",
        id=id,
        now=utcnow(),
    )
    ring_after_commit(session, row.queue)


def queues_with_due_tasks() -> list[str]:
    """The queues that have due tasks or lapsed leases: what the scheduler rings for."""
    rows = run(
        """
        SELECT DISTINCT queue FROM tasks
         WHERE (status = 'ready' AND due_at <= %(now)s) OR (status = 'claimed' AND lease_until < now())
        """,
        now=utcnow(),
    )
    return [row.queue for row in rows]


def forget_done() -> int:
    """Deletes tasks made more than a day ago that are done; dead ones stay. Returns how many.

    Ids sort by the time they were made, so the primary key finds the old ones.
    """
    before = oldest_at(wallclock() - KEEP_DONE)
    forgotten = 0
    for _ in range(FORGET_ROUNDS):
        rows = run(
            """
            DELETE FROM tasks WHERE id IN (
                SELECT id FROM tasks WHERE id < %(before)s AND status = 'done' ORDER BY id LIMIT %(limit)s)
            RETURNING 1
            """,
            before=before,
            limit=FORGET_BATCH,
        )
        forgotten += len(rows)
        if len(rows) < FORGET_BATCH:
            break
    return forgotten
