"""Whether a payment's charges are settled: the rows of the PSP's files that tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import execute

WHERE_TOLD: Final = """
    SELECT l.file_id, f.name, encode(f.sha256, 'hex') AS sha256, l.line, l.number, l.gross_minor, l.fee_minor,
           l.net_minor, l.currency, l.occurred_at, l.business_on
      FROM settlement_lines l JOIN settlement_files f ON f.id = l.file_id
     WHERE l.psp = %(psp)s AND l.number = ANY(%(numbers)s::text[]) AND f.status <> 'rejected'
     ORDER BY l.business_on, l.file_id, l.line LIMIT %(limit)s
"""
NUMBERS: Final = """
    SELECT n.number FROM journal_entries e JOIN psp_numbers n ON n.entry_id = e.id AND n.psp = %(psp)s
     WHERE e.source = %(source)s AND n.part = 'movement'
       AND e.kind IN ('payment_captured', 'payment_unapplied', 'wallet_topped_up')
     ORDER BY e.sequence LIMIT %(limit)s
"""
TOLD_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Settled:
    """Where the PSP's files tell of a charge."""

    file_id: UUID
    file_name: str
    sha256: str
    line: int
    number: str
    gross: Money
    fee: Money
    net: Money
    occurred_at: datetime
    business_on: date

    @property
    def file(self) -> str:
        return encode("file", self.file_id)


def settled_of(session: Session, psp: str, payment: str) -> Sequence[Settled]:
    """The rows that tell of the charges of a payment (its public id), the earliest first; none: not settled yet."""
    found = execute(session, NUMBERS, psp=psp, source=payment, limit=TOLD_MOST)
    numbers = [row.number for row in found]
    if not numbers:
        return []
    rows = execute(session, WHERE_TOLD, psp=psp, numbers=numbers, limit=TOLD_MOST)
    return [
        Settled(
            row.file_id,
            row.name,
            row.sha256,
            row.line,
            row.number,
            Money(row.gross_minor, row.currency),
            Money(row.fee_minor, row.currency),
            Money(row.net_minor, row.currency),
            row.occurred_at,
            row.business_on,
        )
        for row in rows
    ]
