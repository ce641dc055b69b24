"""Row locks that several packages take, in one order. Knows a table's name and nothing else of it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.db.statement import execute


def lock_payments(session: Session, ids: Iterable[UUID]) -> None:
    """Locks the payments' rows until the transaction ends: in id order, in one statement, so that no two callers
    can wait for each other."""
    execute(
        session,
        "SELECT id FROM payments WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE",
        ids=sorted(set(ids)),
    )
