"""The platform's own calendar: the day that people mean by "today", in the business time zone (BUSINESS_TZ). What is due or
overdue goes by it, on pages, in emails and over the API alike. A PSP's business day is another thing, and UTC's."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from checkout.core.clock import utcnow

DEFAULT_ZONE = "Europe/Berlin"

_zone = ZoneInfo(DEFAULT_ZONE)


def configure(zone: str) -> None:
    """The name of the zone, as `Europe/Berlin`."""
    global _zone
    _zone = ZoneInfo(zone)


def today() -> date:
    return day_of(utcnow())


def day_of(moment: datetime) -> date:
    """The day on which it is that moment here; it bears its offset."""
    return moment.astimezone(_zone).date()
