"""What must not move money twice, or to the wrong place: refusals after lost answers, webhooks during a look-up, a
seller who may not be paid any more when the payout would leave, movements made by hand at the PSP."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import time_machine

from checkout.core.clock import utcnow
from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.payouts.apply_news import apply_bank_payout, apply_payout_news
from checkout.payouts.decide import approve_payout
from checkout.payouts.holds import hold_payouts
from checkout.payouts.payout import read_payout
from checkout.payouts.wire import payout_request
from checkout.psp import BankPayoutNews, InvalidRequest, TransferNews, TransferReversal
from tests.ledger.conftest import CAUSE
from tests.payouts.conftest import fund, person, within
from tests.payouts.test_way_to_the_bank import ask, bank, entries, go, places, status


def test_a_refusal_after_a_lost_answer_is_looked_up(db, psp, seller_of):
    """10.50 was transferred, its answer lost; then the key to the PSP is refused (401): the transfer stands."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    psp.lose("create_transfer", "after")
    psp.lose("create_transfer", "before", InvalidRequest("HTTP 401: api_key_expired"))
    go(payout, psp)
    go(payout, psp)
    assert places(seller)[0] == 0, "10.50 is free again, and was sent: it would be sent twice"


def test_a_refused_bank_payout_after_a_lost_answer_ends(db, psp, seller_of):
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    psp.lose("create_payout", "before")
    for _ in range(8):
        psp.lose("create_payout", "before", InvalidRequest("no such bank account"))
    with time_machine.travel(utcnow(), tick=False) as clock:
        go(payout, psp)
        assert status(payout) == "unknown"
        assert go(payout, psp) == 60.0
        clock.shift(timedelta(seconds=61))
        go(payout, psp)
    assert (status(payout), places(seller)) == ("failed", (1050, 0, 0))


def test_a_webhook_during_the_look_up_is_not_undone(db, psp, seller_of, monkeypatch):
    """The bank payout is found by its webhook while the list does not show it yet: it is on its way, and stays so."""
    seller = seller_of()
    fund(seller, 1050)
    with time_machine.travel(utcnow(), tick=False) as clock:
        payout = ask(seller, psp)
        psp.lose("create_payout", "after")
        go(payout, psp)
        made = next(iter(psp.payouts.values()))
        psp.forget_keys()
        clock.shift(timedelta(hours=25))
        monkeypatch.setattr(psp, "find_payout", lambda *a, **k: None)
        go(payout, psp)
        clock.shift(timedelta(seconds=61))

        def late(*a, **k):
            apply_bank_payout("stripe", made, cause=CAUSE)
            return None

        monkeypatch.setattr(psp, "find_payout", late)
        go(payout, psp)
    assert (status(payout), len(psp.reversals)) == ("in_transit", 0)


def test_the_pause_holds_what_was_reserved_before(db, psp, seller_of):
    """20 000.00 waits for approval; the bank account changes; the approved payout waits until the pause is over."""
    seller = seller_of()
    fund(seller, 2_000_000)
    payout = ask(seller, psp)
    assert payout.status == "awaiting_approval"
    db.rows(
        """INSERT INTO payout_accounts (id, seller_id, currency, country, last4, details_sealed, changed_by, created_at,
           payouts_paused_until) VALUES (%(id)s, %(s)s, 'EUR', 'DE', '3000', '\\x00', 'x', now(), now() + interval '48 hours')""",
        id=new_uuid(),
        s=seller,
    )
    within(approve_payout, payout.id, by=person())
    go(payout, psp)
    assert (status(payout), len(psp.transfers)) == ("reserved", 0)


def test_a_hold_holds_what_was_reserved_before(db, psp, seller_of):
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    within(hold_payouts, seller, reason="stolen account", cause=person())
    go(payout, psp)
    assert (status(payout), len(psp.transfers)) == ("reserved", 0)


def test_a_suspended_seller_is_not_paid_what_was_reserved_before(db, psp, seller_of):
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    db.rows("UPDATE sellers SET status = 'suspended' WHERE id = %(id)s", id=seller)
    go(payout, psp)
    assert (status(payout), len(psp.transfers)) == ("reserved", 0)


def _reversal(psp, payout, minor):
    transfer = next(iter(psp.transfers.values()))
    made = TransferReversal(
        "trr_hand", transfer.id, payout.public_id, Money(minor, "EUR"), "txn_hand", utcnow()
    )
    psp.reversals["by hand"] = made
    news = TransferNews(transfer=transfer, reversals=(made,), reversals_complete=True, at=utcnow())
    return apply_payout_news(news, psp=psp, cause=CAUSE)


def test_reversed_by_hand_before_the_banks_word(db, psp, seller_of):
    """10.50 arrived, an operator reverses the transfer, then the bank's return is told: 10.50 once, nothing stuck."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    go(payout, psp)
    bank(psp, payout, "paid")
    _reversal(psp, payout, 1050)
    psp.lose("reverse_transfer", "before", InvalidRequest("already fully reversed"))
    bank(psp, payout, "failed")
    go(payout, psp)
    assert (status(payout), places(seller)) == ("returned", (1050, 0, 0))


def test_reversed_by_hand_in_transit_then_paid(db, psp, seller_of):
    """The transfer is reversed by hand while the bank payout is on its way, which then arrives: the seller owes."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    go(payout, psp)
    _reversal(psp, payout, 1050)
    bank(psp, payout, "paid")
    assert status(payout) == "paid"


def test_another_amount_is_not_booked_as_ours(db, psp, seller_of):
    """The PSP says 9.00 went to the bank where 10.50 was asked for: a person is told, 10.50 is not booked as arrived."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    go(payout, psp)
    said = replace(psp.bank_says(payout.public_id, "paid"), amount=Money(900, "EUR"))
    apply_bank_payout("stripe", said, cause=CAUSE)
    assert "payout_paid" not in entries(db, payout)
    assert db.rows("SELECT code FROM alerts") == [{"code": "payout_contradicted"}]


def test_another_bank_payout_that_names_ours(db, psp, seller_of):
    """A second bank payout that carries our reference fails: ours, which arrived, is not taken back."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    go(payout, psp)
    bank(psp, payout, "paid")
    other = replace(next(iter(psp.payouts.values())), id="po_psp_other", status="failed")
    apply_bank_payout("stripe", other, cause=CAUSE)
    assert status(payout) == "paid"


def test_early_word_of_arrival_is_not_lost(db, psp, seller_of):
    """The bank's word comes while our transfer's answer is lost: the event must not count as applied."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    psp.lose("create_transfer", "after")
    go(payout, psp)
    psp.create_payout(payout_request(read_payout(payout.id)))
    news = BankPayoutNews(payout=psp.bank_says(payout.public_id, "paid"), at=utcnow())
    assert apply_payout_news(news, psp=psp, cause=CAUSE)
    assert status(payout) == "paid"
