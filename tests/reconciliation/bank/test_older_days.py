"""The bank's leg when days are compared out of their order, or payouts lie further back than the days that are looked at."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import journal, payout_recipes
from tests.reconciliation.bank.test_bank import arrived, compare, credit, sent, statement
from tests.reconciliation.conftest import CAUSE, alerts
from tests.reconciliation.writers.told import Told

CURRENCIES = [("EUR", 488), ("JPY", 1000), ("KWD", 12340)]


def told_as_late(minor: int, currency: str) -> None:
    """Sent on Saturday the 14th, told on Monday the 23rd."""
    sent("txn_2", minor, currency)
    statement(credit(-100, "rent"), day=date(2026, 3, 23), id="STMT-1")
    compare(date(2026, 3, 23))


@pytest.mark.parametrize(("currency", "minor"), CURRENCIES)
def test_a_statement_of_before_it_was_sent_does_not_close_it(db: Any, currency: str, minor: int) -> None:
    """The statement of the 10th comes weeks late: what was sent on the 14th has not arrived by that."""
    told_as_late(minor, currency)
    statement(credit(-100, "rent"), day=date(2026, 3, 10), id="STMT-0")

    compare(date(2026, 3, 10))

    assert alerts(db) == [("payout_mismatch", minor, currency, "open")]


def test_one_that_never_came_stays_open_however_long(db: Any) -> None:
    """After four hundred days it is not told anew, and has not arrived either."""
    told_as_late(488, "EUR")
    statement(credit(-100, "rent"), day=date(2027, 5, 3), id="STMT-9")

    compare(date(2027, 5, 3))

    assert alerts(db) == [("payout_mismatch", 488, "EUR", "open")]


def came_back(number: str, minor: int, currency: str, at: datetime) -> None:
    with atomic() as session:
        entry = payout_recipes.psp_payout_failed(
            psp="stripe", number=number, amount=Money(minor, currency), effective_at=at
        )
        journal.post(session, entry, cause=CAUSE)


@pytest.mark.parametrize(("currency", "minor"), CURRENCIES)
def test_what_came_back_is_the_earliest_equal_one_however_long_ago_it_was_sent(
    db: Any, currency: str, minor: int
) -> None:
    """Sent on the 1st, back on the 11th, the same amount sent again on the 12th: the credit of the 14th is the second."""
    sent("txn_1", minor, currency, at=datetime(2026, 3, 1, 9, tzinfo=UTC))
    came_back("txn_1r", minor, currency, datetime(2026, 3, 11, 9, tzinfo=UTC))
    sent("txn_2", minor, currency, at=datetime(2026, 3, 12, 9, tzinfo=UTC))
    statement(Told("payout", minor, 0, currency, datetime(2026, 3, 14, 9, tzinfo=UTC), "STRIPE"))

    compare()

    assert ([row[0] for row in arrived(db)], alerts(db)) == (["txn_2", "txn_2"], [])
