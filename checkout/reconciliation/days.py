"""A PSP's business day. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from checkout.core.errors import InvalidParameter
from checkout.reconciliation.formats.moments import FIRST_YEAR, LAST_YEAR

LOOK_AROUND: Final = 3  # files before and after in which a movement at the edge of a day may stand


def is_of_our_time(business_on: date) -> bool:
    """Whether anything can be reckoned around the day: at the calendar's ends there is no day before or after."""
    return FIRST_YEAR <= business_on.year <= LAST_YEAR


def refuse_odd(business_on: date) -> None:
    """
    Raises:
        InvalidParameter: a day on which nothing was ever settled, or will be.
    """
    if not is_of_our_time(business_on):
        raise InvalidParameter.at(
            "/business_on", f"must be a day of the years {FIRST_YEAR} to {LAST_YEAR}", "out_of_range"
        )


def day_bounds(business_on: date) -> tuple[datetime, datetime]:
    """From midnight to midnight, UTC."""
    start = datetime.combine(business_on, time.min, tzinfo=UTC)
    return start, start + timedelta(days=1)


def is_late(business_on: date, now: datetime, *, after_days: int) -> bool:
    """Whether the day is so many days old."""
    return now.astimezone(UTC).date() >= business_on + timedelta(days=after_days)
