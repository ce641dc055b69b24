"""Checks a request's parameters against a declared shape and gives them their types; refuses as Stripe does.

A shape names what this mock understands. With a `Stripe-Version` header an unknown name is refused; without one it
is let through and ignored, as Stripe does for accounts on an old default version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from checkout.mockpsp.errors import InvalidRequest
from checkout.mockpsp.form import Tree
from checkout.mockpsp.uploads import Uploaded

MAX_METADATA_KEYS: Final = 50
MAX_METADATA_KEY_LENGTH: Final = 40
MAX_METADATA_VALUE_LENGTH: Final = 500
MAX_INTEGER: Final = 99_999_999_999
_INTEGER: Final = re.compile(r"-?[0-9]{1,12}")
_INDEX: Final = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Text:
    max_length: int = 5000
    choices: tuple[str, ...] = ()
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    minimum: int = -MAX_INTEGER
    maximum: int = MAX_INTEGER


@dataclass(frozen=True, slots=True)
class Flag:
    pass


@dataclass(frozen=True, slots=True)
class Metadata:
    pass


@dataclass(frozen=True, slots=True)
class Upload:
    """A file, sent as a part of multipart/form-data."""


@dataclass(frozen=True, slots=True)
class Many:
    item: Shape
    most: int = 100


@dataclass(frozen=True, slots=True)
class Record:
    fields: Mapping[str, Shape]
    required: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Either:
    """A whole number or a record, as in created=1 and created[gte]=1."""

    whole: Whole
    record: Record


Shape = Text | Whole | Flag | Metadata | Upload | Many | Record | Either

EXPAND: Final = Many(Text(200), most=20)
RANGE: Final = Either(Whole(0), Record({name: Whole(0) for name in ("gt", "gte", "lt", "lte")}))


def check(shape: Record, given: Tree, *, strict: bool) -> dict[str, Any]:
    """The parameters with their types.

    Raises:
        InvalidRequest: unknown (when strict), missing, empty, of the wrong type or out of its bounds.
    """
    return _record(shape, given, "", strict)


def _value(shape: Shape, given: Any, name: str, strict: bool) -> Any:
    match shape:
        case Text():
            return _text(shape, given, name)
        case Whole():
            return _whole(shape, given, name)
        case Flag():
            return _flag(given, name)
        case Metadata():
            return _metadata(given, name)
        case Upload():
            return _upload(given, name)
        case Many():
            return _many(shape, given, name, strict)
        case Record():
            return _record(shape, given, name, strict)
        case Either():
            part: Shape = shape.whole if isinstance(given, str) else shape.record
            return _value(part, given, name, strict)


def _record(shape: Record, given: Any, name: str, strict: bool) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise InvalidRequest(f"Invalid object: {name}", param=name)
    unknown = [_join(name, key) for key in given if key not in shape.fields]
    if unknown and strict:
        plural = "s" if len(unknown) > 1 else ""
        raise InvalidRequest(
            f"Received unknown parameter{plural}: {', '.join(unknown)}",
            code="parameter_unknown",
            param=unknown[0],
        )
    for key in shape.required:
        if key not in given:
            full = _join(name, key)
            raise InvalidRequest(f"Missing required param: {full}.", code="parameter_missing", param=full)
    return {
        key: _value(shape.fields[key], value, _join(name, key), strict)
        for key, value in given.items()
        if key in shape.fields
    }


def _join(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key


def _text(shape: Text, given: Any, name: str) -> str:
    if not isinstance(given, str):
        raise InvalidRequest(f"Invalid string: {name}", param=name)
    if not given and not shape.may_be_empty:
        raise InvalidRequest(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty "
            "value.",
            code="parameter_invalid_empty",
            param=name,
        )
    if len(given) > shape.max_length:
        raise InvalidRequest(
            f"Invalid string: {given[:20]}...; must be at most {shape.max_length} characters", param=name
        )
    if shape.choices and given not in shape.choices:
        raise InvalidRequest(f"Invalid {name}: must be one of {', '.join(shape.choices)}", param=name)
    return given


def _whole(shape: Whole, given: Any, name: str) -> int:
    if not isinstance(given, str) or not _INTEGER.fullmatch(given):
        raise InvalidRequest(
            f"Invalid integer: {str(given)[:40]}", code="parameter_invalid_integer", param=name
        )
    number = int(given)
    if number < shape.minimum:
        raise InvalidRequest(
            f"This value must be greater than or equal to {shape.minimum}.",
            code="parameter_invalid_integer",
            param=name,
        )
    if number > shape.maximum:
        raise InvalidRequest(
            f"This value must be less than or equal to {shape.maximum}.",
            code="parameter_invalid_integer",
            param=name,
        )
    return number


def _flag(given: Any, name: str) -> bool:
    if given not in ("true", "false"):
        raise InvalidRequest(f"Invalid boolean: {str(given)[:40]}", param=name)
    return bool(given == "true")


def _upload(given: Any, name: str) -> Uploaded:
    if not isinstance(given, Uploaded):
        raise InvalidRequest(f"Invalid file: {name} must be sent as multipart/form-data.", param=name)
    return given


def _metadata(given: Any, name: str) -> dict[str, str]:
    if given == "":
        return {}
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise InvalidRequest("Invalid metadata: must be a flat set of strings", param=name)
    if len(given) > MAX_METADATA_KEYS:
        raise InvalidRequest(f"Metadata can have up to {MAX_METADATA_KEYS} keys.", param=name)
    for key, value in given.items():
        if len(key) > MAX_METADATA_KEY_LENGTH:
            raise InvalidRequest(
                f"Metadata keys can have up to {MAX_METADATA_KEY_LENGTH} characters.",
                param=_join(name, key[:40]),
            )
        if len(value) > MAX_METADATA_VALUE_LENGTH:
            raise InvalidRequest(
                f"Metadata values can have up to {MAX_METADATA_VALUE_LENGTH} characters.",
                param=_join(name, key),
            )
    return dict(given)


def _many(shape: Many, given: Any, name: str, strict: bool) -> list[Any]:
    if not isinstance(given, dict) or not all(_INDEX.fullmatch(index) for index in given):
        raise InvalidRequest("Invalid array", param=name)
    if len(given) > shape.most:
        raise InvalidRequest(f"Array {name} exceeded maximum {shape.most} allowed elements.", param=name)
    return [_value(shape.item, given[index], f"{name}[{index}]", strict) for index in sorted(given, key=int)]
