"""Whether a payment's charges are settled: the rows of the PSP's files that tell of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import execute

ROWS_MOST: Final = 1_000
TOLD: Final = """
    SELECT e.source, l.file_id, f.name, encode(f.sha256, 'hex') AS sha256, l.line, l.number, l.gross_minor, l.fee_minor,
           l.net_minor, l.currency, l.occurred_at, l.business_on
      FROM journal_entries e
      JOIN psp_numbers n ON n.entry_id = e.id AND n.part = 'movement'
      JOIN settlement_lines l ON l.psp = n.psp AND l.number = n.number
      JOIN settlement_files f ON f.id = l.file_id AND f.status <> 'rejected'
     WHERE e.source = ANY(%(sources)s::text[])
       AND e.kind IN ('payment_captured', 'payment_unapplied', 'wallet_topped_up')
     ORDER BY l.business_on, l.file_id, l.line LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """Where a PSP's file tells of a charge. net = gross − fee, in the currency that it is settled in."""

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


def settled_of(session: Session, payments: Sequence[UUID]) -> Mapping[UUID, Sequence[Settled]]:
    """By payment, the rows that tell of its charges, the earliest first; a payment that is not there is not settled yet."""
    names = {encode("pay", id): id for id in payments}
    found: dict[UUID, list[Settled]] = {}
    for row in execute(session, TOLD, sources=list(names), limit=ROWS_MOST) if names else ():
        told = Settled(
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
        found.setdefault(names[row.source], []).append(told)
    return found
