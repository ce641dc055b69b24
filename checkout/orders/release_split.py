"""What becomes of an order's money at its release. Pure: the terms frozen at checkout, less what was given back."""

from __future__ import annotations

from dataclasses import dataclass

from checkout.core.money import BASIS_POINTS, Money, round_half_up


@dataclass(frozen=True, slots=True)
class FrozenTerms:
    """An order's economics, as its payment froze them. `tax` is what the platform keeps; zero where the seller does."""

    amount: Money
    commission: Money
    logistics_fee: Money
    tax: Money
    reserve_bps: int


@dataclass(frozen=True, slots=True)
class ReleaseSplit:
    """`left` = commission + logistics_fee + tax + reserve + earned. `earned` may be negative: the seller then owes."""

    left: Money
    commission: Money
    logistics_fee: Money
    tax: Money
    reserve: Money

    @property
    def earned(self) -> Money:
        return self.left - self.commission - self.logistics_fee - self.tax - self.reserve


def split_release(
    terms: FrozenTerms, *, refunded: Money, withdrawn: Money, logistics_returned: Money
) -> ReleaseSplit:
    """The parts of what is left after refunds and disputes.

    Commission and tax are given back in proportion to what was refunded, rounded half up, so that a full refund gives
    back all; the logistics fee only where a refund said so. A dispute gives nothing back. The reserve is the share of
    what remains after the fees, rounded down.
    """
    left = terms.amount - refunded - withdrawn
    commission = terms.commission - given_back(terms.commission, refunded, terms.amount)
    tax = terms.tax - given_back(terms.tax, refunded, terms.amount)
    logistics_fee = terms.logistics_fee - logistics_returned
    base = left - commission - logistics_fee - tax
    reserve = Money(max(0, base.amount_minor) * terms.reserve_bps // BASIS_POINTS, left.currency)
    return ReleaseSplit(left, commission, logistics_fee, tax, reserve)


def given_back(fee: Money, refunded: Money, amount: Money) -> Money:
    """Of a fee on `amount`, the part that belongs to what was refunded of it so far."""
    return Money(
        round_half_up(fee.amount_minor * refunded.amount_minor, amount.amount_minor), amount.currency
    )
