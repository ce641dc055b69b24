"""Reads a query string: each parameter once, known ones only."""

from __future__ import annotations

from typing import Any

from flask import request

from checkout.api.body import CardDataNotAccepted, escape_pointer
from checkout.api.schemas.strict import NAME_SHOWN, StrictSchema
from checkout.api.validation import invalid, validated
from checkout.core.errors import FieldError
from checkout.core.text import holds_card_number


def read_query(schema: StrictSchema) -> dict[str, Any]:
    """The parameters as the schema reads them.

    Raises:
        CardDataNotAccepted. InvalidParameter: unknown, given twice, or against a rule.
    """
    given = request.args.to_dict(flat=False)
    if any(holds_card_number(text) for name, values in given.items() for text in (name, *values)):
        raise CardDataNotAccepted("the query string contains what looks like a card number")
    twice = [name for name, values in given.items() if len(values) > 1]
    if twice:
        raise invalid(
            [
                FieldError(
                    f"/{escape_pointer(name[:NAME_SHOWN])}", "given_twice", "stands twice in the query string"
                )
                for name in twice
            ]
        )
    return validated(schema, {name: values[0] for name, values in given.items()})
