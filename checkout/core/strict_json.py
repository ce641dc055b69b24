"""JSON as RFC 8259 means it, and no more: what Python's own loader lets through is refused here.

Refused: duplicate keys, NaN and Infinity, bytes that are not UTF-8, lone surrogates, U+0000, deep nesting.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from checkout.core.errors import DomainError

MAX_DEPTH = 32
MAX_INTEGER_DIGITS = 30  # far beyond any amount; Python would spend quadratic time on millions of digits


class MalformedJson(DomainError):
    code = "malformed_json"


def loads(raw: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """Parses one JSON text.

    Raises:
        MalformedJson: with the reason.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJson(f"the body is not UTF-8 (byte {error.start})") from None
    _check_depth(text, max_depth)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise MalformedJson(f"{error.msg} at line {error.lineno} column {error.colno}") from None
    if "\\u" in text:
        _check_text(value)
    elif "\x00" in text:
        raise MalformedJson("U+0000 is not allowed in text")
    return value


def canonical(value: Any) -> bytes:
    """One spelling for equal values: sorted keys, no spaces, UTF-8."""
    return _CANONICAL.encode(value).encode("utf-8")


def _check_depth(text: str, max_depth: int) -> None:
    if text.count("[") + text.count("{") <= max_depth:
        return
    depth, in_string, escaped = 0, False, False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > max_depth:
                raise MalformedJson(f"nested deeper than {max_depth} levels")
        elif character in "]}":
            depth -= 1


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise MalformedJson(f"the key {twice[:40]!r} stands twice in one object")
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedJson(f"{name} is not JSON")


def _bounded_int(digits: str) -> int:
    if len(digits) > MAX_INTEGER_DIGITS:
        raise MalformedJson(f"an integer of {len(digits)} digits")
    return int(digits)


def _check_text(value: Any) -> None:
    match value:
        case str():
            if "\x00" in value:
                raise MalformedJson("U+0000 is not allowed in text")
            if any("\ud800" <= character <= "\udfff" for character in value):
                raise MalformedJson("a lone surrogate is not text")
        case dict():
            for key, item in value.items():
                _check_text(key)
                _check_text(item)
        case list():
            for item in value:
                _check_text(item)


# Made once: json.loads() and json.dumps() make theirs anew at each call that does not want the defaults.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique_keys, parse_constant=_refuse_constant, parse_int=_bounded_int
)
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
