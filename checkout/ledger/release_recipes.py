"""The postings of a release: an order's money becomes the platform's fees, the seller's reserve and what the seller may
be paid. Pure, as recipes.py.

A leg of zero is left out; seller_available may stand on either side, so a leg that would be negative is its debit.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.ledger.chart import (
    COMMISSION_REVENUE,
    LOGISTICS_REVENUE,
    TAX_PAYABLE,
    seller_available,
    seller_pending,
    seller_reserve,
)
from checkout.ledger.entry import RELEASE, Entry, credit, debit, legs


def order_released(
    *,
    order_id: UUID,
    seller_id: UUID,
    left: Money,
    commission: Money,
    logistics_fee: Money,
    tax: Money,
    reserve: Money,
    effective_at: datetime | None = None,
) -> Entry:
    """The hold has passed: `left` of the order is split into the fees still due, the reserve and the seller's rest."""
    earned = left - commission - logistics_fee - tax - reserve
    order = encode("ord", order_id)
    return Entry(
        kind=RELEASE,
        source_key=order,
        source=order,
        postings=legs(
            debit(seller_pending(seller_id), left, order_id=order_id),
            credit(COMMISSION_REVENUE, commission, order_id=order_id),
            credit(LOGISTICS_REVENUE, logistics_fee, order_id=order_id),
            credit(TAX_PAYABLE, tax, order_id=order_id),
            credit(seller_reserve(seller_id), reserve, order_id=order_id),
            credit(seller_available(seller_id), earned, order_id=order_id),
        ),
        effective_at=effective_at,
    )


def reserve_released(
    *, order_id: UUID, seller_id: UUID, amount: Money, effective_at: datetime | None = None
) -> Entry:
    """The reserve's days have passed: what was held back of an order may be paid."""
    return _reserve_ended("reserve_released", order_id, seller_id, amount, effective_at)


def reserve_applied(
    *, order_id: UUID, seller_id: UUID, amount: Money, effective_at: datetime | None = None
) -> Entry:
    """The seller owes: what was held back of an order pays for it, before its days have passed."""
    return _reserve_ended("reserve_applied", order_id, seller_id, amount, effective_at)


def logistics_charge_key(order_id: UUID, time: int) -> str:
    """Closed, opened again and closed once more, an order is charged once more: `time` 0, 1, …"""
    order = encode("ord", order_id)
    return f"{order}:{time}" if time else order


def logistics_charged(
    *, order_id: UUID, seller_id: UUID, fee: Money, time: int = 0, effective_at: datetime | None = None
) -> Entry:
    """The goods were shipped, and all was given back before their release: the way has been gone all the same."""
    order = encode("ord", order_id)
    return Entry(
        kind="logistics_charged",
        source_key=logistics_charge_key(order_id, time),
        source=order,
        postings=legs(
            debit(seller_available(seller_id), fee, order_id=order_id),
            credit(LOGISTICS_REVENUE, fee, order_id=order_id),
        ),
        effective_at=effective_at,
    )


def _reserve_ended(
    kind: str, order_id: UUID, seller_id: UUID, amount: Money, effective_at: datetime | None
) -> Entry:
    order = encode("ord", order_id)
    return Entry(
        kind=kind,
        source_key=order,
        source=order,
        postings=legs(
            debit(seller_reserve(seller_id), amount, order_id=order_id),
            credit(seller_available(seller_id), amount, order_id=order_id),
        ),
        effective_at=effective_at,
    )
