"""Reading a control request: its body and the numbers in it."""

from __future__ import annotations

from typing import Any

from flask import request

Json = dict[str, Any]


class BadControl(ValueError):
    """A control request that makes no sense; answered 422 with the text."""


def body() -> Json:
    value = request.get_json(force=True, silent=True)
    if not isinstance(value, dict):
        raise BadControl("the body must be a JSON object")
    return value


def whole(given: Json, name: str, default: int | None, *, low: int, high: int) -> int:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadControl(f"{name} must be a whole number between {low} and {high}")
    return value


def flag(given: Json, name: str) -> bool:
    value = given.get(name)
    if not isinstance(value, bool):
        raise BadControl(f"{name} must be true or false")
    return value


def text(given: Json, name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise BadControl(f"{name} must be text")
    return value
