"""One calendar for what people are told is due."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from checkout.core import business_day, clock


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", date(2026, 3, 16)),
        ("UTC", date(2026, 3, 15)),
        ("Asia/Tokyo", date(2026, 3, 16)),
        ("America/Los_Angeles", date(2026, 3, 15)),
    ],
)
def test_today_is_the_day_of_the_business_zone(zone, day):
    """At half past eleven in the evening, UTC."""
    now = datetime(2026, 3, 15, 23, 30, tzinfo=UTC)
    business_day.configure(zone)
    clock.configure(offset_seconds=int((now - datetime.now(UTC)).total_seconds()))
    try:
        assert (business_day.today(), business_day.day_of(now)) == (day, day)
    finally:
        business_day.configure(business_day.DEFAULT_ZONE)
        clock.configure(offset_seconds=0)
