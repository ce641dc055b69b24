"""Money that belongs to no live order gives itself back, each charge once."""

from __future__ import annotations

import pytest

from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.payments.review import approve_review, reject_review
from checkout.refunds.refund import read_refund
from checkout.refunds.unapplied import give_back_unapplied
from tests.refunds.conftest import CAUSE, EVENT


def gives_back(desk, payment):
    """As the task does that every such capture stages."""
    with atomic() as session:
        ids = give_back_unapplied(session, payment.id, psp=desk.psp, cause=EVENT)
    for id in ids:
        desk.sends(read_refund(id))
    return ids


def staged(desk):
    return {row["kind"] for row in desk.db.rows("SELECT kind FROM tasks WHERE status = 'ready'")}


def test_s9_yen_paid_after_the_cancel_go_back(desk):
    """2 000 come after the payment was canceled: one refund of them all, and nothing a second time."""
    payment = desk.shop.started((2000,), "JPY")
    session = payment.psp_session_id
    desk.shop.hears(desk.psp.news(session, "ended"), desk.psp.becomes(session, "canceled"))
    desk.shop.hears(desk.psp.captured(session))
    assert "refunds.give_back" in staged(desk)
    assert (len(gives_back(desk, payment)), gives_back(desk, payment)) == (1, [])
    assert desk.entries("psp_fee") == [
        ("payment_unapplied", {"psp_balance": 2000, "unapplied": -2000}),
        ("refund_requested", {"unapplied": 2000, "refund_in_transit": -2000}),
        ("refund_sent", {"refund_in_transit": 2000, "psp_balance": -2000}),
    ]
    assert (desk.balances(), desk.refunded(payment)) == ({}, 2000)
    assert "late_capture" in desk.alerts()


def test_a_second_charge_goes_back_to_its_own_charge(desk):
    """The shopper paid 15.00 twice: the second charge is given back, the orders keep the first."""
    payment = desk.paid(1500)
    second = desk.psp.captured(payment.psp_session_id, id="ch_second")
    desk.shop.hears(second, event="evt_2")
    (id,) = gives_back(desk, payment)
    assert read_refund(id).psp_charge_id == "ch_second"
    assert desk.balances() == {"psp_balance": 1500, "seller_pending:A": -1500}
    assert desk.asks(payment).amount == Money(1500, "EUR"), "the first is still there to be refunded"


@pytest.fixture
def in_review(desk):
    """30.00 were taken where 15.00 were asked for."""
    payment = desk.shop.started((1500,))
    desk.shop.hears(desk.psp.captured(payment.psp_session_id, amount=Money(3000, "EUR")))
    return payment


def test_a_review_decides_first(desk, in_review):
    assert gives_back(desk, in_review) == []


def test_a_rejected_review_gives_all_back(desk, in_review):
    desk.db.rows("UPDATE tasks SET status = 'done', finished_at = now()")
    with atomic() as session:
        reject_review(session, in_review.id, reason="not what was asked", cause=CAUSE)
    assert "refunds.give_back" in staged(desk)
    gives_back(desk, in_review)
    assert desk.balances() == {}


def test_an_approved_review_gives_back_what_was_too_much(desk, in_review):
    desk.db.rows("UPDATE tasks SET status = 'done', finished_at = now()")
    with atomic() as session:
        approve_review(session, in_review.id, reason="the rest goes back", cause=CAUSE)
    assert "refunds.give_back" in staged(desk)
    gives_back(desk, in_review)
    assert desk.balances() == {"psp_balance": 1500, "seller_pending:A": -1500}


def test_one_that_failed_lies_apart_again_and_is_not_tried_by_itself(desk):
    payment = desk.shop.started((2000,), "JPY")
    session = payment.psp_session_id
    desk.shop.hears(desk.psp.news(session, "ended"), desk.psp.becomes(session, "canceled"))
    desk.shop.hears(desk.psp.captured(session))
    (id,) = gives_back(desk, payment)
    desk.hears(desk.psp.back.bounce(read_refund(id).public_id))
    assert gives_back(desk, payment) == []
    assert desk.balances() == {"psp_balance": 2000, "unapplied": -2000}
    assert "refund_failed" in desk.alerts()


def test_what_the_dashboard_left_goes_back(desk):
    """3.00 of a late 15.00 were given back in the dashboard: the other 12.00 go back by themselves."""
    payment = desk.shop.started((1500,))
    session = payment.psp_session_id
    desk.shop.hears(desk.psp.news(session, "ended"), desk.psp.becomes(session, "canceled"))
    desk.shop.hears(desk.psp.captured(session))
    desk.hears(desk.dashboard(payment, 300))
    (id,) = gives_back(desk, payment)
    assert (read_refund(id).amount, desk.balances()) == (Money(1200, "EUR"), {})


def test_the_dashboard_was_faster(desk):
    """A late capture was given back in the PSP's dashboard before our own task ran: it is not given back again."""
    payment = desk.shop.started((1500,))
    session = payment.psp_session_id
    desk.shop.hears(desk.psp.news(session, "ended"), desk.psp.becomes(session, "canceled"))
    desk.shop.hears(desk.psp.captured(session))
    desk.hears(desk.dashboard(payment, 1500))
    assert gives_back(desk, payment) == []
    assert desk.balances() == {}
