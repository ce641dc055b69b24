"""A seller's orders as the seller sees them: what each brings, why it is held, and which payout has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.orders.holds import Fulfilment, Hold, hold_of
from checkout.orders.release_split import FrozenTerms, ReleaseSplit, split_release
from checkout.reporting.paging import COUNTED, EXPORTED, Cut, Page, page_of
from checkout.reporting.seller_order_places import HELD, PLATFORM_TAX, Sort, page_statement
from checkout.sellers.verification import IS_VERIFIED


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """None does not filter. `held`: one of orders.holds.HoldReason. `payout`: the one that has it now. `created_before`
    is not included."""

    status: str | None = None
    currency: str | None = None
    held: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    payout: UUID | None = None


@dataclass(frozen=True, slots=True)
class SellerOrder:
    """One order. `split` is what becomes of its money; `payout_id` the payout that has it now."""

    id: UUID
    reference: str | None
    status: str
    items: int
    gross: Money
    split: ReleaseSplit
    hold: Hold | None
    released_at: datetime | None
    payout_id: UUID | None
    created_at: datetime

    @property
    def public_id(self) -> str:
        return encode("ord", self.id)

    @property
    def payout(self) -> str | None:
        return encode("po", self.payout_id) if self.payout_id else None

    @property
    def given_back(self) -> Money:
        """What was refunded or charged back."""
        return self.gross - self.split.left

    @property
    def net(self) -> Money:
        """What the seller gets in the end; the reserve is a part of it that comes later."""
        return self.split.earned + self.split.reserve


# Sales only: what was never paid is no order to a seller.
WHERE: Final = f"""
     WHERE o.seller_id = %(seller)s AND o.status NOT IN ('pending', 'canceled')
       AND (%(status)s::text IS NULL OR o.status = %(status)s)
       AND (%(currency)s::text IS NULL OR o.currency = %(currency)s)
       AND (%(created_from)s::timestamptz IS NULL OR o.created_at >= %(created_from)s)
       AND (%(created_before)s::timestamptz IS NULL OR o.created_at < %(created_before)s)
       AND (%(held)s::text IS NULL OR {HELD} = %(held)s)
       AND (%(payout)s::uuid IS NULL
            OR EXISTS (SELECT FROM payable_items i WHERE i.order_id = o.id AND i.payout_id = %(payout)s))
"""
ROWS: Final = f"""
    SELECT o.id, o.reference, o.status, o.currency, o.amount_minor, o.commission_minor, o.logistics_fee_minor,
           {PLATFORM_TAX} AS tax_minor, o.reserve_bps, o.amount_refunded_minor, o.amount_withdrawn_minor,
           o.logistics_returned_minor, o.shipped_at, o.deliver_by_at, o.delivered_at, o.release_due_at, o.released_at,
           o.refunds_in_flight, o.open_disputes, {IS_VERIFIED} AS verified, sel.hold_days, o.created_at,
           (SELECT coalesce(sum(l.quantity), 0) FROM order_lines l WHERE l.order_id = o.id AND l.kind = 'item') AS items,
           (SELECT i.payout_id FROM payable_items i WHERE i.order_id = o.id AND i.payout_id IS NOT NULL
             ORDER BY i.id LIMIT 1) AS payout_id
      FROM orders o JOIN sellers sel ON sel.id = o.seller_id
     {WHERE}
"""
COUNT: Final = f"""
    SELECT count(*) FROM (SELECT FROM orders o JOIN sellers sel ON sel.id = o.seller_id {WHERE} LIMIT %(most)s) AS found
"""
HELD_MOST: Final = 50
STILL_HELD: Final = f"""
    {ROWS} AND {HELD} IS NOT NULL AND o.created_at < %(before)s
     ORDER BY coalesce(o.release_due_at, o.deliver_by_at), o.id LIMIT %(limit)s
"""


def list_orders(
    seller_id: UUID, filters: OrderFilter, cut: Cut, now: datetime, *, sort: Sort = "-date"
) -> Page[SellerOrder]:
    """A page of the seller's orders, newest first or as asked for; `cut` names them by their public ids.

    Raises:
        NotFound: the cut's id is malformed.
    """
    parameters = {**asdict(filters), "seller": seller_id, "now": now}
    edge = cut.after or cut.before
    statement = page_statement(ROWS, sort, edge=edge is not None, backwards=cut.before is not None)
    edges = {"edge": decode("ord", edge)} if edge is not None else {}
    rows = [order_of(row, now) for row in run(statement, limit=cut.limit + 1, **parameters, **edges)]
    total = int(run(COUNT, most=COUNTED + 1, **parameters)[0][0])
    return page_of(rows, cut, total=total, key=lambda order: order.public_id)


def export_orders(
    seller_id: UUID, filters: OrderFilter, now: datetime, *, sort: Sort = "-date"
) -> list[SellerOrder]:
    """The first EXPORTED orders of the filter, in that order."""
    statement = page_statement(ROWS, sort, edge=False, backwards=False)
    rows = run(statement, limit=EXPORTED, seller=seller_id, now=now, **asdict(filters))
    return [order_of(row, now) for row in rows]


def still_held(
    seller_id: UUID, currency: str, *, before: datetime, now: datetime, limit: int = HELD_MOST
) -> Sequence[SellerOrder]:
    """Orders made before a moment whose money is held, those that come free first in front; one more than `limit`
    where there are more."""
    filters = asdict(OrderFilter(currency=currency))
    rows = run(STILL_HELD, limit=limit + 1, seller=seller_id, now=now, before=before, **filters)
    return [order_of(row, now) for row in rows]


def order_of(row: Row[Any], now: datetime) -> SellerOrder:
    split = split_of(row)
    found = Fulfilment(
        shipped_at=row.shipped_at,
        deliver_by_at=row.deliver_by_at,
        delivered_at=row.delivered_at,
        release_due_at=row.release_due_at,
        released_at=row.released_at,
        refunds_in_flight=row.refunds_in_flight,
        open_disputes=row.open_disputes,
        seller_verified=row.verified,
        hold_days=row.hold_days,
    )
    return SellerOrder(
        id=row.id,
        reference=row.reference,
        status=row.status,
        items=int(row.items),
        gross=Money(row.amount_minor, row.currency),
        split=split,
        hold=hold_of(row.status, split.left.amount_minor, found, now),
        released_at=row.released_at,
        payout_id=row.payout_id,
        created_at=row.created_at,
    )


def split_of(row: Row[Any]) -> ReleaseSplit:
    """What becomes of the order's money: by the rule that its release follows."""
    currency = row.currency
    terms = FrozenTerms(
        amount=Money(row.amount_minor, currency),
        commission=Money(row.commission_minor, currency),
        logistics_fee=Money(row.logistics_fee_minor, currency),
        tax=Money(row.tax_minor, currency),
        reserve_bps=row.reserve_bps,
    )
    return split_release(
        terms,
        refunded=Money(row.amount_refunded_minor, currency),
        withdrawn=Money(row.amount_withdrawn_minor, currency),
        logistics_returned=Money(row.logistics_returned_minor, currency),
    )
