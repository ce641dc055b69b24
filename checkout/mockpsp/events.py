"""The event log: what happened, as Stripe says it. `webhooks.py` carries it; this module only writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checkout.mockpsp import object_ids
from checkout.mockpsp.shapes import API_VERSION
from checkout.mockpsp.store import Transaction, dumps

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Emitted:
    """An event that was written; `lane` keeps the news of one payment in its order."""

    seq: int
    lane: str
    body: str


def record(
    tx: Transaction,
    event_type: str,
    thing: Json,
    *,
    lane: str,
    now: int,
    request_id: str | None,
    idempotency_key: str | None,
    account: str = "",
) -> Emitted:
    """Writes one event with the object as it stands now."""
    event_id = object_ids.event_id()
    body = envelope(
        event_type,
        tx.text(thing),
        event_id=event_id,
        now=now,
        request_id=request_id,
        idempotency_key=idempotency_key,
        account=account,
    )
    cursor = tx.run(
        "insert into events (id, created, type, account, body) values (?, ?, ?, ?, ?)",
        [event_id, now, event_type, account, body],
    )
    assert cursor.lastrowid is not None
    return Emitted(cursor.lastrowid, lane, body)


def envelope(
    event_type: str,
    object_text: str,
    *,
    event_id: str,
    now: int,
    request_id: str | None = None,
    idempotency_key: str | None = None,
    livemode: bool = False,
    account: str = "",
) -> str:
    """The event's JSON text; written once and sent as written, so that every attempt carries the same bytes."""
    of_account = {"account": account} if account else {}
    before = dumps(
        {"id": event_id, "object": "event", "api_version": API_VERSION, "created": now} | of_account
    )
    after = dumps(
        {
            "livemode": livemode,
            "pending_webhooks": 1,
            "request": {"id": request_id, "idempotency_key": idempotency_key},
            "type": event_type,
        }
    )
    return f'{before[:-1]},"data":{{"object":{object_text}}},{after[1:]}'
