"""Issue the statements of a month that is over, for every seller, without somebody asking; and what was booked late for
a month that has its statements makes their next revision.

A page of balances at a time, with the place to go on from: a task that was killed or has done its share goes on with the
next one. Issuing twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Row

from checkout.core.clock import utcnow
from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.db.statement import run
from checkout.ledger.horizon import Horizon, settled_horizon
from checkout.statements.errors import StatementUnsound
from checkout.statements.issue import bounds, issue_month
from checkout.statements.movements import month_after
from checkout.tasks import ClaimedTask

ISSUE_DUE: Final = "statements.issue_due"
SETTLES: Final = timedelta(
    hours=6
)  # what the night still books for the month that is over is in its first issue
STATEMENTS_AT_MOST: Final = 300  # a task: some seconds of its lease; the next period goes on
POSTINGS_AT_MOST: Final = 50_000
FIRST: Final = UUID(int=0)

PAGE: Final = """
    SELECT id, owner, currency FROM ledger_accounts
     WHERE kind = 'seller_available' AND id > %(after)s ORDER BY id LIMIT %(limit)s
"""
ENTRIES_LOOKED_AT: Final = 10_000  # of the oldest: a journal of millions is not read for its first day
FIRST_ENTRY: Final = """
    SELECT min(effective_at) AS at
      FROM (SELECT effective_at FROM journal_entries ORDER BY sequence LIMIT %(most)s) AS oldest
"""
# Of each balance the first moment that something was booked for late: before the months that are not issued yet.
LATE: Final = """
    SELECT a.owner, a.currency, min(e.effective_at) AS at
      FROM postings p
      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'seller_available'
      JOIN journal_entries e ON e.id = p.entry_id
     WHERE p.id > %(through)s AND p.id <= %(upto)s AND e.effective_at < %(before)s
     GROUP BY a.owner, a.currency ORDER BY a.owner, a.currency
"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Issued:
    """How many statements of months were looked at, and for how many months everybody has one now."""

    statements: int
    months: int


def issue_due_statements(task: ClaimedTask, *, zone: ZoneInfo) -> None:
    """Handles `statements.issue_due`, in the business time zone."""
    issue_due(zone)


def issue_due(zone: ZoneInfo) -> Issued:
    """As much as fits into a period. Owns its transactions."""
    horizon = settled_horizon()
    if horizon is None:
        return Issued(0, 0)  # somebody writes for long: the next period sees all of it
    through, left, months = _progress(horizon), STATEMENTS_AT_MOST, 0
    for month in _open_months(zone):
        done, is_finished = _issue_month(month, zone, left)
        left, months = left - done, months + is_finished
        if left <= 0:
            return Issued(STATEMENTS_AT_MOST - left, months)
    _issue_again(through, horizon.posting, zone)
    return Issued(STATEMENTS_AT_MOST - left, months)


def _progress(horizon: Horizon) -> int:
    """Up to which posting was looked for what came late; from the start of the first run, whose issues have the rest."""
    run(
        "INSERT INTO statement_progress (through_posting) VALUES (%(upto)s) ON CONFLICT DO NOTHING",
        upto=horizon.posting,
    )
    through: int = run("SELECT through_posting FROM statement_progress")[0].through_posting
    return through


def _open_months(zone: ZoneInfo) -> Iterator[date]:
    """The months that are over and have not been issued to everybody, the oldest first."""
    now = utcnow() - SETTLES
    month = _first_open(zone)
    while month is not None and bounds(month, zone.key)[1] <= now:
        run(
            """
            INSERT INTO statement_months (month, started_at) VALUES (%(month)s, %(now)s) ON CONFLICT DO NOTHING
            """,
            month=month,
            now=utcnow(),
        )
        yield month
        month = month_after(month)


def _first_open(zone: ZoneInfo) -> date | None:
    """The month after the last one that was finished; at the very first that of the first entry there is."""
    finished: date | None = run(
        "SELECT max(month) AS month FROM statement_months WHERE finished_at IS NOT NULL"
    )[0].month
    if finished is not None:
        return month_after(finished)
    first: datetime | None = run(FIRST_ENTRY, most=ENTRIES_LOOKED_AT)[0].at
    return None if first is None else _month_of(first, zone)


def _issue_month(month: date, zone: ZoneInfo, at_most: int) -> tuple[int, bool]:
    """The next balances of a month: how many, and whether they were the last."""
    after = run("SELECT after_account FROM statement_months WHERE month = %(month)s", month=month)[0][0]
    rows = run(PAGE, after=after or FIRST, limit=at_most)
    for row in rows:
        _issue(row, month, zone)
    is_last = len(rows) < at_most
    run(
        """
        UPDATE statement_months SET after_account = %(after)s, issued = issued + %(issued)s,
               finished_at = CASE WHEN %(is_last)s THEN coalesce(finished_at, %(now)s) ELSE finished_at END
         WHERE month = %(month)s
        """,
        month=month,
        after=rows[-1].id if rows else after,
        issued=len(rows),
        is_last=is_last,
        now=utcnow(),
    )
    return len(rows), is_last


def _issue_again(through: int, horizon: int, zone: ZoneInfo) -> None:
    """What was booked since for months that have their statements: theirs, and those after them, whose openings move."""
    this_month = _month_of(utcnow() - SETTLES, zone)
    while through < horizon:
        upto = min(through + POSTINGS_AT_MOST, horizon)
        for row in run(LATE, through=through, upto=upto, before=bounds(this_month, zone.key)[0]):
            for month in _months(_month_of(row.at, zone), this_month):
                _issue(row, month, zone)
        run("UPDATE statement_progress SET through_posting = greatest(through_posting, %(upto)s)", upto=upto)
        through = upto


def _issue(row: Row[Any], month: date, zone: ZoneInfo) -> None:
    """One that does not add up has called a person by itself, and is no reason to leave the others out."""
    try:
        issue_month(decode("sel", row.owner), row.currency, f"{month:%Y-%m}", zone.key)
    except NotFound:
        return  # nothing had moved in this currency by then
    except StatementUnsound as refusal:
        log.warning("statements.unsound", seller=row.owner, month=f"{month:%Y-%m}", detail=refusal.detail)


def _months(first: date, before: date) -> Sequence[date]:
    months = []
    while first < before:
        months.append(first)
        first = month_after(first)
    return months


def _month_of(at: datetime, zone: ZoneInfo) -> date:
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(zone).date().replace(day=1)
