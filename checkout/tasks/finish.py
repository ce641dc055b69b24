"""End a claim: done, again later, parked, or dead. Each checks the fencing token, so a late worker changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from checkout.core.backoff import delay_seconds
from checkout.core.clock import utcnow
from checkout.db.statement import execute, run
from checkout.tasks.claim import ClaimedTask

ERROR_LENGTH = 2_000  # characters kept of an error: enough to see why, bounded in the row


class StaleToken(Exception):
    """The lease has passed and another worker holds the task: what this one did must roll back."""


class RetryLater(Exception):
    """Raised by a handler that knows when to try again; counts as an attempt."""

    def __init__(self, reason: str, *, after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.after_seconds = after_seconds


class Park(Exception):
    """Raised by a handler that waits for something else to happen first; does not count as an attempt."""

    def __init__(self, reason: str, *, after_seconds: float) -> None:
        super().__init__(reason)
        self.after_seconds = after_seconds


def finish(session: Session, task: ClaimedTask) -> None:
    """Marks the task done in the transaction of its effect.

    Raises:
        StaleToken: another worker has claimed it since; nothing of this transaction may stay.
    """
    done = execute(
        session,
        """
        UPDATE tasks SET status = 'done', lease_until = NULL, finished_at = %(now)s, last_error = NULL
         WHERE id = %(id)s AND status = 'claimed' AND fencing_token = %(token)s
        RETURNING id
        """,
        id=task.id,
        token=task.fencing_token,
        now=utcnow(),
    ).first()
    if done is None:
        raise StaleToken(f"task {task.id} was claimed again")


def finish_all(session: Session, batch: Sequence[ClaimedTask]) -> None:
    """Marks all of them done in the transaction of their effects.

    Raises:
        StaleToken: another worker has claimed one of them since; nothing of this transaction may stay.
    """
    done = execute(
        session,
        """
        UPDATE tasks AS t SET status = 'done', lease_until = NULL, finished_at = %(now)s, last_error = NULL
          FROM unnest(%(ids)s::uuid[], %(tokens)s::bigint[]) AS held (id, token)
         WHERE t.id = held.id AND t.status = 'claimed' AND t.fencing_token = held.token
        RETURNING t.id
        """,
        ids=[task.id for task in batch],
        tokens=[task.fencing_token for task in batch],
        now=utcnow(),
    ).all()
    if len(done) < len(batch):
        raise StaleToken(f"{len(batch) - len(done)} of {len(batch)} tasks were claimed again")


def retry(task: ClaimedTask, error: str, *, after_seconds: float | None = None) -> None:
    """Makes the task ready again after a backoff; the attempt counts."""
    wait = delay_seconds(task.attempts) if after_seconds is None else after_seconds
    _release(task, error, due_at=utcnow() + timedelta(seconds=wait), attempts=task.attempts)


def park(task: ClaimedTask, reason: str, *, after_seconds: float) -> None:
    """Makes the task ready again later; the attempt does not count."""
    _release(task, reason, due_at=utcnow() + timedelta(seconds=after_seconds), attempts=task.attempts - 1)


def give_back(unbegun: Sequence[ClaimedTask]) -> None:
    """Makes claimed tasks that were not begun ready again at once; their attempts do not count."""
    run(
        """
        UPDATE tasks AS t SET status = 'ready', lease_until = NULL, attempts = t.attempts - 1
          FROM unnest(%(ids)s::uuid[], %(tokens)s::bigint[]) AS given (id, token)
         WHERE t.id = given.id AND t.status = 'claimed' AND t.fencing_token = given.token
        """,
        ids=[task.id for task in unbegun],
        tokens=[task.fencing_token for task in unbegun],
    )


def bury(session: Session, task: ClaimedTask, error: str) -> bool:
    """Marks the task dead with its reason; False when another worker holds it by now."""
    dead = execute(
        session,
        """
        UPDATE tasks SET status = 'dead', lease_until = NULL, finished_at = %(now)s, last_error = %(error)s
         WHERE id = %(id)s AND status = 'claimed' AND fencing_token = %(token)s
        RETURNING id
        """,
        id=task.id,
        token=task.fencing_token,
        error=error[:ERROR_LENGTH],
        now=utcnow(),
    ).first()
    return dead is not None


def _release(task: ClaimedTask, error: str, *, due_at: datetime, attempts: int) -> None:
    run(
        """
        UPDATE tasks SET status = 'ready', lease_until = NULL, due_at = %(due_at)s, attempts = %(attempts)s,
               last_error = %(error)s
         WHERE id = %(id)s AND status = 'claimed' AND fencing_token = %(token)s
        """,
        id=task.id,
        token=task.fencing_token,
        due_at=due_at,
        attempts=attempts,
        error=error[:ERROR_LENGTH],
    )
