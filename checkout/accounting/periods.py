"""Periods of the books: whole business days, as the company's accountant names them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from checkout.core.errors import InvalidParameter

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 9000  # a day further on could not be stored
_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})")
_DAYS: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.\.([0-9]{4}-[0-9]{2}-[0-9]{2})")


@dataclass(frozen=True, slots=True)
class Period:
    """From the first moment of `first_on` to the last of `last_on`, in the zone that business days are meant in."""

    first_on: date
    last_on: date
    zone: ZoneInfo

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.first_on, datetime.min.time(), self.zone)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it: a day may last 23 or 25 hours."""
        return datetime.combine(self.last_on + timedelta(days=1), datetime.min.time(), self.zone)

    @property
    def is_month(self) -> bool:
        return self == month_of(self.first_on, self.zone)

    @property
    def name(self) -> str:
        """ "2026-03", or "2026-03-01..2026-03-15"."""
        return f"{self.first_on:%Y-%m}" if self.is_month else f"{self.first_on}..{self.last_on}"


def month_of(day: date, zone: ZoneInfo) -> Period:
    """The calendar month of a business day."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1), zone)


def read_period(text: str, zone: ZoneInfo) -> Period:
    """
    Raises:
        InvalidParameter: it is neither a month nor two days in their order.
    """
    try:
        if found := _MONTH.fullmatch(text):
            return month_of(_within(date(int(found[1]), int(found[2]), 1)), zone)
        if found := _DAYS.fullmatch(text):
            first, last = (_within(date.fromisoformat(day)) for day in found.groups())
            if first <= last:
                return Period(first, last, zone)
    except ValueError:
        pass
    raise InvalidParameter.at("/period", "a period is 2026-03, or two days in order: 2026-03-01..2026-03-15")


def _within(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError("nobody keeps books of that year")
    return day
