"""How much of all open differences together is explained already, by currency: what rest.py says of each, a thousand at a
time."""

from __future__ import annotations

from collections import defaultdict
from typing import Final
from uuid import UUID

from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.reconciliation.desk.rest import all_unexplained

BATCH: Final = 1_000
BATCHES_MOST: Final = 100
BEGINNING: Final = UUID(int=0)

# Open alerts for which something may be posted or joined.
CANDIDATES: Final = """
    SELECT a.id FROM alerts a
     CROSS JOIN LATERAL (SELECT * FROM settlement_differences x WHERE x.alert_id = a.id ORDER BY x.found_at DESC LIMIT 1) d
     WHERE a.status <> 'resolved' AND a.id > %(after)s
       AND (d.gone_at IS NOT NULL OR EXISTS (
            SELECT FROM alert_notes n WHERE n.alert_id = a.id AND n.kind IN ('explained', 'linked', 'resolved')))
     ORDER BY a.id LIMIT %(limit)s
"""


def all_explained_in_parts() -> dict[str, int]:
    """By currency, ours − theirs in minor units; of what is gone, all that was posted for it."""
    sums: dict[str, int] = defaultdict(int)
    after = BEGINNING
    with atomic() as session:
        for _ in range(BATCHES_MOST):
            ids = execute(session, CANDIDATES, after=after, limit=BATCH).scalars().all()
            for found in all_unexplained(session, ids).values() if ids else ():
                sums[found.beyond.currency] += (found.whole - found.beyond).amount_minor
            if len(ids) < BATCH:
                break
            after = ids[-1]
    return sums
