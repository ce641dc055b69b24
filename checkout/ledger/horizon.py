"""Up to where the journal is final: below these numbers nothing can appear any more.

Numbers are given out in order but committed in any order: a row with a lower number may appear after one with a
higher. So: read how far the numbers have gone, then wait until everybody who was writing to the journal has ended.
"""

from __future__ import annotations

from dataclasses import dataclass

from checkout.db.statement import run
from checkout.db.writers import wait_for_writers

WAIT_SECONDS = 5.0  # a statement's own limit is 5 s; who writes for longer is left to the next period
TABLES = ("journal_entries", "postings")


@dataclass(frozen=True, slots=True)
class Horizon:
    """The last numbers below which nothing is missing."""

    sequence: int
    posting: int


def settled_horizon(*, wait_seconds: float = WAIT_SECONDS) -> Horizon | None:
    """The present horizon, once all who might still write below it have ended; None if that takes too long."""
    horizon = _reached()
    return horizon if wait_for_writers(TABLES, wait_seconds=wait_seconds) else None


def _reached() -> Horizon:
    row = run(
        """
        SELECT (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM journal_entries_sequence_seq) AS sequence,
               (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM postings_id_seq) AS posting
        """
    )[0]
    return Horizon(row.sequence, row.posting)
