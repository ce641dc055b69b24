"""Webhooks arrive signed and in order, again and again until they are taken; each mode breaks one of these."""

from __future__ import annotations

import time

import pytest
import requests
import stripe

from tests.mockpsp.conftest import session_params
from tests.mockpsp.harness import API_KEY, SECRET, endpoint, eventually, running_mock
from tests.stripe_openapi import validate

PAID = ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]
VISA = "4242424242424242"


def paid_at(mock):
    """Creates and pays a session by HTTP; answers its id."""
    client = stripe.StripeClient(API_KEY, base_addresses={"api": mock.base})
    session = client.v1.checkout.sessions.create(session_params())
    requests.post(f"{mock.base}/_mock/pay", json={"session": session.id, "card": VISA}, timeout=30)
    return session.id


def test_events_are_signed_as_stripe_signs(new_session, pay, shop):
    """The official library takes them, with the time of the wall clock; another secret or byte is refused."""
    pay(new_session(), VISA)
    shop.wait_for(3)

    for delivery in shop.received:
        event = stripe.Webhook.construct_event(delivery.raw, delivery.signature, SECRET)
        assert event.api_version == "2026-10-28.endive"
        assert event.livemode is False
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(delivery.raw, delivery.signature, "whsec_other")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(delivery.raw + b" ", delivery.signature, SECRET)


def test_events_conform_to_stripes_description(client, new_session, pay, control, shop):
    """Envelope and object, for every type that the mock knows."""
    for means in ({"card": VISA}, {"card": "4000000000000002"}, {"card": "4000002760003184"},
                  {"iban": "DE89370400440532013000"}, {"iban": "DE18370400440532990001"}):  # fmt: skip
        pay(new_session(), **means)
    client.v1.customers.create({"email": "jo@example.org"})
    control("POST", "/clock", {"advance_seconds": 3 * 86_400})

    shop.wait_for(24)

    errors = []
    for delivery in shop.received:
        errors += validate.object_errors(delivery.event)
        errors += validate.object_errors(delivery.event["data"]["object"])
    assert errors == []


def test_several_secrets_sign_each_delivery(tmp_path):
    """During a rotation the endpoint takes either."""
    with (
        endpoint() as shop,
        running_mock(
            tmp_path / "m", webhook_url=shop.url, webhook_secrets=["whsec_old", "whsec_new"]
        ) as mock,
    ):
        paid_at(mock)
        shop.wait_for(3)

    for secret in ("whsec_old", "whsec_new"):
        assert stripe.Webhook.construct_event(shop.received[0].raw, shop.received[0].signature, secret)


def test_the_news_of_one_payment_come_in_order(new_session, pay, shop):
    for _ in range(10):
        pay(new_session(), VISA)

    shop.wait_for(30)

    by_session = {}
    for delivery in shop.received:
        thing = delivery.event["data"]["object"]
        by_session.setdefault(thing.get("payment_intent") or thing["id"], []).append(delivery.event["type"])
    assert set(map(tuple, by_session.values())) == {tuple(PAID)}


def test_a_refused_delivery_comes_again_with_the_same_bytes(new_session, pay, shop):
    """Same body and event id, a fresh signature; the other events are not held up."""
    refused = []
    shop.answer = lambda event: (
        500 if event["type"] == PAID[0] and not refused.append(1) and len(refused) < 3 else 200
    )
    pay(new_session(), VISA)

    shop.wait_for(5)

    again = [delivery for delivery in shop.received if delivery.event["type"] == PAID[0]]
    assert len(again) == 3
    assert len({delivery.raw for delivery in again}) == 1
    assert shop.types[:3] == PAID


def test_an_endpoint_that_is_down_gets_everything_later(tmp_path):
    """Also across a restart of the mock: deliveries are rows."""
    with endpoint() as gone:
        pass
    with running_mock(tmp_path / "m", webhook_url=gone.url, webhook_secrets=[SECRET]) as mock:
        paid_at(mock)
        assert eventually(lambda: mock.psp.webhooks.waiting()["pending"] == 3)
    with endpoint() as back, running_mock(tmp_path / "m", webhook_url=back.url, webhook_secrets=[SECRET]):
        assert sorted(back.wait_for(3)) == sorted(PAID)


def test_what_was_taken_is_not_sent_again_after_a_restart(tmp_path, shop):
    with running_mock(tmp_path / "m", webhook_url=shop.url, webhook_secrets=[SECRET]) as mock:
        paid_at(mock)
        shop.wait_for(3)
    with running_mock(tmp_path / "m", webhook_url=shop.url, webhook_secrets=[SECRET]):
        time.sleep(0.6)

    assert len(shop.received) == 3


def test_muted_events_are_held_until_delivered(new_session, pay, control, shop):
    control("POST", "/webhooks", {"mode": "mute"})
    pay(new_session(), VISA)
    assert control("GET", "/webhooks") == {"mode": "mute", "waiting": {"pending": 0, "held": 3, "failed": 0}}
    control("POST", "/webhooks", {"mode": "normal"})
    time.sleep(0.5)
    assert shop.received == []

    assert control("POST", "/webhooks/deliver") == {"delivered": 3}

    assert shop.wait_for(3) == PAID


def test_duplicates(new_session, pay, control, shop):
    control("POST", "/webhooks", {"mode": "duplicate", "times": 3})
    pay(new_session(), VISA)

    shop.wait_for(9)

    assert shop.types == [kind for kind in PAID for _ in range(3)]


def test_a_delay(new_session, pay, control, shop):
    control("POST", "/webhooks", {"mode": "delay", "seconds": 1})
    began = time.monotonic()
    pay(new_session(), VISA)

    shop.wait_for(3)

    assert time.monotonic() - began >= 1


def test_reordering_follows_its_seed(new_session, pay, control, shop):
    """Some seed turns the order; the same seed gives the same order."""

    def order(seed):
        shop.received.clear()
        control("POST", "/webhooks", {"mode": "reorder", "seed": seed})
        pay(new_session(), VISA)
        return tuple(shop.wait_for(3))

    orders = [order(seed) for seed in (1, 2, 3)]

    assert set(orders) != {tuple(PAID)}
    assert all(sorted(found) == sorted(PAID) for found in orders)


def test_the_news_before_the_response(new_session, pay, control, shop):
    """Creating says what there is to say before it answers; so does paying."""
    control("POST", "/webhooks", {"mode": "before_response"})

    session = new_session()
    assert shop.types == ["payment_intent.created"]
    assert shop.received[0].event["data"]["object"]["metadata"] == {"payment": "pay_1"}
    pay(session, VISA)

    assert shop.types == ["payment_intent.created", *PAID]


def test_a_payment_before_its_session_is_answered(client, new_session, control, shop):
    """The nastiest order: the shop hears "paid" of a session whose creation it has not been answered."""
    control("POST", "/webhooks", {"mode": "before_response", "card": VISA})

    answer = new_session()

    assert shop.types == ["payment_intent.created", *PAID]
    assert (answer.status, answer.payment_status) == ("open", "unpaid")
    assert client.v1.checkout.sessions.retrieve(answer.id).payment_status == "paid"


def test_an_event_says_whether_it_was_delivered(client, new_session, pay, control, shop):
    control("POST", "/webhooks", {"mode": "mute"})
    pay(new_session(), VISA)
    event = client.v1.events.list().data[0]
    assert client.v1.events.retrieve(event.id).pending_webhooks == 1
    assert len(client.v1.events.list({"delivery_success": False}).data) == 3

    control("POST", "/webhooks/deliver")
    shop.wait_for(3)

    assert eventually(lambda: client.v1.events.retrieve(event.id).pending_webhooks == 0)
    assert client.v1.events.list({"delivery_success": False}).data == []


# -- events of a test's choice


def test_an_event_of_choice_is_genuine_unless_told_otherwise(new_session, control, shop):
    session = new_session()

    answer = control("POST", "/webhooks/send", {"type": "checkout.session.completed", "object": session.id})

    assert answer["status"] == 200
    event = stripe.Webhook.construct_event(shop.received[0].raw, shop.received[0].signature, SECRET)
    assert (event.id, event.data.object["id"]) == (answer["event"], session.id)


def test_an_event_can_be_forged_old_or_another_modes(new_session, control, shop):
    thing = {"object": "charge", "id": "ch_forged", "amount": 1}

    control("POST", "/webhooks/send", {"type": "charge.succeeded", "object": thing, "secret": "whsec_forged"})
    control(
        "POST", "/webhooks/send", {"type": "charge.succeeded", "object": thing, "timestamp": 1_700_000_000}
    )
    control(
        "POST",
        "/webhooks/send",
        {"type": "charge.succeeded", "object": thing, "livemode": True, "id": "evt_1"},
    )

    forged, old, live = shop.received
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(forged.raw, forged.signature, SECRET)
    assert old.signature.startswith("t=1700000000,")
    assert (live.event["livemode"], live.event["id"]) == (True, "evt_1")


def test_a_recorded_event_can_be_sent_again(new_session, pay, control, shop):
    pay(new_session(), VISA)
    shop.wait_for(3)

    control("POST", "/webhooks/send", {"event": shop.received[0].event["id"]})

    assert shop.received[3].raw == shop.received[0].raw
