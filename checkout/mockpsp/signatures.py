"""The `Stripe-Signature` header: a time and one HMAC-SHA-256 per secret, over "time.body"."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence


def header(body: bytes, *, secrets: Sequence[str], timestamp: int) -> str:
    signed = b"%d.%s" % (timestamp, body)
    parts = [f"t={timestamp}"]
    parts.extend(f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}" for secret in secrets)
    return ",".join(parts)
