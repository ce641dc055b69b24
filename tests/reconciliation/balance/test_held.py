"""What of our books belongs to movements after the day's end."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from checkout.core.money import Money
from checkout.psp import BalanceTransaction
from checkout.reconciliation.balance.held import _ours, _theirs

AT = datetime(2026, 3, 15, 1, 0, tzinfo=UTC)


def moved(id: str, minor: int, fee: int = 0, source: str = "", second: int = 0) -> BalanceTransaction:
    amount, cost = Money(minor, "EUR"), Money(fee, "EUR")
    return BalanceTransaction(id, "charge", amount, cost, amount - cost, source, AT.replace(second=second))


def booked(minor: int, *numbers: str, key: str = "", whole: bool = False) -> Any:
    return SimpleNamespace(currency="EUR", minor=minor, numbers=list(numbers), source_key=key, whole=whole)


@pytest.mark.parametrize(
    ("entry", "ours"),
    [
        (booked(2_490, "txn_1"), 7_510),  # moved after the day
        (booked(2_490, "txn_9"), 10_000),  # booked late, moved before
        (booked(2_490, key="ch_1"), 7_510),  # its number is not learnt yet
        (booked(2_490, key="ch_9"), 10_000),
        (booked(2_490, "txn_9", key="ch_2"), 10_000),  # what is given back names the charge too
        (booked(2_490, "txn_9", "txn_1"), 9_000),  # of two movements of one entry one is after the day
        (booked(2_490, "txn_2", "txn_1"), 7_510),
    ],
)
def test_what_was_booked_for_a_later_movement_is_not_of_the_day(entry, ours):
    """100.00 EUR by our books now; after the day's end the PSP has moved 10.00 of txn_1, less a fee, and given back 14.90."""
    later = [moved("txn_1", 1_000, 39, "ch_1"), moved("txn_2", -1_490, 0, "ch_2")]
    assert _ours([booked(10_000, whole=True), entry], later)["EUR"] == ours


def test_of_the_very_moment_either_way_is_allowed():
    """50.00 stated; 10.00 came an hour ago, 3.00 and then 2.00 in the second of the asking."""
    later = [moved("txn_3", 200, second=31), moved("txn_2", 300, second=30), moved("txn_1", 1_000, second=1)]
    found = _theirs({"EUR": 5_000}, later, moment=AT.replace(second=30))
    assert found == {"EUR": [4_000, 3_700, 3_500]}
