"""The doorbell: after a commit, whoever staged work says which queue has some. The composition root says how.

A ring names no task: a lost, doubled or late one changes nothing, since the scheduler rings for due rows anyway.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from checkout.db.session import after_commit

DEFAULT_QUEUE = "default"
WEBHOOK_QUEUE = "webhooks"  # apart, so that a flood of webhooks never delays a payment's own tasks
MAIL_QUEUE = "mail"  # apart, since a slow mail server must hold up nothing else
QUEUES = (DEFAULT_QUEUE, WEBHOOK_QUEUE, MAIL_QUEUE)


def _silent(queue: str) -> None:
    """Nobody listens: tasks wait for the scheduler's ring."""


_ring: Callable[[str], None] = _silent
_RINGS = "rings"


def set_ring(ring: Callable[[str], None]) -> None:
    """Sets what a ring does. It must return at once and never raise."""
    global _ring
    _ring = ring


def ring(queue: str) -> None:
    _ring(queue)


def ring_after_commit(session: Session, queue: str) -> None:
    """Rings once for the queue when this transaction has committed."""
    queues: set[str] = session.info.setdefault(_RINGS, set())
    if queue not in queues:
        queues.add(queue)
        after_commit(session, lambda: ring(queue))
