"""Whether a carrier's callback is genuine: HMAC-SHA256 over "timestamp.body", in the header `t=…,v1=…`. Pure.

Several v1 may stand in the header and several secrets be known, so that a secret can be replaced without a gap.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from checkout.core.errors import DomainError

TOLERANCE_SECONDS: Final = 300
_HEADER: Final = re.compile(r"t=([0-9]{1,12})((?:,v1=[0-9a-f]{64}){1,5})")


class SignatureInvalid(DomainError):
    """Not signed with a secret that this installation knows."""

    code = "webhook_signature_invalid"


class TimestampOutOfTolerance(DomainError):
    """Genuine, but signed too long ago, or too far in the future."""

    code = "webhook_timestamp_out_of_tolerance"


def verify(body: bytes, headers: Sequence[str], secrets: Sequence[str], *, now: datetime) -> None:
    """Passes only what was signed with one of the secrets within five minutes of now.

    Raises:
        SignatureInvalid, TimestampOutOfTolerance.
    """
    found = _HEADER.fullmatch(headers[0]) if len(headers) == 1 else None
    if found is None:
        raise SignatureInvalid("there is no one header of the form t=…,v1=…")
    timestamp, shown = found[1], [part.removeprefix("v1=") for part in found[2].strip(",").split(",")]
    expected = [signature(body, timestamp, secret) for secret in secrets]
    if not any(hmac.compare_digest(one, other) for one in expected for other in shown):
        raise SignatureInvalid("the body was not signed with a secret known here")
    if abs(int(now.timestamp()) - int(timestamp)) > TOLERANCE_SECONDS:
        raise TimestampOutOfTolerance(f"it was signed more than {TOLERANCE_SECONDS} seconds away from now")


def signature(body: bytes, timestamp: str, secret: str) -> str:
    """What belongs into v1, in lower-case hexadecimal."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
