"""Reads of payouts, for the API, the pages and the commands. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.core.money import Money
from checkout.db.statement import execute, run
from checkout.identity.access import Reach
from checkout.payouts.payout import COLUMNS, Payout, payout_of

ITEMS_SHOWN: Final = 1_000  # a payout of more says how many there are; its statement has them all

ITEMS: Final = """
    SELECT i.kind, i.order_id, i.entry_id, i.amount_minor, i.effective_at, count(*) OVER () AS whole
      FROM payout_lines l JOIN payable_items i ON i.id = l.item_id
     WHERE l.payout_id = %(id)s ORDER BY i.id LIMIT %(limit)s
"""
STEPS: Final = """
    SELECT from_status, to_status, cause, at FROM payout_transitions WHERE payout_id = %(id)s ORDER BY version
"""
# A storefront sees the payouts of those who have sold in it; a seller its own.
LISTED: Final = f"""
    SELECT {COLUMNS} FROM payouts
     WHERE (%(everything)s OR seller_id = ANY(%(sellers)s::uuid[])
            OR EXISTS (SELECT FROM orders o
                        WHERE o.seller_id = payouts.seller_id AND o.storefront_id = ANY(%(storefronts)s::uuid[])))
       AND (%(seller_id)s::uuid IS NULL OR seller_id = %(seller_id)s)
       AND (%(status)s::text IS NULL OR status = %(status)s)
       AND (%(currency)s::text IS NULL OR currency = %(currency)s)
       AND (%(kind)s::text IS NULL OR kind = %(kind)s)
"""
NEWEST: Final = f"{LISTED} ORDER BY created_at DESC, id DESC LIMIT %(limit)s"
OLDER: Final = f"""{LISTED} AND (created_at, id) < (%(edge_at)s, %(edge_id)s)
     ORDER BY created_at DESC, id DESC LIMIT %(limit)s"""
NEWER: Final = f"""{LISTED} AND (created_at, id) > (%(edge_at)s, %(edge_id)s)
     ORDER BY created_at, id LIMIT %(limit)s"""


@dataclass(frozen=True, slots=True)
class ItemView:
    """One part of a payout's amount. `entry_id` is None for what a currency's step leaves over."""

    kind: str
    order_id: UUID | None
    entry_id: UUID | None
    amount: Money
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class StepView:
    """One change of a payout's status, and what caused it."""

    from_status: str | None
    to_status: str
    cause: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PayoutView:
    """A payout with what it is made of, the first ITEMS_SHOWN, and its way so far, oldest first."""

    payout: Payout
    items: Sequence[ItemView]
    item_count: int
    steps: Sequence[StepView]


@dataclass(frozen=True, slots=True)
class PayoutFilter:
    """Which payouts a list shows; None does not filter."""

    seller_id: UUID | None = None
    status: str | None = None
    currency: str | None = None
    kind: str | None = None


def view_payout(session: Session, payout_id: UUID) -> PayoutView:
    """One payout as the caller's transaction sees it.

    Raises:
        NotFound: there is none.
    """
    row = execute(session, f"SELECT {COLUMNS} FROM payouts WHERE id = %(id)s", id=payout_id).first()
    if row is None:
        raise NotFound("no such payout")
    payout = payout_of(row)
    items = execute(session, ITEMS, id=payout_id, limit=ITEMS_SHOWN).all()
    steps = execute(session, STEPS, id=payout_id).all()
    return PayoutView(
        payout=payout,
        items=[
            ItemView(i.kind, i.order_id, i.entry_id, Money(i.amount_minor, payout.currency), i.effective_at)
            for i in items
        ],
        item_count=items[0].whole if items else 0,
        steps=[StepView(s.from_status, s.to_status, s.cause, s.at) for s in steps],
    )


def payout_within(text: str, reach: Reach) -> UUID:
    """A payout by its "po_…" id, where its seller lies within the reach.

    Raises:
        NotFound: malformed, unknown and outside the reach alike.
    """
    payout_id = decode("po", text)
    rows = run(
        """
        SELECT %(everything)s OR p.seller_id = ANY(%(sellers)s::uuid[])
               OR EXISTS (SELECT FROM orders o
                           WHERE o.seller_id = p.seller_id AND o.storefront_id = ANY(%(storefronts)s::uuid[])) AS within
          FROM payouts p WHERE p.id = %(id)s
        """,
        id=payout_id,
        **_reach(reach),
    )
    if not rows or not rows[0].within:
        raise NotFound("no such payout")
    return payout_id


def list_payouts(
    filters: PayoutFilter,
    reach: Reach,
    *,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
    before: tuple[datetime, UUID] | None = None,
) -> list[Payout]:
    """A page of payouts, newest first; an edge is the (created_at, id) of the row a page ends at."""
    assert after is None or before is None, "a page has one edge"
    parameters: dict[str, Any] = {**asdict(filters), **_reach(reach), "limit": limit}
    edge = after or before
    if edge is None:
        return [payout_of(row) for row in run(NEWEST, **parameters)]
    parameters |= {"edge_at": edge[0], "edge_id": edge[1]}
    if after is not None:
        return [payout_of(row) for row in run(OLDER, **parameters)]
    return [payout_of(row) for row in reversed(run(NEWER, **parameters))]


def _reach(reach: Reach) -> dict[str, Any]:
    return {
        "everything": reach.everything,
        "sellers": list(reach.sellers),
        "storefronts": list(reach.storefronts),
    }
