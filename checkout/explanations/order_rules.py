"""The rules an order's money follows, as its payment froze them, and the commission taken apart. Pure."""

from __future__ import annotations

from checkout.core.money import BASIS_POINTS, Money, round_half_up
from checkout.explanations.order_books import OrderBooks
from checkout.explanations.tree import Rule, Term, added, deducted
from checkout.sellers.fees import commission

FROZEN = "frozen when the payment was created"


def commission_rule(books: OrderBooks) -> Rule:
    """The plan of the order: the version that was in force, not today's."""
    plan = books.plan
    inputs: dict[str, str | int] = {
        "order": str(books.terms.amount),
        "basis_points": plan.commission_bps,
        "fixed_part": str(books.money(plan.commission_fixed_minor)),
        "minimum": str(books.money(plan.commission_minimum_minor)),
        "at_most": str(books.terms.amount - books.terms.logistics_fee - books.terms.tax),
    }
    inputs |= {f"basis_points_of_{name}": bps for name, bps in sorted(plan.category_bps.items())}
    version = f"fee plan, version {plan.version}, from {plan.valid_from.date().isoformat()}"
    return Rule("Commission", version, inputs, "half up, once")


def release_rules(books: OrderBooks) -> list[Rule]:
    """What is taken off an order at its release."""
    terms = books.terms
    rules = [commission_rule(books)]
    if terms.logistics_fee:
        rules.append(Rule("Logistics fee", FROZEN, {"fee": str(terms.logistics_fee)}, "none"))
    if terms.tax:
        rules.append(Rule("Tax kept by the platform", FROZEN, {"tax": str(terms.tax)}, "none"))
    if terms.reserve_bps:
        inputs = {"basis_points": terms.reserve_bps, "days": books.reserve_days}
        rules.append(Rule("Reserve", FROZEN, inputs, "down"))
    if books.refunded:
        inputs_of_refunds: dict[str, str | int] = {"refunded": str(books.refunded), "of": str(terms.amount)}
        rules.append(
            Rule(
                "Commission and tax given back with a refund",
                FROZEN,
                inputs_of_refunds,
                "half up, over all refunds",
            )
        )
    return rules


def commission_terms(books: OrderBooks) -> tuple[Money, list[Term]]:
    """The commission by the plan, and its parts: the share, the fixed part, the minimum, what the order can bear."""
    plan, amount = books.plan, books.terms.amount
    rated = {name: part for name, part in books.by_category.items() if name in plan.category_bps}
    rest = amount.amount_minor - sum(part.amount_minor for part in rated.values())
    exact = rest * plan.commission_bps + sum(
        part.amount_minor * plan.category_bps[name] for name, part in rated.items()
    )
    share = books.money(round_half_up(exact, BASIS_POINTS))
    fixed = books.money(plan.commission_fixed_minor)
    least = books.money(plan.commission_minimum_minor)
    raised = max(share + fixed, least)
    recomputed = commission(
        plan,
        amount,
        logistics_fee=books.terms.logistics_fee,
        platform_tax=books.terms.tax,
        by_category=books.by_category,
    )
    terms = [added("Share of the order" if not rated else "Shares of the order by category", share)]
    if fixed:
        terms.append(added("Fixed part", fixed))
    if raised != share + fixed:
        terms.append(added("Raised to the minimum", raised - share - fixed))
    if recomputed != raised:
        terms.append(deducted("More than the order leaves", raised - recomputed))
    return recomputed, terms
