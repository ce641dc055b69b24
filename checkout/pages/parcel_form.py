"""A parcel as a person types it: carrier, number, and how many of each line. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from checkout.core.errors import InvalidParameter
from checkout.core.text import contains_card_number
from checkout.orders.ship import Parcel
from checkout.orders.views import OrderView

NAME_MOST: Final = 60
FIELDS: Final = {"carrier": "The carrier", "tracking_number": "The tracking number"}


def parcel_of(form: Mapping[str, str], order: OrderView) -> Parcel:
    """
    Raises:
        InvalidParameter: a field is empty, too long or no number; its text is a sentence.
    """
    carrier, number = (_name(form, name) for name in FIELDS)
    lines = {
        line.id: quantity
        for line in order.lines
        if line.kind == "item" and (quantity := _quantity(form, line.id))
    }
    if not lines:
        raise InvalidParameter.at("/lines", "A parcel holds something: say how many of which line.")
    return Parcel(carrier, number, lines)


def field_of(line_id: UUID) -> str:
    """The name of a line's field in the form."""
    return f"quantity-{line_id.hex}"


def _name(form: Mapping[str, str], name: str) -> str:
    text = form.get(name, "").strip()
    if not 1 <= len(text) <= NAME_MOST or not text.isprintable():
        raise InvalidParameter.at(
            f"/{name}", f"{FIELDS[name]} has 1 to {NAME_MOST} characters, all of them visible."
        )
    if contains_card_number(text):
        raise InvalidParameter.at(f"/{name}", f"{FIELDS[name]} looks like a card number: it is not kept.")
    return text


def _quantity(form: Mapping[str, str], line_id: UUID) -> int:
    text = form.get(field_of(line_id), "").strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        raise InvalidParameter.at("/lines", "A quantity is a whole number, not below zero.")
    return int(text)
