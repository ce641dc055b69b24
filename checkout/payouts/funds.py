"""Whether the platform's own balance at the PSP covers what is to be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from checkout.alerts import open_alert
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.psp import PaymentServiceProvider, PspError

PENDING: Final = "platform_funds_pending"


def cover(amounts: Sequence[Money], there: Mapping[str, Money]) -> tuple[list[bool], dict[str, Money]]:
    """Which of the amounts, in this order, can be sent of what is there, and what is then left. Pure: one that is too
    large is passed over, smaller ones behind it are not."""
    left, covered = dict(there), []
    for amount in amounts:
        rest = left.get(amount.currency, Money.zero(amount.currency)) - amount
        covered.append(rest.amount_minor >= 0)
        if covered[-1]:
            left[amount.currency] = rest
    return covered, left


def available(psp: PaymentServiceProvider, currency: str) -> Money:
    """What the PSP says can be sent now.

    Raises:
        PspError: it does not say.
    """
    balance = psp.fetch_balance()
    return next((money for money in balance.available if money.currency == currency), Money.zero(currency))


def shortfall(psp: PaymentServiceProvider, amount: Money) -> Money:
    """What is missing to send the amount, zero where nothing is; told to finance. Owns its transactions."""
    try:
        there = available(psp, amount.currency)
    except PspError:
        return amount  # nobody knows: the next look decides
    missing = amount - there
    if missing.amount_minor <= 0:
        return Money.zero(amount.currency)
    with atomic() as session:
        open_alert(
            session,
            code=PENDING,
            severity="high",
            subject=psp.name,
            detail=f"A payout of {amount} waits: {there} is available at the PSP, {missing} is missing",
            amount=missing,
            dedupe_key=f"{PENDING}:{psp.name}:{amount.currency}",
        )
    return missing
