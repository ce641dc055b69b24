"""Rates by category: frozen with the checkout, whatever the plan becomes."""

from __future__ import annotations

from dataclasses import replace

from checkout.core.cause import Cause
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.orders.queries import get_order
from checkout.payments.commands import NewLine
from checkout.sellers.create import add_fee_plan
from checkout.sellers.queries import get_seller

CAUSE = Cause("cli", "test")


def test_an_order_keeps_the_rates_of_its_day(db, shop):
    """Ada: 10 %, books 5 %. 10.00 of books and 5.00 of other goods: 1.00. Later 50 % for books: the order keeps its."""
    with atomic() as session:
        add_fee_plan(session, shop.ada, commission_bps=1000, category_bps={"books": 500}, cause=CAUSE)
    eur = lambda amount: Money(amount, "EUR")  # noqa: E731
    lines = (
        NewLine("Novel", 2, eur(500), category="books"),
        NewLine("Mug", 1, eur(500)),
    )
    command = shop.command((1500,))
    command = replace(command, orders=(replace(command.orders[0], lines=lines),))
    order = shop.view(shop.start(command)).orders[0]

    with atomic() as session:
        add_fee_plan(session, shop.ada, commission_bps=1000, category_bps={"books": 5000}, cause=CAUSE)

    shown = get_order(order.id)
    assert shown.commission == eur(100)
    assert [line.category for line in shown.lines] == ["books", None]
    (plan,) = get_seller(shop.ada).fee_plans
    assert (plan.version, plan.category_bps) == (3, {"books": 5000})
