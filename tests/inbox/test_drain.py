"""Applying stored events: once each, in any order, and every one comes to an end."""

from __future__ import annotations

import itertools
from uuid import uuid4

import pytest

from checkout import tasks
from checkout.core import clock
from checkout.core.ids import new
from checkout.inbox import drain
from checkout.inbox.stages import PARK_SECONDS
from checkout.inbox.sweep import end_events_of_dead_tasks
from checkout.tasks.ring import WEBHOOK_QUEUE
from jobs.run_task import run_task
from tests.concurrency import at_once
from tests.inbox.crash_child import HANDLERS
from tests.psp.deliveries import event


def ends(db):
    """How every stored event ended, by type."""
    return {row["type"]: row["status"] for row in db.rows("SELECT type, status FROM inbox_events")}


def captures(db):
    return db.value("SELECT count(*) FROM journal_entries WHERE kind = 'payment_captured'")


def reads(mock):
    """How often the adapter asked for a session."""
    return len(
        [1 for method, url, *_ in mock.exchanges if method == "get" and "/v1/checkout/sessions/cs_" in url]
    )


def charge_event(payment_id, **changes):
    charge = {
        "id": "ch_strange", "object": "charge", "amount": 2490, "amount_captured": 2490, "balance_transaction": None,
        "captured": True, "created": 1_795_262_400, "currency": "eur", "livemode": False,
        "metadata": {"payment": payment_id}, "payment_intent": "pi_strange", "status": "succeeded",
        "payment_method_details": {"type": "card"}, **changes,
    }  # fmt: skip
    return event("charge.succeeded", charge, id=f"evt_{uuid4().hex}")


def test_a_paid_page_becomes_a_succeeded_payment(inbox, db):
    payment = inbox.pay()
    inbox.deliver(*inbox.sent_about(payment))

    inbox.work()

    assert inbox.shop.view(payment.id).status == "succeeded"
    assert captures(db) == 1
    assert set(ends(db).values()) <= {"processed", "ignored"}


def test_a_completed_session_after_its_charge_asks_the_psp_nothing(inbox, mock, db):
    payment = inbox.pay()
    inbox.deliver(*inbox.sent_about(payment, "charge.succeeded", "checkout.session.completed"))

    inbox.work()

    assert reads(mock) == 0
    assert ends(db) == {"charge.succeeded": "processed", "checkout.session.completed": "processed"}


def test_a_completed_session_alone_asks_the_psp_for_its_charge(inbox, mock, db):
    """The charge's own events are lost: a second later the PSP is read, and the money is booked."""
    payment = inbox.pay()
    inbox.deliver(*inbox.sent_about(payment, "checkout.session.completed"))
    inbox.work()
    assert inbox.shop.view(payment.id).status == "awaiting_shopper"

    inbox.later(2)
    inbox.work()

    assert inbox.shop.view(payment.id).status == "succeeded"
    assert (reads(mock), captures(db)) == (1, 1)
    assert ends(db) == {"checkout.session.completed": "processed"}


def test_a_completed_session_that_comes_before_its_charge_asks_nothing(inbox, mock, db):
    """They arrive together: the second of patience saves the question."""
    payment = inbox.pay()
    inbox.deliver(*inbox.sent_about(payment, "checkout.session.completed", "charge.succeeded"))
    inbox.work()

    inbox.later(2)
    inbox.work()

    assert inbox.shop.view(payment.id).status == "succeeded"
    assert (reads(mock), captures(db)) == (0, 1)


def test_an_expired_page_ends_its_payment_after_the_psp_confirmed_it(inbox, mock, db):
    payment = inbox.shop.started()
    mock.adapter.expire_payment(payment.psp_session_id, f"{payment.public_id}:expire")
    inbox.deliver(*inbox.sent_about(payment, "checkout.session.expired"))

    inbox.work()

    assert reads(mock) == 1
    assert inbox.shop.view(payment.id).status == "expired"


def test_a_bad_end_that_the_psp_does_not_confirm_changes_nothing(inbox, db):
    """A genuine event that says expired about a page that was paid: the PSP's word of now wins."""
    payment = inbox.pay()
    lie = event(
        "checkout.session.expired",
        {"id": payment.psp_session_id, "object": "checkout.session", "client_reference_id": payment.public_id,
         "livemode": False, "payment_intent": None, "payment_status": "unpaid", "status": "expired"},
    )  # fmt: skip
    inbox.deliver(lie)

    inbox.work()

    assert inbox.shop.view(payment.id).status == "succeeded"
    assert captures(db) == 1


def test_a_declined_attempt_keeps_the_payment_waiting_with_its_reason(inbox, db):
    payment = inbox.pay(card="4000000000009995")
    inbox.deliver(*inbox.sent_about(payment))

    inbox.work()

    view = inbox.shop.view(payment.id)
    assert view.status == "awaiting_shopper"
    assert view.last_error.code == "insufficient_funds"


def test_a_bank_debit_waits_for_the_bank(inbox, db):
    payment = inbox.pay(iban="DE89370400440532013000")
    inbox.deliver(*inbox.sent_about(payment))

    inbox.work()

    assert inbox.shop.view(payment.id).status == "processing"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_the_events_does_not_matter(inbox, db, order):
    payment = inbox.pay()
    sent = inbox.sent_about(
        payment, "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"
    )

    for place in order:
        inbox.deliver(sent[place])
        inbox.work()
    inbox.later(2)
    inbox.work()

    assert inbox.shop.view(payment.id).status == "succeeded"
    assert captures(db) == 1
    assert set(ends(db).values()) == {"processed"}


def test_a_task_that_runs_twice_at_once_applies_its_event_once(inbox, db):
    """Two workers hold the same task, one of them with a lapsed lease: one effect, the late one rolls back."""
    payment = inbox.pay()
    inbox.deliver(*inbox.sent_about(payment, "charge.succeeded"))
    (first,) = tasks.claim(WEBHOOK_QUEUE, worker="a", lease_seconds=60)
    db.rows("UPDATE tasks SET lease_until = now() - interval '1 second' WHERE status = 'claimed'")
    (second,) = tasks.claim(WEBHOOK_QUEUE, worker="b", lease_seconds=60)

    at_once(*[lambda task=task: run_task(task, HANDLERS[task.kind]) for task in (first, second)])

    assert captures(db) == 1
    assert db.value("SELECT status FROM tasks WHERE kind = 'inbox.apply'") == "done"


# Unknown objects.


def test_an_event_about_an_unknown_payment_waits_and_then_calls_a_person(inbox, db):
    """Parked, tried again at growing distances, at last dead with an alert; never lost."""
    inbox.deliver(charge_event(new("pay")))
    inbox.work()
    assert ends(db) == {"charge.succeeded": "parked"}

    for wait in PARK_SECONDS:
        assert inbox.work() == 0
        inbox.later(wait)
        assert inbox.work() == 1

    assert ends(db) == {"charge.succeeded": "dead"}
    assert db.value("SELECT code FROM alerts") == "webhook_event_dead"
    assert db.value("SELECT count(*) FROM tasks WHERE status <> 'done'") == 0


def test_an_event_that_was_faster_than_us_is_applied_when_we_know(inbox, db):
    """The charge's event comes before our own row: five seconds later it is applied."""
    payment_id = new("pay")
    inbox.deliver(charge_event(payment_id))
    inbox.work()
    payment = inbox.shop.started()
    db.rows(
        "UPDATE inbox_events SET payload = jsonb_set(payload, '{data,object,metadata,payment}', to_jsonb(%(id)s::text))",
        id=payment.public_id,
    )

    inbox.later(5)
    inbox.work()

    assert inbox.shop.view(payment.id).status == "succeeded"
    assert ends(db) == {"charge.succeeded": "processed"}


@pytest.mark.parametrize("reference", [None, "", "cart-17", "pay_short", 7])
def test_an_event_with_a_strange_reference_breaks_nothing(inbox, db, reference):
    inbox.deliver(charge_event(reference))

    inbox.work()

    assert set(ends(db).values()) <= {"parked", "dead"}


# Events that end without an effect.


def test_a_type_that_changes_no_payment_is_ignored_with_its_reason(inbox, db):
    inbox.deliver(event("customer.created", {"id": "cus_1", "object": "customer"}))

    inbox.work()

    (row,) = db.rows("SELECT status, reason, finished_at IS NOT NULL AS finished FROM inbox_events")
    assert row == {"status": "ignored", "reason": "a type that changes no payment", "finished": True}


def test_an_unreadable_event_is_dead_at_once_with_an_alert(inbox, db):
    """Trying again could not help."""
    payment = inbox.shop.started()
    inbox.deliver(charge_event(payment.public_id, amount_captured="2490"))

    inbox.work()

    assert ends(db) == {"charge.succeeded": "dead"}
    assert db.value("SELECT code FROM alerts") == "webhook_event_dead"


def test_a_wrong_amount_touches_no_order(inbox, db):
    """The PSP says another amount than ours: the payment is stopped for a person."""
    payment = inbox.shop.started()
    inbox.deliver(charge_event(payment.public_id, amount_captured=2480))

    inbox.work()

    assert inbox.shop.view(payment.id).status == "in_review"
    assert db.value("SELECT count(*) FROM orders WHERE status = 'paid'") == 0
    assert captures(db) == 0


def test_a_poison_event_holds_up_nobody_and_is_dead_after_its_last_attempt(inbox, db, monkeypatch):
    """It raises at every attempt; the next event is applied meanwhile, and a replay can still apply it later."""
    poison, other = inbox.pay(), inbox.pay()
    apply_news = drain.apply_news

    def sick(session, news, *rest, **more):
        if news.reference == poison.public_id:
            session.connection().exec_driver_sql("SELECT 1 / 0")
        return apply_news(session, news, *rest, **more)

    monkeypatch.setattr(drain, "apply_news", sick)
    inbox.deliver(*inbox.sent_about(poison, "charge.succeeded"), *inbox.sent_about(other, "charge.succeeded"))
    inbox.work()
    assert inbox.shop.view(other.id).status == "succeeded"
    for _ in range(8):
        inbox.later(3_600)
        inbox.work()

    statuses = db.rows("SELECT status, count(*) AS n FROM inbox_events GROUP BY status ORDER BY status")
    assert statuses == [{"status": "dead", "n": 1}, {"status": "processed", "n": 1}]
    assert db.value("SELECT detail FROM alerts WHERE code = 'webhook_event_dead'").count("DataError") == 1

    monkeypatch.setattr(drain, "apply_news", apply_news)
    db.rows("UPDATE tasks SET status = 'ready', attempts = 0, due_at = now() WHERE kind = 'inbox.apply'")
    inbox.work()

    assert inbox.shop.view(poison.id).status == "succeeded"
    assert captures(db) == 2


# When the PSP has to be asked and does not answer.


def test_a_psp_that_is_down_is_asked_again_later(inbox, mock, db):
    payment = inbox.shop.started()
    mock.adapter.expire_payment(payment.psp_session_id, f"{payment.public_id}:expire")
    inbox.deliver(*inbox.sent_about(payment, "checkout.session.expired"))
    mock.control("POST", "faults", {"kind": "status", "status": 503, "retry_after": 20, "times": 1})

    inbox.work()
    assert inbox.shop.view(payment.id).status == "awaiting_shopper"
    inbox.later(19)
    assert inbox.work() == 0
    inbox.later(2)
    inbox.work()

    assert inbox.shop.view(payment.id).status == "expired"
    assert ends(db) == {"checkout.session.expired": "processed"}


def test_a_session_that_the_psp_does_not_know_is_for_a_person(inbox, mock, db):
    payment = inbox.shop.started()
    lost = event(
        "checkout.session.expired",
        {"id": "cs_test_unknown", "object": "checkout.session", "client_reference_id": payment.public_id,
         "livemode": False, "payment_intent": None, "payment_status": "unpaid", "status": "expired"},
    )  # fmt: skip
    inbox.deliver(lost)

    inbox.work()

    assert ends(db) == {"checkout.session.expired": "dead"}
    assert inbox.shop.view(payment.id).status == "awaiting_shopper"


def test_a_psp_that_stays_away_is_asked_ever_less_often(inbox, mock, db):
    """A circuit that says thirty seconds each time would use up all attempts in a quarter of an hour."""
    payment = inbox.shop.started()
    mock.adapter.expire_payment(payment.psp_session_id, f"{payment.public_id}:expire")
    inbox.deliver(*inbox.sent_about(payment, "checkout.session.expired"))
    mock.control("POST", "faults", {"kind": "status", "status": 503, "retry_after": 1})
    inbox.work()

    waits = []
    for _ in range(10):
        due = db.value("SELECT due_at FROM tasks WHERE kind = 'inbox.read_again'")
        waits.append((due - clock.utcnow()).total_seconds())
        inbox.later(int(waits[-1]) + 1)
        inbox.work()

    assert waits[9] > 250
    assert ends(db) == {"checkout.session.expired": "received"}


def test_an_event_whose_worker_died_at_every_attempt_is_ended_by_the_sweep(inbox, db):
    """The runner buries such a task without asking the handler; the sweep ends its event and no other."""
    waiting, dead = inbox.pay(), inbox.pay()
    inbox.deliver(*inbox.sent_about(dead, "charge.succeeded"))
    db.rows("UPDATE tasks SET attempts = max_attempts WHERE kind = 'inbox.apply'")
    inbox.work()
    inbox.deliver(*inbox.sent_about(waiting, "charge.succeeded"))

    assert end_events_of_dead_tasks() == 1
    assert end_events_of_dead_tasks() == 0

    statuses = db.rows("SELECT status, count(*) AS n FROM inbox_events GROUP BY status ORDER BY status")
    assert statuses == [{"status": "dead", "n": 1}, {"status": "received", "n": 1}]
