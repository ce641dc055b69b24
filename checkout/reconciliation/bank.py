"""The third leg: what a bank statement shows of the PSPs' payouts to our bank. A credit that is exactly one payout on its
way is its arrival; any other is told to finance. The bank's costs and what goes out are nobody's payout, and left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute
from checkout.ledger import journal, payout_recipes
from checkout.reconciliation.arrivals import Credit, Finding, PayoutSent, pair
from checkout.reconciliation.differences import Difference
from checkout.reconciliation.queries import SettlementFile

LINES_MOST: Final = 10_000  # credits of a statement: a day has some dozen
SENT_MOST: Final = 10_000
BEFORE: Final = timedelta(days=1)  # a bank books by its own clock
AFTER: Final = timedelta(days=10)  # the longest way of a payout, with holidays
RUNS_LOCK: Final = 7_203_004_117  # one run of the bank's leg at a time: a payout arrives once

CREDITS: Final = """
    SELECT l.file_id, l.line, l.number, l.type, l.source_id, l.reference, l.gross_minor, l.currency, l.occurred_at
      FROM settlement_lines l
     WHERE l.file_id = ANY(%(files)s) AND l.kind = 'payout' AND l.gross_minor > 0
     ORDER BY l.file_id, l.line LIMIT %(limit)s
"""
RECEIVED: Final = """
    SELECT r.source_key FROM journal_entries r
     WHERE r.kind = 'psp_payout_received' AND r.source_key = ANY(%(keys)s)
       AND NOT EXISTS (SELECT 1 FROM journal_entries b WHERE b.reverses_entry_id = r.id)
"""

# On their way: sent, not on a statement, and not back at the PSP. What came back names no payout, so that of equal ones
# the earliest count as returned.
SENT: Final = """
    WITH moved AS (
        SELECT e.kind, e.source_key AS number, e.effective_at, a.owner AS psp, p.currency,
               abs(p.amount_minor) AS amount_minor
          FROM ledger_accounts a
          JOIN postings p ON p.account_id = a.id
          JOIN journal_entries e ON e.id = p.entry_id
         WHERE a.kind = 'bank_in_transit' AND e.effective_at >= %(since)s AND e.effective_at < %(until)s
           AND e.kind IN ('psp_payout_sent', 'psp_payout_failed')
           AND NOT EXISTS (SELECT 1 FROM journal_entries r
                            WHERE r.kind = 'psp_payout_received' AND r.source = e.source_key
                              AND NOT EXISTS (SELECT 1 FROM journal_entries b WHERE b.reverses_entry_id = r.id))
    ), counted AS (
        SELECT *, row_number() OVER (PARTITION BY psp, currency, amount_minor, kind ORDER BY effective_at, number) AS place,
               count(*) FILTER (WHERE kind = 'psp_payout_failed') OVER (PARTITION BY psp, currency, amount_minor) AS failed
          FROM moved
    )
    SELECT c.number, c.psp, c.currency, c.amount_minor, c.effective_at,
           coalesce((SELECT max(l.source_id) FROM settlement_lines l
                      WHERE l.psp = c.psp AND l.number = c.number), '') AS source_id
      FROM counted c WHERE c.kind = 'psp_payout_sent' AND c.place > c.failed
     ORDER BY c.effective_at, c.number LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class _Line:
    """A credit with where it stands."""

    file_id: UUID
    line: int
    number: str
    type: str
    source_id: str
    credit: Credit

    @property
    def key(self) -> str:
        """What names the arrival: the statement's line."""
        return f"{encode('file', self.file_id)}:{self.line}"


def book_arrivals(files: Sequence[SettlementFile], psp: str, cause: Cause) -> int:
    """Posts the arrival of each payout that a credit of the statements proves; returns how many credits are arrivals.

    Owns its transaction; run again, or beside another, each payout arrives once.
    """
    accounts = {file.id: file.account or psp for file in files}

    def unit() -> int:
        with atomic() as session:
            execute(session, "SELECT pg_advisory_xact_lock(%(lock)s)", lock=RUNS_LOCK)
            pairs = [(line, found.payout) for line, found in _findings(session, files) if found.payout]
            for line, payout in pairs:
                received = payout_recipes.psp_payout_received(
                    psp=payout.psp,
                    bank_account=accounts[line.file_id],
                    statement_line=line.key,
                    number=payout.number,
                    amount=Money(line.credit.amount_minor, line.credit.currency),
                    effective_at=line.credit.booked_at,
                )
                journal.post(session, received, cause=cause)
            return len(pairs)

    return retrying(unit) if files else 0


def unmatched_credits(session: Session, files: Sequence[SettlementFile]) -> list[Difference]:
    """The credits of the statements that are no payout's arrival, each with why."""
    if not files:
        return []
    return [_difference(line, found) for line, found in _findings(session, files)]


def _findings(session: Session, files: Sequence[SettlementFile]) -> list[tuple[_Line, Finding]]:
    """The credits that are not booked yet, with what they are."""
    rows = execute(session, CREDITS, files=[file.id for file in files], limit=LINES_MOST).all()
    lines = [_line(row) for row in rows]
    booked = set(execute(session, RECEIVED, keys=[line.key for line in lines]).scalars())
    lines = [line for line in lines if line.key not in booked]
    if not lines:
        return []
    times = [line.credit.booked_at for line in lines]
    sent = _sent(session, since=min(times) - AFTER, until=max(times) + BEFORE)
    credits = [line.credit for line in lines]
    return list(zip(lines, pair(credits, sent, before=BEFORE, after=AFTER), strict=True))


def _sent(session: Session, *, since: datetime, until: datetime) -> list[PayoutSent]:
    rows = execute(session, SENT, since=since, until=until, limit=SENT_MOST)
    return [PayoutSent(**row._mapping) for row in rows]


def _line(row: Any) -> _Line:
    credit = Credit(
        reference=f"{row.source_id} {row.reference}",
        amount_minor=row.gross_minor,
        currency=row.currency,
        booked_at=row.occurred_at,
    )
    return _Line(row.file_id, row.line, row.number, row.type, row.source_id, credit)


def _difference(line: _Line, found: Finding) -> Difference:
    theirs = line.credit.amount_minor
    ours = found.named.amount_minor if found.named else None
    detail = (
        found.detail
        or f"It could be the payout {found.payout and found.payout.number}, whose arrival is not booked."
    )
    return Difference(
        code="payout_mismatch",
        subject=line.key,
        file_id=line.file_id,
        line=line.line,
        entry_id=None,
        payment_id=None,
        number=line.number,
        source_id=line.source_id,
        ours_minor=ours,
        theirs_minor=theirs,
        difference_minor=(ours or 0) - theirs,
        balance_minor=0,  # no balance at a PSP is off by it: there is nothing to claim, write off or put aside there
        currency=line.credit.currency,
        detail=f"Line {line.line} ({line.type}, {line.number}): {detail}",
    )
