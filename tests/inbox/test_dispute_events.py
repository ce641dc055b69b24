"""Events of disputes, as the PSP delivers them: each comes to an end, whatever the PSP answers meanwhile."""

from __future__ import annotations

import json

import pytest

from checkout.core.ids import new_uuid
from checkout.db.statement import run
from checkout.inbox.dispute_events import apply_dispute_event
from checkout.inbox.routes import DISPUTE_EVENT, HANDED_OVER
from checkout.psp import Unavailable
from checkout.psp.stripe.money_back_news import money_back_news
from checkout.tasks import ClaimedTask, RetryLater
from tests.disputes.conftest import bank, psp, shop
from tests.psp.money_back_objects import dispute_event

__all__ = ["bank", "psp", "shop"]


@pytest.fixture
def deliver(bank, db):
    """Stores an event of the dispute and runs its task; returns how the event ended."""
    bank.psp.interpret_money_back = money_back_news

    def go(dispute, kind="created", *, attempt=1, event_id=None):
        id = event_id or new_uuid()
        payload = dispute_event(dispute, kind, id=f"evt_{id.hex}")
        if event_id is None:
            run(
                """
                INSERT INTO inbox_events (id, psp, account, event_id, type, livemode, payload, body_sha256, created_at,
                                          received_at)
                VALUES (%(id)s, 'stripe', '', %(event)s, %(type)s, false, %(payload)s::jsonb, %(sha)s, now(), now())
                """,
                id=id,
                event=payload["id"],
                type=payload["type"],
                payload=json.dumps(payload),
                sha=b"0" * 32,
            )
        try:
            apply_dispute_event(
                ClaimedTask(new_uuid(), "webhooks", DISPUTE_EVENT, {"event": str(id)}, attempt, 3, 1)
            )
        except RetryLater:
            return "later", id
        return db.value("SELECT status FROM inbox_events WHERE id = %(id)s", id=id), id

    return go


def test_every_kind_of_event_has_its_task():
    """The five that Stripe sends of a dispute."""
    kinds = {"created", "updated", "closed", "funds_withdrawn", "funds_reinstated"}
    assert {HANDED_OVER.get(f"charge.dispute.{kind}") for kind in kinds} == {DISPUTE_EVENT}


def test_a_dispute_of_ours_is_processed_and_a_strangers_is_ignored(bank, deliver):
    """What moved is booked once; of the other one nothing is."""
    ours = bank.disputes(bank.paid(1500))
    strangers = bank.psp.open_dispute("pi_of_nobody", ours.amount)

    assert (deliver(ours)[0], deliver(ours, "funds_withdrawn")[0]) == ("processed", "processed")
    assert deliver(strangers)[0] == "ignored"
    assert bank.balances()["psp_balance"] == -1500


def test_a_psp_that_does_not_answer_is_asked_again_until_a_person_has_to_look(bank, deliver, monkeypatch):
    """The facts of the event are booked at once; the last attempt ends it dead, with an alert."""
    ours = bank.disputes(bank.paid(1500))

    def down(dispute_id):
        raise Unavailable("down")

    monkeypatch.setattr(bank.psp, "fetch_dispute", down)
    first, id = deliver(ours)
    last, _ = deliver(ours, attempt=3, event_id=id)

    assert (first, last) == ("later", "dead")
    assert bank.balances()["psp_balance"] == -1500
    assert bank.db.value("SELECT count(*) FROM alerts WHERE code = 'webhook_event_dead'") == 1
