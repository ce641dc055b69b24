"""What the platform gives back of its fees with a refund. Pure: cumulative, so that any parts of a refund together give
back exactly what a whole one does."""

from __future__ import annotations

from dataclasses import dataclass

from checkout.core.money import Money
from checkout.orders.release_split import given_back
from checkout.orders.shares import OrderShare


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Of a refund's `amount` on an order, what the platform bears by giving back its fees."""

    amount: Money
    commission: Money
    logistics_fee: Money
    tax: Money


def give_back(share: OrderShare, amount: Money, *, with_logistics: bool) -> GivenBack:
    """The fees that `amount`, refunded on top of what was refunded before, gives back.

    Commission and tax follow all that was let go so far, this included, rounded half up; the logistics fee likewise,
    and only where the refund says so. A whole refund gives back exactly the whole fee, however it was divided.
    """
    before, after = share.let_go, share.let_go + amount
    logistics_fee = Money.zero(amount.currency)
    if with_logistics:
        logistics_fee = given_back(share.logistics_fee, after, share.amount) - share.logistics_returned
        logistics_fee = max(Money.zero(amount.currency), logistics_fee)
    return GivenBack(
        amount=amount,
        commission=_between(share.commission, before, after, share.amount),
        logistics_fee=logistics_fee,
        tax=_between(share.tax, before, after, share.amount),
    )


def earn_again(share: OrderShare, amount: Money, logistics_fee: Money) -> GivenBack:
    """The fees of a refund of `amount` that stands refunded now: those that the platform gives back when it lets it go,
    and earns again when it has failed. `logistics_fee` is what was written down with it.

    Computed from what stands refunded now, without it: other refunds may have come between.
    """
    before, after = share.let_go - amount, share.let_go
    return GivenBack(
        amount=amount,
        commission=_between(share.commission, before, after, share.amount),
        logistics_fee=logistics_fee,
        tax=_between(share.tax, before, after, share.amount),
    )


def _between(fee: Money, before: Money, after: Money, whole: Money) -> Money:
    return given_back(fee, after, whole) - given_back(fee, before, whole)
