"""What finance reads of payouts: the few figures of its first page, and which payouts wait for a second person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import run

FAILED_SINCE: Final = timedelta(days=30)
WAITING_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Figures:
    """`failed` and `returned` in the last 30 days; `unknown`: nobody has said yet whether the PSP sent them."""

    awaiting: int
    under_way: int
    unknown: int
    failed: int
    open_alerts: int
    held_sellers: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A payout that a second person has to let go: not whoever proposed it, nor who made the key that did."""

    id: UUID
    seller_id: UUID
    seller_name: str
    amount: Money
    kind: str
    proposer: str
    proposer_person: str | None
    expires_at: datetime
    created_at: datetime

    @property
    def public_id(self) -> str:
        return encode("po", self.id)

    @property
    def seller_public_id(self) -> str:
        return encode("sel", self.seller_id)

    def is_of(self, id: str) -> bool:
        return id in (self.proposer.partition(":")[2], self.proposer_person)


FIGURES: Final = """
    SELECT count(*) FILTER (WHERE status = 'awaiting_approval') AS awaiting,
           count(*) FILTER (WHERE status NOT IN ('paid', 'failed', 'returned', 'canceled')) AS under_way,
           count(*) FILTER (WHERE status = 'unknown') AS unknown,
           count(*) FILTER (WHERE status IN ('failed', 'returned') AND ended_at >= %(since)s) AS failed,
           (SELECT count(*) FROM alerts WHERE status <> 'resolved') AS open_alerts,
           (SELECT count(*) FROM payout_holds WHERE lifted_at IS NULL) AS held_sellers
      FROM payouts WHERE status NOT IN ('paid', 'canceled')
"""
WAITING: Final = """
    SELECT p.id, p.seller_id, sel.name, p.amount_minor, p.currency, p.kind, a.proposer, a.proposer_person,
           a.expires_at, p.created_at
      FROM payouts p JOIN sellers sel ON sel.id = p.seller_id JOIN approvals a ON a.id = p.approval_id
     WHERE p.status = 'awaiting_approval' ORDER BY p.created_at, p.id LIMIT %(limit)s
"""


def figures(now: datetime) -> Figures:
    (row,) = run(FIGURES, since=now - FAILED_SINCE)
    return Figures(**row._mapping)


def awaiting_approval() -> Sequence[Waiting]:
    """The oldest first, at most WAITING_MOST."""
    return [
        Waiting(
            row.id,
            row.seller_id,
            row.name,
            Money(row.amount_minor, row.currency),
            row.kind,
            row.proposer,
            row.proposer_person,
            row.expires_at,
            row.created_at,
        )
        for row in run(WAITING, limit=WAITING_MOST)
    ]
