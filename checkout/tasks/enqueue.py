"""Stage tasks in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import new_uuid
from checkout.db.arrays import json_array, uuid_array
from checkout.db.statement import execute
from checkout.tasks.ring import DEFAULT_QUEUE, ring_after_commit

MAX_ATTEMPTS = 8  # with the default backoff about an hour and a half before a person is called


def enqueue(
    session: Session,
    kind: str,
    args: Mapping[str, Any],
    *,
    cause: Cause,
    queue: str = DEFAULT_QUEUE,
    due_at: datetime | None = None,
    max_attempts: int = MAX_ATTEMPTS,
    dedupe_key: str | None = None,
) -> UUID | None:
    """Writes a task row that commits or vanishes with the caller's transaction; rings afterwards if it is due now.

    args: plain JSON values, ids rather than personal data. dedupe_key: while a task with that key is ready or
    claimed, no second one is written and None is returned.
    """
    now = utcnow()
    row = execute(
        session,
        """
        INSERT INTO tasks (id, queue, kind, args, due_at, max_attempts, dedupe_key, cause, created_at)
        VALUES (%(id)s, %(queue)s, %(kind)s, %(args)s, %(due_at)s, %(max_attempts)s, %(dedupe_key)s, %(cause)s,
                %(now)s)
        ON CONFLICT (dedupe_key) WHERE dedupe_key IS NOT NULL AND status IN ('ready', 'claimed') DO NOTHING
        RETURNING id
        """,
        id=new_uuid(),
        queue=queue,
        kind=kind,
        args=Jsonb(dict(args)),
        due_at=due_at or now,
        max_attempts=max_attempts,
        dedupe_key=dedupe_key,
        cause=str(cause),
        now=now,
    ).first()
    if row is None:
        return None
    if due_at is None or due_at <= now:
        ring_after_commit(session, queue)
    task_id: UUID = row[0]
    return task_id


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task that is due at once and is not told apart from others of its kind."""

    kind: str
    args: Mapping[str, Any]
    queue: str = DEFAULT_QUEUE


def enqueue_many(session: Session, tasks: Sequence[NewTask], *, cause: Cause) -> None:
    """As enqueue(), for many tasks in one statement. Rings once for each queue."""
    if not tasks:
        return
    execute(
        session,
        """
        INSERT INTO tasks (id, queue, kind, args, due_at, max_attempts, cause, created_at)
        SELECT t.id, t.queue, t.kind, t.args, %(now)s, %(max_attempts)s, %(cause)s, %(now)s
          FROM unnest(%(ids)s::uuid[], %(queues)s::text[], %(kinds)s::text[],
                      ARRAY(SELECT jsonb_array_elements(%(args)s::jsonb)))
               AS t (id, queue, kind, args)
        """,
        ids=uuid_array(new_uuid() for _ in tasks),
        queues=[task.queue for task in tasks],
        kinds=[task.kind for task in tasks],
        args=json_array(task.args for task in tasks),
        max_attempts=MAX_ATTEMPTS,
        cause=str(cause),
        now=utcnow(),
    )
    for queue in {task.queue for task in tasks}:
        ring_after_commit(session, queue)
