"""How much time is left until a deadline, as people say it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

TWO_DAYS: Final = timedelta(days=2)


def time_left(due_at: datetime, now: datetime) -> str:
    """ "in 3 days", "in 5 hours", "in 20 minutes", "the time has passed": rounded down, so that nobody comes too late.
    From two days on in days, below in hours."""
    left = due_at - now
    if left <= timedelta(0):
        return "the time has passed"
    if left >= TWO_DAYS:
        return f"in {left.days} days"
    hours = int(left.total_seconds()) // 3_600
    if hours:
        return f"in {hours} {'hour' if hours == 1 else 'hours'}"
    minutes = int(left.total_seconds()) // 60
    return f"in {minutes} {'minute' if minutes == 1 else 'minutes'}"
