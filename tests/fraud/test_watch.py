"""From declines in the inbox to a brake and an alert, and out again."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from checkout.core import clock
from checkout.core.ids import decode
from checkout.db.session import atomic
from checkout.fraud import brakes
from checkout.fraud.watch import watch_card_testing
from checkout.gate import limited
from checkout.limits import Quota


@pytest.fixture(autouse=True)
def _fresh_brakes():
    brakes.forget()
    yield
    brakes.forget()


def watch() -> int:
    brakes.forget()
    with atomic() as session:
        return len(watch_card_testing(session))


def decline(db, payment: dict, times: int) -> None:
    """So many declined attempts on the payment's page, as they arrive."""
    intent = f"pi_{uuid4().hex}"
    db.rows(
        "UPDATE payments SET psp_intent_id = %(intent)s WHERE id = %(id)s",
        intent=intent,
        id=decode("pay", payment["id"]),
    )
    for _ in range(times):
        db.rows(
            "INSERT INTO inbox_events (id, psp, event_id, type, livemode, payload, status, object, created_at, received_at)"
            " VALUES (gen_random_uuid(), 'stripe', %(event)s, 'payment_intent.payment_failed', false, '{}', 'processed',"
            " %(intent)s, now(), now())",
            event=uuid4().hex,
            intent=intent,
        )


def test_a_storefront_where_cards_are_tested_is_slowed_and_a_person_is_called(
    db, caller, stranger, monkeypatch
):
    """Its new payments from one address get 429 with Retry-After; other calls and other storefronts go on."""
    monkeypatch.setattr(limited, "WHILE_CARDS_ARE_TESTED", Quota("checkout-braked", 1, 60))
    decline(db, caller.create(), 30)

    assert watch() == 1
    answers = [caller.post("/v1/payments", caller.shop.body()) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 429]
    assert 1 <= int(answers[1].headers["Retry-After"]) <= 60
    assert caller.get("/v1/payments").status_code == stranger.get("/v1/payments").status_code == 200
    assert stranger.post("/v1/payments", stranger.shop.body()).status_code == 201


def test_the_alert_is_one_that_counts_up(db, caller):
    """Each look that is suspicious adds to it."""
    decline(db, caller.create(), 30)
    watch()
    watch()

    (alert,) = db.rows("SELECT code, severity, subject, occurrences, detail FROM alerts")
    assert (alert["code"], alert["severity"], alert["occurrences"]) == ("card_testing", "high", 2)
    assert alert["subject"] == caller.shop.storefront.public_id
    assert alert["detail"].startswith(
        "many_declines: in 10 minutes 1 payments were begun, 0 of them small, 0 paid; 30"
    )


def test_a_few_declines_change_nothing(db, caller):
    """Eleven of one shopper: no alert, no brake."""
    decline(db, caller.create(), 11)

    assert watch() == 0
    assert db.rows("SELECT code FROM alerts") == []


def test_one_shoppers_many_cards_call_a_person_and_slow_nobody(db, caller):
    """The storefront's other shoppers have nothing to do with it."""
    decline(db, caller.create(), 12)

    assert watch() == 0
    assert db.value("SELECT detail FROM alerts").startswith("one_shopper_many_declines")


def test_the_brake_is_released_by_itself(db, caller):
    """A quarter of an hour after the last suspicious look."""
    decline(db, caller.create(), 30)
    watch()
    assert brakes.is_braked(caller.shop.storefront.public_id)

    clock.configure(offset_seconds=int(timedelta(minutes=16).total_seconds()))

    assert watch() == 0
    assert not brakes.is_braked(caller.shop.storefront.public_id)
    assert db.rows("SELECT 1 FROM checkout_brakes") == []
