"""What was paid in one currency and is settled in another, as the rules declare it: its rate against the declared one. The
executed amounts are booked all the same; what is beyond the tolerance is told, once for many of one currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.ids import encode
from checkout.db.statement import execute
from checkout.reconciliation.compare import DIFFERENCES_AT_MOST
from checkout.reconciliation.contract_check import TOLD_SINGLY_MOST
from checkout.reconciliation.differences import Difference
from checkout.reconciliation.evidence import payment_named
from checkout.reconciliation.queries import SettlementFile
from checkout.reconciliation.rule_set import Rules, Settlement

EXCHANGED: Final = """
    SELECT l.file_id, l.line, l.number, l.type, l.source_id, l.gross_minor, l.currency, e.id AS entry_id, e.source,
           p.currency AS presented, -p.amount_minor AS presented_minor
      FROM settlement_lines l
      JOIN psp_numbers n ON n.psp = %(psp)s AND n.number = l.number AND n.part = 'exchange'
      JOIN journal_entries e ON e.id = n.entry_id
      JOIN postings p ON p.entry_id = e.id AND p.currency <> l.currency
      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'psp_balance'
     WHERE l.file_id = ANY(%(files)s) AND l.currency = ANY(%(settled)s)
     ORDER BY l.file_id, l.line LIMIT %(limit)s
"""

Off = tuple[Row[Any], Settlement, int]  # the line, what is declared for it, and what it should have come to


def rate_differences(
    session: Session, files: Sequence[SettlementFile], psp: str, rules: Rules
) -> list[Difference]:
    """The exchanged lines of the files whose rate is not the declared one; after they were booked."""
    settled = sorted({s.settled for s in rules.settlements if s.psp == psp and s.rate is not None})
    if not settled:
        return []
    parameters = {"psp": psp, "files": [file.id for file in files], "limit": DIFFERENCES_AT_MOST}
    off: dict[Settlement, list[Off]] = defaultdict(list)
    for row in execute(session, EXCHANGED, **parameters, settled=settled):
        declared = rules.settlement(psp, row.presented, row.currency)
        expected = declared.expected_minor(row.presented_minor) if declared else None
        if declared and expected is not None and not declared.tolerates(expected, row.gross_minor):
            off[declared].append((row, declared, expected))
    found: list[Difference] = []
    for lines in off.values():
        found += [_together(lines)] if len(lines) > TOLD_SINGLY_MOST else [_single(*line) for line in lines]
    return found


def _single(row: Row[Any], declared: Settlement, expected: int) -> Difference:
    detail = (
        f"Line {row.line} ({row.type}, {row.number}): {row.presented_minor} in {row.presented} were settled as "
        f"{row.gross_minor} in {row.currency}; at {declared.rate} they are {expected}."
    )
    subject = f"{encode('file', row.file_id)}:{row.line}"
    return _difference(row, subject, expected, row.gross_minor, detail)


def _together(lines: Sequence[Off]) -> Difference:
    (first, declared, _) = lines[0]
    expected, settled = sum(line[2] for line in lines), sum(line[0].gross_minor for line in lines)
    detail = (
        f"{len(lines)} movements in {first.presented}, the first on line {first.line}, were settled as {settled} in "
        f"{first.currency}; at {declared.rate} they are {expected}."
    )
    return _difference(first, f"rate:{first.presented}:{first.currency}", expected, settled, detail)


def _difference(row: Row[Any], subject: str, expected: int, settled: int, detail: str) -> Difference:
    """Nothing of the balance: what the PSP has executed is what is booked."""
    return Difference(
        code="fx_rate_mismatch",
        subject=subject,
        file_id=row.file_id,
        line=row.line,
        entry_id=row.entry_id,
        payment_id=payment_named(row.source),
        number=row.number,
        source_id=row.source_id,
        ours_minor=expected,
        theirs_minor=settled,
        difference_minor=expected - settled,
        balance_minor=0,
        currency=row.currency,
        detail=detail,
    )
