"""Reversals: the opposite entry, once, and only where no money moved outside."""

from __future__ import annotations

import pytest

from checkout.core.ids import new_uuid
from checkout.db.session import atomic
from checkout.ledger import chart, journal, recipes
from checkout.ledger.chart import PROMOTIONS, ROUNDING, psp_balance
from checkout.ledger.entry import PspNumber, credit, debit
from checkout.ledger.errors import EntryNotFound, ReversalRefused
from checkout.ledger.payout_recipes import payout_created
from checkout.ledger.recipes import OrderPart
from checkout.ledger.release_recipes import order_released
from checkout.ledger.reverse import KEYED_BY_THE_PSP, reverse_entry
from checkout.ledger.verify import verify_ledger
from tests.concurrency import at_once
from tests.ledger.conftest import CAUSE, balance, entry, eur, post


def reverse(entry_id):
    with atomic() as session:
        return reverse_entry(session, entry_id, cause=CAUSE)


@pytest.fixture
def credited(db):
    """Store credit of 4.90 given to a customer."""
    return post(entry(debit(PROMOTIONS, eur(490)), credit(chart.customer_wallet("cus_jo"), eur(490))))


def test_a_reversal_undoes_the_entry_and_names_it(db, credited):
    """Both stand in the journal; the accounts are where they were."""
    posted = reverse(credited.id)

    assert (balance(PROMOTIONS), balance(chart.customer_wallet("cus_jo"))) == (0, 0)
    (stored,) = db.rows("SELECT kind, reverses_entry_id FROM journal_entries WHERE id = %(id)s", id=posted.id)
    assert stored == {"kind": "reversal", "reverses_entry_id": credited.id}
    assert verify_ledger().holds


def test_an_entry_is_reversed_at_most_once(db, credited):
    """The second one is told so, and so is a reversal of the reversal."""
    posted = reverse(credited.id)

    with pytest.raises(ReversalRefused) as again:
        reverse(credited.id)
    with pytest.raises(ReversalRefused) as of_reversal:
        reverse(posted.id)

    assert (again.value.reason, of_reversal.value.reason) == ("already_reversed", "is_a_reversal")
    assert balance(PROMOTIONS) == 0


def test_of_ten_reversals_at_once_one_passes(db, credited):
    """The others are refused, not failed."""
    outcomes = at_once(*[lambda: reverse(credited.id)] * 10)

    refused = [outcome for outcome in outcomes if isinstance(outcome, ReversalRefused)]
    assert len(refused) == 9, outcomes
    assert balance(PROMOTIONS) == 0


def test_what_the_psp_moved_is_not_reversed(db, seller):
    """Not a charge, not a fee: a line in our books does not move the money back."""
    charge = post(
        recipes.payment_captured(
            payment_id=new_uuid(),
            psp="stripe",
            charge_id="ch_1",
            amount=eur(1500),
            orders=[OrderPart(new_uuid(), seller, eur(1500))],
        )
    )
    fee = post(recipes.psp_fee(source="pay_1", psp="stripe", number="txn_1", fee=eur(61)))

    for posted in (charge, fee):
        with pytest.raises(ReversalRefused) as refused:
            reverse(posted.id)
        assert refused.value.reason == "psp_moved_money"

    assert balance(psp_balance("stripe")) == 1439


def test_an_entry_of_any_kind_with_a_psp_number_is_not_reversed(db):
    """What counts is the number, not the name."""
    legs = (debit(ROUNDING, eur(1)), credit(psp_balance("stripe"), eur(1)))
    posted = post(journal.Entry("something_new", "txn_7", "x", legs, psp_number=PspNumber("stripe", "txn_7")))

    with pytest.raises(ReversalRefused) as refused:
        reverse(posted.id)

    assert refused.value.reason == "psp_moved_money"
    assert "something_new" not in KEYED_BY_THE_PSP


def test_what_a_payout_holds_does_not_come_free_by_a_reversal(db, seller):
    """10.50 released, reserved for a payout and on its way: reversed, they would be the seller's to be paid again."""
    order, nothing = new_uuid(), eur(0)
    charged = OrderPart(order, seller, eur(1050))
    post(
        recipes.payment_captured(
            payment_id=new_uuid(), psp="stripe", charge_id="ch_1", amount=eur(1050), orders=[charged]
        )
    )
    released = post(
        order_released(
            order_id=order,
            seller_id=seller,
            left=eur(1050),
            commission=nothing,
            logistics_fee=nothing,
            tax=nothing,
            reserve=nothing,
        )
    )
    reserved = post(payout_created(payout_id=new_uuid(), seller_id=seller, amount=eur(1050)))

    for posted in (reserved, released):
        with pytest.raises(ReversalRefused) as refused:
            reverse(posted.id)
        assert refused.value.reason == "follows_a_status"

    assert balance(chart.seller_available(seller)) == 0


def test_a_reversal_that_would_overdraw_is_refused(db, credited):
    """The customer has spent 1.00 of the credit: it cannot be taken back whole."""
    post(entry(debit(chart.customer_wallet("cus_jo"), eur(100)), credit(PROMOTIONS, eur(100))))

    with pytest.raises(ReversalRefused) as refused:
        reverse(credited.id)

    assert refused.value.reason == "wrong_side"
    assert balance(chart.customer_wallet("cus_jo")) == -390


def test_an_unknown_entry_is_not_found(db):
    """There is nothing to reverse."""
    with pytest.raises(EntryNotFound):
        reverse(new_uuid())
