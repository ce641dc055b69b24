"""Reading Stripe's JSON without trusting it: each field is what it should be, or the whole answer is unreadable."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from checkout.core.currencies import UnknownCurrency, exponent
from checkout.core.money import Money
from checkout.psp.stripe.currencies import WIRE_EXPONENTS

LATEST_SECOND: Final = 253_402_300_799  # the end of the year 9999: beyond it there is no datetime

Object = Mapping[str, Any]


class Unreadable(Exception):
    """A field is missing or not what Stripe's description says. Names the field, never its content."""


def text(source: Object, name: str) -> str:
    value = source.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{name} is no text")
    return value


def optional_text(source: Object, name: str) -> str | None:
    return None if source.get(name) in (None, "") else text(source, name)


def integer(source: Object, name: str) -> int:
    value = source.get(name)
    if type(value) is not int:
        raise Unreadable(f"{name} is no integer")
    return value


def boolean(source: Object, name: str) -> bool:
    value = source.get(name)
    if type(value) is not bool:
        raise Unreadable(f"{name} is not true or false")
    return value


def nested(source: Object, name: str) -> Object:
    """The object in a field; an empty one where there is none."""
    value = source.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Unreadable(f"{name} is no object")
    return value


def listed(source: Object, name: str) -> list[Object]:
    value = source.get(name)
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise Unreadable(f"{name} is no list of objects")
    return value


def moment(source: Object, name: str) -> datetime:
    seconds = integer(source, name)
    if not 0 <= seconds <= LATEST_SECOND:
        raise Unreadable(f"{name} is no time")
    return datetime.fromtimestamp(seconds, UTC)


def reference_id(source: Object, name: str) -> str | None:
    """The id in an expandable field: the object's own where it was expanded."""
    value = source.get(name)
    return text(value, "id") if isinstance(value, Mapping) else optional_text(source, name)


def money(source: Object, name: str) -> Money:
    """The amount in a field, in the object's currency, from Stripe's unit into ours."""
    return from_wire(integer(source, name), text(source, "currency"))


def from_wire(wire_amount: int, wire_currency: str) -> Money:
    currency = wire_currency.upper()
    try:
        ours = exponent(currency)
    except UnknownCurrency:
        raise Unreadable("an unknown currency") from None
    shift = WIRE_EXPONENTS.get(currency, ours) - ours
    return Money(_shifted(wire_amount, -shift, currency), currency)


def to_wire(amount: Money) -> int:
    """Our amount in Stripe's unit.

    Raises:
        Unreadable: there is no such amount on the wire: it is no multiple of the currency's step.
    """
    ours = exponent(amount.currency)
    return _shifted(amount.amount_minor, WIRE_EXPONENTS.get(amount.currency, ours) - ours, amount.currency)


def _shifted(amount: int, decimals: int, currency: str) -> int:
    """The amount with so many decimals more, or fewer where nothing is lost."""
    if decimals >= 0:
        return amount * int(10**decimals)
    whole, rest = divmod(amount, int(10**-decimals))
    if rest:
        raise Unreadable(f"a fraction of the smallest amount in {currency}")
    return whole
