"""The rows of a settlement file as they stand in it: the bytes of each, what was read in them, and what they differ in."""

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
from checkout.reconciliation.raw_rows import raw_rows, shown

ROWS_MOST: Final = 200  # a page of the viewer
LAST_LINE: Final = 2**31 - 1

PARSED: Final = """
    SELECT l.line, l.kind, l.type, l.number, l.source_id, l.reference, l.gross_minor, l.fee_minor, l.net_minor,
           l.currency, l.occurred_at,
           (SELECT n.entry_id FROM psp_numbers n
             WHERE n.psp = l.psp AND n.number = l.number ORDER BY n.part DESC LIMIT 1) AS entry_id
      FROM settlement_lines l
     WHERE l.file_id = %(file_id)s AND l.line BETWEEN %(first)s AND %(last)s
"""
OTHERS: Final = """
    SELECT line, role, code, detail FROM settlement_other_lines
     WHERE file_id = %(file_id)s AND line BETWEEN %(first)s AND %(last)s
"""
DIFFERING: Final = """
    SELECT d.line, d.code, d.alert_id, a.status FROM settlement_differences d JOIN alerts a ON a.id = d.alert_id
     WHERE d.file_id = %(file_id)s AND d.line BETWEEN %(first)s AND %(last)s AND d.gone_at IS NULL
"""
LAST: Final = """
    SELECT lines[cardinality(lines)] AS line FROM settlement_blocks
     WHERE file_id = %(file_id)s ORDER BY first_line DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was read in a row. net = gross − fee."""

    kind: str
    type: str
    number: str
    source_id: str
    reference: str
    gross: Money
    fee: Money
    net: Money
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of the file. `parsed` None: it is no movement, and `role` says what it is. `entry_id`: what the journal
    has under its number; `alert_id`: of the difference that stands against it."""

    line: int
    raw: bytes
    parsed: Parsed | None
    role: str
    detail: str
    entry_id: UUID | None
    code: str | None
    alert_id: UUID | None
    alert_status: str | None

    @property
    def text(self) -> str:
        return shown(self.raw)

    @property
    def alert(self) -> str | None:
        return encode("alr", self.alert_id) if self.alert_id else None

    @property
    def entry(self) -> str | None:
        return encode("jrn", self.entry_id) if self.entry_id else None


def last_line(file_id: UUID) -> int:
    """The line on which the file's last row begins; 0 of a file that was refused."""
    rows = run(LAST, file_id=file_id)
    return int(rows[0].line) if rows else 0


def rows_of(file_id: UUID, *, first: int, limit: int = ROWS_MOST) -> Sequence[FileRow]:
    """The rows from a line on, at most `limit` lines of them."""
    last = min(first + limit - 1, LAST_LINE)
    span = {"file_id": file_id, "first": first, "last": last}
    parsed = {row.line: row for row in run(PARSED, **span)}
    others = {row.line: row for row in run(OTHERS, **span)}
    differing = {row.line: row for row in run(DIFFERING, **span)}
    rows = []
    for line, raw in sorted(raw_rows(file_id, first, last).items()):
        read, other, differs = parsed.get(line), others.get(line), differing.get(line)
        rows.append(
            FileRow(
                line=line,
                raw=raw,
                parsed=_parsed(read) if read else None,
                role="movement" if read else (other.role if other else ""),
                detail=other.detail if other else "",
                entry_id=read.entry_id if read else None,
                code=differs.code if differs else (other.code or None if other else None),
                alert_id=differs.alert_id if differs else None,
                alert_status=differs.status if differs else None,
            )
        )
    return rows


def _parsed(row: Row[Any]) -> Parsed:
    return Parsed(
        row.kind,
        row.type,
        row.number,
        row.source_id,
        row.reference,
        Money(row.gross_minor, row.currency),
        Money(row.fee_minor, row.currency),
        Money(row.net_minor, row.currency),
        row.occurred_at,
    )
