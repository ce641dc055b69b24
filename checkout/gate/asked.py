"""The request of this thread, itself: a look through Flask's stand-in for it costs as much as what is found there."""

from __future__ import annotations

from typing import Any

from flask import Request, g, request


def asked() -> Request:
    """For what looks at the request several times, each time it is asked."""
    stand_in: Any = request
    found: Request = stand_in._get_current_object()
    return found


def noted() -> dict[str, Any]:
    """What was noted on `g` of this request."""
    stand_in: Any = g
    found: dict[str, Any] = vars(stand_in._get_current_object())
    return found


def values_of(header: str) -> list[str]:
    """The header as it came, and no value where it did not. Repeated ones are one value by now: the server has joined
    them. `headers.getlist()` looks through all headers to find the same."""
    value = asked().environ.get(f"HTTP_{header.upper().replace('-', '_')}")
    return [] if value is None else [value]
