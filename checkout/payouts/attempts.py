"""How often and how long the same request is sent under its one key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from checkout.core.backoff import delay_seconds
from checkout.core.clock import utcnow
from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.payouts.payout import Payout
from checkout.psp import PaymentServiceProvider

WINDOW_MARGIN: Final = timedelta(hours=1)  # a key is not trusted in its last hour
FIRST_PAUSE_SECONDS: Final = 5.0
LONGEST_PAUSE_SECONDS: Final = 3_600.0


def key_is_good(psp: PaymentServiceProvider, attempted_at: datetime) -> bool:
    """Whether the PSP still remembers what it did under the key that was first used then."""
    return utcnow() < attempted_at + timedelta(hours=psp.capabilities.key_window_hours) - WINDOW_MARGIN


def growing_pause_seconds(payout: Payout) -> float:
    """Counts the attempt, and how long to wait before the next one."""
    with atomic() as session:
        attempts: int = execute(
            session,
            "UPDATE payouts SET attempts = attempts + 1 WHERE id = %(id)s RETURNING attempts",
            id=payout.id,
        ).scalar_one()
    return delay_seconds(attempts, base=FIRST_PAUSE_SECONDS, cap=LONGEST_PAUSE_SECONDS)
