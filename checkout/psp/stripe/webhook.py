"""Whether a delivery is genuine, fresh and readable. The SDK checks the signature; everything it stumbles over, and
what it lets through, is refused here with one of three errors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import stripe

from checkout.core.strict_json import MalformedJson, loads
from checkout.psp.errors import (
    WebhookPayloadInvalid,
    WebhookSignatureInvalid,
    WebhookTimestampOutOfTolerance,
)
from checkout.psp.events import PspEvent
from checkout.psp.stripe.personal import without_personal_data
from checkout.psp.stripe.reading import Unreadable, boolean, moment, nested, optional_text, text

MAX_BODY_BYTES: Final = 256 * 1024
MAX_HEADER_LENGTH: Final = 4_096
MAX_SIGNATURES: Final = 16  # a rotation has two; each costs a comparison
TOLERANCE_SECONDS: Final = 300  # both ways: a delivery from the future is no more to be believed
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")
_NAME: Final = re.compile(r"[\x21-\x7e]{1,255}")


def verified_event(
    body: bytes, signature_headers: Sequence[str], *, secrets: Sequence[str], livemode: bool, now: datetime
) -> PspEvent:
    """The event in a delivery. First genuine, then fresh, then readable: only who can sign learns more than that.

    Raises:
        WebhookSignatureInvalid, WebhookTimestampOutOfTolerance, WebhookPayloadInvalid.
    """
    if len(body) > MAX_BODY_BYTES:
        raise WebhookPayloadInvalid(f"longer than {MAX_BODY_BYTES} bytes")
    header, signed_at = _header(signature_headers)
    if not any(_signed_with(secret, body, header) for secret in secrets):
        raise WebhookSignatureInvalid("no signature matches")
    if abs(now.timestamp() - signed_at) > TOLERANCE_SECONDS:
        raise WebhookTimestampOutOfTolerance(f"signed at {signed_at}, it is {int(now.timestamp())}")
    try:
        return _event(loads(body), livemode=livemode)
    except (MalformedJson, Unreadable) as error:
        raise WebhookPayloadInvalid(str(error)) from None


def _header(signature_headers: Sequence[str]) -> tuple[str, int]:
    """The one header and its timestamp, once it looks like `t=…,v1=…`."""
    if len(signature_headers) != 1:
        raise WebhookSignatureInvalid("not exactly one signature header")
    header = signature_headers[0]
    if len(header) > MAX_HEADER_LENGTH or not header.isascii():
        raise WebhookSignatureInvalid("a malformed signature header")
    items = [item.partition("=")[::2] for item in header.split(",")]
    times = [value for name, value in items if name == "t"]
    signatures = [value for name, value in items if name == "v1"]
    if len(times) != 1 or _TIMESTAMP.fullmatch(times[0]) is None:
        raise WebhookSignatureInvalid("not exactly one timestamp")
    if not 1 <= len(signatures) <= MAX_SIGNATURES:
        raise WebhookSignatureInvalid(f"not between 1 and {MAX_SIGNATURES} signatures")
    return header, int(times[0])


def _signed_with(secret: str, body: bytes, header: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body, header, secret))
    except (stripe.SignatureVerificationError, ValueError, TypeError, AttributeError, LookupError):
        return False


def _event(payload: Any, *, livemode: bool) -> PspEvent:
    if not isinstance(payload, Mapping) or payload.get("object") != "event":
        raise Unreadable("no event")
    for name in ("id", "type"):
        if _NAME.fullmatch(text(payload, name)) is None:
            raise Unreadable(f"{name} is no name")
    account = optional_text(payload, "account") or ""
    if account and _NAME.fullmatch(account) is None:
        raise Unreadable("account is no name")
    if boolean(payload, "livemode") != livemode:
        raise Unreadable(f"livemode is not {livemode}")
    if not nested(nested(payload, "data"), "object"):
        raise Unreadable("no object")
    return PspEvent(
        psp="stripe",
        account=account,
        event_id=text(payload, "id"),
        type=text(payload, "type"),
        livemode=livemode,
        created_at=moment(payload, "created"),
        payload=without_personal_data(payload),
    )
