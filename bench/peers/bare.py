"""The bare minimum: a plain WSGI callable on raw psycopg and urllib3 that leaves the same facts in the same tables.

No framework, no authentication, no validation, no limits, no logs. What the product does beyond this is what it costs.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import queue
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

import psycopg
import urllib3
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from bench.peers import bare_statements as statements

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
DATABASE_URL = os.environ["PEER_DATABASE_URL"]
PSP_URL = os.environ["PEER_PSP_URL"]
SECRET = os.environ.get("PEER_WEBHOOK_SECRET", "").encode()
CONNECTIONS = 10  # the product has eight for single statements and eight for transactions

_psp = urllib3.PoolManager(maxsize=64)
_free: queue.LifoQueue[psycopg.Connection[dict[str, Any]]] = queue.LifoQueue()
for _ in range(CONNECTIONS):
    _free.put(None)  # type: ignore[arg-type]


def app(environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    if method == "POST" and path == "/payments":
        status, body = create(environ)
    elif method == "GET" and path.startswith("/payments/"):
        status, body = get(path.removeprefix("/payments/"))
    elif method == "POST" and path == "/webhooks":
        status, body = webhook(environ)
    else:
        status, body = "404 Not Found", b"{}"
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def create(environ: dict[str, Any]) -> tuple[str, bytes]:
    raw = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    asked = json.loads(raw)
    rows, wire = rows_of(asked, environ["HTTP_IDEMPOTENCY_KEY"], raw)
    with connection() as database:
        database.execute(statements.CREATE, rows)
    session = register(rows["psp_key"], wire)
    now = datetime.now(UTC)
    body = json.dumps(answer_of(asked, rows, session)).encode()
    with connection() as database:
        database.execute(
            statements.REGISTERED,
            {
                "id": rows["id"],
                "session_id": session["id"],
                "hosted_url": session["url"],
                "intent_id": session["payment_intent"],
                "expires_at": datetime.fromtimestamp(session["expires_at"], UTC),
                "next_sync_at": now + timedelta(seconds=60),
                "resume_key": rows["resume_key"],
                "principal": rows["principal"],
                "key": rows["key"],
                "body": body,
                "cause": rows["cause"],
                "now": now,
            },
        )
    return "201 Created", body


def get(text: str) -> tuple[str, bytes]:
    with connection() as database:
        row = database.execute(statements.GET, {"id": text}).fetchone()
    return ("200 OK", json.dumps(row["document"]).encode()) if row else ("404 Not Found", b"{}")


def webhook(environ: dict[str, Any]) -> tuple[str, bytes]:
    raw = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    parts = dict(part.split("=", 1) for part in environ["HTTP_STRIPE_SIGNATURE"].split(","))
    made = hmac.new(SECRET, parts["t"].encode() + b"." + raw, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(made, parts["v1"]) or abs(time.time() - int(parts["t"])) > 300:
        return "400 Bad Request", b"{}"
    event = json.loads(raw)
    inbox_id = uuid7()
    with connection() as database:
        database.execute(
            statements.STORE_EVENT,
            {
                "id": inbox_id,
                "event_id": event["id"],
                "type": event["type"],
                "payload": raw.decode(),
                "created_at": datetime.fromtimestamp(event["created"], UTC),
                "now": datetime.now(UTC),
                "task_id": uuid7(),
                "args": Jsonb({"event": str(inbox_id)}),
            },
        )
    return "200 OK", b'{"received":true}'


def rows_of(asked: dict[str, Any], key: str, raw: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    """The parameters of the first statement, and what the PSP is asked."""
    now = datetime.now(UTC)
    payment_id = uuid7()
    orders, lines = _orders_and_lines(asked)
    reference = f"pay_{payment_id.hex}"
    expires_at = now + timedelta(hours=1)
    wire = wire_of(asked, reference, expires_at)
    rows = {
        "id": payment_id,
        "client_payment_id": uuid.UUID(asked["payment_id"]),
        "principal": "bench",
        "key": key,
        "fingerprint": hashlib.sha256(raw).digest(),
        "amount_minor": asked["amount"],
        "currency": asked["currency"],
        "return_url": asked["return_url"],
        "cancel_url": asked["cancel_url"],
        "metadata": Jsonb(asked["metadata"]),
        "email": asked["customer"]["email"],
        "name": asked["customer"]["name"],
        "locale": asked["customer"]["locale"],
        "country": asked["customer"]["country"],
        "shopper_id": uuid7(),
        "orders": Jsonb(orders),
        "lines": Jsonb(lines),
        "psp_key": f"{reference}:register",
        "psp_request": Jsonb(wire),
        "session_expires_at": expires_at,
        "event_id": uuid7(),
        "object": reference,
        "event_data": Jsonb({"amount": asked["amount"], "currency": asked["currency"]}),
        "task_id": uuid7(),
        "task_args": Jsonb({"payment": reference}),
        "resume_key": f"payments.resume:{payment_id}",
        "resume_at": now + timedelta(seconds=60),
        "cause": f"request:{reference}",
        "now": now,
    }
    return rows, wire


def _orders_and_lines(asked: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    orders: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for position, (order, seller) in enumerate(zip(asked["orders"], sellers(), strict=True)):
        order_id = str(uuid7())
        orders.append(
            {
                "id": order_id,
                **seller,
                "position": position,
                "reference": order["reference"],
                "amount_minor": order["amount"],
                "commission_minor": order["amount"] // 10,
                "logistics_fee_minor": order.get("logistics_fee", 0),
            }
        )
        lines += [
            {
                "id": str(uuid7()),
                "order_id": order_id,
                "position": number,
                "kind": line.get("kind", "item"),
                "sku": line["sku"],
                "name": line["name"],
                "quantity": line["quantity"],
                "unit_amount_minor": line["unit_amount"],
            }
            for number, line in enumerate(order["lines"])
        ]
    return orders, lines


@cache
def sellers() -> list[dict[str, str]]:
    """Both sellers with their fee plans, read once a process."""
    with connection() as database:
        return [
            {name: str(value) for name, value in row.items()} for row in database.execute(statements.SELLERS)
        ]


def wire_of(asked: dict[str, Any], reference: str, expires_at: datetime) -> dict[str, str]:
    wire = {
        "mode": "payment",
        "client_reference_id": reference,
        "success_url": asked["return_url"],
        "cancel_url": asked["cancel_url"],
        "expires_at": str(int(expires_at.timestamp())),
        "customer_email": asked["customer"]["email"],
        "metadata[payment]": reference,
        "payment_intent_data[metadata][payment]": reference,
    }
    lines = [line for order in asked["orders"] for line in order["lines"]]
    for index, line in enumerate(lines):
        wire[f"line_items[{index}][quantity]"] = str(line["quantity"])
        wire[f"line_items[{index}][price_data][currency]"] = asked["currency"].lower()
        wire[f"line_items[{index}][price_data][unit_amount]"] = str(line["unit_amount"])
        wire[f"line_items[{index}][price_data][product_data][name]"] = line["name"]
    return wire


def register(key: str, wire: dict[str, str]) -> dict[str, Any]:
    answer = _psp.request(
        "POST",
        f"{PSP_URL}/v1/checkout/sessions",
        body=urlencode(wire),
        headers={
            "Authorization": "Bearer sk_test_bench",
            "Content-Type": "application/x-www-form-urlencoded",
            "Idempotency-Key": key,
        },
    )
    session: dict[str, Any] = json.loads(answer.data)
    return session


def answer_of(asked: dict[str, Any], rows: dict[str, Any], session: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": rows["object"],
        "object": "payment",
        "payment_id": asked["payment_id"],
        "status": "awaiting_shopper",
        "created_at": rows["now"].isoformat(),
        "amount": asked["amount"],
        "currency": asked["currency"],
        "orders": asked["orders"],
        "next_action": {"type": "redirect", "url": session["url"], "expires_at": session["expires_at"]},
        "metadata": asked["metadata"],
    }


@contextmanager
def connection() -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """One of the process's connections, in autocommit: each statement here is a whole transaction."""
    held = _free.get()
    if held is None:
        held = psycopg.connect(DATABASE_URL, autocommit=True, row_factory=dict_row, prepare_threshold=1)
    try:
        yield held
    finally:
        _free.put(held)


def uuid7() -> uuid.UUID:
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10)) & ~(0xF << 76) | 7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)
