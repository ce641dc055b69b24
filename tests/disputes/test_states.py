"""How disputes stand: inquiries, appeals, partial ones, contradictions; what holds an order and limits a refund."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checkout.disputes.states import DISPUTE, state_of
from checkout.ledger.verify import verify_ledger
from checkout.orders.release import release_due
from checkout.payouts.prove import prove
from tests.concurrency import at_once
from tests.disputes.conftest import EVENT, movement
from tests.orders.conftest import deliver, in_days, ship


def test_an_inquiry_holds_no_money_and_blocks_nothing(bank):
    """The bank asks: nothing is withdrawn, nothing counts as disputed, the order is released."""
    payment = bank.paid(1500)
    warning = bank.told(payment, status="warning_needs_response")
    bank.released(payment)

    assert (bank.now(warning).kind, bank.now(warning).status) == ("inquiry", "warning")
    assert (bank.order(payment.orders[0].id)["status"], bank.disputed(payment)) == ("released", 0)


def test_an_inquiry_that_is_not_dropped_becomes_a_dispute(bank):
    """Then the money goes, and the orders are held."""
    payment = bank.paid(1500)
    warning = bank.told(payment, status="warning_needs_response")
    bank.psp.decide(warning.id, "needs_response")
    bank.tells(bank.psp.withdraw(warning.id))

    assert (bank.now(warning).kind, bank.now(warning).status) == ("chargeback", "needs_response")
    assert bank.order(payment.orders[0].id) == {"status": "paid", "withdrawn": 1500, "refunded": 0, "open": 1}
    assert bank.disputed(payment) == 1500


def test_an_open_dispute_forbids_the_release_and_a_lost_part_releases_the_rest(bank):
    """5.00 of 15.00 are disputed: nothing is released while it is open; lost, 10.00 are released."""
    payment = bank.paid(1500)
    dispute = bank.told(payment, 500)
    bank.released(payment)
    held = bank.order(payment.orders[0].id)
    bank.tells(bank.psp.decide(dispute.id, "lost"), "closed")
    release_due(cause=EVENT)

    assert (held["status"], held["open"]) == ("delivered", 1)
    assert bank.order(payment.orders[0].id)["status"] == "released"
    assert dict(bank.entries())["order_released"]["seller_pending:A"] == 1000
    assert verify_ledger().differences == ()
    assert prove().holds


def test_an_appeal_that_is_won_opens_the_closed_order_again(bank):
    """Lost, closed and its fee charged to the seller; the appeal wins: the order stands where it stood, with its money,
    and the fee is the platform's again."""
    payment = bank.paid(1500)
    bank.db.rows("UPDATE sellers SET dispute_fee_borne_by = 'seller'")
    ship(payment.orders[0].id)
    dispute = bank.told(payment, fee_minor=2000)
    bank.tells(bank.psp.decide(dispute.id, "lost"), "closed")
    closed, owed = bank.order(payment.orders[0].id), bank.balances()["seller_available:A"]
    bank.tells(bank.psp.decide(dispute.id, "needs_response"))
    appeal = bank.now(dispute).status
    bank.psp.decide(dispute.id, "won")
    bank.tells(bank.psp.reinstate(dispute.id), "funds_reinstated")

    assert (closed["status"], owed, appeal) == ("closed", 2000 + 300, "appeal_needs_response")
    assert bank.order(payment.orders[0].id) == {"status": "shipped", "withdrawn": 0, "refunded": 0, "open": 0}
    assert bank.balances() == {"psp_balance": -500, "seller_pending:A": -1500, "dispute_fees": 2000}
    assert bank.disputed(payment) == 0
    assert verify_ledger().differences == ()


def test_two_lost_appeals_charge_the_fee_once(bank):
    """Lost, appealed, lost again: the seller has paid one fee."""
    payment = bank.paid(1500)
    bank.db.rows("UPDATE sellers SET dispute_fee_borne_by = 'seller'")
    dispute = bank.told(payment, fee_minor=2000)
    for status in ("lost", "under_review", "lost"):
        bank.tells(bank.psp.decide(dispute.id, status))

    assert bank.now(dispute).status == "lost"
    assert bank.balances()["seller_available:A"] == 2000


def test_the_fee_of_a_lost_dispute_is_split_over_its_sellers(bank):
    """20.00 over 15.00 and 9.90; Ada bears her part, the platform Bao's."""
    payment = bank.paid(1500, 990)
    bank.db.rows("UPDATE sellers SET dispute_fee_borne_by = 'seller' WHERE id = %(id)s", id=bank.shop.ada)
    dispute = bank.told(payment, fee_minor=2000)
    bank.db.rows("UPDATE sellers SET dispute_fee_borne_by = 'seller'")
    bank.tells(bank.psp.decide(dispute.id, "lost"))

    balances = bank.balances()
    assert (balances["seller_available:A"], balances["dispute_fees"]) == (1205, 795)
    assert "seller_available:B" not in balances


def test_what_was_beyond_the_orders_comes_back_first(bank):
    """20.00 are taken of an order of 15.00: 5.00 are nobody's; of 8.00 that come back 5.00 are nobody's again."""
    payment = bank.paid(1500)
    dispute = bank.told(payment, 2000, fee_minor=0)
    beyond = bank.balances()["seller_losses"]
    bank.psp.decide(dispute.id, "won")
    bank.tells(bank.psp.reinstate(dispute.id, replace(dispute.amount, amount_minor=800)))

    assert beyond == 500
    assert bank.balances() == {"psp_balance": 300, "seller_pending:A": -300}
    assert bank.order(payment.orders[0].id)["withdrawn"] == 1200


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_a_dispute_of_part_comes_back_to_where_it_was_taken(bank, currency):
    """A third of two orders, there and back, in a currency of no and of three decimals: nothing is left over."""
    payment = bank.paid(1000, 500, currency=currency)
    dispute = bank.told(payment, 501, fee_minor=0)
    taken = [bank.order(order.id)["withdrawn"] for order in payment.orders]
    bank.psp.decide(dispute.id, "won")
    bank.tells(bank.psp.reinstate(dispute.id))

    assert taken == [334, 167]
    assert bank.balances() == {"psp_balance": 1500, "seller_pending:A": -1000, "seller_pending:B": -500}


def test_a_movement_in_another_currency_calls_a_person(bank):
    """It is not booked by guessing."""
    payment = bank.paid(1500)
    dispute = bank.disputes(payment, withdrawn=False)
    bank.psp.disputes[dispute.id] = replace(dispute, movements=(movement("txn_usd", -1700, 0, "USD"),))
    bank.tells(dispute, "created")

    assert bank.balances() == {"psp_balance": 1500, "seller_pending:A": -1500}
    assert [
        row["severity"] for row in bank.db.rows("SELECT severity FROM alerts WHERE code LIKE 'dispute_in%%'")
    ] == ["critical"]


def test_a_state_that_cannot_follow_calls_a_person(bank):
    """Won is an end: a PSP that says otherwise is not believed silently."""
    payment = bank.paid(1500)
    dispute = bank.told(payment)
    bank.tells(bank.psp.decide(dispute.id, "won"))
    bank.tells(bank.psp.decide(dispute.id, "under_review"))

    assert bank.now(dispute).status == "won"
    assert bank.db.value("SELECT count(*) FROM alerts WHERE code = 'dispute_contradicted'") == 1


def test_an_ended_dispute_calls_nobody_any_more(bank):
    """Its alert is resolved by its end."""
    payment = bank.paid(1500)
    dispute = bank.told(payment)
    before = bank.db.value("SELECT status FROM alerts WHERE code = 'dispute_opened'")
    bank.tells(bank.psp.decide(dispute.id, "won"))

    assert (before, bank.db.value("SELECT status FROM alerts WHERE code = 'dispute_opened'")) == (
        "open",
        "resolved",
    )


def test_a_dispute_and_the_release_at_one_moment_lose_no_money(bank):
    """Whoever comes first: 15.00 were taken from one seller, once, from wherever they lay."""
    payments = [bank.paid(1500) for _ in range(6)]
    for payment in payments:
        ship(payment.orders[0].id)
        deliver(payment.orders[0].id)
    in_days(8)
    disputes = [bank.disputes(payment) for payment in payments]

    outcomes = at_once(
        *(lambda dispute=dispute: bank.tells(dispute, "created") for dispute in disputes),
        lambda: release_due(cause=EVENT).differing,
        lambda: release_due(cause=EVENT).differing,
    )

    assert outcomes == [True] * 6 + [0, 0]
    balances = bank.balances()
    released = sum(bank.order(payment.orders[0].id)["status"] == "released" for payment in payments)
    assert balances.get("seller_available:A", 0) == released * (1500 - 1050)
    assert "seller_pending:A" not in balances
    assert verify_ledger().differences == ()


def test_two_disputes_of_all_there_is_take_it_once(bank):
    """The second one's amount is beyond what is left: the platform bears it, with an alert, and no seller twice."""
    payment = bank.paid(1500)
    first, second = bank.disputes(payment), bank.disputes(payment)

    assert at_once(lambda: bank.tells(first), lambda: bank.tells(second)) == [True, True]
    assert bank.order(payment.orders[0].id)["withdrawn"] == 1500
    assert bank.balances() == {"psp_balance": 1500 - 6000, "seller_losses": 1500, "dispute_fees": 3000}


def test_every_word_of_the_psp_is_a_state():
    """Whatever it says, from whatever state: the machine knows the word."""
    from typing import get_args

    from checkout.psp import DisputeStatus

    words = get_args(DisputeStatus)
    assert {
        state_of(word, present) for word in words for present in (None, *DISPUTE.states)
    } <= DISPUTE.states
    assert state_of("needs_response", "lost") == "appeal_needs_response"
