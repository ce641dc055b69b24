"""The platform's own money goes to its bank, and nothing of what is owed does: invariant 7 of the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from checkout.core.clock import utcnow
from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.ledger import chart
from checkout.ledger.entry import credit, debit
from checkout.payouts import sweep as sweeping
from checkout.payouts.apply_news import apply_payout_news
from checkout.payouts.sweep import rooms, sweep
from checkout.psp import BankPayoutNews, InsufficientFunds, PayoutFailure, Unavailable
from tests.ledger.conftest import CAUSE, balance, entry, post
from tests.payouts.conftest import fund, owe
from tests.payouts.test_way_to_the_bank import ask, go


def on_hold(seller, minor, currency="EUR"):
    amount = Money(minor, currency)
    post(
        entry(
            debit(chart.psp_balance("stripe"), amount),
            credit(chart.seller_pending(seller), amount, order_id=new_uuid()),
            kind="payment_captured",
        )
    )


def swept(db):
    return db.rows(
        "SELECT currency, amount_minor, status FROM platform_payouts ORDER BY created_at, currency"
    )


def at_bank():
    """What left for our bank, and what the PSP still has, in cents."""
    return balance(chart.bank_in_transit("stripe")), balance(chart.psp_balance("stripe"))


def test_what_is_owed_is_counted_and_a_debt_is_not_set_against_it(db, psp, seller_of):
    """30.00 on hold, 20.00 available, 10.00 reserved are owed; 7.00 that another seller owes us covers none of it; a
    payout that is transferred has left. Of 100.00, 40.00 is free."""
    held, earned, debtor, reserved, gone = (seller_of() for _ in range(5))
    fund(reserved, 1000)
    ask(reserved, psp)
    fund(gone, 5000)
    go(ask(gone, psp), psp)
    on_hold(held, 3000)
    fund(earned, 2000)
    owe(debtor, 700)
    psp.funds = (Money(10_000, "EUR"),)

    (room,) = rooms(psp)

    assert (room.owed, room.free) == (Money(6000, "EUR"), Money(4000, "EUR"))


def test_what_is_free_is_sent_once_and_booked_under_the_psps_number(db, psp, seller_of):
    """40.00 of 60.00, since 20.00 is owed; then there is nothing more."""
    fund(seller_of(), 2000)
    psp.funds = (Money(6000, "EUR"), Money(0, "JPY"))

    sweep(psp, cause=CAUSE)
    psp.funds = (Money(2000, "EUR"),)
    sweep(psp, cause=CAUSE)

    assert swept(db) == [{"currency": "EUR", "amount_minor": 4000, "status": "in_transit"}]
    assert at_bank()[0] == 4000
    assert len(psp.payouts) == 1
    assert db.value("SELECT count(*) FROM alerts") == 0


def test_a_balance_below_what_is_owed_sends_nothing(db, psp, seller_of):
    fund(seller_of(), 2000)
    psp.funds = (Money(1999, "EUR"),)

    assert sweep(psp, cause=CAUSE) == []

    assert (swept(db), psp.payouts) == ([], {})


def test_the_database_refuses_a_sweep_of_what_is_owed(db):
    """Said twice for money: a constraint, whatever the code computes."""
    with pytest.raises(Exception, match="platform_payout_leaves_what_is_owed"):
        db.rows(
            """
            INSERT INTO platform_payouts (id, psp, currency, amount_minor, available_minor, owed_minor, status, request,
                                          attempted_at, requested_by, created_at, updated_at)
            VALUES (gen_random_uuid(), 'stripe', 'EUR', 41, 100, 60, 'submitting', '{}', now(), 'x', now(), now())
            """
        )


def test_a_currency_goes_in_its_steps_and_alone_where_asked(db, psp):
    """12.345 KWD: 12.340; the euros are not asked for."""
    psp.funds = (Money(12_345, "KWD"), Money(500, "EUR"))

    sweep(psp, cause=CAUSE, currency="KWD")

    assert swept(db) == [{"currency": "KWD", "amount_minor": 12_340, "status": "in_transit"}]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_is_asked_for_under_the_same_key(db, psp, when):
    """While its outcome is not known no other is made, whatever is free by then."""
    psp.funds = (Money(4000, "EUR"),)
    psp.lose("create_payout", when)
    for _ in range(2):
        psp.lose("create_payout", "before", Unavailable("away"))

    sweep(psp, cause=CAUSE)
    psp.funds = (Money(9000, "EUR"),)
    assert sweep(psp, cause=CAUSE) == []
    assert [row["status"] for row in swept(db)] == ["submitting"]
    psp.funds = () if when == "after" else (Money(4000, "EUR"),)
    sweep(psp, cause=CAUSE, currency="JPY")  # goes on with what was begun in any currency

    assert swept(db) == [{"currency": "EUR", "amount_minor": 4000, "status": "in_transit"}]
    assert len(psp.payouts) == 1
    assert len({key for call, key in psp.calls if call == "create_payout"}) == 1


@pytest.mark.parametrize(("when", "end"), [("after", "in_transit"), ("before", "failed")])
def test_a_day_later_it_is_looked_up_and_never_sent_again(db, psp, when, end):
    psp.funds = (Money(4000, "EUR"),)
    psp.lose("create_payout", when)
    psp.lose("create_payout", when, Unavailable("away"))
    with time_machine.travel(utcnow(), tick=False) as clock:
        sweep(psp, cause=CAUSE)
        psp.forget_keys()
        psp.funds = ()
        for later in (timedelta(hours=25), timedelta(seconds=61)):
            clock.shift(later)
            sweep(psp, cause=CAUSE)

    assert [row["status"] for row in swept(db)] == [end]
    assert len(psp.payouts) == (1 if when == "after" else 0)


def test_a_refusal_ends_it(db, psp):
    psp.funds = (Money(4000, "EUR"),)
    psp.lose("create_payout", "before", InsufficientFunds("no"))

    sweep(psp, cause=CAUSE)

    assert [row["status"] for row in swept(db)] == ["failed"]
    assert at_bank() == (0, 0)


def test_our_bank_takes_it_or_sends_it_back(db, psp):
    """Arrived, then returned: the PSP has it again, once, however often it is told."""
    psp.funds = (Money(4000, "EUR"),)
    sweep(psp, cause=CAUSE)
    (key,) = psp.payouts

    def hear(status, **more):
        psp.payouts[key] = replace(psp.payouts[key], status=status, **more)
        for _ in range(2):
            assert apply_payout_news(BankPayoutNews(psp.payouts[key], utcnow()), psp=psp, cause=CAUSE)
        return swept(db)[0]["status"], at_bank()[0]

    assert hear("paid") == ("paid", 4000)
    failure = PayoutFailure("account_closed", "account_closed", "")
    assert hear("failed", failure=failure, failure_balance_transaction="txn_f") == ("failed", 0)


def test_what_a_sweep_left_uncovered_calls_a_person(db, psp, seller_of, monkeypatch):
    """Somebody took 10.00 out of the balance meanwhile: checked afterwards as well as before."""
    fund(seller_of(), 2000)
    psp.funds = (Money(6000, "EUR"),)
    original = psp.create_payout

    def take(request):
        psp.funds = (Money(1000, "EUR"),)
        return original(request)

    monkeypatch.setattr(psp, "create_payout", take)

    sweep(psp, cause=CAUSE)

    assert db.rows("SELECT code, severity, amount_minor FROM alerts") == [
        {"code": "platform_funds_short", "severity": "critical", "amount_minor": 1000}
    ]


def test_what_another_swept_since_the_balance_was_read_is_not_swept_again(db, psp, monkeypatch):
    """40.00 is free; between this one's look and its row another one sends it all, and has its answer."""
    psp.funds = (Money(4000, "EUR"),)
    others = [None]

    def look_and_then(of):
        found = rooms(of)
        if others:
            others.clear()
            sweep(of, cause=CAUSE)
            psp.funds = ()
        return found

    monkeypatch.setattr(sweeping, "rooms", look_and_then)

    assert sweep(psp, cause=CAUSE) == []
    assert swept(db) == [{"currency": "EUR", "amount_minor": 4000, "status": "in_transit"}]
