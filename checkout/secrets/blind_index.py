"""Find a sealed value without opening any: equal values have equal fingerprints, under a key that is not stored plain."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from checkout.secrets.data_keys import Purpose
from checkout.secrets.sealed import data_keys


def blind_index(value: str, *, table: str, column: str, scope: UUID) -> bytes:
    """32 bytes of HMAC-SHA-256 (RFC 2104); the same value has another fingerprint in another scope or column."""
    _, key = data_keys().current(Purpose.BLIND_INDEX)
    return fingerprint(value, key=key, table=table, column=column, scope=scope)


def fingerprint(value: str, *, key: bytes, table: str, column: str, scope: UUID) -> bytes:
    return hmac.digest(key, f"{table}\x1f{column}\x1f{scope}\x1f{value}".encode(), hashlib.sha256)
