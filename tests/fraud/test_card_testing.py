"""When figures look like stolen cards being tried out, and when they are just a good day."""

from __future__ import annotations

import pytest

from checkout.fraud.card_testing import Activity, suspicion


@pytest.mark.parametrize(
    ("figures", "found"),
    [
        # created, small, paid, declines, of one shopper
        ((40, 0, 5, 30, 3), "many_declines"),
        ((40, 0, 0, 500, 3), "many_declines"),
        ((60, 55, 4, 14, 2), "small_payments_declined"),
        ((10, 0, 8, 12, 12), "one_shopper_many_declines"),
    ],
)
def test_cards_being_tested_are_noticed(figures, found):
    """Many declines that outweigh what is paid; small amounts need fewer; or one shopper with a dozen."""
    assert suspicion(Activity(*figures)) == found


@pytest.mark.parametrize(
    "figures",
    [
        (20_000, 200, 15_000, 2_500, 4),  # the biggest day of the year, one decline in seven
        (2_000, 2_000, 1_700, 250, 3),  # a shop of stickers on a good day: all small, most paid
        (400, 400, 20, 5, 2),  # a release at noon: all small, pages still open, hardly a decline
        (500, 10, 120, 200, 4),  # a bank is down for ten minutes
        (30, 0, 0, 29, 5),  # a new shop whose first cards are declined
        (3, 3, 0, 11, 11),  # somebody at home with a card that does not work
        (0, 0, 0, 0, 0),
    ],
)
def test_a_good_day_and_a_bad_one_are_not_suspicious(figures):
    """A number alone never is."""
    assert suspicion(Activity(*figures)) is None
