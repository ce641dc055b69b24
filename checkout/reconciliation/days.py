"""A PSP's business day. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

LOOK_AROUND: Final = 3  # files before and after in which a movement at the edge of a day may stand


def day_bounds(business_on: date) -> tuple[datetime, datetime]:
    """From midnight to midnight, UTC."""
    start = datetime.combine(business_on, time.min, tzinfo=UTC)
    return start, start + timedelta(days=1)


def is_late(business_on: date, now: datetime, *, after_days: int) -> bool:
    """Whether the day is so many days old."""
    return now.astimezone(UTC).date() >= business_on + timedelta(days=after_days)
