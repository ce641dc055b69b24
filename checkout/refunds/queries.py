"""Reads of refunds, for the API, the pages and the commands. Nothing here changes anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.core.money import Money, total
from checkout.db.statement import execute, run
from checkout.identity.access import Reach
from checkout.refunds.refund import COLUMNS, Part, Refund, part_of, refund_of

PARTS: Final = """
    SELECT refund_id, order_id, seller_id, storefront_id, card_minor, wallet_minor, commission_minor,
           logistics_fee_minor, tax_minor
      FROM refund_parts WHERE refund_id = ANY(%(ids)s::uuid[]) ORDER BY refund_id, position
"""
LINES: Final = """
    SELECT r.refund_id, l.order_id, r.line_id, r.quantity FROM refund_lines r JOIN order_lines l ON l.id = r.line_id
     WHERE r.refund_id = ANY(%(ids)s::uuid[]) ORDER BY r.refund_id, l.order_id, l.position
"""
STEPS: Final = """
    SELECT from_status, to_status, cause, at FROM refund_transitions WHERE refund_id = %(id)s ORDER BY version
"""
# A storefront sees the refunds of its payments; a seller those of its orders.
WITHIN: Final = """
    (%(everything)s OR p.storefront_id = ANY(%(storefronts)s::uuid[])
     OR EXISTS (SELECT FROM refund_parts x WHERE x.refund_id = r.id AND x.seller_id = ANY(%(sellers)s::uuid[])))
"""
LISTED: Final = f"""
    SELECT {COLUMNS}, p.storefront_id FROM refunds r JOIN payments p ON p.id = r.payment_id
     WHERE {WITHIN}
       AND (%(payment_id)s::uuid IS NULL OR r.payment_id = %(payment_id)s)
       AND (%(status)s::text IS NULL OR r.status = %(status)s)
       AND (%(kind)s::text IS NULL OR r.kind = %(kind)s)
       AND (%(currency)s::text IS NULL OR r.currency = %(currency)s)
       AND (%(created_from)s::timestamptz IS NULL OR r.created_at >= %(created_from)s)
       AND (%(created_before)s::timestamptz IS NULL OR r.created_at < %(created_before)s)
       AND ((%(order_id)s::uuid IS NULL AND %(seller_id)s::uuid IS NULL) OR EXISTS (
            SELECT FROM refund_parts y WHERE y.refund_id = r.id
               AND (%(order_id)s::uuid IS NULL OR y.order_id = %(order_id)s)
               AND (%(seller_id)s::uuid IS NULL OR y.seller_id = %(seller_id)s)))
"""
NEWEST: Final = f"{LISTED} ORDER BY r.created_at DESC, r.id DESC LIMIT %(limit)s"
OLDER: Final = f"""{LISTED} AND (r.created_at, r.id) < (%(edge_at)s, %(edge_id)s)
     ORDER BY r.created_at DESC, r.id DESC LIMIT %(limit)s"""
NEWER: Final = f"""{LISTED} AND (r.created_at, r.id) > (%(edge_at)s, %(edge_id)s)
     ORDER BY r.created_at, r.id LIMIT %(limit)s"""
ONE: Final = f"""
    SELECT {COLUMNS}, p.storefront_id FROM refunds r JOIN payments p ON p.id = r.payment_id
     WHERE r.id = %(id)s AND {WITHIN}
"""


@dataclass(frozen=True, slots=True)
class LineView:
    """Pieces of a line that went back."""

    order_id: UUID
    line_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class StepView:
    """One change of a refund's status, and what caused it."""

    from_status: str | None
    to_status: str
    cause: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundView:
    """A refund as its reader may see it: a seller sees its own orders' part of it, and the amounts of that alone."""

    refund: Refund
    parts: Sequence[Part]
    lines: Sequence[LineView]
    steps: Sequence[StepView] = ()

    def of_sellers(self, sellers: frozenset[UUID]) -> RefundView:
        parts = [part for part in self.parts if part.seller_id in sellers]
        orders = {part.order_id for part in parts}
        currency = self.refund.currency
        card = total([part.card for part in parts], currency)
        wallet = total([part.wallet for part in parts], currency)
        refund = replace(
            self.refund, amount=card + wallet, card=card, wallet=wallet, excess=Money.zero(currency)
        )
        return replace(
            self, refund=refund, parts=parts, lines=[line for line in self.lines if line.order_id in orders]
        )


@dataclass(frozen=True, slots=True)
class RefundFilter:
    """Which refunds a list shows; None does not filter."""

    payment_id: UUID | None = None
    order_id: UUID | None = None
    seller_id: UUID | None = None
    status: str | None = None
    kind: str | None = None
    currency: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


Query = Callable[..., Sequence[Row[Any]]]


def find_within(text: str, reach: Reach) -> RefundView:
    """A refund by its "re_…" id, where its payment or one of its orders lies within the reach.

    Raises:
        NotFound: malformed, unknown and outside the reach alike.
    """
    return _one(decode("re", text), reach, run)


def view_refund(session: Session, refund_id: UUID, reach: Reach) -> RefundView:
    """One refund as the caller's transaction sees it.

    Raises:
        NotFound: there is none within the reach.
    """
    return _one(refund_id, reach, lambda sql, **parameters: execute(session, sql, **parameters).all())


def list_refunds(
    filters: RefundFilter,
    reach: Reach,
    *,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
    before: tuple[datetime, UUID] | None = None,
) -> list[RefundView]:
    """A page of refunds, newest first; an edge is the (created_at, id) of the row a page ends at."""
    assert after is None or before is None, "a page has one edge"
    parameters: dict[str, Any] = {**asdict(filters), **_reach(reach), "limit": limit}
    edge = after or before
    if edge is None:
        return _views(run(NEWEST, **parameters), reach, run)
    parameters |= {"edge_at": edge[0], "edge_id": edge[1]}
    if after is not None:
        return _views(run(OLDER, **parameters), reach, run)
    return _views(list(reversed(run(NEWER, **parameters))), reach, run)


def _one(refund_id: UUID, reach: Reach, query: Query) -> RefundView:
    views = _views(query(ONE, id=refund_id, **_reach(reach)), reach, query)
    if not views:
        raise NotFound("no such refund")
    steps = [StepView(s.from_status, s.to_status, s.cause, s.at) for s in query(STEPS, id=refund_id)]
    return replace(views[0], steps=steps)


def _views(rows: Sequence[Row[Any]], reach: Reach, query: Query) -> list[RefundView]:
    if not rows:
        return []
    ids = [row.id for row in rows]
    parts, lines = defaultdict(list), defaultdict(list)
    currencies = {row.id: row.currency for row in rows}
    for part in query(PARTS, ids=ids):
        values = dict(part._mapping)
        refund_id = values.pop("refund_id")
        parts[refund_id].append(part_of(values, currencies[refund_id]))
    for line in query(LINES, ids=ids):
        lines[line.refund_id].append(LineView(line.order_id, line.line_id, line.quantity))
    return [_view(row, parts[row.id], lines[row.id], reach) for row in rows]


def _view(row: Row[Any], parts: Sequence[Part], lines: Sequence[LineView], reach: Reach) -> RefundView:
    values = dict(row._mapping)
    storefront_id = values.pop("storefront_id")
    view = RefundView(refund_of(values), parts, lines)
    return view if reach.holds(storefront_id=storefront_id) else view.of_sellers(reach.sellers)


def _reach(reach: Reach) -> dict[str, Any]:
    return {
        "everything": reach.everything,
        "sellers": list(reach.sellers),
        "storefronts": list(reach.storefronts),
    }
