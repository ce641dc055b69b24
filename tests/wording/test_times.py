"""Moments in a zone, days in none."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from checkout.wording import times

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", "14 March 2026, 12:00 UTC"),
        ("Europe/Berlin", "14 March 2026, 13:00 CET"),
        ("America/Los_Angeles", "14 March 2026, 05:00 PDT"),
        ("Asia/Kolkata", "14 March 2026, 17:30 IST"),
        ("Pacific/Auckland", "15 March 2026, 01:00 NZDT"),
    ],
)
def test_a_moment_names_its_zone(zone: str, expected: str) -> None:
    """The zone's abbreviation stands beside the time; the tooltip and the machine have UTC."""
    said = times.moment(NOON, ZoneInfo(zone), "en-GB")

    assert (said.words, said.machine, said.utc) == (
        expected,
        "2026-03-14T12:00:00Z",
        "2026-03-14 12:00:00 UTC",
    )


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "01:30 CET"),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "03:30 CEST"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "02:30 CEST"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "02:30 CET"),
    ],
)
def test_the_hour_that_is_missing_or_doubled_is_told_apart(at: datetime, expected: str) -> None:
    """On the days the clocks change the abbreviation says which 02:30 is meant."""
    assert times.moment(at, ZoneInfo("Europe/Berlin"), "en-GB", now=at).words == expected


def test_today_is_left_out_in_the_zone_shown_not_in_utc() -> None:
    """23:30 UTC is tomorrow in Berlin."""
    late = datetime(2026, 3, 14, 23, 30, tzinfo=UTC)

    assert (
        times.moment(late, ZoneInfo("Europe/Berlin"), "en-GB", now=NOON).words == "15 March 2026, 00:30 CET"
    )


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("en-GB", "17–19 Mar"), ("de-DE", "17.–19. März"), ("ja-JP", "3月17日～19日"), ("ar", "17–19 مارس")],
)
def test_a_window_is_days_of_the_locale(locale: str, expected: str) -> None:
    assert times.days(date(2026, 3, 17), date(2026, 3, 19), locale) == expected


def test_a_window_of_one_day_is_that_day() -> None:
    assert times.days(date(2026, 3, 20), date(2026, 3, 20), "en-GB") == "20 Mar"


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(hours=3, minutes=5), "3 h 5 min"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=2, hours=4, minutes=9), "2 days 4 h"),
        (timedelta(seconds=-5), "0 min"),
    ],
)
def test_a_duration_is_said_in_words(span: timedelta, expected: str) -> None:
    assert times.duration(span) == expected
