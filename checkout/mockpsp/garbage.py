"""Answers that no client should trust: HTML with status 200, half an object, ten megabytes, other amounts."""

from __future__ import annotations

import json
from typing import Any, Final

from flask import Response

from checkout.mockpsp.store import dumps

HTML: Final = "<!doctype html><title>Gateway</title><h1>It works!</h1>"
HUGE_BYTES: Final = 10 * 1024 * 1024


def response(body: str | None, true_answer: str) -> Response:
    """Status 200 and the wished body; without one HTML. `truncated` cuts the true answer, `huge` never seems to end."""
    match body:
        case None:
            return Response(HTML, 200, mimetype="text/html")
        case "truncated":
            return Response(true_answer[: len(true_answer) // 2], 200, mimetype="application/json")
        case "huge":
            return Response('{"padding":"' + "x" * HUGE_BYTES + '"}', 200, mimetype="application/json")
        case _:
            return Response(body, 200, mimetype="application/json")


def other_amounts(text: str, difference: int) -> str:
    """The answer with another amount in each object."""
    return dumps(_altered(json.loads(text), difference))


def _altered(value: Any, difference: int) -> Any:
    if isinstance(value, list):
        return [_altered(item, difference) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: item + difference
        if name.startswith("amount") and type(item) is int and item
        else _altered(item, difference)
        for name, item in value.items()
    }
