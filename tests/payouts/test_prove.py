"""The nightly proof: it holds after every way a payout can go, and names each thing that somebody breaks."""

from __future__ import annotations

import pytest

from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.ledger import chart
from checkout.ledger.entry import credit, debit
from checkout.payouts.decide import cancel_payout
from checkout.payouts.prove import PROVE_DUE, prove, prove_due
from checkout.tasks import ClaimedTask
from tests.ledger.conftest import CAUSE, entry, post
from tests.payouts.conftest import fund, owe, within
from tests.payouts.test_way_to_the_bank import ask, bank, go
from tests.payouts.test_what_else_happens import hear, reverse_outside


def wrong():
    return [(each.code, each.subject) for each in prove().wrong]


def break_it(db, table, statement, **parameters):
    """Past the triggers, as a hand in the database would."""
    db.rows(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    db.rows(statement, **parameters)
    db.rows(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.fixture
def sent(seller_of, psp):
    """A seller with a payout of 10.50 on its way."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    go(payout, psp)
    return seller, payout


def test_it_holds_wherever_a_payout_ends(db, psp, seller_of):
    """Reserved, sent, arrived, failed, returned, canceled, instant, stepped, in debt, taken back in the dashboard."""
    for end in ("reserved", "sent", "paid", "failed", "returned", "canceled", "recovered"):
        seller = seller_of()
        fund(seller, 1050)
        fund(seller, 6492, "KWD")
        payout = ask(seller, psp, method="instant" if end in ("paid", "failed") else "standard")
        ask(seller, psp, "KWD")
        if end == "canceled":
            within(cancel_payout, payout.id, by=CAUSE)
        elif end != "reserved":
            go(payout, psp)
        if end in ("paid", "returned", "recovered"):
            bank(psp, payout, "paid")
        if end in ("failed", "returned"):
            bank(psp, payout, "failed")
            go(payout, psp)
        if end == "recovered":
            hear(reverse_outside(psp, payout, 400), psp)
        owe(seller, 300)

    proof = prove()

    assert (proof.sellers, list(proof.wrong)) == (7, [])


def test_a_seller_who_was_sent_more_than_came_in_is_named(db, psp, sent):
    """A payout that says it arrived twice: both sides and the difference are told."""
    seller, payout = sent
    bank(psp, payout, "paid")
    db.rows("UPDATE payouts SET times_paid = 2 WHERE id = %(id)s", id=payout.id)

    (found,) = prove().wrong

    assert (found.code, found.subject) == ("seller_balance_wrong", encode("sel", seller))
    assert found.difference == Money(1050, "EUR")
    assert "10.50" in found.detail
    assert "21.00" in found.detail


def test_money_booked_to_a_payout_that_does_not_exist_is_named(db, sent):
    """Reserved without a payout: the seller's books balance, what is on its way does not."""
    seller, _ = sent
    post(
        entry(
            debit(chart.seller_available(seller), Money(5, "EUR")),
            credit(chart.payout_in_transit(seller), Money(5, "EUR")),
            kind="payout_created",
        )
    )

    assert wrong() == [("payouts_in_transit_wrong", encode("sel", seller))]


def test_a_payout_that_is_not_the_sum_of_its_items_is_named(db, sent):
    _, payout = sent
    break_it(db, "payout_lines", "DELETE FROM payout_lines")

    assert ("payout_sum_wrong", payout.public_id) in wrong()


def test_an_item_in_two_live_payouts_is_named(db, psp, sent):
    """And one that still names a payout which gave it back."""
    seller, payout = sent
    fund(seller, 500)
    second = ask(seller, psp)
    item = db.value("SELECT item_id FROM payout_lines WHERE payout_id = %(id)s", id=payout.id)
    db.rows("INSERT INTO payout_lines VALUES (%(payout)s, %(item)s)", payout=second.id, item=item)

    assert ("payout_item_wrong", f"item {item}") in wrong()


def test_each_night_a_critical_alert_names_the_seller_and_the_difference(db, psp, sent):
    """Once, however often the night's task runs."""
    seller, payout = sent
    bank(psp, payout, "paid")
    db.rows("UPDATE payouts SET times_paid = 2 WHERE id = %(id)s", id=payout.id)

    for _ in range(2):
        prove_due(ClaimedTask(new_uuid(), "default", PROVE_DUE, {}, 1, 8, 1))

    assert db.rows("SELECT code, severity, subject, amount_minor, currency FROM alerts") == [
        {
            "code": "seller_balance_wrong",
            "severity": "critical",
            "subject": encode("sel", seller),
            "amount_minor": 1050,
            "currency": "EUR",
        }
    ]
