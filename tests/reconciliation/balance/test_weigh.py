"""Our books of the PSP's balance against what it states."""

from __future__ import annotations

import pytest

from checkout.reconciliation.balance.weigh import weigh


@pytest.mark.parametrize(
    ("ours", "theirs", "open_ones", "difference"),
    [
        (100_00, [100_00], [], 0),
        (100_00, [95_00], [], 5_00),
        (95_00, [100_00], [], -5_00),
        (100_00, [75_10], [24_90], 0),  # the books are wrong by what the difference says
        (100_00, [100_00], [24_90], 0),  # the row was wrong: the balance bears our books out
        (100_00, [80_10], [24_90], -5_00),  # neither: five more are there than it explains
        (100_00, [95_00], [24_90, -3_00], 5_00 - 21_90),  # none of 0, 24.90, −3.00 and 21.90 is 5.00
        (100_00, [103_00], [24_90, -3_00], 0),
        (1_000, [1_000, 400], [], 0),  # a movement of the very moment is in the stated balance, or not
        (1_000, [1_600, 1_000], [], 0),
        (1_000, [1_600, 990], [], 10),
    ],
)
def test_what_no_choice_of_open_differences_explains_is_the_difference(ours, theirs, open_ones, difference):
    """Ours less theirs less what is open, in the minor units of a currency: the same for cents, yen and fils."""
    found = weigh(ours, theirs, open_ones)
    assert (found.difference_minor, found.open_minor) == (difference, sum(open_ones))


def test_of_very_many_open_differences_anything_between_their_extremes_may_be_one():
    """Thirty of them make a thousand million choices: they are not told apart, and nothing beyond them is let pass."""
    open_ones = [3**n for n in range(30)]
    assert weigh(sum(open_ones), [1], open_ones).difference_minor == 0
    assert weigh(0, [1], open_ones).difference_minor == -1 - sum(open_ones)


def test_a_row_that_our_books_follow_may_be_none_of_the_balance_s():
    """3.00 EUR were put aside by a row of the file; the PSP holds them, or still does not: neither is told, a cent more is."""
    assert weigh(97_00, [97_00], [], [-3_00]).difference_minor == 0
    assert weigh(97_00, [100_00], [], [-3_00]).difference_minor == 0
    assert weigh(97_00, [100_01], [], [-3_00]).difference_minor == -3_01
