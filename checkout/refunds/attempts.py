"""How often and how long the same request is sent under its one key."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from checkout.core.backoff import delay_seconds
from checkout.core.clock import utcnow
from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.psp import PaymentServiceProvider
from checkout.refunds.refund import Refund

WINDOW_MARGIN: Final = timedelta(hours=1)  # a key is not trusted in its last hour
FIRST_PAUSE_SECONDS: Final = 5.0
LONGEST_PAUSE_SECONDS: Final = 3_600.0


def key_is_good(psp: PaymentServiceProvider, refund: Refund) -> bool:
    """Whether the PSP still remembers what it did under the refund's key."""
    assert refund.attempted_at is not None, "no request was sent yet"
    window = timedelta(hours=psp.capabilities.key_window_hours)
    return utcnow() < refund.attempted_at + window - WINDOW_MARGIN


def growing_pause_seconds(refund: Refund) -> float:
    """Counts the attempt, and how long to wait before the next one."""
    with atomic() as session:
        attempts: int = execute(
            session,
            "UPDATE refunds SET attempts = attempts + 1 WHERE id = %(id)s RETURNING attempts",
            id=refund.id,
        ).scalar_one()
    return delay_seconds(attempts, base=FIRST_PAUSE_SECONDS, cap=LONGEST_PAUSE_SECONDS)
