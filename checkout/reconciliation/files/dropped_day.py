"""Which business day a file that was put down is of: the one day in its name, else the newest day that its rows tell of."""

from __future__ import annotations

import re
from datetime import UTC, date
from typing import BinaryIO, Final

from checkout.reconciliation.days import is_of_our_time
from checkout.reconciliation.files.archives import unpacked
from checkout.reconciliation.files.opening import open_file
from checkout.reconciliation.formats.line import SettlementFileInvalid, SettlementLine

_DAY: Final = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2}|20\d{6})(?!\d)")  # 2026-03-14, 20260314


class NoDay(Exception):
    """Neither name nor rows say of which one day the file is; the message says why."""


def day_of(name: str, stream: BinaryIO, psp: str) -> date:
    """Adyen's batches are numbered and banks' statements named as the bank pleases: their rows say when they were.

    Raises:
        NoDay: two days in the name, or none and no row either.
    """
    found = set(_DAY.findall(name))
    if not found:
        return _newest(stream, psp)
    try:
        (text,) = found
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not is_of_our_time(day):
        raise NoDay("has no one day in its name, as in stripe-2026-03-14.csv")
    return day


def _newest(stream: BinaryIO, psp: str) -> date:
    """What cannot be read says nothing; why it cannot is said when it is taken in."""
    try:
        rows = open_file(unpacked(stream), psp).rows()
        newest = max((row.occurred_at for row in rows if isinstance(row, SettlementLine)), default=None)
    except SettlementFileInvalid as error:
        raise NoDay(f"has no day in its name, and cannot be read: it {error.detail}") from error
    if newest is None:
        raise NoDay("has no day in its name, as in stripe-2026-03-14.csv, and no row that says one")
    return newest.astimezone(UTC).date()
