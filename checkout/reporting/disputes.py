"""Disputes as those who answer them read them: what waits for evidence, due soonest first, and all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from checkout.core.ids import decode
from checkout.db.statement import run
from checkout.disputes.dispute import COLUMNS, Dispute, dispute_of
from checkout.disputes.queries import WITHIN
from checkout.identity.access import Reach
from checkout.reporting.paging import COUNTED, Cut, Page, page_of

WAITING_MOST: Final = 100

# Each round is answered once; a returned bank debit never.
WAITING: Final = f"""
    SELECT {COLUMNS} FROM disputes d
     WHERE {WITHIN} AND status IN ('warning', 'needs_response', 'appeal_needs_response')
       AND kind <> 'bank_return' AND NOT past_due AND (evidence_due_at IS NULL OR evidence_due_at > %(now)s)
       AND NOT EXISTS (
           SELECT FROM dispute_answers a WHERE a.dispute_id = d.id AND a.status <> 'refused'
              AND a.round = CASE d.status WHEN 'warning' THEN 'inquiry' WHEN 'appeal_needs_response' THEN 'appeal'
                                          ELSE 'dispute' END)
     ORDER BY evidence_due_at NULLS LAST, id LIMIT %(limit)s
"""
FOUND: Final = f"""{WITHIN}
       AND (%(status)s::text IS NULL OR status = %(status)s)
       AND (%(reason)s::text IS NULL OR reason = %(reason)s)
       AND (%(opened_from)s::timestamptz IS NULL OR opened_at >= %(opened_from)s)
       AND (%(opened_before)s::timestamptz IS NULL OR opened_at < %(opened_before)s)
"""
NEWEST: Final = f"SELECT {COLUMNS} FROM disputes d WHERE {FOUND} ORDER BY id DESC LIMIT %(limit)s"
OLDER: Final = (
    f"SELECT {COLUMNS} FROM disputes d WHERE {FOUND} AND id < %(edge)s ORDER BY id DESC LIMIT %(limit)s"
)
NEWER: Final = f"SELECT {COLUMNS} FROM disputes d WHERE {FOUND} AND id > %(edge)s ORDER BY id LIMIT %(limit)s"
COUNT: Final = f"SELECT count(*) FROM (SELECT FROM disputes d WHERE {FOUND} LIMIT %(most)s) AS found"
ENDED: Final = """
    SELECT count(*) FILTER (WHERE status = 'won') AS won, count(*) FILTER (WHERE status = 'lost') AS lost
      FROM disputes WHERE reason = %(reason)s AND status IN ('won', 'lost') AND kind <> 'bank_return'
"""


@dataclass(frozen=True, slots=True)
class DisputeFilter:
    """Which disputes the list shows; None does not filter."""

    status: str | None = None
    reason: str | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """How disputes of a reason ended so far."""

    won: int
    lost: int


def waiting(reach: Reach, now: datetime) -> Sequence[Dispute]:
    """What can be answered and was not, the soonest due first; at most WAITING_MOST + 1: one more tells that there is
    more."""
    return [dispute_of(row) for row in run(WAITING, now=now, limit=WAITING_MOST + 1, **_reach(reach))]


def list_disputes(filters: DisputeFilter, reach: Reach, cut: Cut) -> Page[Dispute]:
    """A page of them, the newest first.

    Raises:
        NotFound: the cut's id is malformed.
    """
    parameters: dict[str, Any] = {**asdict(filters), **_reach(reach)}
    total = int(run(COUNT, most=COUNTED + 1, **parameters)[0][0])
    edge = cut.after or cut.before
    statement = NEWEST if edge is None else (OLDER if cut.after else NEWER)
    if edge is not None:
        parameters["edge"] = decode("dp", edge)
    rows = [dispute_of(row) for row in run(statement, limit=cut.limit + 1, **parameters)]
    return page_of(rows, cut, total=total, key=lambda dispute: dispute.public_id)


def record_of(reason: str) -> Record:
    """Of the whole platform."""
    (row,) = run(ENDED, reason=reason)
    return Record(row.won, row.lost)


def _reach(reach: Reach) -> dict[str, Any]:
    return {
        "everything": reach.everything,
        "sellers": list(reach.sellers),
        "storefronts": list(reach.storefronts),
    }
