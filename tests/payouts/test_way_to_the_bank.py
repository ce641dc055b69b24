"""A payout's whole way, by literal amounts: reserved, transferred, sent, arrived; and each way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from checkout.core.clock import utcnow
from checkout.core.money import Money
from checkout.payouts.advance import advance_payout
from checkout.payouts.apply_news import apply_bank_payout
from checkout.payouts.decide import approve_payout, cancel_payout
from checkout.payouts.errors import InvalidPayoutState, PayoutNotEligible
from checkout.payouts.payout import read_payout
from checkout.payouts.request import request_payout
from checkout.psp import InsufficientFunds, InvalidRequest, OutcomeUnknown, RateLimited, Unavailable
from tests.ledger.conftest import CAUSE
from tests.payouts.conftest import fund, holds, owe, person, within


def ask(seller, psp, currency="EUR", method="standard"):
    return request_payout(seller_id=seller, currency=currency, method=method, psp=psp, cause=CAUSE)


def go(payout, psp):
    """As far as it goes now; the seconds it would wait."""
    return advance_payout(payout.id, psp=psp, cause=CAUSE)


def status(payout):
    return read_payout(payout.id).status


def bank(psp, payout, word):
    return apply_bank_payout("stripe", psp.bank_says(payout.public_id, word), cause=CAUSE)


def entries(db, payout):
    return [
        row["kind"]
        for row in db.rows(
            "SELECT kind FROM journal_entries WHERE source = %(po)s ORDER BY sequence", po=payout.public_id
        )
    ]


def places(seller, currency="EUR"):
    """(available, in transit, with the PSP) in minor units."""
    return (
        holds("seller_available", seller, currency),
        holds("payout_in_transit", seller, currency),
        -holds("connected_balance", seller, currency),
    )


def test_a_payout_is_reserved_sent_and_arrives(db, psp, seller_of):
    """10.50 leaves the balance at once, and is with the bank only when the bank says so."""
    seller = seller_of()
    fund(seller, 1050)

    payout = ask(seller, psp)
    assert (status(payout), places(seller)) == ("reserved", (0, 1050, 0))
    assert go(payout, psp) is None
    assert (status(payout), places(seller)) == ("in_transit", (0, 1050, 1050))
    assert bank(psp, payout, "paid")

    assert (status(payout), places(seller)) == ("paid", (0, 0, 0))
    assert entries(db, payout) == ["payout_created", "payout_transferred", "payout_paid"]
    assert psp.calls == [
        ("create_transfer", f"{payout.public_id}:transfer"),
        ("create_payout", f"{payout.public_id}:payout"),
    ]


@pytest.mark.parametrize(
    ("currency", "minor", "paid", "left"),
    [("EUR", 1050, 1050, 0), ("JPY", 967, 967, 0), ("KWD", 6492, 6490, 2)],
)
def test_each_currency_is_paid_in_its_step(db, psp, seller_of, currency, minor, paid, left):
    """Dinars end in 0: two fils stay, and go with the next payout."""
    seller = seller_of()
    fund(seller, minor, currency)

    payout = ask(seller, psp, currency)

    assert payout.amount == Money(paid, currency)
    assert holds("seller_available", seller, currency) == left
    if left:
        fund(seller, 1008, currency)
        assert ask(seller, psp, currency).amount == Money(1010, currency)


def test_a_carried_rest_returns_when_its_payout_fails(db, psp, seller_of):
    """6.492 KWD: the payout fails, and all of it is paid by the next one, the two fils once."""
    seller = seller_of()
    fund(seller, 6492, "KWD")
    first = ask(seller, psp, "KWD")
    fund(seller, 1008, "KWD")
    second = ask(seller, psp, "KWD")
    assert second.amount == Money(1010, "KWD")

    within(cancel_payout, first.id, by=CAUSE)
    third = ask(seller, psp, "KWD")

    assert third.amount == Money(6490, "KWD")
    assert holds("seller_available", seller, "KWD") == 0
    assert db.value("SELECT sum(amount_minor) FROM payable_items WHERE payout_id IS NULL") is None


def test_an_instant_payout_costs_one_percent_and_gives_it_back_when_it_fails(db, psp, seller_of):
    """100.00: 99.00 goes, 1.00 is the fee; after the failure the seller has 100.00 again."""
    seller = seller_of()
    fund(seller, 10_000)

    payout = ask(seller, psp, method="instant")
    assert (payout.amount, payout.fee) == (Money(9_900, "EUR"), Money(100, "EUR"))
    go(payout, psp)
    bank(psp, payout, "failed")
    go(payout, psp)

    assert (status(payout), places(seller)) == ("failed", (10_000, 0, 0))
    assert ask(seller, psp).amount == Money(10_000, "EUR")


def test_a_bank_that_refuses_sends_the_transfer_back_before_the_seller_has_it_again(db, psp, seller_of):
    """While the transfer is not back nothing is available, and no new payout is made."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    go(payout, psp)

    bank(psp, payout, "failed")
    assert (status(payout), places(seller)) == ("reversing", (0, 1050, 1050))
    fund(seller, 500)
    with pytest.raises(PayoutNotEligible) as refused:
        ask(seller, psp)
    assert refused.value.extra["reason"] == "payout_unresolved"
    go(payout, psp)

    assert (status(payout), places(seller)) == ("failed", (1550, 0, 0))
    assert read_payout(payout.id).failure_code == "account_closed"
    assert entries(db, payout) == [
        "payout_created",
        "payout_transferred",
        "transfer_reversed",
        "payout_released",
    ]
    assert ask(seller, psp).amount == Money(1550, "EUR")


def test_a_payout_that_comes_back_after_it_arrived_is_returned(db, psp, seller_of):
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    go(payout, psp)
    bank(psp, payout, "paid")

    bank(psp, payout, "failed")
    go(payout, psp)

    assert (status(payout), places(seller)) == ("returned", (1050, 0, 0))
    assert entries(db, payout) == [
        "payout_created",
        "payout_transferred",
        "payout_paid",
        "payout_returned",
        "transfer_reversed",
        "payout_released",
    ]


@pytest.mark.parametrize("word", ["paid", "failed"])
def test_the_banks_word_twice_changes_nothing(db, psp, seller_of, word):
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    go(payout, psp)
    bank(psp, payout, word)
    go(payout, psp)
    before = (status(payout), places(seller), entries(db, payout))

    bank(psp, payout, word)
    go(payout, psp)

    assert (status(payout), places(seller), entries(db, payout)) == before


@pytest.mark.parametrize("call", ["create_transfer", "create_payout", "reverse_transfer"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_answer_that_is_lost_is_asked_for_under_the_same_key(db, psp, seller_of, call, when):
    """Whether the PSP has acted or not: each thing is done once, and nothing is available meanwhile."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    psp.lose(call, when)

    for _ in range(3):
        go(payout, psp)
    if call == "reverse_transfer":
        bank(psp, payout, "failed")
        assert go(payout, psp) is not None
        assert places(seller)[0] == 0
        assert go(payout, psp) is None
        assert status(payout) == "failed"
    else:
        assert status(payout) == "in_transit"

    assert (len(psp.transfers), len(psp.payouts)) == (1, 1)
    keys = {key for name, key in psp.calls if name == call}
    assert len(keys) == 1


def test_while_the_outcome_is_unknown_the_reserve_stays_and_nothing_new_is_paid(db, psp, seller_of):
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    psp.lose("create_transfer")

    assert go(payout, psp) is not None

    assert (status(payout), places(seller)) == ("unknown", (0, 1050, 0))
    fund(seller, 100)
    with pytest.raises(PayoutNotEligible, match="no known outcome"):
        ask(seller, psp)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_key_that_the_psp_has_forgotten_is_never_used_again(db, psp, seller_of, when):
    """25 hours later: looked up by our reference. Found: it goes on. Not there, twice, a minute apart: it has failed."""
    seller = seller_of()
    fund(seller, 1050)
    with time_machine.travel(utcnow(), tick=False) as clock:
        payout = ask(seller, psp)
        psp.lose("create_transfer", when)
        go(payout, psp)
        psp.forget_keys()
        clock.shift(timedelta(hours=25))

        wait = go(payout, psp)
        if when == "before":
            assert (wait, status(payout)) == (60.0, "unknown")
            clock.shift(timedelta(seconds=61))
            assert go(payout, psp) is None

    assert [name for name, _ in psp.calls].count("create_transfer") == 1
    if when == "after":
        assert (status(payout), places(seller)) == ("in_transit", (0, 1050, 1050))
    else:
        assert (status(payout), places(seller)) == ("failed", (1050, 0, 0))


def test_a_bank_payout_that_was_never_made_takes_the_transfer_back(db, psp, seller_of):
    """Its key is closed for good: the money returns, and a new payout goes under new keys."""
    seller = seller_of()
    fund(seller, 1050)
    with time_machine.travel(utcnow(), tick=False) as clock:
        payout = ask(seller, psp)
        psp.lose("create_payout", "before")
        go(payout, psp)
        psp.forget_keys()
        clock.shift(timedelta(hours=25))
        go(payout, psp)
        clock.shift(timedelta(seconds=61))
        go(payout, psp)

    assert (status(payout), places(seller)) == ("failed", (1050, 0, 0))
    assert len(psp.payouts) == 0


@pytest.mark.parametrize(
    ("error", "code"), [(InsufficientFunds("no"), "not_covered"), (InvalidRequest("no"), "refused")]
)
def test_a_refused_transfer_gives_the_amount_back(db, psp, seller_of, error, code):
    """Nothing has moved; the next payout is a new one, under new keys."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    psp.lose("create_transfer", "before", error)

    assert go(payout, psp) is None

    assert (status(payout), read_payout(payout.id).failure_code) == ("failed", code)
    assert places(seller) == (1050, 0, 0)
    again = ask(seller, psp)
    go(again, psp)
    assert status(again) == "in_transit"


def test_a_refused_bank_payout_takes_the_transfer_back(db, psp, seller_of):
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    psp.lose("create_payout", "before", InvalidRequest("no such bank account"))

    go(payout, psp)

    assert (status(payout), places(seller)) == ("failed", (1050, 0, 0))


def test_a_reversal_that_is_refused_stays_and_a_person_is_told(db, psp, seller_of):
    """Nothing is given to the seller that is still with the PSP."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    go(payout, psp)
    psp.lose("reverse_transfer", "before", InsufficientFunds("the account has less"))
    bank(psp, payout, "failed")

    assert go(payout, psp) == 6 * 3600

    assert (status(payout), places(seller)) == ("reversing", (0, 1050, 1050))
    assert db.rows("SELECT code, severity, amount_minor FROM alerts") == [
        {"code": "payout_not_reversed", "severity": "critical", "amount_minor": 1050}
    ]


@pytest.mark.parametrize(
    "error", [RateLimited("slow", retry_after_seconds=7), Unavailable("away", retry_after_seconds=7)]
)
def test_a_psp_that_did_nothing_is_asked_again_when_it_says(db, psp, seller_of, error):
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    psp.lose("create_transfer", "before", error)

    assert go(payout, psp) == 7
    assert status(payout) == "submitting"
    assert go(payout, psp) is None
    assert status(payout) == "in_transit"


def test_without_the_platforms_money_a_payout_waits_and_finance_is_told(db, psp, seller_of):
    """It goes by itself once the PSP has the money."""
    seller = seller_of()
    fund(seller, 1050)
    psp.funds = (Money(1000, "EUR"),)

    payout = ask(seller, psp)
    assert payout.waiting_because == "platform_funds_pending"
    assert go(payout, psp) == 3600
    assert (status(payout), places(seller)) == ("reserved", (0, 1050, 0))
    assert db.rows("SELECT code, amount_minor FROM alerts") == [
        {"code": "platform_funds_pending", "amount_minor": 50}
    ]

    psp.funds = (Money(1050, "EUR"),)
    assert go(payout, psp) is None
    assert status(payout) == "in_transit"


def test_above_the_limit_a_second_person_lets_it_go(db, psp, seller_of):
    """10 000.01: whoever asked for it cannot approve it, and it is approved once."""
    seller, finance, other = seller_of(), person(), person()
    fund(seller, 1_000_001)
    payout = request_payout(seller_id=seller, currency="EUR", method="standard", psp=psp, cause=finance)
    assert (status(payout), places(seller)) == ("awaiting_approval", (0, 1_000_001, 0))
    assert go(payout, psp) is None
    assert psp.calls == []

    with pytest.raises(Exception, match="proposed"):
        within(approve_payout, payout.id, by=finance)
    within(approve_payout, payout.id, by=other)
    assert status(payout) == "reserved"
    with pytest.raises(InvalidPayoutState):
        within(approve_payout, payout.id, by=other)

    go(payout, psp)
    assert status(payout) == "in_transit"


def test_exactly_at_the_limit_nobody_else_is_asked(db, psp, seller_of):
    """10 000.00 EUR, 10 000 JPY."""
    seller = seller_of()
    fund(seller, 1_000_000)
    fund(seller, 10_000, "JPY")

    assert [status(ask(seller, psp)), status(ask(seller, psp, "JPY"))] == ["reserved", "reserved"]


def test_a_payout_is_called_off_before_it_is_sent_and_not_after(db, psp, seller_of):
    seller = seller_of()
    fund(seller, 1050)
    first = ask(seller, psp)

    within(cancel_payout, first.id, by=CAUSE)

    assert (status(first), places(seller)) == ("canceled", (1050, 0, 0))
    second = ask(seller, psp)
    go(second, psp)
    for payout in (first, second):
        with pytest.raises(InvalidPayoutState):
            within(cancel_payout, payout.id, by=CAUSE)


def test_a_debt_is_netted_before_anything_is_paid(db, psp, seller_of):
    """S13: 36.00 was paid, 40.00 comes back from the bank, 54.00 is earned: 14.00 is paid."""
    seller = seller_of()
    fund(seller, 3600)
    go(ask(seller, psp), psp)
    owe(seller, 4000)
    with pytest.raises(PayoutNotEligible) as refused:
        ask(seller, psp)
    assert refused.value.extra["reason"] == "balance_not_positive"

    fund(seller, 5400)

    assert ask(seller, psp).amount == Money(1400, "EUR")


def test_an_outcome_that_contradicts_what_was_asked_is_never_booked_as_ours(db, psp, seller_of, monkeypatch):
    """A transfer of another amount: a critical alert, and the payout goes no further."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    original = psp.create_transfer
    monkeypatch.setattr(psp, "create_transfer", lambda request: _of_ten_euros(original(request)))

    assert go(payout, psp) == 6 * 3600

    assert places(seller) == (0, 1050, 0)
    assert db.value("SELECT count(*) FROM alerts WHERE code = 'payout_contradicted'") == 1


def _of_ten_euros(transfer):
    return replace(transfer, amount=Money(1000, "EUR"))


def test_unknown_is_never_left_by_an_answer_that_did_not_come(db, psp, seller_of):
    """Three lost answers in a row: the state stays, the pauses grow, the key is one."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    for _ in range(3):
        psp.lose("create_transfer", "after", OutcomeUnknown("no answer"))

    waits = [go(payout, psp) for _ in range(3)]

    assert status(payout) == "unknown"
    assert all(wait is not None and wait <= 20 for wait in waits)
    assert go(payout, psp) is None
    assert len(psp.transfers) == 1
