"""An order as its row froze it, and as the journal booked it: read in one snapshot. No equation is made here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.orders.release_split import FrozenTerms, ReleaseSplit, split_release
from checkout.sellers.fees import FeePlan

MOVEMENTS_AT_MOST: Final = 1_000  # an order has a handful

ORDER: Final = """
    SELECT o.id, o.payment_id, o.storefront_id, o.seller_id, o.status, o.currency, o.amount_minor, o.commission_minor,
           o.logistics_fee_minor, o.tax_collected_by, o.tax_amount_minor, o.reserve_bps, o.reserve_days,
           o.amount_refunded_minor, o.amount_withdrawn_minor, o.logistics_returned_minor, o.released_at, sel.name,
           aside.minor AS set_aside_minor, aside.logistics_minor AS set_aside_logistics_minor,
           f.id AS plan_id, f.currency AS plan_currency, f.version, f.commission_bps, f.commission_fixed_minor,
           f.commission_minimum_minor, f.valid_from,
           (SELECT jsonb_object_agg(c.category, c.commission_bps)
              FROM fee_plan_categories c WHERE c.fee_plan_id = f.id) AS category_bps,
           (SELECT jsonb_object_agg(l.category, l.minor)
              FROM (SELECT category, sum(quantity * unit_amount_minor)::bigint AS minor
                      FROM order_lines WHERE order_id = o.id AND category IS NOT NULL GROUP BY category) l)
               AS by_category,
           (SELECT (e.data->>'seller_amount')::bigint FROM events e
             WHERE e.object = %(public_id)s AND e.type = 'order.released' ORDER BY e.sequence LIMIT 1)
               AS told_at_release,
           p.psp_session_id, p.psp_intent_id, p.psp_charge_id
      FROM orders o
      JOIN sellers sel ON sel.id = o.seller_id
      JOIN fee_plans f ON f.id = o.fee_plan_id
      JOIN payments p ON p.id = o.payment_id
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(x.card_minor + x.wallet_minor), 0)::bigint AS minor,
                  coalesce(sum(x.logistics_fee_minor), 0)::bigint AS logistics_minor
             FROM refund_parts x JOIN refunds r ON r.id = x.refund_id
            WHERE x.order_id = o.id AND r.status = 'awaiting_approval') aside
     WHERE o.id = %(id)s
"""

# Each entry that touched the order's money: the order's share of it on each account, credit positive.
MOVEMENTS: Final = """
    SELECT e.id AS entry_id, e.kind, e.source,
           -coalesce(sum(p.amount_minor) FILTER (WHERE a.kind = 'seller_pending'), 0)::bigint AS pending,
           -coalesce(sum(p.amount_minor) FILTER (WHERE a.kind = 'seller_available'), 0)::bigint AS available,
           -coalesce(sum(p.amount_minor) FILTER (WHERE a.kind = 'seller_reserve'), 0)::bigint AS reserved,
           -coalesce(sum(p.amount_minor) FILTER (WHERE a.kind = 'commission_revenue'), 0)::bigint AS commission,
           -coalesce(sum(p.amount_minor) FILTER (WHERE a.kind = 'logistics_revenue'), 0)::bigint AS logistics,
           -coalesce(sum(p.amount_minor) FILTER (WHERE a.kind = 'tax_payable'), 0)::bigint AS tax
      FROM postings p
      JOIN ledger_accounts a ON a.id = p.account_id
      JOIN journal_entries e ON e.id = p.entry_id
     WHERE p.order_id = %(id)s AND p.currency = %(currency)s
     GROUP BY e.id ORDER BY e.sequence LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Movement:
    """What one entry did to the order. `from_outside`: what came in, or left, on the seller's and the fees' accounts
    together; a release only moves between them, so there it is zero."""

    entry_id: UUID
    kind: str
    source: str
    pending: int
    available: int
    reserved: int
    commission: int
    logistics: int
    tax: int

    @property
    def from_outside(self) -> int:
        return self.pending + self.available + self.reserved + self.commission + self.logistics + self.tax


@dataclass(frozen=True, slots=True)
class OrderBooks:
    """`told_at_release` is what the event order.released said the seller got. `set_aside`, of what was refunded, waits
    for a second person and is not booked."""

    id: UUID
    payment_id: UUID
    storefront_id: UUID
    seller_id: UUID
    seller_name: str
    status: str
    terms: FrozenTerms
    refunded: Money
    set_aside: Money
    set_aside_logistics: Money
    withdrawn: Money
    logistics_returned: Money
    reserve_days: int
    plan: FeePlan
    by_category: dict[str, Money]
    told_at_release: Money | None
    released_at: datetime | None
    psp_objects: tuple[str | None, ...]
    movements: Sequence[Movement]

    @property
    def public_id(self) -> str:
        return encode("ord", self.id)

    @property
    def currency(self) -> str:
        return self.terms.amount.currency

    def money(self, amount_minor: int) -> Money:
        return Money(amount_minor, self.currency)

    def total(self, name: str) -> Money:
        """All movements of one account together."""
        return self.money(sum(getattr(movement, name) for movement in self.movements))

    def as_booked(self) -> ReleaseSplit:
        """The same without what still waits for a second person."""
        return split_release(
            self.terms,
            refunded=self.refunded - self.set_aside,
            withdrawn=self.withdrawn,
            logistics_returned=self.logistics_returned - self.set_aside_logistics,
        )

    def by_rule(self) -> ReleaseSplit:
        """What the frozen terms make of what is left of the order now."""
        return split_release(
            self.terms,
            refunded=self.refunded,
            withdrawn=self.withdrawn,
            logistics_returned=self.logistics_returned,
        )


def read_books(session: Session, order_id: UUID) -> OrderBooks | None:
    """None where there is no such order."""
    row = execute(session, ORDER, id=order_id, public_id=encode("ord", order_id)).first()
    if row is None:
        return None
    movements = execute(session, MOVEMENTS, id=order_id, currency=row.currency, limit=MOVEMENTS_AT_MOST)
    return _books(row, [Movement(**movement._mapping) for movement in movements])


def _books(row: Row[Any], movements: Sequence[Movement]) -> OrderBooks:
    def money(amount_minor: int) -> Money:
        return Money(amount_minor, row.currency)

    return OrderBooks(
        id=row.id,
        payment_id=row.payment_id,
        storefront_id=row.storefront_id,
        seller_id=row.seller_id,
        seller_name=row.name,
        status=row.status,
        terms=FrozenTerms(
            amount=money(row.amount_minor),
            commission=money(row.commission_minor),
            logistics_fee=money(row.logistics_fee_minor),
            tax=money(row.tax_amount_minor if row.tax_collected_by == "platform" else 0),
            reserve_bps=row.reserve_bps,
        ),
        refunded=money(row.amount_refunded_minor),
        set_aside=money(row.set_aside_minor),
        set_aside_logistics=money(row.set_aside_logistics_minor),
        withdrawn=money(row.amount_withdrawn_minor),
        logistics_returned=money(row.logistics_returned_minor),
        reserve_days=row.reserve_days,
        plan=FeePlan(
            id=row.plan_id,
            currency=row.plan_currency,
            version=row.version,
            commission_bps=row.commission_bps,
            commission_fixed_minor=row.commission_fixed_minor,
            commission_minimum_minor=row.commission_minimum_minor,
            valid_from=row.valid_from,
            category_bps=row.category_bps or {},
        ),
        by_category={name: money(minor) for name, minor in (row.by_category or {}).items()},
        told_at_release=None if row.told_at_release is None else money(row.told_at_release),
        released_at=row.released_at,
        psp_objects=(row.psp_session_id, row.psp_intent_id, row.psp_charge_id),
        movements=movements,
    )
