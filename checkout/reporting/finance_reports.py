"""Finance's reports: what was captured and stands in no settlement file yet, by age; and how much of what was paid went
back or was disputed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.reconciliation.unsettled import CAPTURES, LOOKED_BACK, UNTOLD
from checkout.reporting.alert_figures import BUCKETS

# Those that were kept when the mark was set, and what was recorded since: of both what no line tells of now. Each once,
# though the mark be set between both reads. Its age is counted from when it happened.
MARK: Final = "SELECT coalesce(max(through_sequence), 0) AS through_sequence FROM unsettled_mark"
_UNSETTLED: Final = f"""
    WITH captured AS MATERIALIZED (
        SELECT e.id, e.kind, e.source, coalesce(e.happened_at, e.effective_at) AS at
          FROM unsettled_captures u
         CROSS JOIN LATERAL (SELECT * FROM journal_entries e
                              WHERE e.id = u.entry_id AND e.effective_at >= %(since)s AND {UNTOLD}
                             OFFSET 0) e  -- one by one: they are few of all that there are
         UNION
        SELECT e.id, e.kind, e.source, coalesce(e.happened_at, e.effective_at) AS at FROM journal_entries e
         WHERE e.sequence > %(mark)s AND e.effective_at >= %(since)s AND e.kind IN {CAPTURES} AND {UNTOLD}
    ), unsettled AS (
        SELECT c.id AS entry_id, c.kind, c.source, c.at, a.owner AS psp, p.currency, p.amount_minor,
               width_bucket(extract(epoch FROM %(now)s - c.at)::float8 / 86400, ARRAY[2, 4, 8, 31]::float8[]) AS bucket
          FROM captured c
         CROSS JOIN LATERAL (SELECT * FROM postings WHERE entry_id = c.id OFFSET 0) p  -- few of all that were captured
          JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'psp_balance'
    )
"""
BY_AGE: Final = f"""{_UNSETTLED}
    SELECT psp, currency, bucket, count(*) AS n, sum(amount_minor)::bigint AS minor
      FROM unsettled GROUP BY psp, currency, bucket ORDER BY psp, currency, bucket
"""
LISTED: Final = f"""{_UNSETTLED}
    SELECT entry_id, kind, source, at, psp, currency, amount_minor FROM unsettled
     WHERE (%(psp)s::text IS NULL OR psp = %(psp)s) AND (%(currency)s::text IS NULL OR currency = %(currency)s)
       AND (%(bucket)s::integer IS NULL OR bucket = %(bucket)s)
     ORDER BY at, entry_id LIMIT %(limit)s
"""
RATES: Final = """
    SELECT p.psp, p.currency, count(*) AS paid, sum(p.amount_received_minor)::bigint AS paid_minor,
           count(*) FILTER (WHERE p.amount_refunded_minor > 0) AS refunded,
           sum(p.amount_refunded_minor)::bigint AS refunded_minor,
           count(*) FILTER (WHERE d.payment_id IS NOT NULL) AS disputed,
           sum(p.amount_disputed_minor)::bigint AS disputed_minor
      FROM storefronts s
      JOIN payments p ON p.storefront_id = s.id AND p.created_at >= %(since)s AND p.created_at < %(before)s
      LEFT JOIN (SELECT DISTINCT payment_id FROM disputes WHERE kind <> 'inquiry') d ON d.payment_id = p.id
     WHERE p.succeeded_at IS NOT NULL GROUP BY p.psp, p.currency ORDER BY p.psp, p.currency
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """So many captures of one age, and what they come to."""

    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class AgeRow:
    """What one PSP has captured in one currency and told in no file: a cell for each of BUCKETS, and all of them."""

    psp: str
    currency: str
    cells: Sequence[Cell]

    @property
    def total(self) -> Cell:
        minor = sum(cell.amount.amount_minor for cell in self.cells)
        return Cell(sum(cell.count for cell in self.cells), Money(minor, self.currency))


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A capture that no file tells of."""

    entry_id: UUID
    kind: str
    source: str
    at: datetime
    psp: str
    amount: Money

    @property
    def entry(self) -> str:
        return encode("jrn", self.entry_id)


@dataclass(frozen=True, slots=True)
class Rate:
    """Of the payments of a period that were paid: how many went back in part or whole, how many were disputed, and by
    which amounts."""

    psp: str
    paid: Cell
    refunded: Cell
    disputed: Cell

    def percent(self, part: Cell) -> str:
        """Of the amount, with two decimals, cut."""
        whole = self.paid.amount.amount_minor
        return _percent(part.amount.amount_minor, whole)

    def percent_of_count(self, part: Cell) -> str:
        return _percent(part.count, self.paid.count)


def unsettled_by_age(now: datetime) -> list[AgeRow]:
    """One row for each PSP and currency in which something is not told yet."""
    found: dict[tuple[str, str], list[Cell]] = {}
    for row in _unsettled(BY_AGE, now):
        cells = found.setdefault(
            (row.psp, row.currency), [Cell(0, Money.zero(row.currency)) for _ in BUCKETS]
        )
        cells[row.bucket] = Cell(row.n, Money(row.minor, row.currency))
    return [AgeRow(psp, currency, cells) for (psp, currency), cells in found.items()]


def unsettled(
    now: datetime, *, limit: int, psp: str | None = None, currency: str | None = None, age: str | None = None
) -> list[Unsettled]:
    """The oldest first. `age`: one of BUCKETS."""
    bucket = BUCKETS.index(age) if age is not None else None
    rows = _unsettled(LISTED, now, psp=psp, currency=currency, bucket=bucket, limit=limit)
    return [
        Unsettled(row.entry_id, row.kind, row.source, row.at, row.psp, Money(row.amount_minor, row.currency))
        for row in rows
    ]


def _unsettled(statement: str, now: datetime, **asked: Any) -> Sequence[Row[Any]]:
    mark = run(MARK)[0].through_sequence
    return run(statement, now=now, since=now - LOOKED_BACK, mark=mark, **asked)


def rates(since: datetime, before: datetime) -> list[Rate]:
    """Of payments that were begun in the period, by PSP and currency, as they stand now."""
    return [
        Rate(row.psp, _cell(row, "paid"), _cell(row, "refunded"), _cell(row, "disputed"))
        for row in run(RATES, since=since, before=before)
    ]


def _cell(row: Any, name: str) -> Cell:
    return Cell(getattr(row, name), Money(getattr(row, f"{name}_minor"), row.currency))


def _percent(part: int, whole: int) -> str:
    if whole <= 0:
        return "none"
    hundredths = part * 10_000 // whole
    return f"{hundredths // 100}.{hundredths % 100:02}"
