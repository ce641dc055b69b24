"""Deliveries as Stripe signs them, for tests."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

SECRET = "whsec_test"
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


def event(type: str, thing: dict[str, Any], *, id: str = "evt_1", **members: Any) -> dict[str, Any]:
    """An event about one object."""
    return {
        "id": id,
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1_795_262_400,
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": type,
        **members,
    }


def encoded(payload: Any) -> bytes:
    return json.dumps(payload).encode()


def signature(body: bytes, *, at: datetime = NOW, secret: str = SECRET, scheme: str = "v1") -> str:
    """A whole header with one signature."""
    seconds = int(at.timestamp())
    return f"t={seconds},{scheme}={mac(body, at=at, secret=secret)}"


def mac(body: bytes, *, at: datetime = NOW, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), f"{int(at.timestamp())}.".encode() + body, hashlib.sha256).hexdigest()
