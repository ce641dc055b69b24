"""What forms about settlement say: of which PSP, and which day that has passed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from checkout.core import clock

FIRST: Final = date(2000, 1, 1)


def read_day(text: str) -> date | None:
    """A day such as 2026-03-14 that has begun; None for anything else."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if FIRST <= day <= clock.utcnow().date() else None


def days_asked(values: Mapping[str, str], *names: str) -> dict[str, date]:
    """The days among the values of filters that have been read."""
    return {name: date.fromisoformat(values[name]) for name in names if name in values}
