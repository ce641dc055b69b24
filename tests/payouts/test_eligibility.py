"""What can be paid, and the first reason why not: literal amounts in EUR, JPY and KWD."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checkout.core.money import Money
from checkout.payouts.eligibility import REASONS, NotPayable, Payable, SellerFacts, Terms, assess

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def facts(minor=1050, currency="EUR", **changes):
    amount = Money(minor, currency)
    return replace(
        SellerFacts(
            free=amount,
            available=amount,
            active=True,
            verified=True,
            psp_account="acct_1",
            has_bank_account=True,
            paused_until=None,
            held_because=None,
            unresolved=False,
        ),
        **changes,
    )


def test_all_that_is_free_is_paid():
    assert assess(facts(), Terms(), NOW) == Payable(Money(1050, "EUR"), Money(0, "EUR"), Money(0, "EUR"))


def test_dinars_are_paid_in_steps_and_the_rest_is_carried():
    """6.492 KWD: 6.490 goes, 0.002 stays."""
    assert assess(facts(6492, "KWD"), Terms(step_minor=10), NOW) == Payable(
        Money(6490, "KWD"), Money(0, "KWD"), Money(2, "KWD")
    )


def test_less_than_a_step_waits():
    assert assess(facts(9, "KWD"), Terms(step_minor=10), NOW) == NotPayable("below_step")


@pytest.mark.parametrize(
    ("minor", "fee", "amount"),
    [(10_000, 100, 9_900), (10_001, 101, 9_900), (3_000, 50, 2_950), (40, 40, None)],
)
def test_an_instant_payout_costs_a_share_rounded_up_and_a_minimum(minor, fee, amount):
    """1 %, at least 0.50; where the fee eats all there is nothing to pay."""
    found = assess(facts(minor), Terms(fee_bps=100, fee_minimum_minor=50), NOW)

    if amount is None:
        assert found == NotPayable("below_step")
    else:
        assert found == Payable(Money(amount, "EUR"), Money(fee, "EUR"), Money(0, "EUR"))


@pytest.mark.parametrize(
    ("minor", "went", "is_paid"), [(500_000, 0, True), (500_001, 0, False), (1, 500_000, False)]
)
def test_an_instant_payout_has_a_limit_of_the_day(minor, went, is_paid):
    """5 000.00 within a day, what went already counted: at it all goes, above it nothing does."""
    found = assess(facts(minor, instant_minor=went), Terms(daily_most_minor=500_000), NOW)

    assert (found == NotPayable("above_instant_limit")) is not is_paid


def test_yen_have_no_decimals_to_lose():
    assert assess(facts(967, "JPY"), Terms(minimum_minor=967), NOW) == Payable(
        Money(967, "JPY"), Money(0, "JPY"), Money(0, "JPY")
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"active": False}, "suspended"),
        ({"verified": False}, "not_verified"),
        ({"psp_account": None}, "not_verified"),
        ({"has_bank_account": False}, "no_bank_account"),
        ({"paused_until": NOW + timedelta(hours=48)}, "bank_account_changed"),
        ({"held_because": "stock is being checked"}, "payouts_held"),
        ({"unresolved": True}, "payout_unresolved"),
        ({"free": Money(0, "EUR")}, "balance_not_positive"),
        ({"free": Money(-500, "EUR"), "available": Money(-500, "EUR")}, "balance_not_positive"),
        ({"available": Money(-1, "EUR")}, "balance_not_positive"),
        ({"available": Money(1049, "EUR")}, "movements_under_way"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_seller_who_cannot_be_paid_is_told_why(changes, code):
    """Every reason has words."""
    found = assess(facts(**changes), Terms(), NOW)

    assert isinstance(found, NotPayable)
    assert found.code == code
    assert found.words == REASONS[code]


def test_the_pause_ends_at_its_time():
    assert isinstance(assess(facts(paused_until=NOW), Terms(), NOW), Payable)
    assert assess(facts(paused_until=NOW + timedelta(seconds=1)), Terms(), NOW) == NotPayable(
        "bank_account_changed", until=NOW + timedelta(seconds=1)
    )


def test_below_the_minimum_nothing_is_paid_at_it_everything():
    assert assess(facts(999), Terms(minimum_minor=1000), NOW) == NotPayable("below_minimum")
    assert isinstance(assess(facts(1000), Terms(minimum_minor=1000), NOW), Payable)
