"""Where a payment's money goes, as equations that add up on the page, in minor units. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checkout.core.money import Money, total
from checkout.payments.timeline import TimelineItem
from checkout.payments.views import PaymentView


@dataclass(frozen=True, slots=True)
class Term:
    """One summand. `sign` is how it enters: -1 where it is taken off."""

    name: str
    amount: Money
    sign: int = 1


@dataclass(frozen=True, slots=True)
class Equation:
    """`terms` add up to `result`; where they do not, the page says by how much instead of hiding it."""

    name: str
    terms: tuple[Term, ...]
    result: Money

    @property
    def difference(self) -> Money:
        """What the terms lack; zero where the equation holds."""
        found = sum(term.sign * term.amount.amount_minor for term in self.terms)
        return Money(self.result.amount_minor - found, self.result.currency)


@dataclass(frozen=True, slots=True)
class MoneyPanel:
    """`psp_fees`: what the PSP took, in the currencies it settles in."""

    split: Equation
    platform: Equation
    psp_fees: tuple[Money, ...]


def money_of(view: PaymentView, items: Sequence[TimelineItem]) -> MoneyPanel:
    """The amount as the sellers' parts and the platform's; and what remains to the platform after the PSP's fee."""
    currency = view.currency
    orders = view.orders
    commission = total([order.commission for order in orders], currency)
    logistics = total([order.logistics_fee for order in orders], currency)
    tax = total([order.platform_tax for order in orders], currency)
    fees = _psp_fees(items)
    parts = [Term(f"to {order.seller_name}", order.seller_amount) for order in orders]
    if view.is_top_up:
        parts.append(Term("to the customer's store credit", view.amount))
    fee = next((each for each in fees if each.currency == currency), Money.zero(currency))
    return MoneyPanel(
        split=Equation(
            "Paid by the shopper",
            (
                *parts,
                Term("commission", commission),
                Term("logistics", logistics),
                *((Term("tax kept back", tax),) if tax else ()),
            ),
            view.amount,
        ),
        platform=Equation(
            "Left to the platform",
            (
                Term("commission", commission),
                Term("logistics", logistics),
                Term("PSP fee", fee, -1),
            ),
            commission + logistics - fee,
        ),
        psp_fees=fees,
    )


def _psp_fees(items: Sequence[TimelineItem]) -> tuple[Money, ...]:
    """What stands on the account of PSP fees for this payment: a debit is a cost."""
    totals: dict[str, int] = {}
    for item in items:
        if item.kind != "ledger_entry":
            continue
        for posting in item.data["postings"]:
            if posting["account"] == "psp_fees":
                totals[posting["currency"]] = totals.get(posting["currency"], 0) + posting["amount"]
    return tuple(Money(minor, currency) for currency, minor in sorted(totals.items()))
