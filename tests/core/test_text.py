"""Card numbers are recognised in text; near misses are not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.core.text import DIGIT_RUN, contains_card_number, did_you_mean


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


@given(st.text("0123456789 -", max_size=40))
@settings(max_examples=50)
def test_no_run_of_digits_is_overlooked(text):
    """What is too short to be looked at could not have been a card number; the longer runs are found whole."""
    whole = [run for run in re.findall("[0-9]+(?:[ -][0-9]+)*", text) if sum(map(str.isdigit, run)) >= 13]

    assert DIGIT_RUN.findall(text) == whole
