"""Money adds up: allocation, rounding, exponents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.core.currencies import CODES, UnknownCurrency, exponent
from checkout.core.money import CurrencyMismatch, Money, allocate, round_half_up, share_bps, total


@pytest.mark.parametrize(
    ("whole", "weights", "parts"),
    [
        (Money(100, "EUR"), (1, 1, 1), (34, 33, 33)),
        (Money(2345, "KWD"), (7000, 5345), (1330, 1015)),
        (Money(10, "JPY"), (1, 2, 3), (2, 3, 5)),
        (Money(-100, "EUR"), (1, 1, 1), (-34, -33, -33)),
        (Money(1, "JPY"), (5, 5), (1, 0)),
        (Money(0, "EUR"), (0, 0), (0, 0)),
    ],
)
def test_an_amount_is_split_by_largest_remainder(whole, weights, parts):
    """Literal splits; ties go to the earlier weight."""
    assert tuple(part.amount_minor for part in allocate(whole, weights)) == parts


@given(
    amount=st.integers(-(10**9), 10**9),
    weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any),
)
def test_parts_add_up_and_stay_within_one_unit_of_their_share(amount, weights):
    """For any amount and weights: the sum is the whole, and no part is a whole unit off its exact share."""
    parts = allocate(Money(amount, "EUR"), weights)

    assert total(parts, "EUR") == Money(amount, "EUR")
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.amount_minor * sum(weights) - amount * weight) < sum(weights)


def test_an_amount_is_not_split_by_nothing():
    """No weights, negative weights, or all zero for an amount: refused."""
    for weights in ((), (-1, 2), (0, 0)):
        with pytest.raises(ValueError):
            allocate(Money(5, "EUR"), weights)


@pytest.mark.parametrize(
    ("amount", "bps", "share"),
    [
        (Money(1500, "EUR"), 1000, 150),
        (Money(1000, "JPY"), 330, 33),
        (Money(7000, "KWD"), 725, 508),  # 507.5
        (Money(-7000, "KWD"), 725, -508),
        (Money(49, "EUR"), 100, 0),  # 0.49
        (Money(50, "EUR"), 100, 1),  # 0.50
    ],
)
def test_a_share_is_rounded_half_up(amount, bps, share):
    """Half a minor unit goes away from zero."""
    assert share_bps(amount, bps).amount_minor == share


@given(numerator=st.integers(-(10**12), 10**12), denominator=st.integers(1, 10**6))
def test_rounding_is_symmetric_and_never_more_than_half_off(numerator, denominator):
    rounded = round_half_up(numerator, denominator)

    assert abs(2 * (rounded * denominator - numerator)) <= denominator
    assert round_half_up(-numerator, denominator) == -rounded


@pytest.mark.parametrize(
    ("code", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("IQD", 3), ("MGA", 2), ("ISK", 0), ("HUF", 2)]
)
def test_exponents_are_those_of_iso_4217(code, digits):
    """Where the locale library or a PSP differ (IQD, MGA, ISK), ISO's number is ours."""
    assert exponent(code) == digits


def test_no_currency_stands_in_two_lists():
    """The table is built from three lists; each code is in one."""
    assert len(CODES) == 155
    with pytest.raises(UnknownCurrency):
        exponent("eur")


def test_currencies_do_not_mix():
    with pytest.raises(CurrencyMismatch):
        Money(1, "EUR") + Money(1, "USD")


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(2490, "EUR"), "24.90 EUR"),
        (Money(-5, "EUR"), "-0.05 EUR"),
        (Money(2490, "JPY"), "2490 JPY"),
        (Money(12345, "KWD"), "12.345 KWD"),
    ],
)
def test_money_is_written_with_its_currencys_decimals(money, text):
    assert str(money) == text


def test_a_float_or_bool_is_no_amount():
    """A bug, not bad input: the API has refused both long before."""
    for amount in (1.0, True):
        with pytest.raises(AssertionError):
            Money(amount, "EUR")
