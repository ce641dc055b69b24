"""The PSP's fee: waited for, booked once under its number, named where it is in another currency."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checkout import tasks
from checkout.core.money import Money
from checkout.payments.book_fee import book_fee
from checkout.psp import BalanceTransaction, CircuitOpen, OutcomeUnknown
from tests.concurrency import at_once
from tests.payments.conftest import ledger
from tests.payments.test_sync import task


def fee(payment):
    book_fee(task("payments.book_fee", payment=payment.public_id, charge=payment.psp_charge_id))


def test_the_fee_is_an_expense_and_both_numbers_are_learnt(db, shop):
    """24.90 with a fee of 1.02, under the balance transaction's number."""
    payment = shop.paid()

    fee(payment)

    assert ledger(db)[3:] == [
        ("psp_fee", "psp_fees", "EUR", 102),
        ("psp_fee", "psp_balance", "EUR", -102),
    ]
    assert db.rows("SELECT number, part FROM psp_numbers ORDER BY part") == [
        {"number": "txn_ch_cs_test_1", "part": "fee"},
        {"number": "txn_ch_cs_test_1", "part": "movement"},
    ]


def test_two_runs_at_once_book_one_fee(db, shop):
    """The number is the entry's key."""
    payment = shop.paid()

    outcomes = at_once(lambda: fee(payment), lambda: fee(payment))

    assert outcomes == [None, None]
    assert len(ledger(db)) == 5


def test_a_movement_that_is_not_there_yet_is_asked_for_again(db, shop):
    """It may follow the charge; so may the PSP's answer."""
    payment = shop.paid()
    known = shop.psp.fees.pop(payment.psp_charge_id)
    with pytest.raises(tasks.RetryLater) as later:
        fee(payment)
    assert later.value.after_seconds == 30
    shop.psp.down = OutcomeUnknown("timeout")
    with pytest.raises(tasks.RetryLater):
        fee(payment)
    shop.psp.down = None
    shop.psp.fees[payment.psp_charge_id] = known

    fee(payment)

    assert len(ledger(db)) == 5


def test_money_apart_has_its_fee_booked_too(db, shop):
    """The PSP charges for what we give back as well."""
    payment = shop.started()
    shop.hears(shop.psp.captured(payment.psp_session_id, amount=Money(2000, "EUR")))

    fee(shop.view(payment.id))

    assert [kind for kind, *_ in ledger(db)] == ["payment_unapplied"] * 2 + ["psp_fee"] * 2


def test_a_charge_without_a_fee_posts_none(db, shop):
    """Zero is no posting; the number is learnt all the same."""
    payment = shop.paid()
    free = shop.psp.fees[payment.psp_charge_id]
    shop.psp.fees[payment.psp_charge_id] = BalanceTransaction(
        free.id, "charge", free.amount, Money(0, "EUR"), free.amount, free.source, free.created_at
    )

    fee(payment)

    assert len(ledger(db)) == 3
    assert db.value("SELECT count(*) FROM psp_numbers") == 1


def test_a_charge_settled_in_another_currency_calls_a_person(db, shop):
    """The fee is booked in the currency it was taken in; the conversion is not guessed."""
    payment = shop.paid()
    known = shop.psp.fees[payment.psp_charge_id]
    shop.psp.fees[payment.psp_charge_id] = BalanceTransaction(
        known.id,
        "charge",
        Money(2690, "USD"),
        Money(80, "USD"),
        Money(2610, "USD"),
        known.source,
        known.created_at,
    )

    fee(payment)

    assert ledger(db)[3:] == [("psp_fee", "psp_fees", "USD", 80), ("psp_fee", "psp_balance", "USD", -80)]
    assert db.value("SELECT code FROM alerts") == "settled_in_other_currency"


def test_a_fee_is_waited_for_most_of_a_day(db, shop):
    """The PSP may take an hour for the movement, or be away: neither eats up the attempts in minutes."""
    payment = shop.paid()
    assert db.value("SELECT max_attempts FROM tasks WHERE kind = 'payments.book_fee'") == 30
    shop.psp.down = CircuitOpen("failing", retry_after_seconds=1)
    late = replace(
        task("payments.book_fee", payment=payment.public_id, charge=payment.psp_charge_id), attempts=12
    )

    with pytest.raises(tasks.RetryLater) as later:
        book_fee(late)

    assert later.value.after_seconds >= 1800


def test_a_charge_in_another_currency_that_is_settled_in_ours_calls_a_person(db, shop):
    """20.00 USD were taken and booked as dollars; the PSP's movement is 18.00 EUR: the balances differ by both."""
    payment = shop.started()
    shop.hears(shop.psp.captured(payment.psp_session_id, amount=Money(2000, "USD")))
    known = shop.psp.fees["ch_cs_test_1"]
    shop.psp.fees["ch_cs_test_1"] = replace(known, amount=Money(1800, "EUR"), fee=Money(80, "EUR"))

    book_fee(task("payments.book_fee", payment=payment.public_id, charge="ch_cs_test_1"))

    alert = "SELECT amount_minor, currency FROM alerts WHERE code = 'settled_in_other_currency'"
    assert db.rows(alert) == [{"amount_minor": 1800, "currency": "EUR"}]


def test_a_charge_in_another_currency_settled_in_that_is_no_conversion(db, shop):
    """20.00 USD were taken for a payment in EUR, and the balance has 20.00 USD."""
    payment = shop.started()
    shop.hears(shop.psp.captured(payment.psp_session_id, amount=Money(2000, "USD")))

    book_fee(task("payments.book_fee", payment=payment.public_id, charge="ch_cs_test_1"))

    assert db.value("SELECT count(*) FROM alerts WHERE code = 'settled_in_other_currency'") == 0


def test_a_movement_that_differs_from_the_charge_calls_a_person(db, shop):
    """24.90 were booked; the PSP's own movement says 24.80: 0.10 are missing."""
    payment = shop.paid()
    known = shop.psp.fees[payment.psp_charge_id]
    shop.psp.fees[payment.psp_charge_id] = replace(known, amount=Money(2480, "EUR"))

    fee(payment)

    alert = "SELECT severity, amount_minor, currency FROM alerts WHERE code = 'movement_differs'"
    assert db.rows(alert) == [{"severity": "critical", "amount_minor": -10, "currency": "EUR"}]
