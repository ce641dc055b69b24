"""The PSP's fee: waited for, booked once under its number, named where it is in another currency."""

from __future__ import annotations

import pytest

from checkout import tasks
from checkout.core.money import Money
from checkout.payments.book_fee import book_fee
from checkout.psp import BalanceTransaction, OutcomeUnknown
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
