"""One moment of the database for a whole explanation: what is posted meanwhile is in none of its parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.explanations.tree import Position


@contextmanager
def snapshot() -> Iterator[Session]:
    """A transaction that reads only, and sees one state of everything."""
    with atomic() as session:
        execute(session, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield session


def position(session: Session) -> Position | None:
    """The newest entry that the snapshot sees."""
    row = execute(session, "SELECT id, sequence FROM journal_entries ORDER BY sequence DESC LIMIT 1").first()
    return Position(row.id, row.sequence) if row else None
