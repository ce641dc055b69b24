"""From a schema's complaints to field errors: a JSON pointer, a code and a sentence for each, input never repeated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from checkout.api.body import escape_pointer
from checkout.api.schemas.strict import Coded
from checkout.core.errors import FieldError, InvalidParameter
from checkout.core.text import did_you_mean

NAME_SHOWN = 60  # characters of an unknown field's name that are given back


def validated(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data as the schema reads it.

    Raises:
        InvalidParameter: one field error for each rule that is broken.
    """
    try:
        result: dict[str, Any] = schema.load(data)
    except ValidationError as error:
        raise invalid(_errors(error.messages, schema, "")) from None
    return result


def invalid(errors: Iterator[FieldError] | list[FieldError]) -> InvalidParameter:
    """All field errors as one refusal; its detail is the first one's."""
    found = list(errors)
    first = found[0]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return InvalidParameter(f"{first.pointer or 'the body'} {first.detail}{more}", pointers=found)


def _errors(messages: Any, schema: Schema | None, pointer: str) -> Iterator[FieldError]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            if name in ("_schema", "key", "value") and not _has(schema, name):
                yield from _errors(inner, schema, pointer)
            else:
                yield from _errors_at(str(name), inner, schema, pointer)
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield FieldError(pointer, getattr(message, "code", "invalid"), str(message))


def _errors_at(name: str, inner: Any, schema: Schema | None, pointer: str) -> Iterator[FieldError]:
    token = escape_pointer(name[:NAME_SHOWN])
    if isinstance(inner, list) and getattr(inner[0], "code", "") == "unknown_field":
        yield FieldError(f"{pointer}/{token}", "unknown_field", _unknown(name, inner[0], schema))
    else:
        yield from _errors(inner, _inside(schema, name), f"{pointer}/{token}")


def _unknown(name: str, message: Coded, schema: Schema | None) -> str:
    known = [field.data_key or field_name for field_name, field in schema.fields.items()] if schema else []
    near = did_you_mean(name[:NAME_SHOWN], known)
    return f"{message}; did you mean {near}?" if near else str(message)


def _has(schema: Schema | None, name: str) -> bool:
    return schema is not None and name in schema.fields


def _inside(schema: Schema | None, name: str) -> Schema | None:
    """The schema of what a field holds; a list's items have the schema of the list."""
    if schema is None or name.isdigit():
        return schema
    for field_name, field in schema.fields.items():
        if (field.data_key or field_name) == name:
            inner = field.inner if isinstance(field, fields.List) else field
            return inner.schema if isinstance(inner, fields.Nested) else None
    return None
