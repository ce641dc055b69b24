"""Payouts over the wire, to the mock PSP and by its webhooks: nothing is sent twice, nothing is lost."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
import time_machine

from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.payouts.request import request_payout
from checkout.payouts.sweep import sweep
from checkout.psp import HostedLine, RegisterPayment
from tests.payouts.conftest import fund
from tests.payouts.mock_bank import CAUSE, advance_all, earn, mock_bank, reserved, work
from tests.payouts.test_way_to_the_bank import places, status

DAY = 86_400
LOST = int(
    os.environ.get("PAYOUTS_WITH_LOST_ANSWERS", "60")
)  # 1000 take two minutes: make it so before a release
SELLERS = 20


@pytest.fixture
def bank(db, tmp_path):
    """A mock of this test's own, with 1 000 000.00 of the platform's."""
    with mock_bank(tmp_path) as running:
        running.top_up(100_000_000)
        yield running


def ask(seller, bank, currency="EUR"):
    return request_payout(
        seller_id=seller, currency=currency, method="standard", psp=bank.adapter, cause=CAUSE
    )


def test_a_payout_arrives_by_the_psps_own_words(db, bank):
    """10.50 is transferred, sent, in the bank two days later: each from a webhook, each booked once."""
    seller = bank.seller()
    fund(seller, 1050)
    payout = ask(seller, bank)

    work()
    assert (status(payout), places(seller)) == ("in_transit", (0, 1050, 1050))
    for _ in range(3):
        bank.pass_time(DAY)
    bank.take_in(at_least=4)

    assert (status(payout), places(seller)) == ("paid", (0, 0, 0))
    (transfer,), (sent,) = bank.journal("transfer"), bank.journal("payout")
    assert (transfer["reference"], transfer["amount"]) == (payout.public_id, 1050)
    assert (sent["reference"], sent["amount"]) == (payout.public_id, 1050)
    about_it = (
        "SELECT DISTINCT status FROM inbox_events WHERE type LIKE 'transfer.%%' OR type LIKE 'payout.%%'"
    )
    assert db.rows(about_it) == [{"status": "processed"}]


def test_a_bank_that_keeps_nothing_and_one_that_returns_it(db, bank):
    """Card 1903: failed at the bank, the transfer comes back, the next one arrives. Card 2000: returned after it had
    arrived. Either way the seller has the amount again, once, and is told why."""
    fails, returns = bank.seller("Fails"), bank.seller("Returns")
    for seller, card in ((fails, "4000990000001903"), (returns, "4000990000002000")):
        _paid(bank, seller, card)
        fund(seller, 1050)
    first, second = ask(fails, bank), ask(returns, bank)
    work()

    for _ in range(6):
        bank.pass_time(DAY)
        bank.take_in(at_least=bank.taken_in)
    bank.take_in(at_least=12)

    assert (status(first), places(fails)) == ("failed", (1050, 0, 0))
    assert (status(second), places(returns)) == ("returned", (1050, 0, 0))
    codes = {row["failure_code"] for row in db.rows("SELECT failure_code FROM payouts")}
    assert codes <= {"account_closed", "bank_declined", "no_account"}
    again = ask(fails, bank)
    work()
    for _ in range(3):
        bank.pass_time(DAY)
    bank.take_in(at_least=16)
    assert (status(again), places(fails)) == ("paid", (0, 0, 0))
    assert len(bank.journal("reversal")) == 2


def test_the_platforms_own_money_arrives_by_the_psps_words(db, bank):
    """All but 10.50, which is a seller's."""
    fund(bank.seller(), 1050)

    sweep(bank.adapter, cause=CAUSE)
    for _ in range(3):
        bank.pass_time(DAY)
    bank.take_in(at_least=4)

    assert db.rows("SELECT amount_minor, status FROM platform_payouts") == [
        {"amount_minor": 100_000_000 - 1050, "status": "paid"}
    ]
    assert [entry["amount"] for entry in bank.journal("payout")] == [100_000_000 - 1050]


def _paid(bank, seller, card):
    """A shopper has paid an order of the seller's with a card that decides over its payout."""
    reference = f"pay_{seller.hex}"
    amount = Money(2490, "EUR")
    made = bank.adapter.register_payment(
        RegisterPayment(
            reference=reference,
            idempotency_key=f"{reference}:register",
            amount=amount,
            lines=(HostedLine("Mug", 1, amount),),
            customer_email="jo@example.org",
            locale="de-DE",
            success_url="https://shop.example/s/1",
            cancel_url="https://shop.example/s/1",
            expires_at=utcnow() + timedelta(minutes=60),
            metadata={"payment": reference, "sellers": encode("sel", seller)},
        )
    )
    bank.control("POST", "pay", {"session": made.session_id, "card": card})


def lose_answers(bank):
    """Three of ten are executed, and nobody hears of it."""
    for seed, path in ((7, "/v1/transfers"), (30, "/v1/payouts")):
        fault = {"path": path, "method": "POST", "kind": "drop_response", "share": 0.3, "seed": seed}
        bank.control("POST", "faults", fault | {"times": 100_000})


def many_payouts(bank, count):
    """Of a few sellers, reserved before the first is sent; each of another amount."""
    sellers = [bank.seller(f"Seller {number}") for number in range(SELLERS)]
    made = []
    for turn in range(count // SELLERS):
        earn(sellers, 1000 + turn)
        made += reserved(sellers, bank.adapter)
    assert len(made) == count
    return made


def proof(db, bank):
    """What the PSP did twice, did not do, or did with another amount than our books say."""
    booked = {
        encode("po", row["id"]): (row["amount_minor"], row["status"])
        for row in db.rows("SELECT id, amount_minor, status FROM payouts")
    }
    wrong = []
    for kind in ("transfer", "payout"):
        done = [(entry["reference"], entry["amount"]) for entry in bank.journal(kind)]
        wrong += [f"{kind} {each} twice" for each in {one for one in done if done.count(one) > 1}]
        wrong += [f"{kind} {each} unknown" for each in done if booked[each[0]][0] != each[1]]
        missing = {id for id, (_, status) in booked.items() if status == "in_transit"} - {
            id for id, _ in done
        }
        wrong += [f"{kind} of {id} missing" for id in missing]
    return wrong


def test_with_three_of_ten_answers_lost_nothing_is_sent_twice_or_not_at_all(db, bank):
    """All are sent in the end; the PSP's journal has each transfer and each payout once, of the amount in our books."""
    payouts = many_payouts(bank, LOST)
    lose_answers(bank)

    for _ in range(40):
        left = [row["id"] for row in db.rows("SELECT id FROM payouts WHERE status <> 'in_transit'")]
        if not left:
            break
        advance_all(left, bank.adapter)

    assert db.rows("SELECT status, count(*) AS n FROM payouts GROUP BY status") == [
        {"status": "in_transit", "n": len(payouts)}
    ]
    assert proof(db, bank) == []
    assert len(bank.journal("transfer")) == len(bank.journal("payout")) == len(payouts)


def test_keys_that_the_psp_has_forgotten_a_day_later_send_nothing_again(db, bank):
    """Answers lost, keys forgotten, 25 hours: what was executed is found by its reference, what was not has failed."""
    payouts = many_payouts(bank, 40)
    with time_machine.travel(utcnow(), tick=True) as clock:
        lose_answers(bank)
        advance_all(payouts, bank.adapter)
        assert db.value("SELECT count(*) FROM payouts WHERE status = 'unknown'") > 0
        bank.control("DELETE", "faults")
        bank.control("POST", "faults", {"path": "/v1/transfers", "kind": "forget_keys"})
        for later in (timedelta(hours=25), timedelta(seconds=61), timedelta(seconds=61)):
            clock.shift(later)
            bank.pass_time(int(later.total_seconds()))
            advance_all(payouts, bank.adapter)

    left = {row["status"] for row in db.rows("SELECT DISTINCT status FROM payouts")}
    assert left <= {"in_transit", "failed"}
    assert proof(db, bank) == []
