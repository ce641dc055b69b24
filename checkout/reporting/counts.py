"""The few figures of a home page: what happened today, what waits for a person. One statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from checkout.core.money import Money
from checkout.db.statement import run
from checkout.identity.access import Reach


@dataclass(frozen=True, slots=True)
class Overview:
    """`paid` is what was received today, one amount for each currency. `by_status` counts today's payments."""

    by_status: Mapping[str, int]
    paid: tuple[Money, ...]
    in_review: int
    unknown: int
    open_alerts: int

    @property
    def started(self) -> int:
        return sum(self.by_status.values())


COUNTS: Final = """
    WITH shops AS (SELECT id FROM storefronts WHERE %(everything)s OR id = ANY(%(storefronts)s)),
    today AS (
        SELECT p.status, p.currency, p.amount_received_minor, p.succeeded_at FROM payments p
         WHERE p.storefront_id IN (SELECT id FROM shops) AND p.created_at >= %(since)s)
    SELECT (SELECT COALESCE(jsonb_object_agg(s.status, s.n), '{}'::jsonb)
              FROM (SELECT status, count(*) AS n FROM today GROUP BY status) AS s) AS by_status,
           (SELECT COALESCE(jsonb_object_agg(c.currency, c.received), '{}'::jsonb)
              FROM (SELECT currency, sum(amount_received_minor)::bigint AS received FROM today
                     WHERE succeeded_at IS NOT NULL GROUP BY currency) AS c) AS paid,
           (SELECT count(*) FROM payments p WHERE p.status = 'in_review'
               AND p.storefront_id IN (SELECT id FROM shops)) AS in_review,
           (SELECT count(*) FROM payments p WHERE p.status = 'unknown' AND p.next_sync_at IS NOT NULL
               AND p.storefront_id IN (SELECT id FROM shops)) AS unknown,
           (SELECT count(*) FROM alerts l WHERE l.status <> 'resolved' AND %(everything)s) AS open_alerts
"""


def overview(reach: Reach, *, since: datetime) -> Overview:
    """What happened since a moment, and what waits now, within the reach. Alerts count for the platform alone."""
    (row,) = run(COUNTS, since=since, everything=reach.everything, storefronts=list(reach.storefronts))
    return Overview(
        by_status=row.by_status,
        paid=tuple(Money(minor, currency) for currency, minor in sorted(row.paid.items())),
        in_review=row.in_review,
        unknown=row.unknown,
        open_alerts=row.open_alerts,
    )
