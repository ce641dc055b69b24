"""The commission on an order. Pure: what a plan says, applied to one amount."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from checkout.core.money import Money, share_bps


@dataclass(frozen=True, slots=True)
class FeePlan:
    """One version of a seller's plan. `currency` None: for every currency that has no plan of its own; such a plan
    has no fixed part and no minimum, since those are amounts."""

    id: UUID
    currency: str | None
    version: int
    commission_bps: int
    commission_fixed_minor: int
    commission_minimum_minor: int
    valid_from: datetime


def commission(plan: FeePlan, gross: Money, *, logistics_fee: Money, platform_tax: Money) -> Money:
    """The plan's share of the order plus its fixed part, at least its minimum, at most what the order leaves after
    logistics and the tax that the platform keeps.

    Raises:
        CurrencyMismatch: the plan is for another currency, or the amounts differ in theirs.
    """
    currency = plan.currency or gross.currency
    wanted = share_bps(gross, plan.commission_bps) + Money(plan.commission_fixed_minor, currency)
    least = Money(plan.commission_minimum_minor, currency)
    most = gross - logistics_fee - platform_tax
    assert most.amount_minor >= 0, "logistics fee and tax lie within the order: checked before"
    return min(max(wanted, least), most)
