"""Small tools for posting in tests: everything goes through journal.post() unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from uuid import UUID

import pytest

from checkout.core.cause import Cause
from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import balances, chart, journal
from checkout.ledger.chart import Account
from checkout.ledger.entry import Entry, Posting, credit, debit
from checkout.ledger.journal import PostedEntry

CAUSE = Cause("system", "test")
_keys = count(1)


def post(entry: Entry) -> PostedEntry | None:
    """In a transaction of its own."""
    with atomic() as session:
        return journal.post(session, entry, cause=CAUSE)


def balance(account: Account, currency: str = "EUR") -> int:
    with atomic() as session:
        return balances.balance(session, account, currency).amount_minor


def entry(*postings: Posting, kind: str = "suspense_cleared", key: str | None = None) -> Entry:
    """An entry of a kind that our own people post, so that nothing but its postings matters."""
    return Entry(kind, key or f"key-{next(_keys)}", "alr_test", postings)


def post_some(count: int) -> None:
    """So many cents of rounding, each an entry of its own, in one transaction."""
    cents = [
        entry(debit(chart.ROUNDING, eur(1)), credit(chart.psp_balance("stripe"), eur(1)))
        for _ in range(count)
    ]
    with atomic() as session:
        journal.post_many(session, cents, cause=CAUSE)


def eur(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


@pytest.fixture
def seller() -> UUID:
    return new_uuid()


@pytest.fixture
def captured(db, seller) -> Callable[[int], UUID]:
    """Books a capture of so many cents for the seller; returns the order's id."""

    def capture(amount_minor: int) -> UUID:
        order_id = new_uuid()
        post(
            entry(
                debit(chart.psp_balance("stripe"), eur(amount_minor)),
                credit(chart.seller_pending(seller), eur(amount_minor), order_id=order_id),
                kind="payment_captured",
            )
        )
        return order_id

    return capture
