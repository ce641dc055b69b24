"""Moments, days and durations as people read them. A moment has a zone beside it; a day is a day in every zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_interval, format_time

from checkout.wording.locales import locale_of


@dataclass(frozen=True, slots=True)
class Moment:
    """What a <time> element needs: the words, the exact time for machines, and UTC for whoever asks."""

    words: str
    machine: str
    utc: str


def moment(
    at: datetime, zone: ZoneInfo, locale_tag: str | None = None, *, now: datetime | None = None
) -> Moment:
    """The moment in a zone, with the zone's abbreviation; the day is left out where it is today."""
    local = at.astimezone(zone)
    clock = f"{format_time(local, 'short', locale=locale_of(locale_tag))} {local.tzname()}"
    today = now is not None and now.astimezone(zone).date() == local.date()
    words = clock if today else f"{day(local.date(), locale_tag)}, {clock}"
    return Moment(words=words, machine=machine(at), utc=f"{machine(at)[:19].replace('T', ' ')} UTC")


def day(on: date, locale_tag: str | None = None) -> str:
    """ "17 March 2026": a date, never shifted by anybody's zone."""
    return format_date(on, "long", locale=locale_of(locale_tag))


def days(first: date, last: date, locale_tag: str | None = None) -> str:
    """ "17–19 Mar": the days of a window, the last one included."""
    return format_interval(first, last, "MMMd", locale=locale_of(locale_tag))


def duration(span: timedelta) -> str:
    """ "2 days 4 h", "12 min": the two largest units, in words."""
    minutes = max(0, int(span.total_seconds())) // 60
    whole_days, hours, left = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if whole_days:
        return f"{whole_days} {'day' if whole_days == 1 else 'days'}" + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {left} min" if left else "")
    return f"{left} min"


def in_a_while(seconds: int) -> str:
    """ "Please try again in 4 minutes.": rounded up, so that nobody comes too early."""
    minutes = -(-seconds // 60)
    return f"Please try again in {minutes} {'minute' if minutes == 1 else 'minutes'}."


def machine(at: datetime) -> str:
    """ "2026-03-14T13:02:00Z": for attributes and files."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
