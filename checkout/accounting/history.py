"""What was exported, and which months are locked: reads for pages and commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from checkout.accounting.locks import LOCK, UNLOCK
from checkout.accounting.periods import Period, month_of
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.ledger.periods import LOCKABLE_AFTER

EXPORTS_SHOWN: Final = 25
MONTHS_SHOWN: Final = 6

_EXPORTS: Final = """
    SELECT e.id, e.first_on, e.last_on, e.profile, e.form, e.detail, e.rows, e.entries, e.totals, e.bytes, e.sha256,
           e.made_by, e.made_at, e.lock_id IS NOT NULL AS was_locked, p.unlocked_at IS NOT NULL AS unlocked_since
      FROM journal_exports e LEFT JOIN accounting_periods p ON p.id = e.lock_id
     ORDER BY e.made_at DESC, e.id DESC LIMIT %(limit)s
"""
_LOCKS: Final = """
    SELECT first_on, last_on, starts_at, ends_at, proposed_by, locked_by, locked_at FROM accounting_periods
     WHERE unlocked_at IS NULL AND ends_at > %(since)s
"""
_PROPOSED: Final = """
    SELECT kind, subject FROM approvals WHERE status = 'pending' AND kind = ANY(%(kinds)s) LIMIT 200
"""
_LOCK_AT: Final = """
    SELECT first_on, last_on FROM accounting_periods
     WHERE unlocked_at IS NULL AND starts_at <= %(at)s AND ends_at > %(at)s
"""


@dataclass(frozen=True, slots=True)
class PastExport:
    """A line of the history. `was_locked`: the file is the same today, unless it was unlocked since."""

    id: UUID
    first_on: date
    last_on: date
    profile: str
    form: str
    detail: str
    rows: int
    entries: int
    totals: Mapping[str, Mapping[str, int]]
    bytes: int
    sha256: str
    made_by: str
    made_at: datetime
    was_locked: bool
    unlocked_since: bool

    @property
    def sums(self) -> list[Money]:
        """The debit side, which the credit side equals, by currency."""
        return [Money(both["debit"], code) for code, both in sorted(self.totals.items())]


@dataclass(frozen=True, slots=True)
class Month:
    """A month with whether it is locked, by whom, and what waits for a second person."""

    period: Period
    locked_at: datetime | None
    locked_by: str
    proposed_by: str
    waits: str
    may_be_locked: bool


def exports(*, limit: int = EXPORTS_SHOWN) -> list[PastExport]:
    """The newest first."""
    return [PastExport(**row._mapping) for row in run(_EXPORTS, limit=limit)]


def months(
    now: datetime, zone: ZoneInfo, *, shown: int = MONTHS_SHOWN, also: Period | None = None
) -> list[Month]:
    """The present month and those before it, the newest first, and the month in which `also` begins."""
    wanted = [month_of(now.astimezone(zone).date(), zone)]
    while len(wanted) < shown:
        wanted.append(month_of(wanted[-1].first_on - timedelta(days=1), zone))
    if also is not None and (other := month_of(also.first_on, zone)) not in wanted:
        wanted = sorted([*wanted, other], key=lambda period: period.first_on, reverse=True)
    locks = run(_LOCKS, since=wanted[-1].starts_at)
    waiting = {row.subject: row.kind for row in run(_PROPOSED, kinds=[LOCK, UNLOCK])}
    found = []
    for period in wanted:
        lock = next(
            (one for one in locks if one.starts_at < period.ends_at and one.ends_at > period.starts_at), None
        )
        found.append(
            Month(
                period=period,
                locked_at=lock.locked_at if lock else None,
                locked_by=lock.locked_by if lock else "",
                proposed_by=lock.proposed_by if lock else "",
                waits=waiting.get(period.name, ""),
                may_be_locked=lock is None and now >= period.ends_at + LOCKABLE_AFTER,
            )
        )
    return found


def lies_in_a_lock(at: datetime) -> bool:
    """Whether something that took effect then can never be joined by another entry."""
    return bool(run(_LOCK_AT, at=at))
