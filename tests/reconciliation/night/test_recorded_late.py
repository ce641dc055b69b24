"""What was recorded long after its day is looked for by the nights that follow, not only by who compares that day by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from checkout.reconciliation.night.again import days_to_compare_again
from tests.reconciliation.conftest import DAY, alerts, compare, csv_of, days_later, receive


def the_night_of(day: date) -> None:
    """The day, then those before it that it may have changed."""
    if day != DAY:
        receive(csv_of([]), day=day, name=f"{day}.csv")
    compare(day)
    for earlier in days_to_compare_again("stripe", day):
        compare(earlier)


def heard_of_on_the_20th(night: Any, minor: int, currency: str) -> Any:
    """The file of the 14th has no row of it, and the nights up to the 18th have nothing to wait for."""
    receive(csv_of([]))
    the_night_of(DAY)
    for later in range(1, 5):
        days_later(later)
        the_night_of(DAY + timedelta(days=later))
    days_later(6)
    charge = night.charge(minor, 7, currency)
    the_night_of(DAY + timedelta(days=6))
    return charge


@pytest.mark.parametrize(("currency", "minor"), [("EUR", 2490), ("JPY", 2491), ("KWD", 12340)])
def test_a_bank_debit_that_no_file_tells_of_is_missing(
    db: Any, night: Any, currency: str, minor: int
) -> None:
    """Its charge is of the 14th, the bank says yes on the 20th: not missed at once, but in the night of the 22nd."""
    heard_of_on_the_20th(night, minor, currency)
    assert alerts(db) == []

    days_later(8)
    the_night_of(DAY + timedelta(days=8))

    assert alerts(db) == [("missing_at_psp", minor, currency, "open")]


@pytest.mark.parametrize("days", [7, 9])
def test_its_row_that_comes_in_the_days_after_is_its_row(db: Any, night: Any, days: int) -> None:
    """In the file of the 21st nobody is told; in that of the 23rd what was told in the night of the 22nd is closed."""
    charge = heard_of_on_the_20th(night, 2490, "EUR")
    for later in range(7, days):
        days_later(later)
        the_night_of(DAY + timedelta(days=later))
    days_later(days)
    receive(csv_of([charge.row()]), day=DAY + timedelta(days=days))
    compare(DAY + timedelta(days=days))
    for earlier in days_to_compare_again("stripe", DAY + timedelta(days=days)):
        compare(earlier)
    days_later(days + 2)
    the_night_of(DAY + timedelta(days=days + 2))

    assert alerts(db) == ([] if days == 7 else [("missing_at_psp", 2490, "EUR", "resolved")])
