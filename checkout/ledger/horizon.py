"""Up to where the journal is final: below these numbers nothing can appear any more.

Numbers are given out in order but committed in any order: a row with a lower number may appear after one with a
higher. So: read how far the numbers have gone, then wait until everybody who was writing to the journal has ended.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from checkout.db.statement import run

WAIT_SECONDS = 5.0  # a statement's own limit is 5 s; who writes for longer is left to the next period
LOOK_EVERY_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Horizon:
    """The last numbers below which nothing is missing."""

    sequence: int
    posting: int


def settled_horizon(*, wait_seconds: float = WAIT_SECONDS) -> Horizon | None:
    """The present horizon, once all who might still write below it have ended; None if that takes too long.

    Whoever draws a number holds the table's lock for writing, from before he draws it until he is seen to have
    committed. So whoever holds a number below the horizon is among the writers that are looked up after it was read.
    """
    horizon = _reached()
    deadline = time.monotonic() + wait_seconds
    waiting_for = _writers()
    while waiting_for:
        if time.monotonic() > deadline:
            return None
        time.sleep(LOOK_EVERY_SECONDS)
        waiting_for &= _writers()
    return horizon


def _reached() -> Horizon:
    row = run(
        """
        SELECT (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM journal_entries_sequence_seq) AS sequence,
               (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM postings_id_seq) AS posting
        """
    )[0]
    return Horizon(row.sequence, row.posting)


def _writers() -> set[str]:
    """The transactions that write to the journal at this moment; others, however long, are nobody's concern."""
    rows = run(
        """
        SELECT virtualtransaction FROM pg_locks
         WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND relation IN ('journal_entries'::regclass, 'postings'::regclass) AND mode = 'RowExclusiveLock'
        """
    )
    return {row.virtualtransaction for row in rows}
