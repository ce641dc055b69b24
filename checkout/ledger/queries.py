"""Reading the journal, in the order in which it was written, a bounded page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

PAGE_ENTRIES = 1_000  # about 2 MB of Python objects


@dataclass(frozen=True, slots=True)
class JournalLine:
    """A posting as it is stored; the account's members are None where no such account exists."""

    number: int
    account_id: UUID
    account_kind: str | None
    account_owner: str | None
    account_currency: str | None
    order_id: UUID | None
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An entry as it is stored, with its postings in their order."""

    id: UUID
    sequence: int
    kind: str
    source_key: str
    source: str
    cause: str
    effective_at: datetime
    happened_at: datetime | None
    recorded_at: datetime
    reverses_entry_id: UUID | None
    lines: tuple[JournalLine, ...]


ENTRY_COLUMNS = """
    id, sequence, kind, source_key, source, cause, effective_at, happened_at, recorded_at, reverses_entry_id
"""


def entries_between(connection: Connection, after: int, through: int) -> Iterator[JournalEntry]:
    """The entries with after < sequence ≤ through, in order."""
    position = after
    while page := _page(connection, position, through):
        yield from page
        position = page[-1].sequence


def get_entry(connection: Connection, entry_id: UUID) -> JournalEntry | None:
    """One entry with its postings."""
    row = connection.exec_driver_sql(
        f"SELECT {ENTRY_COLUMNS} FROM journal_entries WHERE id = %(id)s", {"id": entry_id}
    ).first()
    return _with_lines(connection, [row])[0] if row else None


def entries_of(connection: Connection, source: str) -> list[JournalEntry]:
    """The entries that came from one resource, in order: a payment has a handful."""
    rows = connection.exec_driver_sql(
        f"SELECT {ENTRY_COLUMNS} FROM journal_entries WHERE source = %(source)s ORDER BY sequence LIMIT %(limit)s",
        {"source": source, "limit": PAGE_ENTRIES},
    ).all()
    return _with_lines(connection, rows)


def _page(connection: Connection, after: int, through: int) -> list[JournalEntry]:
    rows = connection.exec_driver_sql(
        f"""
        SELECT {ENTRY_COLUMNS} FROM journal_entries
         WHERE sequence > %(after)s AND sequence <= %(through)s ORDER BY sequence LIMIT %(limit)s
        """,
        {"after": after, "through": through, "limit": PAGE_ENTRIES},
    ).all()
    return _with_lines(connection, rows)


def _with_lines(connection: Connection, rows: Any) -> list[JournalEntry]:
    if not rows:
        return []
    lines = connection.exec_driver_sql(
        """
        SELECT p.entry_id, p.id, p.account_id, a.kind, a.owner, a.currency AS account_currency, p.order_id,
               p.currency, p.amount_minor
          FROM postings AS p LEFT JOIN ledger_accounts AS a ON a.id = p.account_id
         WHERE p.entry_id = ANY(%(ids)s)
         ORDER BY p.entry_id, p.id
        """,
        {"ids": [row.id for row in rows]},
    )
    by_entry = {
        entry_id: tuple(_line(line) for line in group)
        for entry_id, group in groupby(lines, lambda line: line.entry_id)
    }
    return [_entry(row, by_entry.get(row.id, ())) for row in rows]


def _entry(row: Row[Any], lines: tuple[JournalLine, ...]) -> JournalEntry:
    return JournalEntry(
        id=row.id,
        sequence=row.sequence,
        kind=row.kind,
        source_key=row.source_key,
        source=row.source,
        cause=row.cause,
        effective_at=row.effective_at,
        happened_at=row.happened_at,
        recorded_at=row.recorded_at,
        reverses_entry_id=row.reverses_entry_id,
        lines=lines,
    )


def _line(row: Row[Any]) -> JournalLine:
    return JournalLine(
        number=row.id,
        account_id=row.account_id,
        account_kind=row.kind,
        account_owner=row.owner,
        account_currency=row.account_currency,
        order_id=row.order_id,
        currency=row.currency,
        amount_minor=row.amount_minor,
    )
