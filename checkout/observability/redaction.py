"""What may stand in a log line. A field that is not listed is left out; text that is listed is scrubbed all the same."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any, Final

from checkout.core.text import DIGIT_RUN, contains_card_number

ALLOWED_FIELDS: Final = frozenset(
    # what happened, where
    "event level at logger message request_id cause process version reason action outcome count"
    # HTTP
    " method route status duration_ms endpoint code retry_after_seconds content_length"
    # ids, never the things themselves
    " payment_id order_id seller_id storefront_id key_id actor event_id inbox_id task_id alert_id entry_id object"
    # facts
    " type kind queue attempts amount_minor currency from_status to_status psp psp_code psp_request_id livemode"
    " name period lease_seconds after_seconds worker role attempt bytes"
    # faults
    " error error_text error_at sqlstate constraint".split()
)
LEFT_OUT: Final = "left_out"

_EMAIL = re.compile(r"[^\s\"'<>@:,;()\\]+@[^\s\"'<>@:,;()\\]+")
_SECRET = re.compile(
    r"\b(?:sk|rk|pk|whsec|ek|rt)_(?:test_|live_)?[A-Za-z0-9_+/=-]{4,}|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+|\bBearer\s+[^\s\"]+"
)

_SIGN_OF_A_SECRET: Final = re.compile("[srpe]k_|sec_|rt_|eyJ|earer")


def allow_listed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: drops every field that is not listed, and names the dropped ones without their values."""
    unlisted = [name for name in event if name not in ALLOWED_FIELDS]
    for name in unlisted:
        del event[name]
    if unlisted:
        event[LEFT_OUT] = scrub(",".join(sorted(unlisted)))[:100]
    return event


def scrub(text: str) -> str:
    """The text without card numbers, email addresses and secrets."""
    if "@" in text:
        text = _EMAIL.sub("[email]", text)
    if _SIGN_OF_A_SECRET.search(text):  # cheaper than the pattern, which most lines do not match
        text = _SECRET.sub("[secret]", text)
    return DIGIT_RUN.sub(_hide_card_number, text)


def _hide_card_number(match: re.Match[str]) -> str:
    return "[card number]" if contains_card_number(match.group()) else match.group()
