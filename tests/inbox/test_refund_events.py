"""Events about refunds: from the stored delivery to the books, and to an end of their own."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg.types.json import Jsonb

from checkout import tasks
from checkout.core.ids import new_uuid
from checkout.inbox.refund_events import UNKNOWN_ATTEMPTS, apply_refund_event
from checkout.tasks import ClaimedTask
from tests.psp.money_back_objects import refund_object
from tests.refunds.conftest import desk, psp, shop

__all__ = ["desk", "psp", "shop"]


@pytest.fixture
def stored(desk, db):
    """Stores an event about the PSP's object; returns its id."""

    def store(type: str, thing: dict[str, Any]):
        id = new_uuid()
        payload = {"id": f"evt_{id.hex}", "type": type, "created": 1_800_000_000, "data": {"object": thing}}
        db.rows(
            """
            INSERT INTO inbox_events (id, psp, event_id, type, livemode, payload, status, received_at, created_at)
            VALUES (%(id)s, 'stripe', %(event)s, %(type)s, false, %(payload)s, 'received', now(), now())
            """,
            id=id,
            event=payload["id"],
            type=type,
            payload=Jsonb(payload),
        )
        return id

    return store


def applies(event_id, attempts=1):
    args = {"event": str(event_id)}
    apply_refund_event(ClaimedTask(new_uuid(), "webhooks", "inbox.refund_event", args, attempts, 30, 1))


def end_of(db, event_id):
    return db.value("SELECT status FROM inbox_events WHERE id = %(id)s", id=event_id)


def test_an_event_of_our_refund_is_applied_and_processed(desk, db, stored):
    refund = desk.asks(desk.paid(1500), 500)
    desk.psp.back.lose("after")
    desk.sends(refund)
    event = stored("refund.created", refund_object(desk.made(refund)))
    applies(event)
    applies(event)
    assert (end_of(db, event), desk.status(refund)) == ("processed", "succeeded")


def test_a_refunded_charge_is_looked_through(desk, db, stored):
    """charge.refunded names no refund: the PSP's list of the payment does."""
    payment = desk.paid(1500)
    made = desk.dashboard(payment, 300)
    event = stored("charge.refunded", {"id": made.charge_id, "payment_intent": made.intent_id})
    applies(event)
    assert (end_of(db, event), desk.refunded(payment)) == ("processed", 300)


def test_a_refund_of_nothing_here_is_waited_for_and_then_let_be(desk, db, stored):
    """The payment's own event may be slower; after some tries it is nobody's."""
    payment = desk.paid(1500)
    thing = refund_object(desk.dashboard(payment, 300)) | {"charge": "ch_other", "payment_intent": "pi_other"}
    event = stored("refund.created", thing)
    with pytest.raises(tasks.RetryLater):
        applies(event)
    applies(event, attempts=UNKNOWN_ATTEMPTS)
    assert (end_of(db, event), desk.refunded(payment)) == ("ignored", 0)


def test_an_unreadable_event_is_dead_with_an_alert(desk, db, stored):
    event = stored("refund.created", {"id": "re_1"})
    applies(event)
    assert (end_of(db, event), desk.alerts()) == ("dead", ["webhook_event_dead"])
