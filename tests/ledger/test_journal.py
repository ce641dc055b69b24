"""Posting: a fact enters the journal once, whole, whoever brings it and however often."""

from __future__ import annotations

from uuid import UUID

import pytest

from checkout.core.cause import Cause
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import journal, recipes
from checkout.ledger.recipes import OrderPart

CAUSE = Cause("system", "test")


def test_it(db):
    pay = new_uuid()
    e = recipes.payment_captured(
        payment_id=pay,
        psp="stripe",
        charge_id="ch_1",
        amount=Money(2490, "EUR"),
        orders=[
            OrderPart(new_uuid(), new_uuid(), Money(1500, "EUR")),
            OrderPart(new_uuid(), new_uuid(), Money(990, "EUR")),
        ],
    )
    with atomic() as session:
        assert journal.post(session, e, cause=CAUSE)
    with atomic() as session:
        assert journal.post(session, e, cause=CAUSE) is None
    with atomic() as session:
        assert journal.post_many(session, [e, e], cause=CAUSE) == [None, None]
    f = recipes.psp_fee(source="pay_x", psp="stripe", number="txn_1", fee=Money(61, "EUR"))
    with atomic() as session:
        assert journal.post(session, f, cause=CAUSE)
    with atomic() as session:
        assert journal.post(session, f, cause=CAUSE) is None
    assert db.value("SELECT count(*) FROM ledger_checks_due") == 0
    print(db.rows("SELECT * FROM postings"))
