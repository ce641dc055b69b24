"""What the load generator sends. Requests are put together from bytes made once; only ids and keys differ."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from itertools import cycle, repeat
from typing import Any

from bench.load.engine import Answer, Journey, Request

Maker = Callable[..., Callable[[], Journey | None]]


def journeys(kind: str, **order: Any) -> Callable[[], Journey | None]:
    """What begins one journey of a kind: `create`, `same`, `raw`, `gets`, `webhooks`, `purchase`."""
    return KINDS[kind](**order)


def create(
    *, port: int, path: str, headers: dict[str, str], body: dict[str, Any], label: str = "create"
) -> Callable[[], Journey]:
    """A new payment each time: its own key, its own payment_id."""
    make = payment_request(port, path, headers, body)
    return lambda: _one(Request(label, ("127.0.0.1", port), make()))


def same(
    *, port: int, path: str, headers: dict[str, str], body: dict[str, Any], label: str = "replay"
) -> Callable[[], Journey]:
    """The same POST under the same key, again and again: after the first, a replay."""
    data = payment_request(port, path, headers, body)()
    return lambda: _one(Request(label, ("127.0.0.1", port), data))


def raw(
    *, port: int, method: str, path: str, headers: dict[str, str], body: str, label: str
) -> Callable[[], Journey]:
    """Always these bytes."""
    data = with_body(head(method, path, port, headers), body.encode())
    return lambda: _one(Request(label, ("127.0.0.1", port), data))


def gets(
    *, port: int, paths: list[str], headers: dict[str, str], label: str = "get"
) -> Callable[[], Journey]:
    """GETs of these paths in turn."""
    requests = cycle([head("GET", path, port, headers) + b"\r\n" for path in paths])
    return lambda: _one(Request(label, ("127.0.0.1", port), next(requests)))


def webhooks(
    *,
    port: int,
    path: str,
    secret: str,
    event: dict[str, Any],
    objects: list[dict[str, str]] | None = None,
    label: str = "webhook",
) -> Callable[[], Journey | None]:
    """Signed events. `objects`: what to replace in each, and no more than these are sent. Every other `…_ID` becomes new."""
    sign = WebhookRequest(port, path, secret, json.dumps(event))
    turns: Iterator[dict[str, str]] = iter(objects) if objects is not None else repeat({})

    def begin() -> Journey | None:
        replace = next(turns, None)
        return None if replace is None else _one(Request(label, ("127.0.0.1", port), sign(replace)))

    return begin


def purchase(
    *,
    port: int,
    path: str,
    headers: dict[str, str],
    body: dict[str, Any],
    psp_port: int,
    card: str = "4242424242424242",
) -> Callable[[], Journey]:
    """A whole one: the storefront creates the payment, the shopper pays at the mock PSP, which then sends webhooks."""
    make = payment_request(port, path, headers, body)
    pay_head = head("POST", "/_mock/pay", psp_port, {"Content-Type": "application/json"})

    def journey() -> Journey:
        created = yield Request("create", ("127.0.0.1", port), make())
        if created.status not in (200, 201):
            return
        session = json.loads(created.body)["next_action"]["url"].rsplit("/", 1)[1]
        order = json.dumps({"session": session, "card": card}).encode()
        yield Request("pay", ("127.0.0.1", psp_port), with_body(pay_head, order))

    return journey


def payment_request(
    port: int, path: str, headers: dict[str, str], body: dict[str, Any]
) -> Callable[[], bytes]:
    """Makes the request anew: a fresh key, a fresh payment_id, a new shopper. They have one length, so the head stays."""
    mark = "0190c7f4-0000-7000-8000-000000000000"
    asked = {**body, "payment_id": mark, "customer": {**body["customer"], "email": f"{mark}@example.org"}}
    start = head("POST", path, port, {**headers, "Content-Type": "application/json", "Idempotency-Key": mark})
    parts = with_body(start, json.dumps(asked).encode()).split(mark.encode())

    def make() -> bytes:
        return _uuid().join(parts)

    return make


def _uuid() -> bytes:
    """Ordered by time, as a client that uses UUIDv7 would send."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10)) & ~(0xF << 76) | 7 << 76
    return str(uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)).encode()


class WebhookRequest:
    """Stripe's delivery, made anew each time: `t=…,v1=HMAC-SHA256(secret, "t.body")`."""

    def __init__(self, port: int, path: str, secret: str, event: str) -> None:
        self._event = event
        self._secret = secret.encode()
        self._head = head("POST", path, port, {"Content-Type": "application/json; charset=utf-8"})
        self._run = uuid.uuid4().hex[:10]
        self._number = 0

    def __call__(self, replace: dict[str, str]) -> bytes:
        self._number += 1
        event = self._event
        for mark, value in replace.items():
            event = event.replace(mark, value)
        event = event.replace("_ID", f"_bench{self._run}{self._number:08d}")
        body = event.encode()
        now = int(time.time())
        signature = hmac.new(self._secret, b"%d.%b" % (now, body), hashlib.sha256).hexdigest()
        return with_body(self._head + f"Stripe-Signature: t={now},v1={signature}\r\n".encode(), body)


def head(method: str, path: str, port: int, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: localhost:{port}", "User-Agent: bench"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n").encode()


def with_body(start: bytes, body: bytes) -> bytes:
    return b"%bContent-Length: %d\r\n\r\n%b" % (start, len(body), body)


def _one(request: Request) -> Journey:
    answer: Answer = yield request
    del answer


KINDS: dict[str, Maker] = {
    "create": create,
    "same": same,
    "raw": raw,
    "gets": gets,
    "webhooks": webhooks,
    "purchase": purchase,
}
