"""Reading the audit log in the order in which it was written, a bounded page at a time, and what is digested of a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from checkout.core.merkle import instant, leaf_digest
from checkout.core.strict_json import canonical

PAGE_ROWS = 1_000
COLUMNS = (
    "id, sequence, at, actor, role, action, object, before::text AS before, after::text AS after, reason,"
    " host(ip) AS ip, request_id"
)


@dataclass(frozen=True, slots=True)
class StoredRow:
    """An audit row as it is stored; before and after as PostgreSQL prints a jsonb value."""

    id: UUID
    sequence: int
    at: datetime
    actor: str
    role: str | None
    action: str
    object: str
    before: str | None
    after: str | None
    reason: str | None
    ip: str | None
    request_id: str | None

    @property
    def name(self) -> str:
        return f"row {self.sequence}"


def canonical_form(row: StoredRow) -> bytes:
    """A JSON object in UTF-8 with all columns, keys sorted, no spaces; the time in UTC with microseconds and "Z"."""
    return canonical({**asdict(row), "id": str(row.id), "at": instant(row.at)})


def leaf(row: StoredRow) -> bytes:
    return leaf_digest(canonical_form(row))


def rows_between(connection: Connection, after: int, through: int) -> Iterator[StoredRow]:
    """The rows with after < sequence ≤ through, in order."""
    position = after
    while True:
        page = connection.exec_driver_sql(
            f"""
            SELECT {COLUMNS} FROM audit_log
             WHERE sequence > %(after)s AND sequence <= %(through)s ORDER BY sequence LIMIT %(limit)s
            """,
            {"after": position, "through": through, "limit": PAGE_ROWS},
        ).all()
        if not page:
            return
        yield from (StoredRow(**row._mapping) for row in page)
        position = page[-1].sequence
