"""Read the Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header) and fingerprint a request."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from checkout.core.errors import DomainError
from checkout.core.strict_json import canonical

KEY_LENGTH = 255


class KeyMissing(DomainError):
    code = "idempotency_key_missing"


class KeyInvalid(DomainError):
    code = "idempotency_key_invalid"


def parse_key(headers: Sequence[str]) -> str:
    """The key of a request, from all values of its Idempotency-Key headers; `"abc"` and `abc` are one key.

    Raises:
        KeyMissing: there is no header. KeyInvalid: two headers, or not 1 to 255 visible ASCII characters.
    """
    if not headers:
        raise KeyMissing("the Idempotency-Key header is required here")
    if len(headers) > 1:
        raise KeyInvalid("two Idempotency-Key headers: send one")
    key = headers[0].strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not 1 <= len(key) <= KEY_LENGTH or not (key.isascii() and key.isprintable()) or " " in key:
        raise KeyInvalid(f"an idempotency key is 1 to {KEY_LENGTH} visible ASCII characters")
    return key


def fingerprint(method: str, route: str, body: Any) -> bytes:
    """SHA-256 over method, route and canonical JSON: spelling and key order of the body do not matter."""
    digest = hashlib.sha256()
    for part in (method.encode(), route.encode(), canonical(body)):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
