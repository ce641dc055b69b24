"""The commission: a plan applied to one order. Literal amounts in three currencies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.core.money import CurrencyMismatch, Money
from checkout.sellers.fees import FeePlan, commission


def plan(bps, *, fixed=0, minimum=0, currency=None):
    return FeePlan(UUID(int=1), currency, 1, bps, fixed, minimum, datetime(2026, 1, 1, tzinfo=UTC))


def charged(fee_plan, gross, *, currency="EUR", logistics=0, tax=0):
    amount = commission(
        fee_plan,
        Money(gross, currency),
        logistics_fee=Money(logistics, currency),
        platform_tax=Money(tax, currency),
    )
    return amount.amount_minor


@pytest.mark.parametrize(
    ("fee_plan", "gross", "currency", "logistics", "tax", "expected"),
    [
        (plan(1000), 1500, "EUR", 300, 0, 150),  # 10 % of 15.00
        (plan(1000), 990, "EUR", 0, 0, 99),
        (plan(1000, fixed=30, currency="EUR"), 1500, "EUR", 300, 0, 180),  # 10 % + 0.30
        (plan(330), 1000, "JPY", 0, 0, 33),  # 3.3 % of 1 000 yen
        (plan(725), 7000, "KWD", 0, 0, 508),  # 507.5 rounds up
        (
            plan(200, minimum=750, currency="KWD"),
            500,
            "KWD",
            0,
            0,
            500,
        ),  # the minimum above the order: all of it
        (plan(200, minimum=750, currency="KWD"), 500, "KWD", 100, 0, 400),
        (plan(9000), 1000, "EUR", 200, 100, 700),  # what logistics and the kept tax leave
        (plan(0), 1000, "EUR", 0, 0, 0),
        (plan(10_000), 1000, "EUR", 1000, 0, 0),
        (plan(50), 100, "EUR", 0, 0, 1),  # exactly one half rounds up
        (plan(49), 100, "EUR", 0, 0, 0),
    ],
)
def test_the_commission_is_share_plus_fixed_at_least_the_minimum_at_most_what_is_left(
    fee_plan, gross, currency, logistics, tax, expected
):
    """min(max(share + fixed, minimum), gross − logistics − tax)."""
    assert charged(fee_plan, gross, currency=currency, logistics=logistics, tax=tax) == expected


def test_a_plan_of_another_currency_is_refused():
    """A fixed part of 0.30 EUR means nothing on a KWD order."""
    with pytest.raises(CurrencyMismatch):
        charged(plan(100, fixed=30, currency="EUR"), 500, currency="KWD")


@given(
    gross=st.integers(1, 99_999_999),
    bps=st.integers(0, 10_000),
    fixed=st.integers(0, 10_000),
    minimum=st.integers(0, 10_000),
    kept_percent=st.integers(0, 100),
)
def test_a_seller_never_owes_for_a_sale(gross, bps, fixed, minimum, kept_percent):
    """Whatever the plan says, 0 ≤ commission ≤ what logistics leaves."""
    logistics = gross * kept_percent // 100

    fee = charged(plan(bps, fixed=fixed, minimum=minimum, currency="EUR"), gross, logistics=logistics)

    assert 0 <= fee <= gross - logistics


@pytest.mark.parametrize(
    ("rates", "by_category", "expected"),
    [
        ({}, {"books": 1000}, 250),  # the plan has no rate for it: 10 % of 25.00
        ({"books": 500}, {}, 250),
        ({"books": 500}, {"books": 1000}, 200),  # 5 % of 10.00, 10 % of 15.00
        ({"books": 500, "toys": 2000}, {"books": 1000, "toys": 1500}, 350),
        ({"books": 0}, {"books": 2500}, 0),
        (
            {"books": 333, "toys": 333},
            {"books": 15, "toys": 15},
            248,
        ),  # 0.4995 + 0.4995 + 247 = 247.999, rounded once
    ],
)
def test_goods_of_a_category_have_their_own_share(rates, by_category, expected):
    """Of 25.00 EUR; what has no rate of its own is charged by the plan's."""
    fee_plan = replace(plan(1000), category_bps=rates)
    fee = commission(
        fee_plan,
        Money(2500, "EUR"),
        logistics_fee=Money(0, "EUR"),
        platform_tax=Money(0, "EUR"),
        by_category={name: Money(amount, "EUR") for name, amount in by_category.items()},
    )

    assert fee == Money(expected, "EUR")
