"""Up to where the journal is final: below these numbers nothing can appear any more.

Numbers are given out in order but committed in any order: a row with a lower number may appear after one with a
higher. So: read how far the numbers have gone, then wait until every transaction that was running has ended.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from checkout.db.statement import run

WAIT_SECONDS = 5.0  # a statement's own limit is 5 s; what runs longer is left to the next period
LOOK_EVERY_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Horizon:
    """The last numbers below which nothing is missing."""

    sequence: int
    posting: int


def settled_horizon(*, wait_seconds: float = WAIT_SECONDS) -> Horizon | None:
    """The present horizon, once all who might still write below it have ended; None if that takes too long.

    A transaction has its own number before it draws one from a sequence: that is why the transactions are looked at
    after the sequences.
    """
    reached = run(
        """
        SELECT (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM journal_entries_sequence_seq) AS sequence,
               (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM postings_id_seq) AS posting
        """
    )[0]
    running_below = run("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")[0][0]
    deadline = time.monotonic() + wait_seconds
    while not run("SELECT pg_snapshot_xmin(pg_current_snapshot()) >= %(xid)s::xid8", xid=running_below)[0][0]:
        if time.monotonic() > deadline:
            return None
        time.sleep(LOOK_EVERY_SECONDS)
    return Horizon(reached.sequence, reached.posting)
