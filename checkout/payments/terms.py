"""The terms of each order, frozen when its payment is created: who the seller is, which plan applies, what is
deducted. Pure: what was read is passed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from checkout.core.errors import FieldError
from checkout.core.money import Money
from checkout.payments.checks import logistics_of, platform_tax_of
from checkout.payments.commands import NewOrder
from checkout.payments.errors import SellerNotPayable
from checkout.sellers.fees import FeePlan, commission


@dataclass(frozen=True, slots=True)
class SellerTerms:
    """What was read of one seller for one currency."""

    id: UUID
    name: str
    status: str
    plan: FeePlan | None
    reserve_bps: int
    reserve_days: int


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """One order's deductions. A later tariff never changes them."""

    seller: SellerTerms
    plan: FeePlan
    commission: Money
    logistics_fee: Money
    tax_amount: Money


def freeze_terms(orders: Sequence[NewOrder], sellers: Mapping[UUID, SellerTerms]) -> tuple[OrderTerms, ...]:
    """The terms of each order, in their order.

    Raises:
        SellerNotPayable: an unknown or suspended seller, or one without a plan; points at each.
    """
    found = [sellers.get(order.seller_id) if order.seller_id else None for order in orders]
    refused = [
        FieldError(f"/orders/{index}/seller", "not_payable", "no such seller, or not active")
        for index, seller in enumerate(found)
        if seller is None or seller.status != "active" or seller.plan is None
    ]
    if refused:
        raise SellerNotPayable("a seller of this checkout cannot be paid", pointers=refused)
    return tuple(_terms(order, seller) for order, seller in zip(orders, found, strict=True) if seller)


def _terms(order: NewOrder, seller: SellerTerms) -> OrderTerms:
    assert seller.plan is not None
    logistics_fee = logistics_of(order)
    return OrderTerms(
        seller=seller,
        plan=seller.plan,
        commission=commission(
            seller.plan,
            order.amount,
            logistics_fee=logistics_fee,
            platform_tax=platform_tax_of(order),
            by_category=_by_category(order) if seller.plan.category_bps else None,
        ),
        logistics_fee=logistics_fee,
        tax_amount=order.tax_amount or Money.zero(order.amount.currency),
    )


def _by_category(order: NewOrder) -> dict[str, Money]:
    """What of the order's lines are goods of each category."""
    sums: dict[str, Money] = {}
    for line in order.lines:
        if line.category is not None:
            amount = Money(line.unit_amount.amount_minor * line.quantity, order.amount.currency)
            sums[line.category] = sums.get(line.category, Money.zero(amount.currency)) + amount
    return sums
