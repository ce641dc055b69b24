"""Which months a seller can have statements of: from the first movement of a currency to the last month that is over."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from checkout.core.ids import encode
from checkout.db.statement import run
from checkout.statements.movements import month_after

MONTHS_AT_MOST: Final = 36  # older ones are asked for by their address

FIRST: Final = """
    SELECT a.currency, min(e.effective_at) AS at
      FROM ledger_accounts a
      JOIN postings p ON p.account_id = a.id
      JOIN journal_entries e ON e.id = p.entry_id
     WHERE a.kind = 'seller_available' AND a.owner = %(owner)s
     GROUP BY a.currency ORDER BY a.currency
"""


def months_of(seller_id: UUID, today: date, zone: str) -> list[tuple[date, str]]:
    """(first day of the month, currency), newest first, at most MONTHS_AT_MOST of each currency."""
    found: list[tuple[date, str]] = []
    for row in run(FIRST, owner=encode("sel", seller_id)):
        found += [(month, row.currency) for month in _months(_first(row.at, zone), today)]
    return sorted(found, key=lambda each: (-each[0].toordinal(), each[1]))


def _first(at: datetime, zone: str) -> date:
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(ZoneInfo(zone)).date().replace(day=1)


def _months(first: date, today: date) -> list[date]:
    months = []
    month = first
    while month_after(month) <= today:
        months.append(month)
        month = month_after(month)
    return months[-MONTHS_AT_MOST:]
