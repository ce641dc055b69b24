"""Waiting until everybody who was writing to some tables has ended: what may still appear below a number is there then."""

from __future__ import annotations

import time
from collections.abc import Sequence

from checkout.db.statement import run

LOOK_EVERY_SECONDS = 0.02


def wait_for_writers(tables: Sequence[str], *, wait_seconds: float) -> bool:
    """True once all who write to the tables at this moment have ended; False if that takes longer than `wait_seconds`.

    Whoever draws a number of a table holds its lock for writing, from before he draws it until he is seen to have
    committed. So whoever holds a number below one that was read before is among those that are waited for.
    """
    deadline = time.monotonic() + wait_seconds
    waiting_for = _writers(tables)
    while waiting_for:
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_EVERY_SECONDS)
        waiting_for &= _writers(tables)
    return True


def _writers(tables: Sequence[str]) -> set[str]:
    """The transactions that write to the tables at this moment; others, however long, are nobody's concern."""
    rows = run(
        """
        SELECT virtualtransaction FROM pg_locks
         WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND relation = ANY(%(tables)s::regclass[]) AND mode = 'RowExclusiveLock'
        """,
        tables=list(tables),
    )
    return {row.virtualtransaction for row in rows}
