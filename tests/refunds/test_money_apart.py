"""Money that is no order's: what the dashboard or a bank takes of it, and what a review then may give to the orders."""

from __future__ import annotations

import pytest

from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.payments.errors import InvalidPaymentState
from checkout.payments.review import approve_review, reject_review
from checkout.refunds.refund import read_refund
from tests.refunds.conftest import CAUSE
from tests.refunds.test_races import cancels
from tests.refunds.test_unapplied import gives_back, in_review

__all__ = ["in_review"]


def approves(payment):
    with atomic() as session:
        approve_review(session, payment.id, reason="as it is", cause=CAUSE)


def test_a_review_is_not_approved_with_money_that_went_back(desk, in_review):
    """30.00 for 15.00 are in review; 20.00 go back in the dashboard: 10.00 are left, and 15.00 are due."""
    desk.hears(desk.dashboard(in_review, 2000))
    with pytest.raises(InvalidPaymentState, match="00 EUR was received"):
        approves(in_review)
    with atomic() as session:
        reject_review(session, in_review.id, reason="too little", cause=CAUSE)
    gives_back(desk, in_review)
    assert desk.balances() == {}


def test_what_went_back_of_it_does_not_go_back_again(desk, in_review):
    """30.00 for 15.00; the 15.00 too much go back in the dashboard, then the review is approved."""
    desk.hears(desk.dashboard(in_review, 1500))
    approves(in_review)
    assert gives_back(desk, in_review) == []
    assert desk.balances() == {"psp_balance": 1500, "seller_pending:A": -1500}


def test_the_dashboard_gives_what_is_too_much_first(desk, in_review):
    """Approved: 15.00 are the order's, 15.00 wait to go back. Somebody gives 15.00 back by hand before our task does:
    they are those, not the seller's."""
    approves(in_review)
    desk.hears(desk.dashboard(in_review, 1500))
    assert gives_back(desk, in_review) == []
    assert desk.balances() == {"psp_balance": 1500, "seller_pending:A": -1500}
    assert desk.order(in_review.orders[0].id)["refunded"] == 0


def test_the_dashboard_gives_all_of_it(desk, in_review):
    """All 30.00 by hand: 15.00 that were nobody's and 15.00 of the order; no loss, and nothing stays behind."""
    approves(in_review)
    desk.hears(desk.dashboard(in_review, 3000))
    assert desk.entries()[-1] == (
        "external_refund",
        {"seller_pending:A": 1500, "unapplied": 1500, "psp_balance": -3000},
    )
    assert (desk.balances(), gives_back(desk, in_review)) == ({}, [])


def test_a_second_charge_takes_nothing_of_a_canceled_order(desk):
    """The order is canceled and its 15.00 come back from the bank: they stay the order's. The second charge went back already; what the dashboard gives of it once more is the platform's loss."""
    payment = desk.paid(1500)
    desk.shop.hears(desk.psp.captured(payment.psp_session_id, id="ch_second"), event="evt_2")
    desk.psp.back.took(f"pi_{payment.psp_session_id}", Money(3000, "EUR"))
    gives_back(desk, payment)
    refund = read_refund(cancels(desk, payment.orders[0].id))
    desk.sends(refund)
    desk.hears(desk.psp.back.bounce(refund.public_id))
    made = desk.psp.back.refund_elsewhere(f"pi_{payment.psp_session_id}", Money(1500, "EUR"), "ch_second")
    desk.hears(made)
    assert desk.entries()[-1] == ("external_refund", {"seller_losses": 1500, "psp_balance": -1500})
    assert desk.balances() == {"seller_losses": 1500, "unapplied": -1500}
    assert desk.order(payment.orders[0].id)["refunded"] == 0
