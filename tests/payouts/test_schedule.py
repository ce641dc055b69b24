"""The days on which sellers are paid, against calendars that people have printed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.payouts.business_days import closed_because, easter_sunday, later, on_or_before
from checkout.payouts.schedule import Schedule, due_period, in_words, next_dates

WEEKLY = Schedule("weekly", weekday=4)


def days(schedule, currency, after, count=3):
    return [
        (d.on.isoformat(), d.moved_because) for d in next_dates(schedule, currency, after=after, count=count)
    ]


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (2024, "2024-03-31"),
        (2025, "2025-04-20"),
        (2026, "2026-04-05"),
        (2027, "2027-03-28"),
        (2038, "2038-04-25"),
    ],
)
def test_easter_is_where_the_calendars_have_it(year, sunday):
    """Also in 2038, its latest day for a long time."""
    assert easter_sunday(year).isoformat() == sunday


@pytest.mark.parametrize(
    ("day", "currency", "reason"),
    [
        ("2026-04-03", "EUR", "Good Friday"),
        ("2026-04-03", "USD", None),
        ("2026-04-06", "EUR", "Easter Monday"),
        ("2026-05-01", "EUR", "Labour Day"),
        ("2026-12-25", "EUR", "Christmas Day"),
        ("2026-11-21", "JPY", "weekend"),
        ("2026-11-20", "KWD", "weekend"),
        ("2026-11-22", "KWD", None),
        ("2026-11-23", "EUR", None),
    ],
)
def test_banks_are_closed_on_weekends_and_the_days_of_t2(day, currency, reason):
    """A Friday is a business day in Frankfurt and a day of rest in Kuwait."""
    assert closed_because(date.fromisoformat(day), currency) == reason


def test_a_weekly_payout_on_good_friday_is_paid_on_thursday():
    """And says why; the weeks beside it keep their Friday."""
    assert days(WEEKLY, "EUR", date(2026, 3, 19)) == [
        ("2026-03-20", None),
        ("2026-03-27", None),
        ("2026-04-02", "Good Friday"),
    ]


def test_daily_payouts_skip_closed_days():
    """Four days in a row at Easter: no payout of Monday's on the Thursday before."""
    assert days(Schedule("daily"), "EUR", date(2026, 4, 1)) == [
        ("2026-04-02", None),
        ("2026-04-07", None),
        ("2026-04-08", None),
    ]


def test_a_monthly_payout_on_the_31st_falls_on_the_last_day_of_a_short_month():
    """31 January 2027 is a Sunday, 28 February too: both are paid on the Friday before."""
    assert days(Schedule("monthly", day_of_month=31), "EUR", date(2026, 12, 31)) == [
        ("2027-01-29", "weekend"),
        ("2027-02-26", "weekend"),
        ("2027-03-31", None),
    ]


def test_the_leap_day_is_the_last_of_its_month():
    assert days(Schedule("monthly", day_of_month=30), "EUR", date(2028, 2, 1), 1) == [("2028-02-29", None)]


def test_a_run_that_did_not_happen_is_made_up_for():
    """On Monday the Friday before is due; its period is Friday's."""
    found = due_period(WEEKLY, "EUR", today=date(2026, 11, 23))

    assert found is not None
    assert (found.period, found.on) == (date(2026, 11, 20), date(2026, 11, 20))


def test_a_moved_period_is_due_from_its_new_day_on():
    """Thursday before Good Friday pays Friday's period; Wednesday still the week's before."""
    on_wednesday = due_period(WEEKLY, "EUR", today=date(2026, 4, 1))
    on_thursday = due_period(WEEKLY, "EUR", today=date(2026, 4, 2))

    assert on_wednesday is not None
    assert on_thursday is not None
    assert (on_wednesday.period, on_thursday.period) == (date(2026, 3, 27), date(2026, 4, 3))


def test_a_manual_schedule_has_no_dates():
    assert next_dates(Schedule("manual"), "EUR", after=date(2026, 1, 1)) == ()
    assert due_period(Schedule("manual"), "EUR", today=date(2026, 1, 1)) is None


def test_business_days_are_counted_over_weekends_and_easter():
    """Two business days after Thursday 2 April 2026 is Wednesday the 8th; of zero, the next open day."""
    assert later(date(2026, 4, 2), 2, "EUR") == date(2026, 4, 8)
    assert later(date(2026, 4, 4), 0, "EUR") == date(2026, 4, 7)
    assert on_or_before(date(2026, 4, 6), "EUR") == date(2026, 4, 2)


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (WEEKLY, "weekly, on Friday"),
        (Schedule("monthly", day_of_month=31), "monthly, on day 31 or the month's last"),
        (Schedule("monthly", day_of_month=15), "monthly, on day 15"),
        (Schedule("daily"), "every business day"),
        (Schedule("manual"), "when asked for"),
    ],
)
def test_a_schedule_is_said_in_words(schedule, words):
    assert in_words(schedule) == words


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(
        [Schedule("daily"), WEEKLY, Schedule("monthly", day_of_month=31), Schedule("weekly", weekday=6)]
    ),
    st.sampled_from(["EUR", "JPY", "KWD"]),
    st.dates(date(2026, 1, 1), date(2030, 12, 31)),
)
def test_every_date_is_open_later_than_the_last_and_due_on_its_own_day(schedule, currency, after):
    """What the preview promises is what the run of that day finds due."""
    dates = next_dates(schedule, currency, after=after, count=4)

    assert all(closed_because(d.on, currency) is None for d in dates)
    assert [d.on for d in dates] == sorted({d.on for d in dates})
    assert all(due_period(schedule, currency, today=d.on) == d for d in dates)
