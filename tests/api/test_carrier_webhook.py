"""The carrier's callback: signed, in time, once; whatever else comes is refused and changes nothing."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from checkout.core.clock import utcnow
from checkout.orders.carrier_signature import signature
from tests.api.conftest import Caller

SECRET = "carrier-secret"
EVENT = {
    "id": "trk_1",
    "type": "delivered",
    "carrier": "dhl",
    "tracking_number": "JJD-1",
    "happened_at": utcnow().isoformat(),  # of long ago nobody is told any more
}


def send(client, event: Any = EVENT, *, secret=SECRET, at=None, body=None, header=None):
    raw = body if body is not None else json.dumps(event).encode()
    timestamp = str(int(at if at is not None else time.time()))
    shown = header if header is not None else f"t={timestamp},v1={signature(raw, timestamp, secret)}"
    return client.post("/webhooks/carrier", data=raw, headers={"Carrier-Signature": shown})


@pytest.fixture
def shipped(caller: Caller, db) -> str:
    """An order with one parcel of DHL."""
    order = caller.create()["orders"][0]["id"]
    db.rows("UPDATE orders SET status = 'paid'")
    answer = caller.post(f"/v1/orders/{order}/shipments", {"carrier": "DHL", "tracking_number": "jjd-1"})
    assert answer.status_code == 201
    return order


@pytest.mark.parametrize("secret", [SECRET, "old-carrier-secret"])
def test_a_signed_arrival_delivers_the_order(caller, shipped, secret):
    """With either secret while one is replaced; a second delivery of the event changes nothing."""
    assert send(caller.client, secret=secret).status_code == 200
    first = caller.get(f"/v1/orders/{shipped}").get_json()
    assert send(caller.client, secret=secret).status_code == 200

    assert first["status"] == "delivered"
    assert caller.get(f"/v1/orders/{shipped}").get_json()["delivered_at"] == first["delivered_at"]


def test_an_unknown_parcel_is_kept_for_later(caller, db):
    """200: the carrier need not repeat it."""
    assert send(caller.client).status_code == 200
    assert db.rows("SELECT event_id, status FROM carrier_events") == [
        {"event_id": "trk_1", "status": "parked"}
    ]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"secret": "another"}, "webhook_signature_invalid"),
        ({"header": ""}, "webhook_signature_invalid"),
        ({"header": "t=1,v1=zz"}, "webhook_signature_invalid"),
        ({"header": f"t={'9' * 12},v1={'a' * 64}"}, "webhook_signature_invalid"),
        ({"at": time.time() - 360}, "webhook_timestamp_out_of_tolerance"),
        ({"at": time.time() + 36_000}, "webhook_timestamp_out_of_tolerance"),
        ({"body": b"[]"}, "webhook_payload_invalid"),
        ({"body": b"\xff{"}, "webhook_payload_invalid"),
        ({"event": {**EVENT, "happened_at": "yesterday"}}, "webhook_payload_invalid"),
        ({"event": {**EVENT, "tracking_number": 7}}, "webhook_payload_invalid"),
        ({"event": {**EVENT, "weight": 1}}, "webhook_payload_invalid"),
    ],
)
def test_what_is_not_a_genuine_event_is_refused(caller, shipped, db, options, code):
    """400 with its code, no row, no change."""
    answer = send(caller.client, **options)

    assert (answer.status_code, answer.get_json()["code"]) == (400, code)
    assert db.value("SELECT count(*) FROM carrier_events") == 0
    assert caller.get(f"/v1/orders/{shipped}").get_json()["status"] == "shipped"


def test_a_body_beyond_its_limit_is_not_read(caller):
    assert send(caller.client, body=b" " * (16 * 1024 + 1)).status_code == 413
