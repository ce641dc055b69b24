"""An order's money as a seller reads it: from the gross amount through each deduction, with its rule, to the net. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checkout.core.money import Money
from checkout.orders.views import OrderView
from checkout.pages.charts import Step, waterfall
from checkout.pages.payment_money import Equation, Term
from checkout.reporting.seller_order import OrderMoney, Plan
from checkout.wording import money as wording
from checkout.wording import times


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the story. `change` is what it does to the sum; `rule` why, in words; `step` its bar."""

    name: str
    rule: str
    change: Money
    step: Step


@dataclass(frozen=True, slots=True)
class Story:
    """`parts` add up to `net`; `later` is the reserve, a part of the net that comes free on its own."""

    parts: Sequence[Part]
    net: Money
    net_step: Step
    later: Money

    @property
    def equation(self) -> Equation:
        terms = tuple(
            Term(part.name, -part.change if part.change.amount_minor < 0 else part.change, _sign(part.change))
            for part in self.parts
        )
        return Equation("Net", terms, self.net)


def story_of(order: OrderView, money: OrderMoney) -> Story:
    split = money.split
    found = [("Goods and shipping", "What the shopper pays for your part of the order.", order.amount)]
    if money.refunded:
        found.append(("Refunded", "Given back to the shopper.", -money.refunded))
    if money.withdrawn:
        found.append(("Charged back", "Taken by the shopper's bank.", -money.withdrawn))
    found.append(("Commission", _commission_rule(order, money), -split.commission))
    found.append(("Logistics", _logistics_rule(order, money), -split.logistics_fee))
    if order.platform_tax:
        found.append(("Tax", "Kept back by the platform, which pays it to the tax office.", -split.tax))
    steps = waterfall([change.amount_minor for _, _, change in found])
    return Story(
        parts=[
            Part(name, rule, change, step)
            for (name, rule, change), step in zip(found, steps[:-1], strict=True)
        ],
        net=split.earned + split.reserve,
        net_step=steps[-1],
        later=split.reserve,
    )


def plan_words(plan: Plan, currency: str) -> str:
    """ "Plan for all currencies, version 3, from 1 January 2026"."""
    kind = f"Plan for {plan.currency}" if plan.currency else "Plan for all currencies"
    return f"{kind}, version {plan.version}, from {times.day(plan.valid_from.date())}"


def rate_words(plan: Plan, currency: str) -> str:
    """ "12 %, for books 5 %, and 0.30 EUR per order, at least 1.00 EUR"."""
    said = percent(plan.commission_bps)
    for category, bps in sorted(plan.category_bps.items()):
        said += f", for {category} {percent(bps)}"
    if plan.fixed_minor:
        said += f", and {wording.with_code(Money(plan.fixed_minor, plan.currency or currency))} per order"
    if plan.minimum_minor:
        said += f", at least {wording.with_code(Money(plan.minimum_minor, plan.currency or currency))}"
    return said


def percent(bps: int) -> str:
    """ "12 %", "2.5 %": basis points without loss."""
    whole, rest = divmod(bps, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + " %"


def _commission_rule(order: OrderView, money: OrderMoney) -> str:
    currency = order.amount.currency
    said = f"{rate_words(money.plan, currency)} of {wording.with_code(order.amount)}, rounded half up."
    back = order.commission - money.split.commission
    if back:
        said += f" {wording.with_code(back)} of it was given back with the refund."
    return f"{said} {plan_words(money.plan, currency)}."


def _logistics_rule(order: OrderView, money: OrderMoney) -> str:
    back = order.logistics_fee - money.split.logistics_fee
    said = "Agreed with the shop when the order was made."
    return f"{said} {wording.with_code(back)} of it was given back with the refund." if back else said


def _sign(change: Money) -> int:
    return -1 if change.amount_minor < 0 else 1
