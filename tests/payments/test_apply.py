"""What the PSP says, applied: money onto the orders once; late, wrong and second money apart from them, never silent."""

from __future__ import annotations

import threading

import pytest

from checkout.core.money import Money
from checkout.payments import booking, locked
from checkout.psp import Charge
from tests.concurrency import at_once
from tests.payments.conftest import events, history, ledger
from tests.payments.fake_psp import DECLINED

CAPTURED = [
    ("payment_captured", "psp_balance", "EUR", 2490),
    ("payment_captured", "seller_pending", "EUR", -1500),
    ("payment_captured", "seller_pending", "EUR", -990),
]


def alerts(db):
    return [
        (row["code"], row["severity"], row["amount_minor"], row["currency"])
        for row in db.rows(
            "SELECT code, severity, amount_minor, currency FROM alerts ORDER BY created_at, code"
        )
    ]


def test_captured_money_pays_the_orders(db, shop):
    """24.90: psp_balance against what each seller is owed; both orders paid; the world is told."""
    payment = shop.started()

    shop.hears(shop.psp.captured(payment.psp_session_id))

    view = shop.view(payment.id)
    assert (view.status, view.amount_received, view.method) == ("succeeded", Money(2490, "EUR"), "card")
    assert [order.status for order in view.orders] == ["paid", "paid"]
    assert ledger(db) == CAPTURED
    assert events(db)[-3:] == ["order.paid", "order.paid", "payment.succeeded"]
    assert db.value("SELECT sum(card_part_minor) FROM orders") == 2490
    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'payments.book_fee'") == 1
    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'notifications.payment_email'") == 1


@pytest.mark.parametrize(("currency", "amounts"), [("JPY", (1000, 490)), ("KWD", (7000, 5340))])
def test_captured_in_currencies_of_none_and_three_decimals(db, shop, currency, amounts):
    """The same postings, whole minor units."""
    shop.paid(amounts, currency)

    assert ledger(db) == [
        ("payment_captured", "psp_balance", currency, sum(amounts)),
        ("payment_captured", "seller_pending", currency, -amounts[0]),
        ("payment_captured", "seller_pending", currency, -amounts[1]),
    ]


def test_the_same_charge_again_changes_nothing(db, shop):
    """Twenty deliveries at once: one entry, one transition, one email."""
    payment = shop.started()
    news = shop.psp.captured(payment.psp_session_id)

    at_once(*[lambda n=n: shop.hears(news, event=f"evt_{n}") for n in range(20)])

    assert ledger(db) == CAPTURED
    assert history(db, payment.id) == ["created", "awaiting_shopper", "succeeded"]
    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'notifications.payment_email'") == 1


def test_without_the_payments_lock_two_deliveries_both_judge_it_unpaid(db, shop, monkeypatch):
    """Control: the row is read without FOR UPDATE. Both deliveries take the charge for the payment's money; only the
    table of facts, which knows a charge once, is left to stop the second."""
    payment = shop.started()
    news = shop.psp.captured(payment.psp_session_id)
    db.rows(
        "UPDATE payments SET psp_intent_id = 'pi_cs_test_1'"
    )  # nothing is left to write before the verdict
    together = threading.Barrier(2)
    judge = booking.judge

    def judge_together(*args):
        verdict = judge(*args)
        together.wait(timeout=25)
        return verdict

    monkeypatch.setattr(locked, "BY_NAMES", locked.BY_NAMES.replace("FOR UPDATE", ""))
    monkeypatch.setattr(booking, "judge", judge_together)

    outcomes = at_once(lambda: shop.hears(news, event="evt_1"), lambda: shop.hears(news, event="evt_2"))

    assert [type(outcome).__name__ for outcome in outcomes if isinstance(outcome, Exception)] == [
        "IntegrityError"
    ]
    assert ledger(db) == CAPTURED


@pytest.mark.parametrize("end", ["expired", "canceled", "failed"])
def test_money_after_the_end_is_kept_apart_and_called_out(db, shop, end):
    """Booked to unapplied, no order touched, an alert with what to give back."""
    payment = shop.started()
    if end == "canceled":
        snapshot = shop.psp.becomes(payment.psp_session_id, "canceled")
    else:
        snapshot = shop.psp.becomes(payment.psp_session_id, end)
    shop.hears(shop.psp.news(payment.psp_session_id, "ended"), snapshot)
    assert shop.view(payment.id).status == end

    shop.hears(shop.psp.captured(payment.psp_session_id), event="evt_2")
    shop.hears(shop.psp.captured(payment.psp_session_id), event="evt_3")

    view = shop.view(payment.id)
    assert (view.status, view.late_capture, view.amount_received) == (end, True, Money(2490, "EUR"))
    assert {order.status for order in view.orders} == {"canceled"}
    assert ledger(db) == [
        ("payment_unapplied", "psp_balance", "EUR", 2490),
        ("payment_unapplied", "unapplied", "EUR", -2490),
    ]
    assert alerts(db) == [("late_capture", "critical", 2490, "EUR")]
    assert events(db)[-1] == "payment.unapplied"


@pytest.mark.parametrize(
    ("taken", "received"),
    [
        (Money(2480, "EUR"), Money(2480, "EUR")),
        (Money(2500, "EUR"), Money(2500, "EUR")),
        (Money(2490, "USD"), Money(0, "EUR")),
    ],
)
def test_another_amount_or_currency_stops_the_payment(db, shop, taken, received):
    """In review, booked apart, no order touched."""
    payment = shop.started()

    shop.hears(shop.psp.captured(payment.psp_session_id, amount=taken))

    view = shop.view(payment.id)
    assert (view.status, view.amount_received) == ("in_review", received)
    assert {order.status for order in view.orders} == {"pending"}
    assert ledger(db) == [
        ("payment_unapplied", "psp_balance", taken.currency, taken.amount_minor),
        ("payment_unapplied", "unapplied", taken.currency, -taken.amount_minor),
    ]
    assert alerts(db) == [("amount_mismatch", "critical", taken.amount_minor, taken.currency)]
    assert events(db)[-2:] == ["payment.review_opened", "payment.unapplied"]


def test_a_second_charge_is_kept_apart(db, shop):
    """The payment has its money; another 24.90 is to be given back."""
    payment = shop.paid()
    shop.hears(shop.psp.captured(payment.psp_session_id, id="ch_second"), event="evt_2")

    view = shop.view(payment.id)
    assert (view.status, view.psp_charge_id) == ("succeeded", "ch_cs_test_1")
    assert ledger(db)[3:] == [
        ("payment_unapplied", "psp_balance", "EUR", 2490),
        ("payment_unapplied", "unapplied", "EUR", -2490),
    ]
    assert alerts(db) == [("second_charge", "critical", 2490, "EUR")]


def test_a_declined_attempt_changes_no_state(db, shop):
    """The shopper may try again on the same page; the reason is kept, and gone once they have paid."""
    payment = shop.started()

    shop.hears(shop.psp.news(payment.psp_session_id, "attempt_declined", decline=DECLINED))

    view = shop.view(payment.id)
    assert (view.status, view.last_error.code) == ("awaiting_shopper", "insufficient_funds")
    shop.hears(shop.psp.captured(payment.psp_session_id), event="evt_2")
    shop.hears(shop.psp.news(payment.psp_session_id, "attempt_declined", decline=DECLINED), event="evt_3")
    assert shop.view(payment.id).last_error is None


def test_a_bad_end_is_not_believed_from_an_event_alone(db, shop):
    """A hint without a snapshot changes nothing."""
    payment = shop.started()

    shop.hears(shop.psp.news(payment.psp_session_id, "ended"))

    assert shop.view(payment.id).status == "awaiting_shopper"


def test_the_snapshot_wins_over_the_hint(db, shop):
    """The event says expired; read again, the session was paid: it is paid."""
    payment = shop.started()
    shop.psp.charge(payment.psp_session_id)

    shop.hears(shop.psp.news(payment.psp_session_id, "ended"), shop.psp.sessions[payment.psp_session_id])

    assert shop.view(payment.id).status == "succeeded"


def test_a_debit_is_processing_and_then_fails(db, shop):
    """Processing is told; the failure cancels the orders and keeps the reason."""
    payment = shop.started()
    shop.hears(shop.psp.news(payment.psp_session_id, "processing"))
    assert shop.view(payment.id).processing_at is not None
    snapshot = shop.psp.becomes(payment.psp_session_id, "failed", decline=DECLINED)

    shop.hears(shop.psp.news(payment.psp_session_id, "ended"), snapshot, event="evt_2")

    view = shop.view(payment.id)
    assert (view.status, view.last_error.code) == ("failed", "insufficient_funds")
    assert events(db) == [
        "payment.created",
        "payment.processing",
        "order.canceled",
        "order.canceled",
        "payment.failed",
    ]


def test_a_failure_whose_processing_was_missed_takes_the_documented_way(db, shop):
    """The table has no edge from awaiting to failed: the missed step is taken on the way."""
    payment = shop.started()

    shop.hears(
        shop.psp.news(payment.psp_session_id, "ended"), shop.psp.becomes(payment.psp_session_id, "failed")
    )

    assert history(db, payment.id) == ["created", "awaiting_shopper", "processing", "failed"]


def test_a_page_that_asks_for_another_amount_goes_to_review(db, shop):
    """Before anybody has paid: somebody has changed the session."""
    payment = shop.started()
    snapshot = shop.psp.becomes(payment.psp_session_id, "open", amount=Money(100, "EUR"))

    shop.hears(shop.psp.news(payment.psp_session_id, "ended"), snapshot)

    assert shop.view(payment.id).status == "in_review"
    assert ledger(db) == []


def test_news_of_nobody_we_know_are_left_to_the_inbox(db, shop):
    """None: the inbox parks it."""
    payment = shop.started()
    news = shop.psp.news(payment.psp_session_id, "processing")
    db.rows("UPDATE payments SET psp_session_id = 'cs_other', psp_intent_id = NULL")
    from dataclasses import replace

    assert shop.hears(replace(news, reference="pay_nonsense")) is None
    assert shop.hears(replace(news, reference=None)) is None
    assert shop.hears(news) == payment.id


def test_an_event_of_the_other_mode_changes_nothing(db, shop):
    """A live event never moves a test payment."""
    from dataclasses import replace

    payment = shop.started()

    shop.hears(replace(shop.psp.captured(payment.psp_session_id), livemode=True))

    assert shop.view(payment.id).status == "awaiting_shopper"
    assert ledger(db) == []
    assert [code for code, *_ in alerts(db)] == ["livemode_differs"]


def test_a_charge_is_found_by_its_intent_alone(db, shop):
    """charge.succeeded names neither session nor reference once the intent is known."""
    from dataclasses import replace

    payment = shop.started()
    shop.hears(shop.psp.news(payment.psp_session_id, "processing"))
    news = shop.psp.captured(payment.psp_session_id)

    assert shop.hears(replace(news, reference=None, session_id=None), event="evt_2") == payment.id
    assert shop.view(payment.id).status == "succeeded"


def test_money_for_a_payment_in_an_unknown_state_is_its_money(db, shop):
    """The webhook ends what the lost answer left open, and nobody need look any more."""
    from checkout.payments.errors import PspUnavailable
    from tests.payments.fake_psp import lost_answer

    shop.psp.faults = [lost_answer()]
    with pytest.raises(PspUnavailable):
        shop.start()

    payment_id = shop.hears(shop.psp.captured("cs_test_1"))

    assert shop.view(payment_id).status == "succeeded"
    assert ledger(db) == CAPTURED


def test_postings_are_effective_when_the_psp_took_the_money(db, shop):
    """Business time is the charge's."""
    payment = shop.started()
    news = shop.psp.captured(payment.psp_session_id)
    assert isinstance(news.charge, Charge)

    shop.hears(news)

    assert db.value("SELECT effective_at FROM journal_entries") == news.charge.created_at


def test_how_it_was_paid_is_learnt_from_whichever_event_says_it(db, shop):
    """An intent names its charge without the method; the charge's own event comes later."""
    from dataclasses import replace

    payment = shop.started()
    news = shop.psp.captured(payment.psp_session_id)
    shop.hears(replace(news, charge=replace(news.charge, method=None)))
    assert shop.view(payment.id).method is None

    shop.hears(news, event="evt_2")

    assert shop.view(payment.id).method == "card"
    assert ledger(db) == CAPTURED
