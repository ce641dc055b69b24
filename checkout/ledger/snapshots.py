"""Cached balances: what an account held up to a posting, so that a long-lived account need not be summed from its
beginning. Taken behind the journal, never by whoever posts; proven by verify against the postings."""

from __future__ import annotations

from checkout.core.clock import utcnow
from checkout.db.statement import run
from checkout.ledger.horizon import Horizon

POSTINGS_PER_SNAPSHOT = 200  # the tail that a balance adds up: well under a millisecond


def take_snapshots(horizon: Horizon) -> int:
    """Snapshots every account whose tail has grown long; returns how many. A second one at once changes nothing."""
    rows = run(
        """
        WITH touched AS (
            SELECT DISTINCT account_id FROM postings
             WHERE id > (SELECT coalesce(max(through_posting), 0) FROM balance_snapshots) AND id <= %(through)s
        )
        INSERT INTO balance_snapshots (account_id, through_posting, balance_minor, taken_at)
        SELECT touched.account_id, %(through)s, coalesce(last.balance_minor, 0) + tail.amount_minor, %(now)s
          FROM touched
          LEFT JOIN LATERAL (
              SELECT balance_minor, through_posting FROM balance_snapshots
               WHERE account_id = touched.account_id ORDER BY through_posting DESC LIMIT 1) AS last ON true
         CROSS JOIN LATERAL (
              SELECT count(*) AS postings, sum(amount_minor) AS amount_minor FROM postings
               WHERE account_id = touched.account_id
                 AND id > coalesce(last.through_posting, 0) AND id <= %(through)s) AS tail
         WHERE tail.postings >= %(enough)s
        ON CONFLICT (account_id, through_posting) DO NOTHING
        RETURNING account_id
        """,
        through=horizon.posting,
        enough=POSTINGS_PER_SNAPSHOT,
        now=utcnow(),
    )
    return len(rows)
