"""The last weeks of reconciliation as figures by day: how much matched, how much differed, how long an alert took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import run

MATCHED: Final = """
    SELECT id, psp, business_on, (report->>'rows')::bigint AS rows, (report->>'matched')::bigint AS matched
      FROM reconciliation_runs
     WHERE business_on >= %(since)s AND status = 'finished' AND (report->>'rows')::bigint > 0
     ORDER BY psp, business_on
"""
DIFFERED: Final = """
    SELECT currency, business_on, count(*) AS n, sum(abs(difference_minor))::bigint AS minor
      FROM settlement_differences WHERE gone_at IS NULL AND business_on >= %(since)s
     GROUP BY currency, business_on ORDER BY currency, business_on
"""
RESOLVED: Final = """
    SELECT (resolved_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS n,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM resolved_at - created_at)::bigint) AS seconds
      FROM alerts WHERE resolved_at >= %(since)s GROUP BY GROUPING SETS ((1), ()) ORDER BY 1
"""
SEALED: Final = """
    SELECT coalesce(sum(entries), 0)::bigint AS entries, max(number) AS number, max(last_sequence) AS through
      FROM ledger_seals WHERE number > %(after)s
"""
SEAL: Final = "SELECT digest FROM ledger_seals WHERE number = %(number)s"
UNSEALED: Final = "SELECT count(*) AS n FROM journal_entries WHERE sequence > %(through)s"


@dataclass(frozen=True, slots=True)
class NightMatched:
    """How many rows of a day's files were matched."""

    run_id: UUID
    psp: str
    business_on: date
    rows: int
    matched: int

    @property
    def run(self) -> str:
        return encode("run", self.run_id)

    @property
    def per_mille(self) -> int:
        """Cut, not rounded: 1000 is all of them."""
        return self.matched * 1000 // self.rows


@dataclass(frozen=True, slots=True)
class DayDiffered:
    """What differs on a day in a currency, whichever way, explained since or not."""

    business_on: date
    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class DayResolved:
    """The alerts that were resolved on a day: how many, and the median of how long they had been there. `day` None: all."""

    day: date | None
    count: int
    median: timedelta


def matched(since: date) -> list[NightMatched]:
    """By PSP, the earliest day first."""
    return [
        NightMatched(row.id, row.psp, row.business_on, row.rows, row.matched)
        for row in run(MATCHED, since=since)
    ]


def differed(since: date) -> list[DayDiffered]:
    """By currency, the earliest day first."""
    return [
        DayDiffered(row.business_on, row.n, Money(row.minor, row.currency))
        for row in run(DIFFERED, since=since)
    ]


def resolved(since: datetime, zone: str) -> list[DayResolved]:
    """Each day on which something was resolved, and all of them together at the end; empty where nothing was."""
    rows = run(RESOLVED, since=since, zone=zone)
    return [DayResolved(row.day, row.n, timedelta(seconds=row.seconds)) for row in rows if row.n]


@dataclass(frozen=True, slots=True)
class _Counted:
    """How many entries there are in all seals up to one, which never change."""

    number: int
    digest: bytes
    through: int
    entries: int


_NOTHING: Final = _Counted(0, b"", 0, 0)
_counted = _NOTHING


def entries() -> int:
    """How many entries the journal has: those in seals are counted there, each seal once in this process."""
    global _counted
    so_far = _counted
    if so_far.number and _digest(so_far.number) != so_far.digest:
        so_far = _NOTHING  # it is another journal
    (row,) = run(SEALED, after=so_far.number)
    if row.number is not None:
        so_far = _Counted(row.number, _digest(row.number), row.through, so_far.entries + row.entries)
    _counted = so_far
    return so_far.entries + int(run(UNSEALED, through=so_far.through)[0].n)


def _digest(number: int) -> bytes:
    rows = run(SEAL, number=number)
    return bytes(rows[0].digest) if rows else b""
