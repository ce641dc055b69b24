"""The rows of a settlement file as they stand in it: the bytes of each, what was read in them, and what they differ in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.reconciliation.files.raw_rows import raw_rows, shown

ROWS_MOST: Final = 200  # a page of the viewer
SEARCHED_AT_ONCE: Final = 5_000
SEARCHED_MOST: Final = 100_000  # rows for one answer: some tenths of a second
LAST_LINE: Final = 2**31 - 1

PARSED: Final = """
    SELECT l.line, l.kind, l.type, l.number, l.source_id, l.reference, l.gross_minor, l.fee_minor, l.net_minor,
           l.currency, l.occurred_at,
           (SELECT n.entry_id FROM psp_numbers n
             WHERE n.psp = l.psp AND n.number = l.number ORDER BY n.part DESC LIMIT 1) AS entry_id
      FROM settlement_lines l
     WHERE l.file_id = %(file_id)s AND l.line = ANY(%(lines)s)
"""
OTHERS: Final = """
    SELECT line, role, code, detail FROM settlement_other_lines
     WHERE file_id = %(file_id)s AND line = ANY(%(lines)s)
"""
DIFFERING: Final = """
    SELECT d.line, d.code, d.alert_id, a.status FROM settlement_differences d JOIN alerts a ON a.id = d.alert_id
     WHERE d.file_id = %(file_id)s AND d.line = ANY(%(lines)s) AND d.gone_at IS NULL
"""
# Lines alone of which somebody asks: those that differ, those that were kept out.
ONLY: Final[dict[str, str]] = {
    "differing": """
        SELECT DISTINCT line FROM settlement_differences
         WHERE file_id = %(file_id)s AND line >= %(first)s AND gone_at IS NULL ORDER BY line LIMIT %(limit)s
    """,
    "rejected": """
        SELECT line FROM settlement_other_lines
         WHERE file_id = %(file_id)s AND line >= %(first)s AND role = 'rejected' ORDER BY line LIMIT %(limit)s
    """,
}
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
    return _read(file_id, raw_rows(file_id, first, min(first + limit - 1, LAST_LINE)))


def rows_alone(file_id: UUID, only: str, *, first: int, limit: int = ROWS_MOST) -> Sequence[FileRow]:
    """From a line on, the rows that are `only` "differing" or "rejected"."""
    found: dict[int, bytes] = {}
    for row in run(ONLY[only], file_id=file_id, first=first, limit=limit):
        found |= raw_rows(file_id, row.line, row.line)
    return _read(file_id, found)


def rows_with(
    file_id: UUID, text: str, *, first: int, last: int, limit: int = ROWS_MOST
) -> tuple[Sequence[FileRow], int]:
    """From a line on, the rows that hold the text, whatever their letters' case; and the line up to which was searched:
    a file of a million rows is searched part by part."""
    wanted, found, line = text.casefold(), dict[int, bytes](), first
    end = min(last, first + SEARCHED_MOST - 1)
    while line <= end and len(found) < limit:
        until = min(line + SEARCHED_AT_ONCE - 1, end)
        for at, raw in sorted(raw_rows(file_id, line, until).items()):
            if wanted in shown(raw).casefold():
                found[at] = raw
            if len(found) == limit:
                return _read(file_id, found), at
        line = until + 1
    return _read(file_id, found), end


def _read(file_id: UUID, raw_by_line: Mapping[int, bytes]) -> Sequence[FileRow]:
    asked = {"file_id": file_id, "lines": list(raw_by_line)}
    parsed = {row.line: row for row in run(PARSED, **asked)}
    others = {row.line: row for row in run(OTHERS, **asked)}
    differing = {row.line: row for row in run(DIFFERING, **asked)}
    rows = []
    for line, raw in sorted(raw_by_line.items()):
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
