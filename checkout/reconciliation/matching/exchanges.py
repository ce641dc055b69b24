"""What was paid in one currency and is settled in another, as the rules declare it: its rate against the declared one. The
executed amounts are booked all the same; what is beyond the tolerance is told, once for many of one currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.reconciliation.matching.classify import DifferingLine, Verdict
from checkout.reconciliation.matching.compare import DIFFERENCES_AT_MOST
from checkout.reconciliation.matching.contract_check import TOLD_SINGLY_MOST
from checkout.reconciliation.matching.differences import Difference, payment_named
from checkout.reconciliation.matching.second_look import Judged
from checkout.reconciliation.queries import SettlementFile
from checkout.reconciliation.rules.rule_set import Rules, Settlement

EXCHANGED: Final = """
    SELECT l.file_id, l.line, l.number, l.type, l.source_id, l.gross_minor, l.currency, e.id AS entry_id, e.source,
           p.currency AS presented, -p.amount_minor AS presented_minor
      FROM settlement_lines l
      JOIN psp_numbers n ON n.psp = %(psp)s AND n.number = l.number AND n.part = 'exchange'
      JOIN journal_entries e ON e.id = n.entry_id
      JOIN postings p ON p.entry_id = e.id AND p.currency <> l.currency
      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'psp_balance'
     WHERE l.file_id = ANY(%(files)s) AND l.currency = ANY(%(settled)s)
       AND (e.kind = 'fx_settled' OR l.gross_minor > 0)  -- of a conversion the row of what was bought
     ORDER BY l.file_id, l.line LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A line, and what was booked for it in the currency that was paid."""

    file_id: UUID
    line: int
    number: str
    type: str
    source_id: str
    gross_minor: int
    currency: str
    entry_id: UUID | None
    source: str
    presented: str
    presented_minor: int


Off = tuple[Exchanged, Settlement, int]  # what is declared for it, and what it should have come to


def rate_differences(
    session: Session,
    files: Sequence[SettlementFile],
    psp: str,
    rules: Rules,
    *,
    but: Sequence[Difference] = (),
) -> list[Difference]:
    """The exchanged lines of the files whose rate is not the declared one, but for lines that differ anyway, such as those
    that come again; after they were booked."""
    settled = sorted({s.settled for s in rules.settlements if s.psp == psp and s.rate is not None})
    if not settled:
        return []
    parameters = {"psp": psp, "files": [file.id for file in files], "limit": DIFFERENCES_AT_MOST}
    rows = execute(session, EXCHANGED, **parameters, settled=settled)
    told = {(one.file_id, one.line) for one in but}
    lines = [Exchanged(**row._mapping) for row in rows]
    return _differences([line for line in lines if (line.file_id, line.line) not in told], psp, rules)


def rates_of(judged: Iterable[Judged], psp: str, rules: Rules) -> list[Difference]:
    """The same for lines that are judged to be exchanges, before they are booked."""
    exchanged = [(line, paid) for line, verdict in judged if (paid := _paid_with(verdict)) is not None]
    return _differences([_judged(line, paid) for line, paid in exchanged], psp, rules)


def _paid_with(verdict: Verdict) -> Money | None:
    return verdict.converts.amount if verdict.converts else verdict.exchange


def _judged(line: DifferingLine, presented: Money) -> Exchanged:
    return Exchanged(
        file_id=line.file_id,
        line=line.line,
        number=line.number,
        type=line.type,
        source_id=line.source_id,
        gross_minor=line.gross_minor,
        currency=line.currency,
        entry_id=line.entry_id or line.charge_entry_id,
        source=line.entry_source or line.charge_source or "",
        presented=presented.currency,
        presented_minor=presented.amount_minor,
    )


def _differences(exchanged: Sequence[Exchanged], psp: str, rules: Rules) -> list[Difference]:
    off: dict[Settlement, list[Off]] = defaultdict(list)
    for line in exchanged:
        declared = rules.settlement(psp, line.presented, line.currency)
        expected = declared.expected_minor(line.presented_minor) if declared else None
        if declared and expected is not None and not declared.tolerates(expected, line.gross_minor):
            off[declared].append((line, declared, expected))
    found: list[Difference] = []
    for lines in off.values():
        found += [_together(lines)] if len(lines) > TOLD_SINGLY_MOST else [_single(*one) for one in lines]
    return found


def _single(line: Exchanged, declared: Settlement, expected: int) -> Difference:
    paid, settled = Money(line.presented_minor, line.presented), Money(line.gross_minor, line.currency)
    detail = (
        f"Line {line.line} ({line.type}, {line.number}): {paid} were settled as {settled}; at {declared.rate} they are "
        f"{Money(expected, line.currency)}."
    )
    subject = f"{encode('file', line.file_id)}:{line.line}"
    return _difference(line, subject, expected, line.gross_minor, detail)


def _together(lines: Sequence[Off]) -> Difference:
    (first, declared, _) = lines[0]
    expected, settled = sum(one[2] for one in lines), sum(one[0].gross_minor for one in lines)
    detail = (
        f"{len(lines)} movements in {first.presented}, the first on line {first.line}, were settled as "
        f"{Money(settled, first.currency)}; at {declared.rate} they are {Money(expected, first.currency)}."
    )
    return _difference(first, f"rate:{first.presented}:{first.currency}", expected, settled, detail)


def _difference(line: Exchanged, subject: str, expected: int, settled: int, detail: str) -> Difference:
    """Nothing of the balance: what the PSP has executed is what is booked."""
    return Difference(
        code="fx_rate_mismatch",
        subject=subject,
        file_id=line.file_id,
        line=line.line,
        entry_id=line.entry_id,
        payment_id=payment_named(line.source),
        number=line.number,
        source_id=line.source_id,
        ours_minor=expected,
        theirs_minor=settled,
        difference_minor=expected - settled,
        balance_minor=0,
        currency=line.currency,
        detail=detail,
    )
