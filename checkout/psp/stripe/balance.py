"""Our balance at Stripe and its movements."""

from __future__ import annotations

from checkout.core.money import Money
from checkout.psp.port import Balance, BalanceTransaction
from checkout.psp.stripe.reading import Object, listed, moment, money, reference_id, text


def balance_of(balance: Object) -> Balance:
    return Balance(available=_amounts(balance, "available"), pending=_amounts(balance, "pending"))


def balance_transaction_of(made: Object) -> BalanceTransaction:
    return BalanceTransaction(
        id=text(made, "id"),
        type=text(made, "type"),
        amount=money(made, "amount"),
        fee=money(made, "fee"),
        net=money(made, "net"),
        source=reference_id(made, "source") or "",
        created_at=moment(made, "created"),
    )


def _amounts(balance: Object, name: str) -> tuple[Money, ...]:
    return tuple(money(part, "amount") for part in listed(balance, name))
