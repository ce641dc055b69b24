"""What a bank took beyond the orders is the platform's only as long as the orders have nothing: what comes back to them
pays for it first."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.disputes.queries import view_dispute
from checkout.identity.access import Reach
from checkout.ledger.money_back_recipes import unapplied_refund_requested
from checkout.ledger.recipes import payment_unapplied
from checkout.orders.recharge_losses import recharge_losses_of
from checkout.orders.release import release_due
from checkout.payments.review import approve_review
from checkout.payouts.prove import prove
from checkout.refunds.commands import OfOrder
from tests.concurrency import at_once
from tests.disputes.conftest import EVENT
from tests.ledger.conftest import eur, post
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


def tasks_run(bank, payment):
    """The task that a failed refund has staged, done as often as it was staged; how often that was."""
    staged = bank.db.rows("SELECT args FROM tasks WHERE kind = 'disputes.recharge_losses'")
    for task in staged:
        assert task["args"] == {"payment": payment.public_id}
        recharge_losses_of(payment.id, cause=EVENT)
    return len(staged)


def refund_fails(bank, desk, refund):
    """The shopper's bank does not take it."""
    desk.sends(refund)
    desk.hears(bank.psp.back.bounce(refund.public_id))


def lost_while_a_refund_is_under_way(bank, desk, *amounts, currency="EUR", refund=None):
    payment = desk.paid(*amounts, currency=currency)
    asked = desk.asks(payment, refund)
    dispute = bank.told(payment, fee_minor=0)
    bank.tells(bank.psp.decide(dispute.id, "lost"), "closed")
    return payment, asked, dispute


def recharged(bank):
    return [legs for kind, legs in bank.entries() if kind == "seller_recharged"]


def test_a_refund_that_fails_after_the_bank_took_its_money_too_pays_for_the_loss(bank, desk):
    """15.00 are being refunded when the bank takes 15.00: the platform bears them. The refund fails, the order has its
    15.00 again: the seller pays the platform's loss with them, once, however often anybody looks."""
    payment, refund, dispute = lost_while_a_refund_is_under_way(bank, desk, 1500)
    assert bank.balances()["seller_losses"] == 1500

    refund_fails(bank, desk, refund)
    assert tasks_run(bank, payment) == 1
    recharge_losses_of(payment.id, cause=EVENT)

    assert recharged(bank) == [{"seller_available:A": 1500, "seller_losses": -1500}]
    with atomic() as session:
        seen = view_dispute(session, bank.now(dispute).id, Reach(sellers=frozenset({bank.shop.ada})))
    assert (seen.losses, seen.parts[0].amount) == (eur(0), eur(1500))
    assert desk.balances() == {"seller_pending:A": -1500, "seller_available:A": 1500}
    assert prove().holds


@pytest.mark.parametrize(
    ("currency", "amounts", "refund", "parts"),
    [
        ("JPY", (1500, 991), 1001, {"seller_available:A": 603, "seller_available:B": 398}),
        ("KWD", (7000, 5340), 10000, {"seller_available:A": 5673, "seller_available:B": 4327}),
    ],
)
def test_only_what_came_back_is_charged_each_seller_its_part(bank, desk, currency, amounts, refund, parts):
    """A part was being refunded over two orders: what is left is the bank's at once, the rest when the refund fails."""
    payment, asked, _ = lost_while_a_refund_is_under_way(
        bank, desk, *amounts, currency=currency, refund=refund
    )
    assert bank.balances()["seller_losses"] == refund

    refund_fails(bank, desk, asked)
    tasks_run(bank, payment)

    together = {}
    for legs in recharged(bank):
        together |= legs
    assert together == parts | {"seller_losses": together["seller_losses"]}
    assert "seller_losses" not in desk.balances()


def test_an_appeal_that_wins_gives_the_seller_back_what_it_paid(bank, desk):
    """The bank gives 15.00 back after the seller has paid for the loss: the seller has them again."""
    payment, refund, dispute = lost_while_a_refund_is_under_way(bank, desk, 1500)
    refund_fails(bank, desk, refund)
    tasks_run(bank, payment)
    bank.psp.decide(dispute.id, "won")
    bank.tells(bank.psp.reinstate(dispute.id), "funds_reinstated")

    assert recharged(bank)[1] == {"seller_available:A": -1500, "seller_losses": 1500}
    assert desk.balances() == {"psp_balance": 1500, "seller_pending:A": -1500}


def test_one_of_two_banks_gives_back_what_the_other_keeps(bank, desk):
    """Two disputes of one charge take 15.00 each; the first is won: the 15.00 that came back pay for the second."""
    payment = desk.paid(1500)
    first = bank.told(payment, fee_minor=0)
    second = bank.told(payment, fee_minor=0)
    bank.tells(bank.psp.decide(second.id, "lost"), "closed")
    assert bank.balances() == {"psp_balance": -1500, "seller_losses": 1500}

    bank.psp.decide(first.id, "won")
    bank.tells(bank.psp.reinstate(first.id), "funds_reinstated")

    assert desk.balances() == {"seller_pending:A": -1500, "seller_available:A": 1500}


def apart(bank, payment, charge, *, given_back):
    """A second charge of 15.00, booked apart, of which so much is on its way back."""
    named = {"payment_id": payment.id, "psp": "stripe"}
    post(payment_unapplied(**named, charge_id=charge, amount=eur(1500)))
    if given_back:
        post(unapplied_refund_requested(**named, refund_id=new_uuid(), amount=eur(given_back)))
    return bank.psp.open_dispute(f"pi_{payment.psp_session_id}", eur(1500), charge_id=charge, fee_minor=0)


def test_money_that_was_no_orders_is_not_asked_of_a_seller(bank, desk):
    """A second charge is taken back by its bank after it was given back: the order's own 15.00 do not pay for it."""
    payment = desk.paid(1500)
    second = apart(bank, payment, "ch_second", given_back=1500)
    assert bank.tells(second, "created")
    recharge_losses_of(payment.id, cause=EVENT)

    assert bank.balances()["seller_losses"] == 1500
    assert recharged(bank) == []


def test_a_second_charge_of_a_reviewed_payment_is_taken_from_where_it_lies(bank, desk):
    """16.00 came for 15.00 and the review was approved; of a second charge the bank takes what waits apart, not the
    orders'."""
    started = bank.shop.started((1500,))
    bank.shop.hears(bank.psp.captured(started.psp_session_id, amount=eur(1600)))
    with atomic() as session:
        approve_review(session, started.id, reason="fine", cause=EVENT)
    second = apart(bank, started, "ch_second", given_back=0)
    assert bank.tells(second, "created")

    assert dict(bank.entries())["dispute_withdrawn"] == {"unapplied": 1500, "psp_balance": -1500}
    assert bank.order(started.orders[0].id)["withdrawn"] == 0


def test_a_spent_order_is_closed_whichever_way_its_dispute_ends(bank, desk):
    """15.00 were refunded while a dispute was open; it is won: nothing is left, the shipped order is closed and owes the
    way."""
    payment = desk.paid(1500)
    ship(payment.orders[0].id)
    refund = desk.asks(payment)
    dispute = bank.told(payment, fee_minor=0)
    desk.sends(refund)
    bank.psp.decide(dispute.id, "won")
    bank.tells(bank.psp.reinstate(dispute.id), "closed")

    assert bank.order(payment.orders[0].id)["status"] == "closed"
    assert desk.balances() == {"seller_available:A": 300, "logistics_revenue": -300}


def test_a_dispute_in_another_currency_takes_nothing_and_counts_nothing(bank, desk):
    """The bank names 15.00 USD for a payment in EUR: a person is called, no amount of one currency is taken as another."""
    payment = desk.paid(1500)
    session = payment.psp_session_id
    told = bank.psp.open_dispute(f"pi_{session}", Money(1500, "USD"), charge_id=f"ch_{session}", fee_minor=0)

    assert bank.tells(told, "created")

    assert (bank.disputed(payment), bank.order(payment.orders[0].id)["withdrawn"]) == (0, 0)
    assert bank.order(payment.orders[0].id)["open"] == 1
    codes = {row["code"] for row in bank.db.rows("SELECT code FROM alerts")}
    assert codes == {"dispute_opened", "dispute_in_other_currency"}


def test_the_failed_refund_the_release_and_the_bank_at_once(bank, desk):
    """Whoever comes first: the platform bears nothing that an order has, and nothing is charged twice."""
    made = [lost_while_a_refund_is_under_way(bank, desk, 1500) for _ in range(3)]
    for payment, refund, _ in made:
        refund_fails(bank, desk, refund)
        ship(payment.orders[0].id)
        deliver(payment.orders[0].id)
    in_days(8)
    payments = [payment for payment, _, _ in made]

    outcomes = at_once(
        *(lambda p=payment: recharge_losses_of(p.id, cause=EVENT) for payment in payments * 3),
        *(lambda d=dispute: bank.tells(d, "updated") for _, _, dispute in made),
        lambda: release_due(cause=EVENT).differing,
    )

    assert [each for each in outcomes if isinstance(each, Exception)] == []
    assert len(recharged(bank)) == 3
    assert "seller_losses" not in desk.balances()


def test_a_fee_stays_with_the_order_that_was_taken_from(bank, desk):
    """B's 9.90 were refunded, so the bank took A's 15.00 and A bears the fee; while an appeal has given the 15.00 back,
    B is charged nothing of it."""
    payment = desk.paid(1500, 990)
    bank.db.rows("UPDATE sellers SET dispute_fee_borne_by = 'seller'")
    desk.refunds(payment, orders=(OfOrder(payment.orders[1].id),))
    dispute = bank.told(payment, 1500, fee_minor=2000)
    bank.tells(bank.psp.decide(dispute.id, "lost"), "closed")
    bank.psp.decide(dispute.id, "under_review")
    bank.tells(bank.psp.reinstate(dispute.id), "funds_reinstated")

    assert bank.now(dispute).status == "appeal_under_review"
    assert recharged(bank) == [{"seller_available:A": 2000, "dispute_fees": -2000}]
