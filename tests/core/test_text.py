"""Card numbers are recognised in text; near misses are not."""

from __future__ import annotations

import pytest

from checkout.core.text import contains_card_number, did_you_mean


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424242",
        "my card 4242 4242 4242 4242 ok",
        "3782-822463-10005",
        "x4000000000000002y",
        "5555555555554444.",
        "4242 4242 4242 4242 12/29 123",
        "4242424242424242 12/29 123",
        "order 1042 4242 4242 4242 4242",
        "12-29 378282246310005",
    ],
)
def test_a_card_number_is_seen(text):
    assert contains_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424241",
        "1042-A",
        "2026-12-01 12:00:00",
        "42424242424242424242",
        "4242  4242 4242 4242",
        "",
        "١٢٣٤",
    ],
)
def test_other_digits_are_not(text):
    """A wrong check digit, too many digits, two spaces, digits of another script."""
    assert not contains_card_number(text)


def test_a_misspelt_word_finds_its_neighbour():
    assert did_you_mean("ammount", ["amount", "currency"]) == "amount"
    assert did_you_mean("zzz", ["amount", "currency"]) is None
