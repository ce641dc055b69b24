"""A refund, a dispute and the release of one order at one moment: no cent twice, none lost, whoever comes first."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from checkout.ledger.verify import verify_ledger
from checkout.orders.release import release_due
from checkout.refunds.errors import PaymentDisputed
from tests.concurrency import at_once
from tests.disputes.conftest import EVENT, Bank
from tests.orders.conftest import deliver, in_days, ship
from tests.psp.fake_disputes import FakeDisputes
from tests.refunds.conftest import Desk
from tests.refunds.fake_psp import RefundingPsp


@dataclass
class EveryWay(RefundingPsp, FakeDisputes):
    """A PSP that takes payments, gives them back, and has disputes."""


@pytest.fixture
def psp():
    return EveryWay()


@pytest.fixture
def desk(db, shop, psp):
    return Desk(db, shop, psp)


@pytest.fixture
def due(bank: Bank, desk: Desk):
    """Five payments of 15.00, delivered, their hold passed."""
    payments = [desk.paid(1500) for _ in range(5)]
    for payment in payments:
        ship(payment.orders[0].id)
        deliver(payment.orders[0].id)
    in_days(8)
    return payments


def counted(bank, payment):
    order = bank.order(payment.orders[0].id)
    return order["withdrawn"], order["refunded"]


def test_a_refund_a_dispute_and_the_release_at_once(bank, desk, due):
    """10.00 are refunded and 15.00 disputed while the order is released: together never more than there was; what the
    bank takes beyond it is nobody's."""
    disputes = [bank.disputes(payment, fee_minor=0) for payment in due]

    outcomes = at_once(
        *(lambda d=dispute: bank.tells(d, "created") for dispute in disputes),
        *(lambda p=payment: desk.refunds(p, 1000).status for payment in due),
        lambda: release_due(cause=EVENT).differing,
    )

    assert [outcome for outcome in outcomes[:5] if outcome is not True] == []
    assert {str(each) for each in outcomes[5:10] if isinstance(each, str)} <= {"succeeded"}
    refused = [each for each in outcomes[5:10] if not isinstance(each, str)]
    assert {type(each).__name__ for each in refused} <= {"RefundExceedsCaptured", "PaymentDisputed"}
    assert outcomes[10] == 0
    refunded = (5 - len(refused)) * 1000
    for payment in due:
        assert counted(bank, payment) in {(1500, 0), (500, 1000)}
    balances = bank.balances()
    assert balances.get("psp_balance", 0) == 5 * 1500 - 5 * 1500 - refunded
    assert balances.get("seller_losses", 0) == refunded
    assert "seller_pending:A" not in balances
    assert verify_ledger().differences == ()


def test_what_is_disputed_is_not_refunded_as_well(bank, desk, due):
    """The bank has it: a refund is refused, also after the dispute is lost; once it is won it is given."""
    dispute = bank.told(due[0])
    with pytest.raises(PaymentDisputed):
        desk.asks(due[0], 100)
    bank.tells(bank.psp.decide(dispute.id, "lost"))
    with pytest.raises(PaymentDisputed):
        desk.asks(due[0], 100)
    won = bank.told(due[1])
    bank.psp.decide(won.id, "won")
    bank.tells(bank.psp.reinstate(won.id))

    assert desk.refunds(due[1], 1500).status == "succeeded"


def test_control_without_the_payments_lock_one_of_them_takes_what_is_gone(bank, desk, due, monkeypatch):
    """The same refund and dispute, each looking before the other has written: only the table stands in the way."""
    from threading import Barrier, BrokenBarrierError

    from checkout.disputes import movements

    together, look = Barrier(2, timeout=25), movements.lock_shares
    for name in ("checkout.disputes.apply_news", "checkout.orders.shares", "checkout.refunds.refund"):
        monkeypatch.setattr(f"{name}.lock_payments", lambda session, ids: None)

    def both_look(session, payment_id):
        shares = look(session, payment_id)
        try:
            together.wait()
        except BrokenBarrierError:
            return shares
        return shares

    monkeypatch.setattr(movements, "lock_shares", both_look)
    monkeypatch.setattr("checkout.refunds.request.lock_shares", both_look)
    dispute = bank.disputes(due[0], fee_minor=0)

    outcomes = at_once(lambda: bank.tells(dispute, "created"), lambda: desk.asks(due[0], 1000))

    assert any(isinstance(outcome, Exception) for outcome in outcomes)
