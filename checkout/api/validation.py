"""Reads data by its schema, or refuses it with all that is wrong: a JSON pointer, a code and a sentence for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkout.api.schemas.strict import StrictSchema
from checkout.core.errors import FieldError, InvalidParameter


def validated(schema: StrictSchema, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data as the schema reads it.

    Raises:
        InvalidParameter: one field error for each rule that is broken.
    """
    mistakes: list[FieldError] = []
    result = schema.read(data, "", mistakes)
    if mistakes:
        raise invalid(mistakes)
    return result


def invalid(mistakes: list[FieldError]) -> InvalidParameter:
    """All field errors as one refusal; its detail is the first one's."""
    first = mistakes[0]
    more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
    return InvalidParameter(f"{first.pointer or 'the body'} {first.detail}{more}", pointers=mistakes)
