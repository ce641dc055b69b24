"""What stands behind one order's deductions: the plan of its commission, its reserve, and the payout that has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.orders.release_split import ReleaseSplit
from checkout.reporting.seller_order_places import PLATFORM_TAX
from checkout.reporting.seller_orders import split_of


@dataclass(frozen=True, slots=True)
class Plan:
    """One version of a fee plan. `currency` None: it is for every currency without a plan of its own."""

    version: int
    currency: str | None
    commission_bps: int
    fixed_minor: int
    minimum_minor: int
    category_bps: Mapping[str, int]
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """`split` by the release's own rule; `reserve_until` once it is held back; `payouts`: those that had it, newest
    last."""

    split: ReleaseSplit
    refunded: Money
    withdrawn: Money
    plan: Plan
    reserve_bps: int
    reserve_days: int
    reserve_until: datetime | None
    reserve_ended_at: datetime | None
    payouts: tuple[tuple[str, str], ...]


MONEY: Final = f"""
    SELECT o.currency, o.amount_minor, o.commission_minor, o.logistics_fee_minor, {PLATFORM_TAX} AS tax_minor,
           o.reserve_bps, o.reserve_days, o.amount_refunded_minor, o.amount_withdrawn_minor, o.logistics_returned_minor,
           f.version, f.currency AS plan_currency, f.commission_bps, f.commission_fixed_minor,
           f.commission_minimum_minor, f.valid_from, r.due_at, r.ended_at,
           coalesce((SELECT jsonb_object_agg(c.category, c.commission_bps)
                       FROM fee_plan_categories c WHERE c.fee_plan_id = f.id), '{{}}') AS category_bps
      FROM orders o JOIN fee_plans f ON f.id = o.fee_plan_id LEFT JOIN reserves r ON r.order_id = o.id
     WHERE o.id = %(id)s
"""
PAYOUTS: Final = """
    SELECT DISTINCT p.id, p.status, p.created_at
      FROM payable_items i JOIN payout_lines l ON l.item_id = i.id JOIN payouts p ON p.id = l.payout_id
     WHERE i.order_id = %(id)s ORDER BY p.created_at, p.id
"""


def money_of(order_id: UUID) -> OrderMoney:
    """The order is known to be there."""
    (row,) = run(MONEY, id=order_id)
    return OrderMoney(
        split=split_of(row),
        refunded=Money(row.amount_refunded_minor, row.currency),
        withdrawn=Money(row.amount_withdrawn_minor, row.currency),
        plan=Plan(
            version=row.version,
            currency=row.plan_currency,
            commission_bps=row.commission_bps,
            fixed_minor=row.commission_fixed_minor,
            minimum_minor=row.commission_minimum_minor,
            category_bps=row.category_bps,
            valid_from=row.valid_from,
        ),
        reserve_bps=row.reserve_bps,
        reserve_days=row.reserve_days,
        reserve_until=row.due_at,
        reserve_ended_at=row.ended_at,
        payouts=tuple((encode("po", found.id), found.status) for found in run(PAYOUTS, id=order_id)),
    )
