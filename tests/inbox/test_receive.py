"""Taking deliveries in: each event once, with the task that applies it, or not at all."""

from __future__ import annotations

import hashlib
import random
import sys

import pytest

from checkout.core import clock
from checkout.inbox import receive
from checkout.psp import WebhookPayloadInvalid, WebhookRefused
from checkout.tasks import set_ring
from tests.concurrency import at_once
from tests.psp.conftest import adapter_at
from tests.psp.deliveries import encoded, event, signature

EVENT = event("charge.succeeded", {"id": "ch_1", "object": "charge"})


@pytest.fixture
def adapter(db):
    return adapter_at("http://127.0.0.1:1")


def deliver(adapter, payload=EVENT, **signing):
    body = payload if isinstance(payload, bytes) else encoded(payload)
    receive(body, [signature(body, at=clock.wallclock(), **signing)], adapter)


def test_an_event_is_stored_with_its_task(adapter, db):
    deliver(adapter)

    (stored,) = db.rows("SELECT * FROM inbox_events")
    assert (stored["psp"], stored["account"], stored["event_id"], stored["type"], stored["status"]) == (
        "stripe", "", "evt_1", "charge.succeeded", "received",
    )  # fmt: skip
    assert stored["payload"] == EVENT
    assert stored["object"] == "ch_1"
    (task,) = db.rows("SELECT queue, kind, args, cause, status FROM tasks")
    assert task == {
        "queue": "webhooks",
        "kind": "inbox.apply",
        "args": {"event": str(stored["id"])},
        "cause": "event:evt_1",
        "status": "ready",
    }


def test_a_delivery_is_stored_without_the_person_in_it(adapter, db):
    """Null stands where somebody was described; the digest is of the delivery as it came."""
    named = event(
        "checkout.session.completed", {"id": "cs_1", "customer_details": {"email": "jo@example.org"}}
    )

    deliver(adapter, named)

    (stored,) = db.rows("SELECT payload, body_sha256 FROM inbox_events")
    assert stored["payload"]["data"]["object"] == {"id": "cs_1", "customer_details": None}
    assert bytes(stored["body_sha256"]) == hashlib.sha256(encoded(named)).digest()


def test_a_second_delivery_adds_nothing(adapter, db):
    deliver(adapter)
    deliver(adapter)

    assert (db.value("SELECT count(*) FROM inbox_events"), db.value("SELECT count(*) FROM tasks")) == (1, 1)


def test_twenty_deliveries_at_once_store_one_event(adapter, db):
    """Each is answered without an error; one event, one task."""
    outcomes = at_once(*[lambda: deliver(adapter)] * 20)

    assert outcomes == [None] * 20
    assert (db.value("SELECT count(*) FROM inbox_events"), db.value("SELECT count(*) FROM tasks")) == (1, 1)


def test_without_the_constraint_the_race_would_store_more(adapter, db):
    """The control: it is the unique constraint that keeps an event single, nothing in the code."""
    module = sys.modules["checkout.inbox.receive"]
    unguarded = module.STORE.replace("ON CONFLICT ON CONSTRAINT each_event_once DO NOTHING", "")
    db.rows("ALTER TABLE inbox_events DROP CONSTRAINT each_event_once")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "STORE", unguarded)
            at_once(*[lambda: deliver(adapter)] * 20)
        assert db.value("SELECT count(*) FROM inbox_events") == 20
    finally:
        db.rows("DELETE FROM inbox_events")
        db.rows("ALTER TABLE inbox_events ADD CONSTRAINT each_event_once UNIQUE (psp, account, event_id)")


def test_the_same_id_of_another_account_is_another_event(adapter, db):
    deliver(adapter)
    deliver(adapter, {**EVENT, "account": "acct_1"})

    assert db.value("SELECT count(*) FROM inbox_events") == 2


def test_the_worker_is_rung_once_per_event(adapter):
    rings = []
    set_ring(rings.append)

    deliver(adapter)
    deliver(adapter)

    assert rings == ["webhooks"]


def test_a_refused_delivery_leaves_no_row(adapter, db):
    """Nothing of it is kept: no event, no task."""
    chance = random.Random(7)
    for _ in range(200):
        with pytest.raises(WebhookRefused):
            deliver(adapter, secret=chance.randbytes(8).hex())

    assert (db.value("SELECT count(*) FROM inbox_events"), db.value("SELECT count(*) FROM tasks")) == (0, 0)


def test_json_that_the_database_cannot_hold_is_refused(adapter, db):
    """A number beyond every column is readable JSON, and still no fault of the server."""
    body = encoded(EVENT).replace(b'"ch_1"', b'"ch_1", "x": 1e999999')

    with pytest.raises(WebhookPayloadInvalid):
        deliver(adapter, body)

    assert db.value("SELECT count(*) FROM inbox_events") == 0


def test_the_test_clock_moves_no_signature(adapter, db, tmp_path):
    """A day ahead by the test clock: deliveries are still signed and checked by the wall clock."""
    advance = tmp_path / "clock"
    clock.write_advance_seconds(advance, 86_400)
    clock.configure(advance_file=advance)

    deliver(adapter)

    assert db.value("SELECT count(*) FROM inbox_events") == 1
