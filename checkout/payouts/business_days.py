"""The days on which banks move money, by currency. Pure.

EUR has the closing days of T2, the euro's settlement system (ECB, "T2 calendar": weekends, New Year's Day, Good
Friday, Easter Monday, 1 May, 25 and 26 December). Other currencies have their weekend alone: national holidays differ
by bank, and a payout that meets one arrives a day later.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

SATURDAY_AND_SUNDAY: Final = frozenset({5, 6})
FRIDAY_AND_SATURDAY: Final = frozenset({4, 5})
WEEKENDS: Final = {
    currency: FRIDAY_AND_SATURDAY for currency in ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "QAR", "SAR")
}


def closed_because(day: date, currency: str) -> str | None:
    """Why banks do not move this currency on the day, in words; None on a business day."""
    if day.weekday() in WEEKENDS.get(currency, SATURDAY_AND_SUNDAY):
        return "weekend"
    return _t2_holidays(day.year).get(day) if currency == "EUR" else None


def on_or_before(day: date, currency: str) -> date:
    """The last business day up to the day: what is due on a closed day is paid before it, not after."""
    while closed_because(day, currency):
        day -= timedelta(days=1)
    return day


def later(day: date, days: int, currency: str) -> date:
    """So many business days after the day; of zero, the day itself or the first business day after it."""
    while closed_because(day, currency):
        day += timedelta(days=1)
    for _ in range(days):
        day += timedelta(days=1)
        while closed_because(day, currency):
            day += timedelta(days=1)
    return day


@lru_cache(maxsize=64)
def _t2_holidays(year: int) -> dict[date, str]:
    easter = easter_sunday(year)
    return {
        date(year, 1, 1): "New Year's Day",
        easter - timedelta(days=2): "Good Friday",
        easter + timedelta(days=1): "Easter Monday",
        date(year, 5, 1): "Labour Day",
        date(year, 12, 25): "Christmas Day",
        date(year, 12, 26): "26 December",
    }


def easter_sunday(year: int) -> date:
    """Easter of the Gregorian calendar: the anonymous algorithm of 1876 as J. Meeus, Astronomical Algorithms, gives it."""
    golden = year % 19
    century, in_century = divmod(year, 100)
    leaps, rest = divmod(century, 4)
    moon = (19 * golden + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * rest + 2 * (in_century // 4) - moon - in_century % 4) % 7
    correction = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * correction + 114, 31)
    return date(year, month, day + 1)
