"""A PSP that costs next to nothing: plain asyncio, one process, Stripe's answers to the calls that the peers make.

`python -m bench.peers.psp_stub PORT`. It opens sessions and shows them again, after the delay that
`POST /_stub/delay?ms=N` set. It checks nothing, keeps nothing but the last sessions, and sends no webhooks.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time
from collections import OrderedDict
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bench.peers import stripe_objects

KEPT_SESSIONS = 50_000
Json = dict[str, Any]


class Stub:
    """Sessions by id, and by idempotency key: the same key brings back the same session."""

    def __init__(self) -> None:
        self.delay_seconds = 0.0
        self._sessions: OrderedDict[str, bytes] = OrderedDict()
        self._keys: OrderedDict[str, bytes] = OrderedDict()
        self._made: list[tuple[int, str]] = []  # when, and which: in order
        self._places: dict[str, int] = {}

    def answer(self, method: str, path: str, key: str, body: bytes) -> tuple[int, bytes, float]:
        """Status, body, and how long to wait with it."""
        if method == "POST" and path == "/v1/checkout/sessions":
            return 200, self._create(key, body), self.delay_seconds
        if method == "GET" and path.startswith("/v1/checkout/sessions/"):
            found = self._sessions.get(path.rsplit("/", 1)[1].split("?")[0])
            return (200, found, self.delay_seconds) if found else (404, _NOT_FOUND, 0)
        if method == "GET" and path.startswith("/v1/checkout/sessions?"):
            return 200, self._page(dict(parse_qsl(urlsplit(path).query))), self.delay_seconds
        if method == "GET" and path.startswith("/v1/charges/"):
            charge = charge_of(path.rsplit("/", 1)[1].split("?")[0])
            return 200, json.dumps(charge).encode(), self.delay_seconds
        if method == "GET" and path.startswith("/v1/account"):
            return 200, _ACCOUNT, self.delay_seconds
        if path.startswith("/_stub/delay?ms="):
            self.delay_seconds = int(path.rsplit("=", 1)[1]) / 1000
            return 200, b"{}", 0
        if path == "/_stub/ping":
            return 200, b"{}", 0
        return 404, _NOT_FOUND, 0

    def _create(self, key: str, body: bytes) -> bytes:
        if key in self._keys:
            return self._keys[key]
        session = session_of(body)
        made = json.dumps(session).encode()
        _keep(self._sessions, session["id"], made)
        if key:
            _keep(self._keys, key, made)
        self._places[session["id"]] = len(self._made)
        self._made.append((session["created"], session["id"]))
        return made

    def _page(self, asked: dict[str, str]) -> bytes:
        """A page of the list, newest first. All sessions are open: nobody pays here."""
        first, before = int(asked.get("created[gte]", 0)), int(asked.get("created[lt]", 1 << 40))
        after = self._places.get(asked.get("starting_after", ""), len(self._made))
        found: list[bytes] = []
        limit = int(asked.get("limit", 10))
        while after > 0 and len(found) <= limit and self._made[after - 1][0] >= first:
            after -= 1
            created, id = self._made[after]
            if created < before and id in self._sessions:
                found.append(self._sessions[id])
        more = b"true" if len(found) > limit else b"false"
        return b'{"object":"list","has_more":%b,"data":[%b]}' % (more, b",".join(found[:limit]))


def session_of(body: bytes) -> Json:
    """The session that a form-encoded creation asks for: its amount is the sum of its lines."""
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    amount, currency, index = 0, "", 0
    while (unit := fields.get(f"line_items[{index}][price_data][unit_amount]")) is not None:
        amount += int(unit) * int(fields.get(f"line_items[{index}][quantity]", "1"))
        currency = fields[f"line_items[{index}][price_data][currency]"]
        index += 1
    return stripe_objects.session(
        id=f"cs_test_{secrets.token_hex(29)}",
        amount=amount,
        currency=currency,
        fields=fields,
        metadata={name[9:-1]: value for name, value in fields.items() if name.startswith("metadata[")},
        expires_at=int(fields.get("expires_at", time.time() + 86_400)),
    )


def charge_of(id: str) -> Json:
    """Any charge that is asked for: 24.90 EUR, with its balance transaction."""
    found = stripe_objects.charge(
        id=id, intent=id.replace("ch_", "pi_", 1), payment="", amount=2490, currency="eur"
    )
    movement = stripe_objects.balance_transaction(id=f"txn_{id}", charge=id, amount=2490, currency="eur")
    return found | {"balance_transaction": movement}


def _keep(store: OrderedDict[str, bytes], name: str, value: bytes) -> None:
    store[name] = value
    if len(store) > KEPT_SESSIONS:
        store.popitem(last=False)


_NOT_FOUND = json.dumps(
    {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No such object"}}
).encode()

# dj-stripe reads it once and keeps it.
_ACCOUNT = json.dumps(
    {
        "id": "acct_bench",
        "object": "account",
        "business_profile": {"name": "Bench"},
        "charges_enabled": True,
        "country": "DE",
        "created": 1_700_000_000,
        "default_currency": "eur",
        "details_submitted": True,
        "email": "bench@example.org",
        "livemode": False,
        "metadata": {},
        "payouts_enabled": True,
        "settings": {"branding": {}, "dashboard": {"display_name": "Bench"}},
        "type": "standard",
    }
).encode()


class Caller(asyncio.Protocol):
    """One keep-alive connection. Requests come one at a time, as the clients that call here send them."""

    def __init__(self, stub: Stub) -> None:
        self._stub = stub
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        start, *lines = self._received[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if len(self._received) < end + 4 + length:
            return
        body = self._received[end + 4 : end + 4 + length]
        self._received = self._received[end + 4 + length :]
        method, path, _ = start.split(" ", 2)
        status, content, wait = self._stub.answer(method, path, headers.get("idempotency-key", ""), body)
        if wait:
            asyncio.get_running_loop().call_later(wait, self._send, status, content)
        else:
            self._send(status, content)

    def _send(self, status: int, content: bytes) -> None:
        assert self._transport is not None
        self._transport.write(
            b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nRequest-Id: req_stub\r\nContent-Length: %d\r\n\r\n%b"
            % (status, len(content), content)
        )


async def serve(port: int) -> None:
    stub = Stub()
    server = await asyncio.get_running_loop().create_server(
        lambda: Caller(stub), "127.0.0.1", port, backlog=512
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
