"""Events of a test's choice: genuine, forged, repeated or made up, signed and sent at once."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import events, object_ids
from checkout.mockpsp.psp import Psp
from checkout.mockpsp.store import Json, Transaction, dumps
from checkout.mockpsp.tables import KINDS

_KNOWN: Final = {"type", "object", "id", "created", "livemode", "secret", "timestamp", "event"}


class BadSignal(ValueError):
    """The control request describes no event; the text says why."""


def send(psp: Psp, wish: Json) -> Json:
    """Sends `{"type", "object"}`, where object is an id or a whole object; answers what the endpoint said.

    `event` sends a recorded event again, `id`, `created` and `livemode` alter the envelope, `secret` signs with
    another secret, `timestamp` with another time.
    """
    unknown = sorted(set(wish) - _KNOWN)
    if unknown:
        raise BadSignal(f"unknown member {unknown[0]}")
    body, event_id = _body(psp, wish)
    secret = wish.get("secret")
    answer = psp.webhooks.send_now(
        body.encode(), secrets=None if secret is None else (str(secret),), timestamp=wish.get("timestamp")
    )
    return {"event": event_id, "status": answer.status, "body": answer.body}


def _body(psp: Psp, wish: Json) -> tuple[str, str]:
    with psp.store.transaction() as tx:
        if (again := wish.get("event")) is not None:
            row = tx.query("select body from events where id = ?", [str(again)]).fetchone()
            if row is None:
                raise BadSignal(f"no such event: {again}")
            return str(row[0]), str(again)
        event_type = wish.get("type")
        if not isinstance(event_type, str):
            raise BadSignal("type must be text")
        thing = _thing(tx, wish.get("object"))
    event_id = str(wish.get("id") or object_ids.event_id())
    created: Any = wish.get("created", psp.clock.now())
    body = events.envelope(
        event_type, dumps(thing), event_id=event_id, now=created, livemode=wish.get("livemode") is True
    )
    return body, event_id


def _thing(tx: Transaction, named: Any) -> Json:
    if isinstance(named, dict):
        return named
    if isinstance(named, str):
        for kind in KINDS:
            if (found := tx.get(kind, named)) is not None:
                return found
    raise BadSignal(f"object must be an object or the id of one; no such object: {named}")
