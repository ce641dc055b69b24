"""Waiting payments: told once after a minute, a person called at the method's limit, reviews ended by a person or by
time."""

from __future__ import annotations

import pytest

from checkout import tasks
from checkout.core.cause import Cause
from checkout.core.errors import InvalidParameter
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.payments import refresh_payment
from checkout.payments.close_page import close_reviewed_page
from checkout.payments.errors import InvalidPaymentState
from checkout.payments.review import approve_review, reject_review
from checkout.payments.waiting import give_up_due, remind_reviews, tell_delays
from tests.concurrency import at_once
from tests.payments.conftest import events, ledger
from tests.payments.test_sync import later, task

CLI = Cause("cli", "root")


def periodic(handler):
    with atomic() as session:
        handler(session, task())


def processing(shop):
    payment = shop.started()
    shop.hears(shop.psp.news(payment.psp_session_id, "processing"))
    return payment


def in_review(shop, taken):
    payment = shop.started()
    shop.hears(shop.psp.captured(payment.psp_session_id, amount=taken))
    assert shop.view(payment.id).status == "in_review"
    return payment


def decide(verdict, payment, reason="looked at it"):
    with atomic() as session:
        verdict(session, payment.id, reason=reason, cause=CLI)


def test_the_shopper_is_told_after_a_minute_and_once(db, shop):
    """Not at 59 s; at 61 s, by whichever of four runs; never again."""
    processing(shop)
    later(59)
    periodic(tell_delays)
    assert "payment.delayed" not in events(db)

    later(61)
    at_once(*[lambda: periodic(tell_delays) for _ in range(4)])
    periodic(tell_delays)

    assert events(db).count("payment.delayed") == 1
    assert db.value("SELECT count(*) FROM tasks WHERE args->>'type' = 'payment.delayed'") == 1


def test_a_payment_that_succeeded_in_time_is_not_called_delayed(db, shop):
    """Only what still waits."""
    payment = processing(shop)
    shop.hears(shop.psp.captured(payment.psp_session_id), event="evt_2")

    later(120)
    periodic(tell_delays)

    assert "payment.delayed" not in events(db)


@pytest.mark.parametrize(("method", "hours"), [("card", 24), ("sepa_debit", 14 * 24)])
def test_a_payment_that_processes_for_ever_calls_a_person_and_stays(db, shop, method, hours):
    """An alert at the method's limit, once; the state stays what the PSP says."""
    payment = processing(shop)
    db.rows("UPDATE payments SET method = %(method)s", method=method)
    later(hours * 3600 - 60)
    periodic(give_up_due)
    assert db.value("SELECT count(*) FROM alerts") == 0

    later(hours * 3600 + 60)
    periodic(give_up_due)
    periodic(give_up_due)

    assert db.rows("SELECT code, amount_minor, occurrences FROM alerts") == [
        {"code": "payment_stuck", "amount_minor": 2490, "occurrences": 1}
    ]
    assert shop.view(payment.id).status == "processing"


def test_an_approved_review_pays_the_orders_from_what_waited(db, shop):
    """24.90 of the 25.00 that were taken; the 0.10 stay apart and are to be given back."""
    payment = in_review(shop, Money(2500, "EUR"))

    decide(approve_review, payment)

    view = shop.view(payment.id)
    assert (view.status, [order.status for order in view.orders]) == ("succeeded", ["paid", "paid"])
    assert ledger(db)[2:] == [
        ("unapplied_applied", "unapplied", "EUR", 2490),
        ("unapplied_applied", "seller_pending", "EUR", -1500),
        ("unapplied_applied", "seller_pending", "EUR", -990),
    ]
    assert db.value("SELECT amount_minor FROM alerts WHERE code = 'give_back'") == 10
    assert events(db)[-1] == "payment.succeeded"
    assert db.rows("SELECT actor, action, reason FROM audit_log WHERE action LIKE 'payment.review%%'") == [
        {"actor": "cli:root", "action": "payment.review_approve", "reason": "looked at it"}
    ]


@pytest.mark.parametrize("taken", [Money(2480, "EUR"), Money(2490, "USD")])
def test_too_little_or_another_currency_cannot_be_approved(db, shop, taken):
    """The orders would not add up: it can only be rejected."""
    payment = in_review(shop, taken)

    with pytest.raises(InvalidPaymentState):
        decide(approve_review, payment)

    assert shop.view(payment.id).status == "in_review"


def test_a_rejected_review_cancels_and_says_what_to_give_back(db, shop):
    """No posting: the money stays in unapplied until it is refunded."""
    payment = in_review(shop, Money(2500, "EUR"))

    decide(reject_review, payment)

    view = shop.view(payment.id)
    assert (view.status, {order.status for order in view.orders}) == ("canceled", {"canceled"})
    assert len(ledger(db)) == 2
    assert db.value("SELECT amount_minor FROM alerts WHERE code = 'give_back'") == 2500


def test_a_review_is_decided_once(db, shop):
    """Two persons at once: one decides, the other is refused."""
    payment = in_review(shop, Money(2500, "EUR"))

    outcomes = at_once(lambda: decide(approve_review, payment), lambda: decide(reject_review, payment))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["InvalidPaymentState", "NoneType"]


def test_a_decision_needs_a_reason_and_a_review(db, shop):
    """Nothing without saying why; nothing on a payment that is not in review."""
    payment = in_review(shop, Money(2500, "EUR"))
    with pytest.raises(InvalidParameter):
        decide(reject_review, payment, reason="  ")
    with pytest.raises(InvalidPaymentState):
        decide(approve_review, shop.started())


def test_a_review_is_reminded_after_a_day_and_closed_after_two(db, shop):
    """Reminded once; then canceled by itself, with what to give back."""
    payment = in_review(shop, Money(2500, "EUR"))
    later(24 * 3600 + 1)
    periodic(remind_reviews)
    periodic(remind_reviews)
    assert db.value("SELECT occurrences FROM alerts WHERE code = 'review_due'") == 1
    assert shop.view(payment.id).status == "in_review"

    later(48 * 3600 + 1)
    periodic(remind_reviews)

    assert shop.view(payment.id).status == "canceled"
    assert db.value("SELECT amount_minor FROM alerts WHERE code = 'give_back'") == 2500


def test_the_page_of_a_payment_in_review_is_closed_and_faster_money_counts(db, shop):
    """The page asked for 1.00; the shopper paid it before it could be closed: 1.00 is apart, and given back by the
    rejection, once."""
    payment = shop.started()
    snapshot = shop.psp.becomes(payment.psp_session_id, "open", amount=Money(100, "EUR"))
    shop.hears(shop.psp.news(payment.psp_session_id, "ended"), snapshot)
    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'payments.close_page'") == 1
    shop.psp.charge(payment.psp_session_id)

    close_reviewed_page(task("payments.close_page", payment=payment.public_id))
    decide(reject_review, payment)

    assert ledger(db) == [
        ("payment_unapplied", "psp_balance", "EUR", 100),
        ("payment_unapplied", "unapplied", "EUR", -100),
    ]
    assert open_alerts(db) == [("give_back", 100)]


def test_a_decision_leaves_one_call_for_the_money_not_several(db, shop):
    """25.00 and 24.90 were taken where 24.90 was due. Approved: 25.00 are to be given back, and no alert says so of
    any part of it a second time."""
    payment = in_review(shop, Money(2500, "EUR"))
    shop.hears(shop.psp.captured(payment.psp_session_id, amount=Money(2490, "EUR"), id="ch_2"), event="evt_2")
    assert open_alerts(db) == [("amount_mismatch", 2500), ("second_charge", 2490)]

    decide(approve_review, payment)

    assert open_alerts(db) == [("give_back", 2500)]


def open_alerts(db):
    rows = db.rows("SELECT code, amount_minor FROM alerts WHERE status = 'open' ORDER BY created_at")
    return [(row["code"], row["amount_minor"]) for row in rows]


def test_a_page_that_never_ends_calls_a_person(db, shop):
    """An hour after its session's end the PSP still shows it open, or does not know it: somebody must look, once."""
    payment = shop.started()
    later(2 * 3600 - 60)
    periodic(give_up_due)
    assert open_alerts(db) == []

    later(2 * 3600 + 60)
    periodic(give_up_due)
    periodic(give_up_due)

    assert open_alerts(db) == [("payment_stuck", 2490)]
    assert shop.view(payment.id).status == "awaiting_shopper"


def test_news_and_decisions_at_once_book_the_money_once(db, shop):
    """The person rejects, the person approves, and the charge is delivered again twice: 25.00 once, one end."""
    payment = in_review(shop, Money(2500, "EUR"))
    again = shop.psp.news(
        payment.psp_session_id, "captured", charge=shop.psp.sessions[payment.psp_session_id].charge
    )

    at_once(
        lambda: decide(approve_review, payment),
        lambda: shop.hears(again, event="evt_2"),
        lambda: decide(reject_review, payment),
        lambda: shop.hears(again, event="evt_3"),
    )

    assert shop.view(payment.id).status in ("succeeded", "canceled")
    assert [row for row in ledger(db) if row[1] == "psp_balance"] == [
        ("payment_unapplied", "psp_balance", "EUR", 2500)
    ]
    assert len(open_alerts(db)) == 1


def test_money_under_way_to_a_review_is_looked_after(db, shop):
    """A bank debit for another amount, its webhooks lost: asked again each hour, also after the rejection, until the
    25.90 are booked and called out."""
    payment = processing(shop)
    shop.psp.becomes(payment.psp_session_id, "processing", amount=Money(2590, "EUR"))
    refresh_payment(payment.id, cause=CLI)
    close = task("payments.close_page", payment=payment.public_id)
    with pytest.raises(tasks.Park) as wait:
        close_reviewed_page(close)
    assert wait.value.after_seconds == 3600
    decide(reject_review, payment)
    shop.psp.charge(payment.psp_session_id)

    close_reviewed_page(close)

    assert open_alerts(db) == [("late_capture", 2590)]
    assert ledger(db)[0] == ("payment_unapplied", "psp_balance", "EUR", 2590)
