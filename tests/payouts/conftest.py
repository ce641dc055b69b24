"""Sellers with money to be paid, made through the ledger's own recipes."""

from __future__ import annotations

from uuid import UUID

from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.ledger import chart, release_recipes
from checkout.ledger.entry import credit, debit
from tests.ledger.conftest import entry, post


def fund(seller: UUID, minor: int, currency: str = "EUR") -> UUID:
    """An order of the seller is captured and released, with nothing deducted; returns the order's id."""
    order, amount, nothing = new_uuid(), Money(minor, currency), Money.zero(currency)
    post(
        entry(
            debit(chart.psp_balance("stripe"), amount),
            credit(chart.seller_pending(seller), amount, order_id=order),
            kind="payment_captured",
        )
    )
    post(
        release_recipes.order_released(
            order_id=order,
            seller_id=seller,
            left=amount,
            commission=nothing,
            logistics_fee=nothing,
            tax=nothing,
            reserve=nothing,
        )
    )
    return order


def owe(seller: UUID, minor: int, currency: str = "EUR") -> None:
    """A dispute after the payout: the seller's balance is less by it, and may be a debt."""
    amount = Money(minor, currency)
    post(
        entry(
            debit(chart.seller_available(seller), amount),
            credit(chart.psp_balance("stripe"), amount),
            kind="dispute_withdrawn",
        )
    )
