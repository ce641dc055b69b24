"""What the PSP does without being asked, says too early or twice over, and what persons do in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine

from checkout import approvals
from checkout.core.clock import utcnow
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.payouts import advance
from checkout.payouts.apply_news import apply_payout_news
from checkout.payouts.decide import apply_decision, approve_payout, cancel_payout
from checkout.payouts.eligibility import NotPayable, Terms
from checkout.payouts.payout import read_payout
from checkout.payouts.reserve import Wanted, reserve
from checkout.psp import BankPayoutNews, ReverseTransfer, TransferNews
from checkout.tasks import ClaimedTask
from tests.concurrency import at_once
from tests.ledger.conftest import CAUSE
from tests.payouts.conftest import fund, holds, owe, person, within
from tests.payouts.test_way_to_the_bank import ask, bank, entries, go, places, status


def reverse_outside(psp, payout, minor=None):
    """Somebody takes the transfer back in the PSP's dashboard; what its event says."""
    (transfer,) = [made for made in psp.transfers.values() if made.reference == payout.public_id]
    amount = transfer.amount if minor is None else Money(minor, transfer.amount.currency)
    request = ReverseTransfer("", f"dashboard {new_uuid()}", transfer.id, amount, wire={})
    psp.reverse_transfer(request)
    return transfer_news(psp, payout)


def transfer_news(psp, payout):
    (transfer,) = [made for made in psp.transfers.values() if made.reference == payout.public_id]
    return TransferNews(transfer, psp.list_transfer_reversals(transfer.id), True, utcnow())


def hear(news, psp):
    return apply_payout_news(news, psp=psp, cause=CAUSE)


def payout_news(psp, payout):
    (made,) = [made for made in psp.payouts.values() if made.reference == payout.public_id]
    return BankPayoutNews(made, utcnow())


def sent(seller_of, psp, minor=1050):
    seller = seller_of()
    fund(seller, minor)
    payout = ask(seller, psp)
    go(payout, psp)
    return seller, payout


def test_a_transfer_reversed_after_its_payout_arrived_repays_the_seller_s_debt(db, psp, seller_of):
    """10.50 arrived, the seller then owes 4.00, and the PSP takes 4.00 of the transfer back: nothing is owed."""
    seller, payout = sent(seller_of, psp)
    bank(psp, payout, "paid")
    owe(seller, 400)

    news = reverse_outside(psp, payout, 400)
    for _ in range(2):
        assert hear(news, psp)

    assert (status(payout), places(seller)) == ("paid", (0, 0, 0))
    assert entries(db, payout)[-1] == "debt_recovered"


@pytest.mark.parametrize("order", ["reversal first", "return first"])
def test_a_reversal_of_a_payout_that_came_back_is_its_own_money(db, psp, seller_of, order):
    """Arrived, sent back by the bank, taken back in the dashboard: 10.50 is the seller's, once, however it is heard."""
    seller, payout = sent(seller_of, psp)
    bank(psp, payout, "paid")
    reversal = reverse_outside(psp, payout)

    if order == "reversal first":
        hear(reversal, psp)
        assert places(seller) == (1050, 0, 0)
    bank(psp, payout, "failed")
    go(payout, psp)
    hear(reversal, psp)

    assert (status(payout), places(seller)) == ("returned", (1050, 0, 0))
    assert ask(seller, psp).amount == Money(1050, "EUR")


def test_a_payout_that_arrives_although_its_transfer_was_taken_back(db, psp, seller_of):
    """The reversal is heard while it is on its way, the arrival afterwards: 10.50 less is owed, 10.50 has arrived."""
    seller, payout = sent(seller_of, psp)

    hear(reverse_outside(psp, payout), psp)
    bank(psp, payout, "paid")
    hear(transfer_news(psp, payout), psp)

    assert (status(payout), places(seller)) == ("paid", (1050, 0, 0))


def test_what_the_bank_says_before_the_transfer_is_known_is_not_lost(db, psp, seller_of):
    """The process died after the transfer's answer and somebody else went on: the arrival brings the transfer along."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    psp.lose("create_transfer", "after")
    go(payout, psp)
    assert status(payout) == "unknown"
    from checkout.payouts.wire import payout_request

    psp.create_payout(payout_request(read_payout(payout.id)))
    psp.bank_says(payout.public_id, "paid")

    assert hear(payout_news(psp, payout), psp)

    assert (status(payout), places(seller)) == ("paid", (0, 0, 0))
    assert go(payout, psp) is None
    assert len(psp.transfers) == 1


@pytest.mark.parametrize("change", [{"amount": Money(1, "EUR")}, {"id": "po_psp_other"}])
def test_a_bank_payout_that_is_another_one_moves_nothing(db, psp, seller_of, change):
    """Of another amount, or a second one in this payout's name: a person is told."""
    seller, payout = sent(seller_of, psp)
    psp.bank_says(payout.public_id, "failed")
    key = next(iter(psp.payouts))
    psp.payouts[key] = replace(psp.payouts[key], **change)

    hear(payout_news(psp, payout), psp)

    assert (status(payout), places(seller)) == ("in_transit", (0, 1050, 1050))
    assert db.value("SELECT count(*) FROM alerts WHERE code = 'payout_contradicted'") == 1


def test_a_payout_of_another_account_in_our_name_is_none_of_ours(db, psp, seller_of):
    _, payout = sent(seller_of, psp)
    psp.bank_says(payout.public_id, "failed")
    news = payout_news(psp, payout)
    key = next(iter(psp.payouts))
    psp.payouts[key] = replace(psp.payouts[key], account="acct_somebody")

    assert not hear(replace(news, payout=psp.payouts[key]), psp)

    assert status(payout) == "in_transit"


def test_called_off_in_the_moment_before_it_is_sent(db, psp, seller_of, monkeypatch):
    """A person is quicker than the task that has read the payout already: nothing is sent."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    begin = advance.STEPS["reserved"]

    def slow(*arguments):
        within(cancel_payout, payout.id, by=CAUSE)
        return begin(*arguments)

    monkeypatch.setitem(advance.STEPS, "reserved", slow)

    assert go(payout, psp) is None

    assert (status(payout), places(seller)) == ("canceled", (1050, 0, 0))
    assert psp.calls == []


@pytest.fixture
def both_at_the_psp(psp, monkeypatch):
    """Two workers ask for the transfer before either has an answer."""
    meeting, original = Barrier(2, timeout=20), psp.create_transfer

    def together(request):
        meeting.wait()
        return original(request)

    monkeypatch.setattr(psp, "create_transfer", together)


def test_two_workers_on_one_payout_send_it_once(db, psp, seller_of, both_at_the_psp):
    """Both ask the PSP, under one key: one transfer, one bank payout, each fact once."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)

    outcomes = at_once(*[lambda: go(payout, psp)] * 2)

    assert outcomes == [None, None]
    assert (status(payout), places(seller)) == ("in_transit", (0, 1050, 1050))
    assert (len(psp.transfers), len(psp.payouts)) == (1, 1)
    assert entries(db, payout) == ["payout_created", "payout_transferred"]


def test_without_the_payout_s_own_key_two_workers_would_send_it_twice(
    db, psp, seller_of, both_at_the_psp, monkeypatch
):
    """The control: with a fresh key for each request the same race makes two transfers, and a person is called."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    original = advance.transfer_request
    monkeypatch.setattr(
        advance, "transfer_request", lambda p: replace(original(p), idempotency_key=str(new_uuid()))
    )

    at_once(*[lambda: go(payout, psp)] * 2)

    assert len(psp.transfers) == 2
    assert db.value("SELECT count(*) FROM alerts WHERE code = 'payout_contradicted'") == 1


def test_a_decision_that_nobody_makes_gives_the_amount_back(db, psp, seller_of):
    """Eight days later the proposal has ended by itself; approving is too late."""
    seller = seller_of()
    fund(seller, 1_000_001)
    with time_machine.travel(utcnow(), tick=False) as clock:
        payout = ask(seller, psp)
        clock.shift(timedelta(days=8))
        with pytest.raises(approvals.InvalidApprovalState):
            within(approve_payout, payout.id, by=person())
        within(approvals.expire_due, cause=CAUSE)
        args = {"approval": encode("apr", read_payout(payout.id).approval_id)}
        for _ in range(2):
            within(apply_decision, ClaimedTask(new_uuid(), "default", "payouts.decided", args, 1, 8, 1))

    assert (status(payout), places(seller)) == ("canceled", (1_000_001, 0, 0))


def test_a_seller_that_is_not_there_is_not_paid(db, psp):
    wanted = Wanted(new_uuid(), "EUR", "manual", Terms(), "cli:test")

    assert within(reserve, [wanted], psp=psp, cause=CAUSE, now=utcnow()) == [NotPayable("suspended")]


def test_a_psp_whose_clock_is_ahead_is_believed(db, psp, seller_of):
    """Its transfer is of tomorrow: booked under that time, and the balances are right now."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    original = psp.create_transfer
    psp.create_transfer = lambda request: replace(original(request), created_at=utcnow() + timedelta(days=1))

    go(payout, psp)
    bank(psp, payout, "paid")

    assert (status(payout), places(seller)) == ("paid", (0, 0, 0))
    assert holds("seller_available", seller) == 0
