"""A fact and its subscribers' tasks are written together, or neither."""

from __future__ import annotations

import pytest

from checkout.core.cause import Cause
from checkout.db.session import atomic
from checkout.events import DomainEvent, emit
from checkout.events.subscribers import PAYMENT_EMAIL
from checkout.tasks import set_ring
from checkout.tasks.ring import MAIL_QUEUE

CAUSE = Cause("system", "test")
HEARD = DomainEvent(
    "payment.succeeded", "pay_01h455vb4pex5vsknk084sn02q", data={"amount": 2490, "currency": "EUR"}
)
UNHEARD = DomainEvent("payment.created", "pay_01h455vb4pex5vsknk084sn02q")


@pytest.fixture
def rung():
    """The queues that were rung for."""
    heard: list[str] = []
    set_ring(heard.append)
    return heard


def test_a_facts_subscriber_has_its_task(db, rung):
    """One task in the subscriber's own queue, due at once, that names the event; its bell rings after the commit."""
    with atomic() as session:
        event_id = emit(session, HEARD, cause=CAUSE)
        assert rung == []

    (event,) = db.rows("SELECT id, type, object, data, cause FROM events")
    assert event == {
        "id": event_id,
        "type": HEARD.type,
        "object": HEARD.object,
        "data": HEARD.data,
        "cause": str(CAUSE),
    }
    (task,) = db.rows(
        "SELECT queue, kind, args, status, cause, max_attempts, due_at = created_at AS now FROM tasks"
    )
    assert task == {
        "queue": MAIL_QUEUE,
        "kind": PAYMENT_EMAIL,
        "args": {"event": str(event_id), "type": HEARD.type, "object": HEARD.object},
        "status": "ready",
        "cause": str(CAUSE),
        "max_attempts": 8,
        "now": True,
    }
    assert rung == [MAIL_QUEUE]


def test_a_fact_that_nobody_listens_to_is_written_alone(db, rung):
    with atomic() as session:
        emit(session, UNHEARD, cause=CAUSE)

    assert db.value("SELECT type FROM events") == "payment.created"
    assert db.value("SELECT count(*) FROM tasks") == 0
    assert rung == []


def test_a_unit_that_fails_tells_nobody(db, rung):
    """Neither the fact nor the task, nor the bell."""
    with pytest.raises(RuntimeError), atomic() as session:
        emit(session, HEARD, cause=CAUSE)
        raise RuntimeError

    assert (db.value("SELECT count(*) FROM events"), db.value("SELECT count(*) FROM tasks")) == (0, 0)
    assert rung == []
