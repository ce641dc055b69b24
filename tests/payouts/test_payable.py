"""Every movement of a seller's available balance is one item, once, whoever looks how often."""

from __future__ import annotations

import pytest
from sqlalchemy import exc

from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.ledger import payout_recipes
from checkout.payouts import payable
from checkout.payouts.payable import collect_payable
from tests.concurrency import at_once
from tests.ledger.conftest import post
from tests.payouts.conftest import fund, owe


def items(db):
    return [
        (row["kind"], row["currency"], row["amount_minor"])
        for row in db.rows("SELECT kind, currency, amount_minor FROM payable_items ORDER BY id")
    ]


def test_what_was_earned_and_what_is_owed_become_items(db):
    """In the seller's favour is positive, whichever side the ledger writes it on."""
    seller, other = new_uuid(), new_uuid()
    order = fund(seller, 1050)
    fund(other, 967, "JPY")
    owe(seller, 300)

    assert collect_payable() == 3
    assert items(db) == [
        ("order_released", "EUR", 1050),
        ("order_released", "JPY", 967),
        ("dispute_withdrawn", "EUR", -300),
    ]
    assert db.value("SELECT order_id FROM payable_items WHERE amount_minor = 1050") == order
    assert db.value("SELECT count(*) FROM payable_items WHERE seller_id = %(s)s", s=seller) == 2


def test_looking_again_finds_only_what_is_new(db):
    seller = new_uuid()
    fund(seller, 1000)
    assert (collect_payable(), collect_payable()) == (1, 0)

    fund(seller, 500)

    assert collect_payable() == 1
    assert [minor for _, _, minor in items(db)] == [1000, 500]


def test_what_a_payout_itself_moves_is_no_item(db):
    """Its items are what it is made of; its fee is one of them."""
    seller, payout = new_uuid(), new_uuid()
    fund(seller, 10_000)
    ours = {"payout_id": payout, "seller_id": seller}
    post(payout_recipes.payout_fee_charged(**ours, fee=Money(100, "EUR")))
    post(payout_recipes.payout_created(**ours, amount=Money(9_900, "EUR")))
    post(payout_recipes.payout_released(**ours, amount=Money(9_900, "EUR")))

    collect_payable()

    assert items(db) == [("order_released", "EUR", 10_000), ("payout_fee_charged", "EUR", -100)]


def test_two_at_once_make_each_item_once(db):
    seller = new_uuid()
    for _ in range(5):
        fund(seller, 100)

    made = at_once(*[collect_payable] * 4)

    assert sorted(made) == [0, 0, 0, 5]
    assert len(items(db)) == 5


def test_the_journal_is_looked_through_in_bounded_steps(db, monkeypatch):
    """A step of three postings finds the same as one step over all."""
    monkeypatch.setattr(payable, "POSTINGS_PER_STEP", 3)
    seller = new_uuid()
    begin = db.value("SELECT last_value FROM postings_id_seq")
    db.rows("INSERT INTO payable_progress (through_posting) VALUES (%(begin)s)", begin=begin)
    for _ in range(4):
        fund(seller, 100)

    assert collect_payable() == 4


def test_a_second_look_at_the_same_journal_doubles_nothing(db):
    """The control: without the rule of one item per posting the second look would make it payable twice."""
    fund(new_uuid(), 100)
    collect_payable()
    db.rows("UPDATE payable_progress SET through_posting = 0")
    assert collect_payable() == 0

    db.rows("ALTER TABLE payable_items DROP CONSTRAINT each_posting_once")
    try:
        db.rows("UPDATE payable_progress SET through_posting = 0")
        with pytest.raises(exc.ProgrammingError, match="ON CONFLICT"):
            collect_payable()
    finally:
        db.rows("ALTER TABLE payable_items ADD CONSTRAINT each_posting_once UNIQUE (posting_id)")
