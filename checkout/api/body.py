"""Reads a request's body once: bounded before it is parsed, JSON as RFC 8259 means it, no card numbers in it."""

from __future__ import annotations

from typing import Any

from flask import Request, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    RequestEntityTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)

from checkout.core import strict_json
from checkout.core.errors import DomainError, FieldError, InvalidParameter
from checkout.core.text import contains_card_number, holds_card_number
from checkout.gate.asked import asked

JSON_LIMIT_BYTES = 64 * 1024
JSON_TYPE = "application/json"
CHARSETS = frozenset({"utf-8", "utf8"})
CARD_POINTERS_SHOWN = 10


class CardDataNotAccepted(DomainError):
    """Text that looks like a card number came in. It is neither kept nor repeated."""

    code = "card_data_not_accepted"


def read_object() -> dict[str, Any]:
    """The JSON object in the body.

    Raises:
        UnsupportedMediaType, RequestEntityTooLarge, MalformedJson, CardDataNotAccepted, InvalidParameter (no object).
    """
    call = asked()
    _require_json_type(call)
    raw = read_bounded(JSON_LIMIT_BYTES)
    value = strict_json.loads(raw)
    refuse_card_numbers(value, raw)
    if not isinstance(value, dict):
        raise InvalidParameter.at("", "the body must be a JSON object", "invalid_type")
    return value


def read_optional_object() -> dict[str, Any]:
    """As read_object(), for calls whose body may be left out."""
    return read_object() if request.content_length or _chunked() else {}


def read_bounded(limit_bytes: int) -> bytes:
    """The body, or 413 before more than the limit has been read.

    Raises:
        RequestEntityTooLarge. BadRequest: it ended early or was wrongly chunked. RequestTimeout: the server's
        patience with slow clients (launcher/slow_clients.py) ended first.
    """
    if (request.content_length or 0) > limit_bytes:
        raise RequestEntityTooLarge
    try:
        raw: bytes = request.stream.read(limit_bytes + 1)
    except ClientDisconnected as gone:  # what werkzeug makes of any failure of the stream
        raise (RequestTimeout if isinstance(gone.__context__, TimeoutError) else BadRequest) from None
    except TimeoutError:
        raise RequestTimeout from None
    except (OSError, ParseException):
        raise BadRequest from None
    if len(raw) > limit_bytes:
        raise RequestEntityTooLarge
    return raw


def refuse_card_numbers(value: Any, raw: bytes) -> None:
    """Looks at the text as it came; only where that is suspicious, or escaped, at each string by itself."""
    text = raw.decode("utf-8")
    if "\\u" not in text and not contains_card_number(text):
        return
    found: list[str] = []
    _find_card_numbers(value, "", found)
    if found:
        errors = [
            FieldError(pointer, "card_number", "contains what looks like a card number")
            for pointer in found[:CARD_POINTERS_SHOWN]
        ]
        raise CardDataNotAccepted("the body contains what looks like a card number", pointers=errors)


def escape_pointer(name: str) -> str:
    """One reference token of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _find_card_numbers(value: Any, pointer: str, found: list[str]) -> None:
    match value:
        case str() if holds_card_number(value):
            found.append(pointer)
        case int() if not isinstance(value, bool) and contains_card_number(str(value)):
            found.append(pointer)
        case dict():
            for key, item in value.items():
                if holds_card_number(key):
                    found.append(pointer)
                else:
                    _find_card_numbers(item, f"{pointer}/{escape_pointer(key)}", found)
        case list():
            for index, item in enumerate(value):
                _find_card_numbers(item, f"{pointer}/{index}", found)


def _require_json_type(call: Request) -> None:
    if call.environ.get("CONTENT_TYPE") != JSON_TYPE:
        options = call.mimetype_params
        if call.mimetype != JSON_TYPE or options.get("charset", "utf-8").lower() not in CHARSETS:
            raise UnsupportedMediaType
    if call.environ.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise UnsupportedMediaType


def _chunked() -> bool:
    return "chunked" in request.headers.get("Transfer-Encoding", "").lower()
