"""Times as files write them, to UTC. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

FIRST_YEAR: Final = (
    2000  # a file from before is none of ours, and no date near the calendar's ends can overflow
)
LAST_YEAR: Final = 2199
_ONE = r"[0-9]{4}-[0-9]{2}-[0-9]{2} (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
PLAIN: Final = re.compile(rf"{_ONE}(?:\n{_ONE})*+")

# Short names as PSPs write them: the offset itself, and no rule of when it changes.
SHORT_ZONES: Final = {
    "UTC": 0, "GMT": 0, "BST": 60, "WET": 0, "WEST": 60, "CET": 60, "CEST": 120, "EET": 120, "EEST": 180,
    "EST": -300, "EDT": -240, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "BRT": -180,
    "SGT": 480, "HKT": 480, "JST": 540, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
}  # fmt: skip


class BadMoment(ValueError):
    """The text is no time that a settlement file may name."""


def zone(name: str) -> tzinfo:
    """
    Raises:
        BadMoment: no such zone.
    """
    if (minutes := SHORT_ZONES.get(name)) is not None:
        return timezone(timedelta(minutes=minutes))
    if name not in _names():
        raise BadMoment(f"{name[:40]!r} is no time zone that is known")
    return ZoneInfo(name)


def in_utc(at: datetime, local: tzinfo = UTC) -> datetime:
    """The time in UTC; one without a zone of its own is in `local`.

    Raises:
        BadMoment: it is out of all bounds.
    """
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise BadMoment(f"the year {at.year} is out of bounds")
    return (at.replace(tzinfo=local) if at.tzinfo is None else at).astimezone(UTC)


@lru_cache(maxsize=4096)
def moment(text: str, zone_name: str = "UTC") -> datetime:
    """ "2026-03-14 09:26:53" in "CET" is 08:26:53 in UTC.

    Raises:
        BadMoment: the text is no time, or the zone is not known.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadMoment(f"{text[:40]!r} is no time") from None
    return in_utc(at, zone(zone_name))


def all_in_utc(texts: Sequence[str]) -> list[str] | None:
    """Times such as "2026-03-14 09:26:53", all of them UTC, with their offset; None where one of them is written in another
    way, and has to be looked at by itself.

    Raises:
        BadMoment: one of the days is none.
    """
    distinct = set(texts)  # a busy second has many rows
    joined = "\n".join(distinct)
    if PLAIN.fullmatch(joined) is None or joined.count("\n") != len(distinct) - 1:
        return None
    for day in {text[:10] for text in distinct}:
        moment(day)
    if len(distinct) > len(texts) // 2:
        return [f"{text}+00:00" for text in texts]
    told = {text: f"{text}+00:00" for text in distinct}
    return [told[text] for text in texts]


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())
