"""The commission on an order. Pure: what a plan says, applied to one amount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from checkout.core.money import BASIS_POINTS, Money, round_half_up


@dataclass(frozen=True, slots=True)
class FeePlan:
    """One version of a seller's plan. `currency` None: for every currency that has no plan of its own; such a plan
    has no fixed part and no minimum, since those are amounts. `category_bps`: goods that have a share of their own."""

    id: UUID
    currency: str | None
    version: int
    commission_bps: int
    commission_fixed_minor: int
    commission_minimum_minor: int
    valid_from: datetime
    category_bps: Mapping[str, int] = field(default_factory=dict)


def commission(
    plan: FeePlan,
    gross: Money,
    *,
    logistics_fee: Money,
    platform_tax: Money,
    by_category: Mapping[str, Money] | None = None,
) -> Money:
    """The plan's share of the order plus its fixed part, at least its minimum, at most what the order leaves after
    logistics and the tax that the platform keeps.

    by_category: what of the order are goods of a category. Those for which the plan has a rate are charged by it, all
    the rest by the plan's own; the sum of the shares is rounded once.

    Raises:
        CurrencyMismatch: the plan is for another currency, or the amounts differ in theirs.
    """
    currency = plan.currency or gross.currency
    wanted = _share(plan, gross, by_category or {}) + Money(plan.commission_fixed_minor, currency)
    least = Money(plan.commission_minimum_minor, currency)
    most = gross - logistics_fee - platform_tax
    assert most.amount_minor >= 0, "logistics fee and tax lie within the order: checked before"
    return min(max(wanted, least), most)


def _share(plan: FeePlan, gross: Money, by_category: Mapping[str, Money]) -> Money:
    rated = {name: amount for name, amount in by_category.items() if name in plan.category_bps}
    rest = gross
    exact = 0
    for name, amount in rated.items():
        rest = rest - amount
        exact += amount.amount_minor * plan.category_bps[name]
    assert rest.amount_minor >= 0, "lines lie within their order: checked before"
    exact += rest.amount_minor * plan.commission_bps
    return Money(round_half_up(exact, BASIS_POINTS), gross.currency)
