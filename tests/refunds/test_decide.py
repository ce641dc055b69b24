"""Above the limit a second person lets a person's refund go, or does not."""

from __future__ import annotations

import pytest

from checkout import approvals
from checkout.core.cause import Cause
from checkout.core.ids import encode, new_uuid
from checkout.db.session import atomic
from checkout.refunds.decide import apply_decision
from checkout.refunds.errors import RefundExceedsCaptured
from checkout.refunds.refund import read_refund
from checkout.tasks import ClaimedTask
from tests.refunds.conftest import CAUSE, PEOPLE

SECOND = Cause("person", encode("usr", new_uuid()))


@pytest.fixture
def waiting(desk):
    """20 000.00 of which a person wants to give 15 000.00 back."""
    payment = desk.paid(2_000_000)
    return payment, desk.asks(payment, 1_500_000, cause=PEOPLE)


def decide(refund, *, approve):
    with atomic() as session:
        if approve:
            approvals.approve(session, refund.approval_id, by=SECOND)
        else:
            approvals.reject(session, refund.approval_id, by=SECOND, reason="no")
    task = ClaimedTask(
        new_uuid(), "default", "refunds.decided", {"approval": encode("apr", refund.approval_id)}, 1, 8, 1
    )
    with atomic() as session:
        apply_decision(session, task)
        apply_decision(session, task)


def test_until_it_is_approved_nothing_moves_and_nobody_else_has_it(desk, waiting):
    """Nothing is booked or sent; what is set aside cannot be refunded by somebody else, nor released."""
    payment, refund = waiting
    assert (refund.status, desk.sends(refund)) == ("awaiting_approval", None)
    assert desk.balances()["seller_pending:A"] == -2_000_000
    with pytest.raises(RefundExceedsCaptured):
        desk.asks(payment, 500_001)
    desk.released(payment)
    assert desk.order(payment.orders[0].id)["status"] == "delivered"


def test_approved_it_goes_once(desk, waiting):
    payment, refund = waiting
    decide(refund, approve=True)
    desk.sends(refund)
    assert (desk.status(refund), desk.refunded(payment)) == ("succeeded", 1_500_000)
    assert desk.balances() == {"psp_balance": 500_000, "seller_pending:A": -500_000}


def test_rejected_it_is_free_again(desk, waiting):
    payment, refund = waiting
    decide(refund, approve=False)
    failed = read_refund(refund.id)
    assert (failed.status, failed.failure_code, desk.refunded(payment)) == ("failed", "not_approved", 0)
    assert desk.order(payment.orders[0].id)["in_flight"] == 0
    assert desk.asks(payment).amount == payment.amount


def test_to_the_wallet_too_waits_and_is_there_when_approved(desk, db):
    payment = desk.paid(2_000_000)
    refund = desk.asks(payment, destination="wallet", cause=PEOPLE)
    assert db.value("SELECT count(*) FROM wallets") == 0
    decide(refund, approve=True)
    assert db.value("SELECT free_minor FROM wallets") == 2_000_000
    assert desk.order(payment.orders[0].id) | {"logistics": 0} == {
        "status": "closed",
        "refunded": 2_000_000,
        "to_wallet": 2_000_000,
        "in_flight": 0,
        "logistics": 0,
    }


def test_a_program_asks_for_nobodys_approval(desk):
    assert desk.asks(desk.paid(2_000_000), cause=CAUSE).status == "requested"


@pytest.mark.parametrize("destination", ["card", "wallet"])
def test_what_a_dispute_took_meanwhile_does_not_go_back_as_well(desk, destination):
    """15 000.00 of 20 000.00 wait; the bank disputes 5 000.01: approved now, the shopper would have 20 000.01."""
    payment = desk.paid(2_000_000)
    refund = desk.asks(payment, 1_500_000, cause=PEOPLE, destination=destination)
    desk.db.rows("UPDATE payments SET amount_disputed_minor = 500001")

    decide(refund, approve=True)

    failed = read_refund(refund.id)
    assert (failed.status, failed.failure_code, desk.refunded(payment)) == ("failed", "not_left", 0)
    assert desk.order(payment.orders[0].id)["in_flight"] == 0
    assert desk.entries("payment_captured", "psp_fee") == []
    assert desk.events() == ["refund.created", "refund.failed"]


def test_what_the_dashboard_gave_back_meanwhile_does_not_go_back_again(desk, waiting):
    """15 000.00 of 20 000.00 wait while 10 000.00 go back in the PSP's dashboard: 5 000.00 are left, too few."""
    payment, refund = waiting
    desk.hears(desk.dashboard(payment, 1_000_000))

    decide(refund, approve=True)

    assert read_refund(refund.id).failure_code == "not_left"
    assert desk.refunded(payment) == 1_000_000
    assert len(desk.psp.back.refunds) == 1


def test_a_dispute_of_the_rest_does_not_hinder_an_approval(desk, waiting):
    """5 000.00 are disputed, 15 000.00 go back: together what was captured."""
    _, refund = waiting
    desk.db.rows("UPDATE payments SET amount_disputed_minor = 500000")
    decide(refund, approve=True)
    assert desk.status(refund) == "requested"
