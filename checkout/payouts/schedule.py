"""When a seller is paid: a rhythm, laid on business days. Pure.

A date that falls on a closed day is paid on the business day before it. Each nominal date is a period: it is paid once.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final, Literal

from checkout.payouts.business_days import closed_because, on_or_before

Rhythm = Literal["manual", "daily", "weekly", "monthly"]
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LOOK_BACK_DAYS: Final = 40  # a missed monthly date is found, whatever the weekday and the month's length


@dataclass(frozen=True, slots=True)
class Schedule:
    """weekday: 0 is Monday, for weekly. day_of_month: 1 to 31, for monthly; a shorter month is paid on its last day.
    Below minimum_minor, in the currency's minor unit, nothing is paid and everything waits for the next date."""

    rhythm: Rhythm
    weekday: int = 4
    day_of_month: int = 1
    minimum_minor: int = 0

    def __post_init__(self) -> None:
        assert 0 <= self.weekday <= 6
        assert 1 <= self.day_of_month <= 31
        assert self.minimum_minor >= 0


@dataclass(frozen=True, slots=True)
class PayoutDate:
    """`period` is the date by the rhythm, `on` the business day it is paid on; `moved_because` where they differ."""

    period: date
    on: date
    moved_because: str | None


def next_dates(schedule: Schedule, currency: str, *, after: date, count: int = 3) -> tuple[PayoutDate, ...]:
    """The next payout days after a day, at most `count`; none of a manual schedule."""
    if schedule.rhythm == "manual":
        return ()
    coming = (placed for placed in _dates(schedule, currency, after) if placed.on > after)
    return tuple(islice(coming, count))


def due_period(schedule: Schedule, currency: str, *, today: date) -> PayoutDate | None:
    """The latest period whose day has come: also where the run of that very day did not happen."""
    if schedule.rhythm == "manual":
        return None
    begin = today - timedelta(days=LOOK_BACK_DAYS)
    due = None
    for placed in _dates(schedule, currency, begin):
        if placed.on > today:
            return due
        due = placed
    raise AssertionError("the dates do not end")


def in_words(schedule: Schedule) -> str:
    """ "weekly, on Friday", "monthly, on day 31 or the month's last"."""
    match schedule.rhythm:
        case "weekly":
            return f"weekly, on {WEEKDAYS[schedule.weekday]}"
        case "monthly" if schedule.day_of_month > 28:
            return f"monthly, on day {schedule.day_of_month} or the month's last"
        case "monthly":
            return f"monthly, on day {schedule.day_of_month}"
        case "daily":
            return "every business day"
        case _:
            return "when asked for"


def _dates(schedule: Schedule, currency: str, begin: date) -> Iterator[PayoutDate]:
    """All dates of the rhythm from a day on. The first may be paid before it."""
    for period in _periods(schedule, begin):
        on = on_or_before(period, currency)
        if schedule.rhythm == "daily":
            if on == period:  # a closed day is no period of its own
                yield PayoutDate(period, on, None)
        else:
            yield PayoutDate(period, on, closed_because(period, currency))


def _periods(schedule: Schedule, begin: date) -> Iterator[date]:
    day = begin
    while True:
        if (
            schedule.rhythm == "daily"
            or (schedule.rhythm == "weekly" and day.weekday() == schedule.weekday)
            or (
                schedule.rhythm == "monthly"
                and day.day == min(schedule.day_of_month, monthrange(day.year, day.month)[1])
            )
        ):
            yield day
        day += timedelta(days=1)
