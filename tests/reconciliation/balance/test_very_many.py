"""More open differences, and more payments under way, than a night usually has: none of them is left out of the balance."""

from __future__ import annotations

from typing import Any

import pytest

from checkout.db.session import atomic
from checkout.reconciliation.balance.held import open_ones
from checkout.reconciliation.balance.weigh import weigh
from tests.payments.conftest import psp as psp
from tests.payments.conftest import shop as shop
from tests.reconciliation.conftest import DAY, NOON, Movement, compare, csv_of, receive

COUNT = 1_002


def all_of_it_is_explained(currency: str, minor: int) -> None:
    with atomic() as session:
        found = open_ones(session, "stripe", DAY).beyond[currency]
    assert sum(found) == minor
    for part in (0, minor, minor + 24 * 90):
        assert weigh(part, [0], found).difference_minor == 0
    assert weigh(minor - 1, [0], found).difference_minor == -1


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_rows_of_payments_under_way_are_counted_however_many(db: Any, shop: Any, currency: str) -> None:
    """1 002 rows of bank debits that have not succeeded by our books: 902 of 0.90, 100 of 24.90 (in minor units)."""
    payment = shop.started((2490,), "EUR")
    shop.hears(shop.psp.news(payment.psp_session_id, "processing"))
    rows = [
        Movement(f"txn_{n}", "", payment.public_id, 90 if n < 902 else 2490, 0, currency, at=NOON).row()
        for n in range(COUNT)
    ]
    receive(csv_of(rows))
    report = compare().report

    assert (report.waiting, report.open) == (COUNT, 0)
    all_of_it_is_explained(currency, -(902 * 90 + 100 * 2490))


def test_open_differences_are_counted_however_many(db: Any) -> None:
    """1 002 rows that nothing of ours answers to: 902 of 0.90 EUR, 100 of 24.90 EUR."""
    rows = [
        Movement(f"txn_{n}", "", "", 90 if n < 902 else 2490, 0, category="other_adjustment").row()
        for n in range(COUNT)
    ]
    receive(csv_of(rows))

    assert compare().report.open == COUNT
    all_of_it_is_explained("EUR", -(902 * 90 + 100 * 2490))
